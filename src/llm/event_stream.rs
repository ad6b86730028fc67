//! A response body as server-sent events, however the network cut it.
//!
//! The `eventsource-stream` crate knows the format (line ends, several `data:` lines, comments), but version 0.2 panics
//! on a byte-order mark, stops for good at one byte that is not UTF-8, reads a line again from its start at each
//! piece, and keeps a line without an end for ever. So it is handed whole lines only, already decoded and bounded.

use std::mem;

use eventsource_stream::{Event, EventStream, EventStreamError};
use futures::{Stream, StreamExt};

/// The longest event we read. A batch of ten cards is some 10 KB; a gateway may send all of it as one event.
const MAX_EVENT_BYTES: usize = 4 << 20;

/// What can break while a body is read.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError<E> {
    /// The connection.
    #[error("the connection broke")]
    Transport(E),
    /// An event past [`MAX_EVENT_BYTES`].
    #[error("an event is longer than {MAX_EVENT_BYTES} bytes")]
    TooLong,
    /// A line that is none.
    #[error("a line cannot be read")]
    Garbled,
}

/// The events of `body`. Bytes that are not UTF-8 become U+FFFD; an event that the end of the body cuts is passed on
/// as far as it goes, because some servers leave out the last blank line.
pub(super) fn events<B, E>(
    body: impl Stream<Item = Result<B, E>>,
) -> impl Stream<Item = Result<Event, WireError<E>>>
where
    B: AsRef<[u8]>,
{
    let pieces = body.map(Some).chain(futures::stream::once(async { None }));
    let lines = pieces.scan(WholeLines::default(), |lines, piece| {
        let text = match piece {
            Some(Ok(bytes)) => lines.push(bytes.as_ref()).ok_or(WireError::TooLong),
            Some(Err(error)) => Err(WireError::Transport(error)),
            None => Ok(lines.finish()),
        };
        async move { Some(text) }
    });
    EventStream::new(lines).map(|event| {
        event.map_err(|error| match error {
            EventStreamError::Transport(error) => error,
            EventStreamError::Utf8(_) | EventStreamError::Parser(_) => WireError::Garbled,
        })
    })
}

/// Holds back what follows the last line end.
#[derive(Default)]
struct WholeLines {
    /// The line that has not ended yet.
    held: Vec<u8>,
    /// Bytes since the last blank line, those held left out.
    event_bytes: usize,
    begun: bool,
}

impl WholeLines {
    /// The lines that `bytes` complete, or `None` when an event grows too long.
    fn push(&mut self, bytes: &[u8]) -> Option<String> {
        // A CR at the very end waits: an LF may follow it.
        let unread = self.held.len().saturating_sub(1);
        self.held.extend_from_slice(bytes);
        let is_end = |at: &usize| match self.held[*at] {
            b'\n' => true,
            b'\r' => at + 1 < self.held.len(),
            _ => false,
        };
        let Some(last_end) = (unread..self.held.len()).rev().find(is_end) else {
            return self.is_bounded().then(String::new);
        };
        let rest = self.held.split_off(last_end + 1);
        let whole = mem::replace(&mut self.held, rest);
        let lines = whole[..last_end].split(|byte| *byte == b'\n');
        for line in lines.flat_map(|line| {
            line.strip_suffix(b"\r")
                .unwrap_or(line)
                .split(|byte| *byte == b'\r')
        }) {
            self.event_bytes = if line.is_empty() {
                0
            } else {
                self.event_bytes + line.len()
            };
            if self.event_bytes > MAX_EVENT_BYTES {
                return None;
            }
        }
        self.is_bounded().then(|| self.decode(&whole))
    }

    /// What is left at the end, closed by the blank line that dispatches it.
    fn finish(&mut self) -> String {
        let rest = mem::take(&mut self.held);
        self.decode(&rest) + "\n\n"
    }

    fn is_bounded(&self) -> bool {
        self.held.len() + self.event_bytes <= MAX_EVENT_BYTES
    }

    fn decode(&mut self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        if mem::replace(&mut self.begun, true) {
            return text.into_owned();
        }
        text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The data of each event, the body given in `pieces`.
    async fn data(pieces: Vec<&[u8]>) -> Vec<String> {
        let body = futures::stream::iter(pieces.into_iter().map(Ok::<_, Infallible>));
        events(body)
            .map(|event| event.unwrap().data)
            .collect()
            .await
    }

    #[tokio::test]
    async fn events_are_the_same_at_every_cut() {
        for body in [
            "\u{feff}: hello\r\ndata: {\"a\":\"é😀\"}\r\n\r\nevent: ping\r\ndata: two\r\ndata: lines\r\n\r\n: end\r\n",
            "data: {\"a\":\"é😀\"}\n\n:\n\ndata: two\ndata:lines\n\n",
            "data: {\"a\":\"é😀\"}\r\rdata: two\rdata: lines\r\r",
        ] {
            let bytes = body.as_bytes();
            let want = ["{\"a\":\"é😀\"}", "two\nlines"];
            assert_eq!(data(vec![bytes]).await, want);
            assert_eq!(data(bytes.chunks(1).collect()).await, want);
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(data(vec![head, tail]).await, want, "cut at {cut}");
            }
        }
    }

    #[tokio::test]
    async fn a_byte_that_is_not_utf8_harms_its_own_place_only() {
        let body = b"data: a\xffb\n\ndata: c\xf0\x9f\n\ndata: d\n\n";
        assert_eq!(data(vec![body]).await, ["a\u{fffd}b", "c\u{fffd}", "d"]);
    }

    #[tokio::test]
    async fn an_event_without_its_blank_line_ends_with_the_body() {
        assert_eq!(
            data(vec![b"data: a\n\ndata: [DONE]"]).await,
            ["a", "[DONE]"]
        );
    }

    #[tokio::test]
    async fn a_line_or_an_event_without_end_is_an_error_and_not_a_full_memory() {
        let long_line = vec![b'x'; 1 << 20];
        let mut many_lines = b"data: ".to_vec();
        many_lines.resize(1 << 20, b'y');
        many_lines.extend_from_slice(b"\r\n");
        for piece in [long_line, many_lines] {
            let body = futures::stream::repeat_with(|| Ok::<_, Infallible>(piece.clone())).take(10);
            let read: Vec<_> = events(body).take(1).collect().await;
            assert!(matches!(read[..], [Err(WireError::TooLong)]), "{read:?}");
        }
    }
}

//! What a request is answered with, before it is put into a wire format.

use std::time::Duration;

use serde_json::Value;

/// An answer: a status, and frames at their times.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) frames: Vec<(Duration, Frame)>,
    pub(super) line_end: &'static str,
    /// The most bytes of a chunk; `None`: a frame is one.
    pub(super) chunk: Option<usize>,
}

/// A part of an answer.
#[derive(Debug, Clone)]
pub enum Frame {
    /// The greeting before the first word.
    Open,
    /// A piece of text.
    Text(String),
    /// A piece of the model's thinking.
    Thought(String),
    /// How many tokens it took.
    Usage { tokens_in: u64, tokens_out: u64 },
    /// Why it stopped, in OpenAI's words (`stop`, `length`, `content_filter`).
    Stop(&'static str),
    /// The last event.
    Done,
    /// An error after success was promised.
    Error(Value),
    /// A line of a recording.
    Recorded(String),
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// Nothing more, and the connection stays open.
    Stall,
    /// The connection breaks.
    Reset,
}

impl Reply {
    /// An answer of nothing but `frames`, at once.
    pub fn of(frames: impl IntoIterator<Item = Frame>) -> Reply {
        let mut reply = Reply::empty();
        frames
            .into_iter()
            .for_each(|frame| reply.push(Duration::ZERO, frame));
        reply
    }

    /// A whole, orderly answer of this text, a few characters a frame.
    pub fn text(text: &str) -> Reply {
        Reply::of([Frame::Text(text.to_owned())]).paced(Duration::ZERO, 0.0)
    }

    /// A refusal.
    pub fn status(status: u16, body: &Value) -> Reply {
        let reply = Reply::of([Frame::Raw(body.to_string().into_bytes())]);
        reply
            .with_status(status)
            .with_header("content-type", "application/json")
    }

    /// Answers with this status instead of 200.
    pub fn with_status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }

    /// Answers with this header too.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// Lines end in CR LF.
    pub fn crlf(mut self) -> Reply {
        self.line_end = "\r\n";
        self
    }

    /// Chunks of at most so many bytes.
    pub fn in_chunks_of(mut self, bytes: usize) -> Reply {
        self.chunk = Some(bytes);
        self
    }

    /// Cuts the texts into tokens and sends them at this pace (0: at once), with the frames around them that an orderly
    /// answer has.
    pub fn paced(self, first_token: Duration, tokens_per_second: f64) -> Reply {
        let tokens: Vec<Frame> = self
            .frames
            .iter()
            .flat_map(|(_, frame)| tokens(frame))
            .collect();
        let tokens_out = tokens.len() as u64;
        let mut paced = Reply {
            frames: Vec::new(),
            ..self
        };
        paced.push(Duration::ZERO, Frame::Open);
        let gap = if tokens_per_second > 0.0 {
            1.0 / tokens_per_second
        } else {
            0.0
        };
        let time = |token: usize| first_token + Duration::from_secs_f64(gap * token as f64);
        let end = time(tokens.len());
        for (index, token) in tokens.into_iter().enumerate() {
            paced.push(time(index), token);
        }
        let last = [
            Frame::Stop("stop"),
            Frame::Usage {
                tokens_in: 321,
                tokens_out,
            },
            Frame::Done,
        ];
        last.into_iter().for_each(|frame| paced.push(end, frame));
        paced
    }

    /// How many frames it has.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// Without its frames after the first `count`, and with these instead.
    pub fn broken_after(mut self, count: usize, end: impl IntoIterator<Item = Frame>) -> Reply {
        self.frames.truncate(count);
        let at = self.frames.last().map_or(Duration::ZERO, |(at, _)| *at);
        end.into_iter().for_each(|frame| self.push(at, frame));
        self
    }

    /// Without the last event.
    pub fn without_done(mut self) -> Reply {
        self.frames
            .retain(|(_, frame)| !matches!(frame, Frame::Done));
        self
    }

    pub(super) fn empty() -> Reply {
        Reply {
            status: 200,
            headers: Vec::new(),
            frames: Vec::new(),
            line_end: "\n",
            chunk: None,
        }
    }

    /// Adds a frame that is sent so long after the request.
    pub fn push(&mut self, at: Duration, frame: Frame) {
        self.frames.push((at, frame));
    }
}

/// A text in pieces of four characters, about a token each.
fn tokens(frame: &Frame) -> Vec<Frame> {
    let Frame::Text(text) = frame else {
        return vec![frame.clone()];
    };
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(4)
        .map(|piece| Frame::Text(piece.iter().collect()))
        .collect()
}

//! Frames in the two wire formats, and where each card ends in them.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::recording::text_of;
use super::{Frame, Reply};

/// Which format a request speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    OpenAi,
    Anthropic,
}

/// What happens at a time since the request.
pub struct Step {
    pub at: Duration,
    pub act: Act,
}

/// What happens.
pub enum Act {
    /// Bytes go out, and with them the last one of these cards' closing tags (their questions).
    Send {
        bytes: Vec<u8>,
        cards: Vec<String>,
    },
    Stall,
    Reset,
}

/// The steps of a reply in a format.
pub fn steps(reply: &Reply, format: Format) -> VecDeque<Step> {
    let mut watch = CardWatch::default();
    let mut steps = VecDeque::new();
    for (at, frame) in &reply.frames {
        let at = *at;
        let act = match frame {
            Frame::Stall => Act::Stall,
            Frame::Reset => Act::Reset,
            frame => {
                let cards = text_in(frame)
                    .map(|text| watch.push(&text))
                    .unwrap_or_default();
                let bytes = bytes(frame, format, reply.line_end);
                let mut chunks: VecDeque<Vec<u8>> = bytes
                    .chunks(reply.chunk.unwrap_or(usize::MAX))
                    .map(<[u8]>::to_vec)
                    .collect();
                let Some(bytes) = chunks.pop_back() else {
                    continue;
                };
                steps.extend(chunks.into_iter().map(|bytes| Step {
                    at,
                    act: Act::Send {
                        bytes,
                        cards: Vec::new(),
                    },
                }));
                Act::Send { bytes, cards }
            }
        };
        steps.push_back(Step { at, act });
    }
    steps
}

fn text_in(frame: &Frame) -> Option<String> {
    match frame {
        Frame::Text(text) => Some(text.clone()),
        Frame::Recorded(line) => text_of(line),
        _ => None,
    }
}

/// Finds the ends of cards in text that comes in pieces.
#[derive(Default)]
struct CardWatch {
    open: String,
}

impl CardWatch {
    /// The questions of the cards that `text` completes.
    fn push(&mut self, text: &str) -> Vec<String> {
        self.open.push_str(text);
        let mut ended = Vec::new();
        while let Some((card, rest)) = self.open.split_once("</card>") {
            let question = card
                .rsplit_once("<question>")
                .map_or("", |(_, after)| after);
            ended.push(question.split("</").next().unwrap_or_default().to_owned());
            self.open = rest.to_owned();
        }
        ended
    }
}

fn bytes(frame: &Frame, format: Format, line_end: &str) -> Vec<u8> {
    let events: Vec<(&str, Value)> = match (frame, format) {
        (Frame::Raw(bytes), _) => return bytes.clone(),
        (Frame::Recorded(line), Format::OpenAi) => {
            return line
                .trim_end_matches('\n')
                .bytes()
                .chain(line_end.bytes())
                .collect();
        }
        (Frame::Done, Format::OpenAi) => {
            return format!("data: [DONE]{line_end}{line_end}").into_bytes();
        }
        (Frame::Recorded(line), Format::Anthropic) => match text_of(line) {
            Some(text) => vec![delta("text", &text)],
            None if line.contains("\"role\"") => anthropic(&Frame::Open),
            None if line.contains("[DONE]") => [Frame::Stop("stop"), Frame::Done]
                .iter()
                .flat_map(anthropic)
                .collect(),
            None => Vec::new(),
        },
        (frame, Format::Anthropic) => anthropic(frame),
        (frame, Format::OpenAi) => vec![("", openai(frame))],
    };
    let mut text = String::new();
    for (name, data) in events {
        if !name.is_empty() {
            text.extend(["event: ", name, line_end]);
        }
        text.extend(["data: ", &data.to_string(), line_end, line_end]);
    }
    text.into_bytes()
}

fn openai(frame: &Frame) -> Value {
    let choice = |delta: Value, reason: Value| json!([{"index": 0, "delta": delta, "finish_reason": reason}]);
    let choices = match frame {
        Frame::Open => choice(json!({"role": "assistant", "content": ""}), Value::Null),
        Frame::Text(text) => choice(json!({"content": text}), Value::Null),
        Frame::Thought(text) => choice(
            json!({"content": null, "reasoning_content": text}),
            Value::Null,
        ),
        Frame::Stop(reason) => choice(json!({}), json!(reason)),
        Frame::Error(error) => return json!({"error": error}),
        _ => json!([]),
    };
    let mut chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "replay", "choices": choices});
    if let Frame::Usage {
        tokens_in,
        tokens_out,
    } = frame
    {
        chunk["usage"] = json!({"prompt_tokens": tokens_in, "completion_tokens": tokens_out});
    }
    chunk
}

fn anthropic(frame: &Frame) -> Vec<(&'static str, Value)> {
    match frame {
        Frame::Open => vec![
            (
                "message_start",
                json!({"type": "message_start", "message": {"id": "msg_1", "usage": {
                    "input_tokens": 21, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 0,
                    "output_tokens": 1}}}),
            ),
            (
                "content_block_start",
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            ),
            ("ping", json!({"type": "ping"})),
        ],
        Frame::Text(text) => vec![delta("text", text)],
        Frame::Thought(text) => vec![delta("thinking", text)],
        Frame::Stop(reason) => {
            let reason = match *reason {
                "length" => "max_tokens",
                "content_filter" => "refusal",
                _ => "end_turn",
            };
            vec![(
                "message_delta",
                json!({"type": "message_delta", "delta": {"stop_reason": reason}}),
            )]
        }
        Frame::Usage { tokens_out, .. } => {
            vec![(
                "message_delta",
                json!({"type": "message_delta", "delta": {}, "usage": {"output_tokens": tokens_out}}),
            )]
        }
        Frame::Done => vec![("message_stop", json!({"type": "message_stop"}))],
        Frame::Error(error) => vec![("error", json!({"type": "error", "error": error}))],
        Frame::Recorded(_) | Frame::Raw(_) | Frame::Stall | Frame::Reset => Vec::new(),
    }
}

/// A piece of a block; `kind` names its type (`text_delta`) and its field.
fn delta(kind: &str, text: &str) -> (&'static str, Value) {
    let delta = json!({"type": format!("{kind}_delta"), kind: text});
    (
        "content_block_delta",
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
    )
}

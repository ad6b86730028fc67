//! Recorded streams of real models.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Frame, Reply};

/// One recorded answer.
#[derive(Clone)]
pub struct Recording {
    /// The topic that was asked for.
    pub topic: String,
    /// Lines of the event stream, each with its time since the request.
    lines: Vec<(Duration, String)>,
}

impl Recording {
    /// All recordings that the tests keep, by name.
    pub fn all() -> Vec<Recording> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/streams");
        let mut paths: Vec<_> = fs::read_dir(&folder)
            .expect("the recordings are part of the repository")
            .map(|entry| entry.expect("a readable folder").path())
            .filter(|path| path.to_string_lossy().ends_with(".sse.ndjson"))
            .collect();
        paths.sort();
        paths.iter().map(|path| Recording::read(path)).collect()
    }

    fn read(path: &Path) -> Recording {
        let text = fs::read_to_string(path).expect("a readable recording");
        let mut rows = text
            .lines()
            .map(|row| serde_json::from_str::<Value>(row).expect("a JSON row"));
        let request = rows.next().expect("a recording begins with its request");
        let lines = rows
            .map(|row| {
                let at = Duration::from_secs_f64(row["t"].as_f64().expect("a time"));
                (at, row["line"].as_str().expect("a line").to_owned())
            })
            .collect();
        Recording {
            topic: request["topic"].as_str().expect("a topic").to_owned(),
            lines,
        }
    }

    /// Whether a user message asks for this topic: the line that names it does, or the message anywhere.
    pub fn is_asked_by(&self, user: &str) -> bool {
        let named = user.lines().find_map(|line| line.strip_prefix("Topic:"));
        named
            .unwrap_or(user)
            .to_lowercase()
            .contains(&self.topic.to_lowercase())
    }

    /// The answer at recorded pace × `speed`; 0: at once.
    pub fn reply(&self, speed: f64) -> Reply {
        let mut reply = Reply::empty();
        for (at, line) in &self.lines {
            let at = if speed > 0.0 {
                at.div_f64(speed)
            } else {
                Duration::ZERO
            };
            reply.push(at, Frame::Recorded(line.clone()));
        }
        reply
    }
}

/// The text in a recorded line, if it carries any.
pub fn text_of(line: &str) -> Option<String> {
    let chunk: Value = serde_json::from_str(line.strip_prefix("data:")?.trim()).ok()?;
    chunk
        .pointer("/choices/0/delta/content")?
        .as_str()
        .map(str::to_owned)
}

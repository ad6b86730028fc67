//! `autodeck parse`: what the reader, the gates and the duplicate check make of a model's text, without a database.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::card::{CardText, Diagnostics};
use crate::domain::card_gates::{BatchGates, Gate};
use crate::domain::card_reader::CardReader;
use crate::domain::duplicates::FactIndex;
use crate::domain::prompt::EXAMPLES;

/// Arguments of `autodeck parse`.
#[derive(Debug, Args)]
pub struct ParseArgs {
    /// Feed the text in pieces of this many bytes instead of whole
    #[arg(long, value_name = "N")]
    pub pieces: Option<NonZeroUsize>,
    /// Read at most this many cards
    #[arg(long, value_name = "N")]
    pub wanted: Option<usize>,
    /// The model's text, plain or as a recorded event stream (`.sse.ndjson`); `-` is standard input
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
}

/// Writes a JSON line for each card, then one with the summary. Fails only when the text cannot be read.
pub fn run(args: &ParseArgs, stdin: impl Read, out: &mut impl Write) -> ExitCode {
    let text = match read_text(args, stdin) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{} cannot be read: {error}", args.file.display());
            return ExitCode::FAILURE;
        }
    };
    // A reader that has seen enough and closed the pipe is no failure.
    let _ = report(args, &text, out);
    ExitCode::SUCCESS
}

#[derive(Serialize)]
struct CardLine<'a> {
    #[serde(flatten)]
    card: &'a CardText,
    verdict: &'static str,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    summary: Summary<'a>,
}

#[derive(Serialize)]
struct Summary<'a> {
    kept: u32,
    refused: BTreeMap<Gate, u32>,
    marked: BTreeMap<Gate, u32>,
    diagnostics: &'a Diagnostics,
}

fn report(args: &ParseArgs, text: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut reader = CardReader::new(args.wanted);
    let mut gates = BatchGates::new(EXAMPLES);
    let mut facts = FactIndex::new();
    let (mut kept, mut refused, mut marked) = (0_u32, BTreeMap::new(), BTreeMap::new());

    let piece = args.pieces.map_or(text.len().max(1), NonZeroUsize::get);
    for card in text.chunks(piece).flat_map(|piece| reader.push(piece)) {
        let judgement = gates.judge(&card);
        let repeats = || {
            facts
                .find(&card.question, &card.answer)
                .map(|_| Gate::Duplicate)
        };
        let verdict = judgement.refused.or_else(repeats);
        match verdict {
            Some(gate) => *refused.entry(gate).or_default() += 1,
            None => {
                kept += 1;
                facts.insert(Uuid::from_u128(kept.into()), &card.question, &card.answer);
                for gate in judgement.marked {
                    *marked.entry(gate).or_default() += 1;
                }
            }
        }
        let verdict = verdict.map_or("kept", Gate::as_str);
        write_line(
            out,
            &CardLine {
                card: &card,
                verdict,
            },
        )?;
    }
    let diagnostics = reader.finish();
    write_line(
        out,
        &SummaryLine {
            summary: Summary {
                kept,
                refused,
                marked,
                diagnostics,
            },
        },
    )?;
    out.flush()
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

fn read_text(args: &ParseArgs, mut stdin: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if args.file.as_os_str() == "-" {
        stdin.read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(&args.file)?;
    }
    if args.file.to_string_lossy().ends_with(".sse.ndjson") {
        return Ok(recorded_content(&bytes).into_bytes());
    }
    Ok(bytes)
}

/// The content of a recorded stream: of each line `{"t", "line"}` the event line, of each event its delta's content,
/// joined. Reasoning is no content; what is not of this form is passed over.
fn recorded_content(recording: &[u8]) -> String {
    let mut content = String::new();
    let mut event = String::new();
    let recorded = recording
        .split(|byte| *byte == b'\n')
        .map(serde_json::from_slice::<Value>);
    let lines = recorded
        .filter_map(Result::ok)
        .filter_map(|entry| Some(entry.get("line")?.as_str()?.to_owned()));
    // The end of the recording ends its last event.
    for line in lines.chain([String::new()]) {
        let line = line.trim_end_matches(['\r', '\n']);
        if let Some(data) = line.strip_prefix("data:") {
            event.push_str(data.strip_prefix(' ').unwrap_or(data));
            event.push('\n');
        } else if line.is_empty() {
            content.extend(delta_content(&event));
            event.clear();
        }
    }
    content
}

fn delta_content(event: &str) -> Option<String> {
    let event: Value = serde_json::from_str(event).ok()?;
    Some(
        event
            .pointer("/choices/0/delta/content")?
            .as_str()?
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &ParseArgs, text: &str) -> Vec<Value> {
        let mut out = Vec::new();
        assert_eq!(run(args, text.as_bytes(), &mut out), ExitCode::SUCCESS);
        String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn stdin() -> ParseArgs {
        ParseArgs {
            pieces: None,
            wanted: None,
            file: "-".into(),
        }
    }

    const TEXT: &str = "<cards><card><question>Which planet is the largest?</question><answer>Jupiter</answer>\
        <subtopic>planets</subtopic></card><card><question>which planet is the largest</question><answer>Jupiter.\
        </answer></card><card><question>Is ice lighter than water?</question><answer>Yes</answer></card>\
        <card><question>Name the three primary colours.</question><answer>Red, yellow, blue</answer></card>";

    #[test]
    fn each_card_is_a_line_with_its_verdict_and_a_summary_ends_them() {
        let lines = parse(&stdin(), TEXT);
        let verdicts: Vec<_> = lines
            .iter()
            .filter_map(|line| line["verdict"].as_str())
            .collect();
        assert_eq!(verdicts, ["kept", "duplicate", "kept", "set_dump"]);
        assert_eq!(
            lines[0],
            serde_json::json!({"question": "Which planet is the largest?", "answer": "Jupiter",
                "explanation": null, "subtopic": "planets", "verdict": "kept"})
        );
        assert_eq!(
            lines[4],
            serde_json::json!({"summary": {"kept": 2, "refused": {"duplicate": 1, "set_dump": 1},
                "marked": {"yes_no": 1}, "diagnostics": {}}})
        );
    }

    #[test]
    fn pieces_change_nothing_and_wanted_ends_the_cards() {
        let whole = parse(&stdin(), TEXT);
        for size in [1, 7, 100_000] {
            assert_eq!(
                parse(
                    &ParseArgs {
                        pieces: NonZeroUsize::new(size),
                        ..stdin()
                    },
                    TEXT
                ),
                whole
            );
        }
        let two = parse(
            &ParseArgs {
                wanted: Some(2),
                ..stdin()
            },
            TEXT,
        );
        assert_eq!(two.len(), 3);
        assert_eq!(two[2]["summary"]["diagnostics"]["beyond_wanted"], 2);
    }

    #[test]
    fn an_empty_text_is_a_summary_with_a_reason() {
        let lines = parse(
            &ParseArgs {
                pieces: NonZeroUsize::new(3),
                ..stdin()
            },
            "",
        );
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["summary"]["diagnostics"]["empty_reply"], 1);
    }

    #[test]
    fn a_file_that_is_not_there_is_a_failure() {
        let args = ParseArgs {
            file: "/no/such/file".into(),
            ..stdin()
        };
        assert_eq!(run(&args, io::empty(), &mut Vec::new()), ExitCode::FAILURE);
    }

    #[test]
    fn a_recorded_stream_is_its_deltas_content() {
        let entry = |line: &str| serde_json::json!({"t": 1.0, "line": line}).to_string() + "\n";
        let delta = |key: &str, text: &str| {
            serde_json::json!({"choices": [{"delta": {key: text}}]}).to_string()
        };
        let (start, end) = (delta("content", "<ca"), delta("content", "rd>"));
        let (first, second) = end.split_at(end.find(':').unwrap() + 1);
        let recording = [
            "{\"topic\": \"the request\"}\n".to_owned(),
            entry(": ping\n"),
            entry(&format!("data: {start}\r\n")),
            entry("\r\n"),
            entry(&format!("data: {}\n", delta("reasoning_content", "<card>"))),
            entry("\n"),
            // One event over two data lines.
            entry(&format!("data: {first}\n")),
            entry(&format!("data:{second}\n")),
            entry("\n"),
            entry("data: {\"choices\": []}\n"),
            entry("\n"),
            entry("data: [DONE]\n"),
        ];
        assert_eq!(recorded_content(recording.concat().as_bytes()), "<card>");
    }
}

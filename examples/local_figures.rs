//! `make bench-local`: what the built-in model does on this machine, over ten topics, as a row of the README's table.
//! With `--cards`, each card and what the gates say of it. With `--request`, only what is asked for, as JSON, for another
//! server to be asked the same.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use autodeck::domain::card_form::grammar;
use autodeck::domain::level::Level;
use autodeck::domain::prompt::{Prompt, PromptInput};
use autodeck::generator::pipeline::Pipeline;
use autodeck::llm::local::{KnownModel, LocalModels, ModelFile, Origins, machine};
use autodeck::llm::{LanguageModel, ModelEvent, ModelRequest};
use futures::StreamExt;

/// Wide apart, and none of the prompt's own.
const TOPICS: [&str; 10] = [
    "World capitals",
    "French history",
    "The human heart",
    "SQL joins",
    "Jazz harmony",
    "Photosynthesis",
    "HTML tags and attributes",
    "The Roman Empire",
    "Spanish verbs",
    "Volcanoes",
];

/// Cards of a batch, as the app orders them.
const WANTED: usize = 10;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (mut show_cards, mut show_request) = (false, false);
    let mut topics: Vec<String> = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--cards" => show_cards = true,
            "--request" => show_request = true,
            topic => topics.push(topic.to_owned()),
        }
    }
    if topics.is_empty() {
        topics = TOPICS.map(str::to_owned).to_vec();
    }
    if show_request {
        for topic in &topics {
            let Prompt { system, user } = prompt(topic);
            let grammar = grammar(WANTED);
            println!(
                "{}",
                serde_json::json!({"system": system, "user": user, "grammar": grammar})
            );
        }
        return Ok(());
    }
    let file = match std::env::var_os("AUTODECK_LOCAL_MODEL") {
        Some(path) => ModelFile::Own(PathBuf::from(path)),
        None => ModelFile::Known {
            model: KnownModel::default_model(),
            folder: PathBuf::from(std::env::var_os("AUTODECK_DATA_DIR").unwrap_or("data".into()))
                .join("models"),
        },
    };
    let bytes = file.look()?.bytes;
    println!(
        "{}, {:.1} GB, {} cores, load {}",
        file.name(),
        bytes as f64 / 1e9,
        machine::cores(),
        std::fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    );
    let models = LocalModels::new(file, Origins::default());
    let model = models.model().expect("built with the feature");
    let loading = Instant::now();
    // As the start page does.
    models.warm(Prompt::before_the_topic(Level::clamped(3), WANTED));
    // One token is asked for: it comes after loading and warming.
    let mut first = model.stream(ModelRequest {
        max_tokens: 1,
        cards: 0,
        ..request("any")
    });
    while first.next().await.is_some() {}
    println!(
        "loaded and warm after {:.1} s",
        loading.elapsed().as_secs_f64()
    );

    let mut all = Vec::new();
    for topic in &topics {
        let run = write(model.as_ref(), topic, show_cards).await;
        println!(
            "{topic:<28} first card {:>5.1} s   all {:>5.1} s   {:>5.1} tokens/s   kept {:>2} of {:>2}   {:?}",
            run.first_card.as_secs_f64(),
            run.whole.as_secs_f64(),
            run.tokens as f64 / run.writing.as_secs_f64(),
            run.kept,
            run.seen,
            run.refused
        );
        all.push(run);
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let kept: usize = all.iter().map(|run| run.kept).sum();
    println!(
        "\n| model | size | first card | tokens/s | cards that pass the gates |\n|---|---|---|---|---|\n| {} | {:.1} GB | {:.1} s | {:.1} | {} of {} |",
        model.name(),
        bytes as f64 / 1e9,
        median(all.iter().map(|run| run.first_card.as_secs_f64()).collect()),
        median(
            all.iter()
                .map(|run| run.tokens as f64 / run.writing.as_secs_f64())
                .collect()
        ),
        kept,
        all.len() * WANTED
    );
    Ok(())
}

struct Run {
    first_card: Duration,
    whole: Duration,
    /// From the first text to the end.
    writing: Duration,
    tokens: u64,
    kept: usize,
    seen: usize,
    refused: Vec<String>,
}

fn prompt(topic: &str) -> Prompt {
    Prompt::for_small_model(&PromptInput {
        topic,
        language: None,
        level: Level::clamped(3),
        wanted: WANTED,
        covered: &[],
        steer: &[],
        reminder: false,
    })
}

fn request(topic: &str) -> ModelRequest {
    let prompt = prompt(topic);
    ModelRequest {
        system: prompt.system,
        user: prompt.user,
        max_tokens: 2_300,
        cards: WANTED,
    }
}

async fn write(model: &dyn LanguageModel, topic: &str, show_cards: bool) -> Run {
    let started = Instant::now();
    let mut stream = model.stream(request(topic));
    let mut pipeline = Pipeline::new(WANTED, &[]);
    let (mut first_card, mut first_text, mut kept) = (None, None, 0);
    while let Some(event) = stream.next().await {
        let text = match event {
            Ok(ModelEvent::Text(text)) => text,
            Ok(_) => continue,
            Err(error) => {
                println!("{}", error.sentence());
                break;
            }
        };
        first_text.get_or_insert_with(|| started.elapsed());
        for card in pipeline.push(text.as_bytes()) {
            first_card.get_or_insert_with(|| started.elapsed());
            kept += 1;
            if show_cards {
                println!(
                    "  [{}] {} = {}",
                    card.text.subtopic.unwrap_or_default(),
                    card.text.question,
                    card.text.answer
                );
            }
        }
    }
    pipeline.finish();
    let whole = started.elapsed();
    Run {
        first_card: first_card.unwrap_or(whole),
        whole,
        writing: whole.saturating_sub(first_text.unwrap_or_default()),
        tokens: stream.usage().tokens_out,
        kept,
        seen: pipeline.seen(),
        refused: pipeline
            .refused()
            .iter()
            .map(|(gate, count)| format!("{gate} {count}"))
            .collect(),
    }
}

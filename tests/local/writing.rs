//! What a held model writes, how it is stopped, and whose turn it is.

use std::time::Duration;

use autodeck::domain::card_reader::CardReader;
use autodeck::domain::level::Level;
use autodeck::domain::prompt::{Prompt, PromptInput};
use autodeck::llm::{ModelEvent, ModelRequest, ModelStream, StopReason};
use futures::StreamExt;
use tokio::time::timeout;

use crate::small_one;

/// Nothing here takes nearly as long, even unoptimised on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

pub fn request(topic: &str, cards: usize) -> ModelRequest {
    let prompt = Prompt::for_small_model(&PromptInput {
        topic,
        language: None,
        level: Level::clamped(2),
        wanted: cards,
        covered: &[],
        steer: &[],
        reminder: false,
    });
    ModelRequest {
        system: prompt.system,
        user: prompt.user,
        max_tokens: 3_000,
        cards,
    }
}

pub async fn read(mut stream: ModelStream) -> (String, Option<StopReason>) {
    let reading = async {
        let (mut text, mut stop) = (String::new(), None);
        while let Some(event) = stream.next().await {
            match event.expect("the model writes") {
                ModelEvent::Text(piece) => text.push_str(&piece),
                ModelEvent::Done(reason) => stop = Some(reason),
                ModelEvent::Retrying { .. } => unreachable!("there is no network"),
            }
        }
        (text, stop)
    };
    timeout(PATIENCE, reading).await.expect("it ends")
}

/// The small model may lose itself in a card until its tokens are spent: then, as a job does, what is missing is asked
/// for again. Whatever it knows, a card that it ended is well formed.
#[tokio::test]
async fn ten_of_ten_cards_are_well_formed_whatever_the_model_knows() {
    let (model, _turn) = small_one().await;
    let (mut cards, mut streams) = (Vec::new(), 0);
    while cards.len() < 10 && streams < 5 {
        streams += 1;
        let missing = 10 - cards.len();
        let stream = model.stream(request("AT&T <b>tags</b> & \"C++\"", missing));
        let (text, stop) = read(stream).await;
        let ended = match stop {
            Some(StopReason::Complete) => text.clone(),
            Some(StopReason::MaxTokens) => {
                let end = text
                    .rfind("</card>\n")
                    .map_or(0, |at| at + "</card>\n".len());
                format!("{}</cards>", &text[..end])
            }
            stop => panic!("{stop:?}: {text}"),
        };
        let mut reader = CardReader::new(None);
        let read = reader.push(ended.as_bytes());
        if stop == Some(StopReason::Complete) {
            assert_eq!(read.len(), missing, "{text}");
        }
        if read.is_empty() {
            continue;
        }
        let put_right: Vec<_> = reader.finish().iter().collect();
        assert!(put_right.is_empty(), "{put_right:?} in {text}");
        // What the reader forgives no XML parser does.
        let mut strict = quick_xml::Reader::from_str(&ended);
        while !matches!(
            strict.read_event().expect("well formed"),
            quick_xml::events::Event::Eof
        ) {}
        cards.extend(read);
    }
    assert_eq!(cards.len(), 10, "in {streams} streams");
    assert!(
        cards
            .iter()
            .all(|card| card.explanation.is_some() && card.subtopic.is_some())
    );
}

#[tokio::test]
async fn an_answer_ends_at_the_limit_of_its_tokens_and_counts_them() {
    let (model, _turn) = small_one().await;
    let mut stream = model.stream(ModelRequest {
        max_tokens: 40,
        ..request("Rivers", 10)
    });
    let mut stop = None;
    while let Some(event) = stream.next().await {
        if let ModelEvent::Done(reason) = event.expect("the model writes") {
            stop = Some(reason);
        }
    }
    let usage = stream.usage();
    assert_eq!(stop, Some(StopReason::MaxTokens));
    // The last forced stretch may go beyond it.
    assert!((40..70).contains(&usage.tokens_out), "{usage:?}");
    assert!(usage.tokens_in > 100 && usage.first_text_after.is_some() && !usage.estimated);
}

#[tokio::test]
async fn a_dropped_stream_frees_the_model_for_the_next_in_line() {
    let (model, _turn) = small_one().await;
    let mut first = model.stream(request("Rivers", 10));
    assert!(matches!(first.next().await, Some(Ok(ModelEvent::Text(_)))));
    // Waits behind the first, which nobody will read to its end.
    let second = model.stream(request("Lakes", 1));
    drop(first);
    let (text, _) = read(second).await;
    assert!(text.ends_with("</cards>"), "{text}");
}

#[tokio::test]
async fn streams_are_served_in_the_order_in_which_they_were_asked_for() {
    let (model, _turn) = small_one().await;
    let (first, second) = tokio::join!(
        async {
            read(model.stream(request("Rivers", 2))).await;
            tokio::time::Instant::now()
        },
        async {
            read(model.stream(request("Lakes", 1))).await;
            tokio::time::Instant::now()
        }
    );
    assert!(first < second);
}

#[tokio::test]
async fn a_request_without_a_form_is_answered_in_free_text() {
    let (model, _turn) = small_one().await;
    let request = ModelRequest {
        system: "You answer in one word.".into(),
        user: "What is the capital of France?".into(),
        max_tokens: 12,
        cards: 0,
    };
    let (text, stop) = read(model.stream(request)).await;
    assert!(!text.is_empty() && !text.contains("<cards>"), "{text}");
    assert!(stop.is_some());
}

//! The gates, held to hand-written cards with a verdict each.

use autodeck::domain::card::CardText;
use autodeck::domain::card_gates::{BatchGates, Gate};

const CARDS: &str = include_str!("../fixtures/gates.tsv");
const EXAMPLES: &[(&str, &str)] = &[(
    "Why does the sky look blue?",
    "Air scatters short wavelengths the most",
)];

fn card(question: &str, answer: &str) -> CardText {
    CardText {
        question: question.to_owned(),
        answer: answer.to_owned(),
        explanation: None,
        subtopic: None,
    }
}

/// The verdict as the fixture writes it, for a card alone in its batch.
fn verdict(question: &str, answer: &str) -> String {
    let judgement = BatchGates::new(EXAMPLES).judge(&card(question, answer));
    let mut verdict = judgement.refused.map_or("kept", Gate::as_str).to_owned();
    for gate in judgement.marked {
        verdict.push_str(&format!(" +{}", gate.as_str()));
    }
    verdict
}

#[test]
fn every_hand_written_card_gets_the_verdict_a_person_gave_it() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in CARDS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let [expected, question, answer] = fields[..] else {
            panic!("not three fields: {line}");
        };
        let found = verdict(question, &answer.replace("\\n", "\n"));
        judged += 1;
        if found != expected {
            wrong.push(format!(
                "{question} | {answer}: {found} instead of {expected}"
            ));
        }
    }
    assert!(judged >= 120, "only {judged} cards");
    assert!(
        wrong.is_empty(),
        "{} of {judged}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_few_generic_questions_pass_and_a_batch_of_them_is_marked() {
    let mut gates = BatchGates::new(EXAMPLES);
    let mut marks = |question: &str| {
        gates
            .judge(&card(question, "x"))
            .marked
            .contains(&Gate::Generic)
    };
    let generic = [
        "What is the main cause of inflation?",
        "What is the purpose of a comment?",
        "What are some common types of roofs?",
        "What is the most important export of Chile?",
    ];
    assert_eq!(generic.map(&mut marks), [false, false, true, true]);
    assert!(!marks("Which export earns Chile the most?"));
}

#[test]
fn a_good_question_in_a_large_batch_may_be_generic_now_and_then() {
    let mut gates = BatchGates::new(EXAMPLES);
    for number in 0..40 {
        let generic = number % 10 == 0;
        let question = if generic {
            "What is the main export of Chile?"
        } else {
            "Why is the sea salty?"
        };
        let judgement = gates.judge(&card(question, "x"));
        assert_eq!(judgement.marked, [], "card {number}");
    }
}

#[test]
fn a_gate_has_the_same_name_in_rows_and_in_json() {
    for gate in [
        Gate::Empty,
        Gate::Echo,
        Gate::AnswerInQuestion,
        Gate::QuestionTooLong,
        Gate::AnswerTooLong,
        Gate::SetDump,
        Gate::Compound,
        Gate::Dangling,
        Gate::Duplicate,
        Gate::YesNo,
        Gate::Generic,
        Gate::Undated,
    ] {
        assert_eq!(serde_json::to_value(gate).unwrap(), gate.as_str());
    }
}

#[test]
fn a_card_that_holds_a_word_of_the_rules_is_thrown_away_whatever_its_dress_and_field() {
    let refused = |card: &CardText| BatchGates::new(EXAMPLES).judge(card).refused;
    for leak in [
        "amber-heron-41",
        "Amber Heron 41",
        "AMBER_HERON-41",
        "(amberheron41)",
    ] {
        let honest = card("Which bird stands in shallow water?", "The grey heron");
        let field = format!("As the rules say: {leak}.");
        for leaking in [
            card(&format!("What does {leak} mean here?"), "A sign"),
            card("Which word stands in the rules of this deck?", leak),
            CardText {
                explanation: Some(field.clone()),
                ..honest.clone()
            },
            CardText {
                subtopic: Some(field),
                ..honest.clone()
            },
        ] {
            assert_eq!(refused(&leaking), Some(Gate::Echo), "{leaking:?}");
        }
        assert_eq!(refused(&honest), None);
    }
}

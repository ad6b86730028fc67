//! P8: one duplicate check against a topic of 10,000 cards.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use autodeck::domain::duplicates::FactIndex;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::table::{Row, Spread};

const CARDS: usize = 10_000;
const CHECKS: usize = 2_000;
const ROUNDS: usize = 7;

const KINDS: &[&str] = &[
    "treaty", "general", "river", "city", "year", "law", "king", "battle", "theory", "organ",
    "enzyme", "metal",
];
const VERBS: &[&str] = &[
    "ended",
    "began",
    "signed",
    "crossed",
    "defended",
    "discovered",
    "produced",
    "replaced",
    "won",
    "lost",
];
const ENDINGS: &[&str] = &[
    "in the north",
    "during the long siege",
    "of the old kingdom",
    "without any loss",
    "after the second reform",
];

pub fn run() -> Vec<Row> {
    let mut dice = ChaCha8Rng::seed_from_u64(8);
    let cards: Vec<_> = (0..CARDS).map(|_| card(&mut dice)).collect();
    let checked: Vec<_> = (0..CHECKS).map(|_| card(&mut dice)).collect();
    // The worst topic: every card has the same answer, so every check compares with all of them.
    let one_answer = |cards: &[(String, String)]| -> Vec<(String, String)> {
        cards
            .iter()
            .map(|(question, _)| (question.clone(), "Mercury".to_owned()))
            .collect()
    };
    let [median, high] = measure(&cards, &checked);
    let [_, worst] = measure(&one_answer(&cards), &one_answer(&checked[..CHECKS / 10]));
    vec![
        row("duplicate check against 10,000 cards, median", median),
        row("the same, p99", high),
        row("the same where all 10,000 have one answer, p99", worst),
    ]
}

/// Median and 99th percentile of the rounds, in milliseconds.
fn measure(cards: &[(String, String)], checked: &[(String, String)]) -> [Vec<f64>; 2] {
    let mut index = FactIndex::new();
    for (number, (question, answer)) in cards.iter().enumerate() {
        index.insert(Uuid::from_u128(number as u128), question, answer);
    }
    let (mut medians, mut high) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let check = |(question, answer): &(String, String)| milliseconds(&index, question, answer);
        let mut times: Vec<f64> = checked.iter().map(check).collect();
        times.sort_by(f64::total_cmp);
        medians.push(times[times.len() / 2]);
        high.push(times[times.len() * 99 / 100]);
    }
    [medians, high]
}

fn row(what: &str, values: Vec<f64>) -> Row {
    Row {
        id: "P8",
        what: what.to_owned(),
        unit: "ms",
        ours: Spread::of(values),
        peer: None,
        target: "5 · 0.5 (p99)",
    }
}

fn milliseconds(index: &FactIndex, question: &str, answer: &str) -> f64 {
    let start = Instant::now();
    black_box(index.find(black_box(question), black_box(answer)));
    start.elapsed().as_secs_f64() * 1_000.0
}

/// A question of eight to fifteen words. Answers are as uneven as in real topics: a tenth of the cards share twelve, a
/// tenth are years, the others have a word or two of some hundreds.
fn card(dice: &mut impl Rng) -> (String, String) {
    let kind = pick(dice, KINDS);
    let mut question = format!("Which {kind} of {} {}", name(dice), pick(dice, VERBS));
    write!(
        question,
        " the {} {} {}?",
        word(dice),
        word(dice),
        pick(dice, ENDINGS)
    )
    .expect("a string takes anything");
    let answer = match dice.random_range(0..10) {
        0 => pick(dice, KINDS).to_owned(),
        1 => dice.random_range(1000..2000).to_string(),
        2..6 => format!("The {} of {}", word(dice), name(dice)),
        _ => format!("{} {}", name(dice), name(dice)),
    };
    (question, answer)
}

fn pick<'a>(dice: &mut impl Rng, words: &[&'a str]) -> &'a str {
    words[dice.random_range(0..words.len())]
}

/// One of 400 made-up words, the first ones much more often.
fn word(dice: &mut impl Rng) -> String {
    const SYLLABLES: &[&str] = &[
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
        "va", "we", "xi", "yo", "zu",
    ];
    let rank = (dice.random::<f64>().powi(2) * 400.0) as usize;
    format!("{}{}nt", SYLLABLES[rank / 20], SYLLABLES[rank % 20])
}

fn name(dice: &mut impl Rng) -> String {
    let mut name = word(dice);
    name[..1].make_ascii_uppercase();
    name
}

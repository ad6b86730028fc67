//! Hammers the card reader with random hostile text where no fuzzer is at hand:
//! `cargo run --release --example hammer_reader -- [BYTES] [SECONDS] [SEED]`, by default 10⁷ bytes or 60 seconds.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[path = "../fuzz/check.rs"]
mod check;

/// The fuzzer's own words: a quoted string a line.
const DICTIONARY: &str = include_str!("../fuzz/card_reader.dict");
const WHOLE_CARD: &str = "<card><question>Q &amp; R?</question><answer>A</answer></card>";

fn main() -> ExitCode {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u64>());
    let mut next = |default| numbers.next().unwrap_or(Ok(default));
    let (Ok(bytes), Ok(seconds), Ok(seed)) = (next(10_000_000), next(60), next(1)) else {
        eprintln!("hammer_reader [BYTES] [SECONDS] [SEED]");
        return ExitCode::FAILURE;
    };
    let words: Vec<&str> = DICTIONARY
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .collect();
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut read, mut texts) = (0, 0_u64);
    while read < bytes && Instant::now() < end {
        let text = hostile_text(&words, &mut dice);
        let cuts: [u8; 4] = dice.random();
        check::check(&text, &cuts.map(|cut| cut % 40));
        read += text.len() as u64;
        texts += 1;
    }
    println!(
        "{read} bytes in {texts} texts, seed {seed}: the same cards in every cutting, no panic"
    );
    ExitCode::SUCCESS
}

/// Words of the dictionary, whole cards, letters and any bytes; now and then one piece many times over, so that the
/// limits are met.
fn hostile_text(words: &[&str], dice: &mut ChaCha8Rng) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..dice.random_range(1..80) {
        let piece = match dice.random_range(0..10) {
            0 => WHOLE_CARD.as_bytes().to_vec(),
            1 => vec![dice.random(); 1],
            2 => vec![b'x'; dice.random_range(1..8)],
            3 => {
                let mut bytes = vec![0; dice.random_range(1..6)];
                dice.fill_bytes(&mut bytes);
                bytes
            }
            _ => words
                .choose(dice)
                .expect("the dictionary has words")
                .as_bytes()
                .to_vec(),
        };
        let times = if dice.random_ratio(1, 400) {
            dice.random_range(1..20_000)
        } else {
            1
        };
        text.extend(piece.repeat(times));
    }
    text
}

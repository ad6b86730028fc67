//! The duplicate check against labelled pairs and against what a model really sent.

mod pairs;
mod streams;

use autodeck::domain::duplicates::FactIndex;
use autodeck::domain::fact::Fact;
use pairs::Pair;
use uuid::Uuid;

/// What the issue asks on the half that was never tuned on.
const LEAST_RECALL: f64 = 0.90;
const MOST_FALSE_POSITIVES: f64 = 0.01;

/// The development half is the harder one: it grew by what was missed. Below this something broke.
const LEAST_DEVELOPMENT_RECALL: f64 = 0.87;

struct Score {
    recall: f64,
    false_positives: f64,
    mistakes: Vec<String>,
}

fn score(pairs: &[Pair]) -> Score {
    let (mut found, mut all) = ([0_u32; 2], [0_u32; 2]);
    let mut mistakes = Vec::new();
    for pair in pairs {
        let is_found = is_found(pair.first, pair.second);
        let label = usize::from(pair.is_duplicate);
        all[label] += 1;
        found[label] += u32::from(is_found);
        if is_found != pair.is_duplicate {
            let sides = Fact::new(pair.first.0, pair.first.1)
                .compare(&Fact::new(pair.second.0, pair.second.1));
            let what = if is_found { "false positive" } else { "missed" };
            let Pair {
                language,
                kind,
                first,
                second,
                ..
            } = pair;
            mistakes.push(format!(
                "{what} ({language}, {kind}): {first:?} / {second:?}\n    {sides:?}"
            ));
        }
    }
    let share = |label: usize| f64::from(found[label]) / f64::from(all[label]);
    Score {
        recall: share(1),
        false_positives: share(0),
        mistakes,
    }
}

fn is_found(first: (&str, &str), second: (&str, &str)) -> bool {
    let mut index = FactIndex::new();
    index.insert(Uuid::nil(), first.0, first.1);
    index.find(second.0, second.1).is_some()
}

#[test]
fn the_held_out_pairs_are_told_apart_as_well_as_asked() {
    check("held-out", &pairs::held_out());
}

/// What measurements on pairs that no rule was written for say today: 0.58 and 0.47 of the repeats, and no false alarm.
/// The aim is that of the held-out half; until the check reaches it on such pairs, this holds what there is.
#[test]
fn pairs_that_no_rule_was_written_for_are_not_confused_and_half_of_the_repeats_found() {
    for (name, pairs, least) in [
        ("by another hand", pairs::other_hand(), 0.55),
        ("set aside", pairs::set_aside(), 0.45),
    ] {
        let Score {
            recall,
            false_positives,
            ..
        } = score(&pairs);
        println!("pairs {name}: recall {recall:.3}, false positives {false_positives:.4}");
        assert!(recall >= least, "{name}: recall {recall:.3}");
        assert!(
            false_positives <= MOST_FALSE_POSITIVES,
            "{name}: false positives {false_positives:.4}"
        );
    }
}

/// Without a list of the mistakes: who reads them tunes on them.
fn check(name: &str, pairs: &[Pair]) {
    let Score {
        recall,
        false_positives,
        ..
    } = score(pairs);
    println!("{name} pairs: recall {recall:.3}, false positives {false_positives:.4}");
    assert!(recall >= LEAST_RECALL, "recall {recall:.3}");
    assert!(
        false_positives <= MOST_FALSE_POSITIVES,
        "false positives {false_positives:.4}"
    );
}

#[test]
fn the_development_pairs_are_told_apart() {
    let Score {
        recall,
        false_positives,
        mistakes,
    } = score(&pairs::development());
    println!(
        "development half: recall {recall:.3}, false positives {false_positives:.4}\n{}",
        mistakes.join("\n")
    );
    assert!(recall >= LEAST_DEVELOPMENT_RECALL, "recall {recall:.3}");
    assert!(
        false_positives <= MOST_FALSE_POSITIVES,
        "false positives {false_positives:.4}"
    );
}

#[test]
fn the_verdict_does_not_depend_on_which_card_came_first() {
    for pair in pairs::held_out().iter().chain(&pairs::development()) {
        assert_eq!(
            is_found(pair.first, pair.second),
            is_found(pair.second, pair.first),
            "{:?}",
            pair.first
        );
    }
}

#[test]
fn every_card_is_found_again_by_its_very_text() {
    let mut index = FactIndex::new();
    let pairs = pairs::held_out();
    for (number, pair) in pairs.iter().enumerate() {
        index.insert(Uuid::from_u128(number as u128), pair.first.0, pair.first.1);
    }
    assert_eq!(index.len(), pairs.len());
    for pair in &pairs {
        assert!(index.find(pair.first.0, pair.first.1).is_some());
    }
}

#[test]
fn there_are_enough_pairs_and_enough_of_them_are_confusable() {
    let pairs: Vec<Pair> = pairs::held_out()
        .into_iter()
        .chain(pairs::development())
        .collect();
    let different = pairs.iter().filter(|pair| !pair.is_duplicate).count();
    assert!(pairs.len() >= 300 && 10 * different >= 4 * pairs.len());
}

//! The duplicate check against labelled pairs and recorded streams.

mod pairs;

use autodeck::domain::duplicates::FactIndex;
use autodeck::domain::fact::Fact;
use pairs::Pair;
use uuid::Uuid;

struct Score {
    recall: f64,
    false_positives: f64,
    wrong: Vec<String>,
}

fn score(pairs: &[Pair]) -> Score {
    let mut found = [0_u32; 2];
    let mut all = [0_u32; 2];
    let mut wrong = Vec::new();
    for pair in pairs {
        let mut index = FactIndex::new();
        index.insert(Uuid::nil(), pair.first.0, pair.first.1);
        let is_found = index.find(pair.second.0, pair.second.1).is_some();
        let label = usize::from(pair.is_duplicate);
        all[label] += 1;
        found[label] += u32::from(is_found);
        if is_found != pair.is_duplicate {
            let comparison = Fact::new(pair.first.0, pair.first.1)
                .compare(&Fact::new(pair.second.0, pair.second.1));
            wrong.push(format!(
                "{} {} {}: {:?} / {:?}\n    {comparison:?}",
                if pair.is_duplicate {
                    "missed"
                } else {
                    "FALSE POSITIVE"
                },
                pair.language,
                pair.kind,
                pair.first,
                pair.second
            ));
        }
    }
    Score {
        recall: f64::from(found[1]) / f64::from(all[1]),
        false_positives: f64::from(found[0]) / f64::from(all[0]),
        wrong,
    }
}

#[test]
fn the_development_pairs_are_told_apart() {
    let score = score(&pairs::development());
    let mut rows: Vec<String> = pairs::development()
        .iter()
        .map(|p| {
            (
                p,
                Fact::new(p.first.0, p.first.1).compare(&Fact::new(p.second.0, p.second.1)),
            )
        })
        .filter(|(_, c)| c.answers != autodeck::domain::fact::Answers::Different)
        .map(|(p, c)| {
            format!(
                "ROW {:.3} {} {} {:?} {:?} {:?} {:?}",
                c.overlap,
                if c.both_differ { "both" } else { "one " },
                if p.is_duplicate { "DUP" } else { "---" },
                c.answers,
                c.veto,
                p.first,
                p.second
            )
        })
        .collect();
    rows.sort();
    println!("{}", rows.join("\n"));
    println!(
        "recall {:.3}, false positives {:.4}\n{}",
        score.recall,
        score.false_positives,
        score.wrong.join("\n")
    );
    assert!(score.recall >= 0.90 && score.false_positives <= 0.01);
}

#[test]
fn the_held_out_pairs_are_told_apart() {
    let score = score(&pairs::held_out());
    for w in &score.wrong {
        let mut l = w.lines();
        println!(
            "W {} {}",
            l.next().unwrap().split(":").next().unwrap(),
            l.next().unwrap()
        );
    }
    println!(
        "HELD OUT recall {:.3}, false positives {:.4}",
        score.recall, score.false_positives
    );
    assert!(score.recall >= 0.90 && score.false_positives <= 0.01);
}

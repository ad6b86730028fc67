//! The labelled pairs: two cards each, and whether they ask for one fact.

/// One line of a fixture.
pub struct Pair {
    pub is_duplicate: bool,
    pub kind: &'static str,
    pub language: &'static str,
    /// Question and answer.
    pub first: (&'static str, &'static str),
    /// Question and answer.
    pub second: (&'static str, &'static str),
}

/// Written before the matching and never fitted to; but its mistakes were looked at, by kind, on the way.
pub fn held_out() -> Vec<Pair> {
    read(include_str!("../fixtures/duplicates/pairs-held-out.tsv"))
}

/// What the matching is tuned on.
pub fn development() -> Vec<Pair> {
    read(include_str!("../fixtures/duplicates/pairs-development.tsv"))
}

/// Pairs by somebody who never read the matching code. Their mistakes were listed once, after the figure was taken.
pub fn other_hand() -> Vec<Pair> {
    read(include_str!("../fixtures/duplicates/pairs-other-hand.tsv"))
}

/// Written before the last look at the matching, without those that other tables hold too; their mistakes never listed.
pub fn set_aside() -> Vec<Pair> {
    read(include_str!("../fixtures/duplicates/pairs-set-aside.tsv"))
}

fn read(table: &'static str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [
            label,
            kind,
            language,
            question,
            answer,
            other_question,
            other_answer,
        ] = fields[..]
        else {
            panic!("seven fields: {line}");
        };
        assert!(matches!(label, "duplicate" | "different"), "{line}");
        pairs.push(Pair {
            is_duplicate: label == "duplicate",
            kind,
            language,
            first: (question, answer),
            second: (other_question, other_answer),
        });
    }
    pairs
}

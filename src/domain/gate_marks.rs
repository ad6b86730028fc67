//! The rules that mark a card as weak, one function each.

use super::gate_prose::Prose;
use super::gate_rules::AUXILIARIES;

/// Whether yes or no is the answer, in the languages where we know the words.
pub fn asks_yes_or_no(question: &Prose, answer: &Prose) -> bool {
    #[rustfmt::skip]
    const YES_OR_NO: &[&str] = &[
        "yes", "no", "true", "false", "oui", "non", "vrai", "faux", "ja", "nein", "sí", "si", "sì",
        "sim", "não", "verdadero", "falso", "да", "нет", "nee", "nej", "tak", "nie", "はい", "いいえ",
        "是", "不是", "否", "是的",
    ];
    let Some(first) = answer.words.first() else {
        return false;
    };
    let first_is = YES_OR_NO.contains(&first.text.as_str());
    let alone = answer.words.len() == 1 || first.after.starts_with([',', '.', ';', ':', '!']);
    first_is && (alone || AUXILIARIES.contains(&question.word(0)))
        || question.begins_with("true or false")
}

/// Whether the question is one of the "What is the main …" kind.
pub fn is_generic(question: &Prose) -> bool {
    #[rustfmt::skip]
    const WEIGHTS: &[&str] = &[
        "main", "key", "important", "primary", "major", "significant", "basic", "essential",
        "principal", "common", "fundamental", "purpose", "role", "significance", "importance",
    ];
    let mut place = 0;
    while [
        "what", "which", "is", "are", "was", "were", "the", "one", "of", "some", "a", "an", "most",
    ]
    .contains(&question.word(place))
    {
        place += 1;
    }
    place >= 2 && WEIGHTS.contains(&question.word(place))
}

/// Whether the card speaks of the present and does not say when that is. Electric current is none.
pub fn is_undated(question: &Prose, answer: &Prose) -> bool {
    #[rustfmt::skip]
    const NOW: &[&str] = &[
        "currently", "nowadays", "today", "latest", "newest", "most recent", "at present",
        "right now", "this year", "as of now", "so far",
    ];
    #[rustfmt::skip]
    const AFTER_ELECTRIC: &[&str] = &[
        "", "through", "in", "of", "flow", "flows", "flowing", "density", "source", "is", "and",
        "that", "at", "if", "when", "divider", "mirror", "gain", "directory", "working",
        "limiting", "transformer", "drawn", "across",
    ];
    let says_now = question.has_any(NOW)
        || question.words.iter().enumerate().any(|(place, word)| {
            word.text == "current"
                && place > 0
                && ["the", "a", "its", "their", "your"].contains(&question.word(place - 1))
                && !AFTER_ELECTRIC.contains(&question.word(place + 1))
        });
    let has_year = |prose: &Prose| {
        prose.words.iter().any(|word| {
            word.text.len() == 4
                && word
                    .text
                    .parse()
                    .is_ok_and(|year: u32| (1000..2200).contains(&year))
        })
    };
    says_now && !has_year(question) && !has_year(answer)
}

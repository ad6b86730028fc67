//! The rules that refuse a card, one function each. The traps each one avoids are in its comment, the cards that prove
//! it in `tests/fixtures/gates.tsv`.

use super::gate_prose::{Prose, QUOTED};

const QUESTION_WORDS: &[&str] = &[
    "what", "who", "when", "where", "why", "how", "which", "whose", "whom",
];
/// Verbs that come before the subject of a question.
pub(super) const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "will",
    "would", "should", "must", "may", "might", "shall",
];
const JOINING: &[&str] = &[
    "and", "or", "vs", "versus", "oder", "und", "ou", "et", "y", "o", "или", "и", "e",
];
const NUMBER_WORDS: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// Whether the answer stands in the question in plain sight.
///
/// No leak: what stands in code, formulas or quotation marks ("What does `x` print?"), a member of a choice
/// ("Jupiter or Saturn?"), questions on words themselves ("the plural of sheep"), numbers but for years, very
/// short answers, and part of a longer name ("Mexico City").
pub fn gives_the_answer_away(question: &Prose, answer: &Prose) -> bool {
    const SAYS_LITTLE: &[&str] = &[
        "yes", "no", "true", "false", "both", "neither", "none", "all", "same", "never", "always",
        "more", "less", "one", "zero", "nothing", "not",
    ];
    #[rustfmt::skip]
    const ABOUT_WORDS: &[&str] = &[
        "word for", "word that", "mean", "means", "meaning", "say", "translate", "translation",
        "translated", "plural", "singular", "tense", "participle", "infinitive", "spell",
        "spelled", "spelling", "synonym", "antonym", "rhymes", "pronounced", "form of",
        "conjugation", "conjugate", "in english", "in spanish", "in french", "in german",
        "in italian", "in portuguese", "in latin", "in dutch",
    ];
    let skipped =
        usize::from(["the", "a", "an"].contains(&answer.word(0)) && answer.words.len() > 1);
    let wanted: Vec<&str> = answer.words[skipped..]
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    let letters = wanted
        .iter()
        .flat_map(|word| word.chars())
        .filter(|c| c.is_alphabetic())
        .count();
    let is_year = matches!(*wanted, [word] if word.len() == 4 && word.parse().is_ok_and(|year| (1000..2100).contains(&year)));
    if wanted.is_empty()
        || answer.has_quoted
        || (letters < 3 && !is_year)
        || wanted.iter().all(|word| SAYS_LITTLE.contains(word))
        || question.has_any(ABOUT_WORDS)
    {
        return false;
    }
    let is_choice = |first: usize| {
        let last = first + wanted.len() - 1;
        let comma_before = first > 0 && question.words[first - 1].after.starts_with(',');
        let comma_after = question.words[last].after.starts_with(',');
        JOINING.contains(&question.word(last + 1))
            || (first > 0 && JOINING.contains(&question.word(first - 1)))
            || ((comma_before || comma_after)
                && question.has_any(&["or", "and", "between", "among"]))
    };
    // "Which country's capital is Mexico City?"
    let is_part_of_a_name = |first: usize| {
        let last = first + wanted.len() - 1;
        question.words[last].after.is_empty()
            && question
                .words
                .get(last + 1)
                .is_some_and(|next| next.is_capitalised)
    };
    let mut found = false;
    for first in 0..=question.words.len().saturating_sub(wanted.len()) {
        let stands = wanted
            .iter()
            .enumerate()
            .all(|(at, word)| question.word(first + at) == *word);
        if stands {
            if is_choice(first) || is_part_of_a_name(first) {
                return false;
            }
            found = true;
        }
    }
    found
}

/// Whether the card asks for a set: an order to list, or an answer of four or more items.
///
/// Not a set: "How do you list all files?", "the Three Gorges", a year ("Name the 1984 novel"), a sentence with
/// commas, sequences of numbers or single letters (a chord, a coordinate), a place or a date in its parts, and code.
pub fn dumps_a_set(question: &Prose, answer: &Prose) -> bool {
    let asks_place_or_time = ["where", "when"].contains(&question.word(0));
    orders_a_list(question)
        || (!asks_place_or_time && !is_code(&answer.plain) && counts_items(&answer.plain) >= 4)
}

/// Whether an answer is code that somebody forgot to put in backticks: it assigns, opens a block or calls.
fn is_code(answer: &str) -> bool {
    let calls = |(at, _)| answer[..at].ends_with(|before: char| before.is_alphanumeric());
    answer.contains(['=', '{']) || answer.match_indices('(').any(calls)
}

fn orders_a_list(question: &Prose) -> bool {
    const COURTESIES: &[&str] = &["please", "can", "could", "you"];
    let start = question
        .words
        .iter()
        .take_while(|word| COURTESIES.contains(&word.text.as_str()))
        .count();
    if !["list", "name", "enumerate", "give", "state", "identify"].contains(&question.word(start)) {
        return false;
    }
    let mut place = start + 1;
    if question.word(place) == "all" && question.word(start) != "state" {
        return true;
    }
    while ["any", "at", "least", "the", "of"].contains(&question.word(place)) {
        place += 1;
    }
    let Some(number) = question.words.get(place) else {
        return false;
    };
    let is_number = NUMBER_WORDS.contains(&number.text.as_str())
        || number
            .text
            .parse()
            .is_ok_and(|number: u32| (2..=20).contains(&number));
    // "Name the Three Gorges' river" names a name; "name the 3 km race" measures.
    let next = question.word(place + 1);
    let measures = [
        "km", "m", "kg", "cm", "mm", "%", "percent", "degree", "bit", "letter", "digit",
    ]
    .contains(&next);
    is_number && !number.is_capitalised && !measures && !next.is_empty()
}

/// Items of a list in an answer; 1 when it is no list.
fn counts_items(answer: &str) -> usize {
    let bullets = answer
        .lines()
        .filter(|line| is_bullet(line.trim_start()))
        .count();
    if bullets >= 2 {
        return bullets;
    }
    // What stands before a colon introduces the list.
    let list = answer.rsplit(": ").next().unwrap_or(answer);
    let items: Vec<&str> = list
        .split([',', ';', '、', '，', '،', '\n'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect();
    let [first @ .., last] = items.as_slice() else {
        return 1;
    };
    // "In 1789, after years of famine, war, and debt, the people rose" joins before its end: a sentence.
    if first.iter().skip(1).any(|item| {
        item.split_whitespace()
            .next()
            .is_some_and(|word| JOINING.contains(&word))
    }) {
        return 1;
    }
    let joined = last
        .split_whitespace()
        .skip(1)
        .any(|word| JOINING.contains(&word) || word == "&");
    let is_item =
        |item: &&str| item.split_whitespace().count() <= 4 && item.chars().any(char::is_alphabetic);
    let is_step = |item: &&str| {
        item.chars()
            .filter(|character| character.is_alphabetic())
            .count()
            <= 2
    };
    let last_fits = last.split_whitespace().count() <= 6;
    if first.iter().all(is_item) && last_fits && !items.iter().all(is_step) {
        items.len() + usize::from(joined)
    } else {
        1
    }
}

fn is_bullet(line: &str) -> bool {
    let after_number = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let numbered = after_number.len() < line.len()
        && (after_number.starts_with(". ") || after_number.starts_with(") "));
    numbered || line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")
}

/// Whether the text asks two questions.
///
/// One question: "Who wrote X and Y?", "When and where …?", "how do you tell what is true and what is false?", and
/// whatever is quoted.
pub fn asks_several_questions(question: &Prose) -> bool {
    has_two_question_marks(&question.plain) || joins_two_questions(question)
}

fn has_two_question_marks(plain: &str) -> bool {
    let mut asked = 0;
    let mut depth = 0_u32;
    let mut words = 0;
    let mut characters = plain.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        match character {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ if character.is_whitespace() && !before.is_whitespace() => words += 1,
            // At the end of a sentence, not the operator of "a ? b : c" or the "e?" of a pattern.
            '?' | '？' | '؟' if depth == 0 => {
                let unspaced = is_unspaced(before);
                let ends_word = before.is_alphanumeric() || matches!(before, QUOTED | ')' | '）');
                let ends_sentence =
                    unspaced || characters.peek().is_none_or(|next| next.is_whitespace());
                // "What is it? Why?": the second question may be one word.
                if ends_word && ends_sentence && (words >= 2 || unspaced || asked > 0) {
                    asked += 1;
                }
                words = 0;
            }
            _ => {}
        }
        before = character;
    }
    asked >= 2
}

/// Kana and Han: scripts that write no spaces between words or sentences.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
}

fn joins_two_questions(question: &Prose) -> bool {
    let asks = |place: usize| QUESTION_WORDS.contains(&question.word(place));
    let helps = |place: usize| AUXILIARIES.contains(&question.word(place));
    let Some(first) = (0..question.words.len().min(4)).find(|place| asks(*place)) else {
        return false;
    };
    let Some(joint) = (first + 2..question.words.len())
        .find(|place| question.word(*place) == "and" && asks(place + 1))
    else {
        return false;
    };
    let embedded = (first + 1..joint).any(asks)
        || question.words[..joint]
            .iter()
            .any(|word| word.text == "between");
    let first_is_whole = (first + 1..joint).any(helps) || question.word(first) == "who";
    let ends = joint + 2 == question.words.len();
    let relative = ["who", "which", "whose", "whom"].contains(&question.word(joint + 1))
        && question.word(joint + 1) != question.word(first);
    let second_is_whole =
        ends || (!relative && (helps(joint + 2) || question.word(joint + 1) == "who"));
    first_is_whole && second_is_whole && !embedded
}

/// Whether the question leans on something the learner does not have before them.
///
/// It stands: JavaScript's `this`, "the passage of time", "What does it mean to …", "the following" with something
/// following, and anything said after a sentence that may have introduced it.
pub fn points_outside(question: &Prose) -> bool {
    #[rustfmt::skip]
    const ALWAYS: &[&str] = &[
        "mentioned above", "as mentioned", "as described above", "the above passage",
        "the above text", "the above example", "the above code", "the above diagram",
        "the above figure", "the above image", "the text above", "the passage above",
        "the code above", "the example above", "the figure above", "the image above",
        "the diagram above", "the table above", "shown above", "shown below", "listed above",
        "according to the passage", "according to the text", "according to the article",
        "according to the author", "according to the lecture", "according to the document",
        "according to the paragraph", "according to the excerpt", "mentioned in the text",
        "mentioned in the passage", "mentioned in the article", "this passage",
        "this article", "this excerpt", "this paragraph", "this flashcard", "this card",
        "this deck", "the previous question", "the previous card", "the last question",
        "previously mentioned", "the given passage", "the given text", "the provided text",
        "the provided passage",
    ];
    if question.has_any(ALWAYS) {
        return true;
    }
    if let Some(place) = question.find("the passage") {
        // "the passage of time", "A Passage to India"
        let next = question.word(place + 2);
        let is_name = question.words[place + 1].is_capitalised;
        if !is_name
            && ![
                "of", "from", "to", "between", "through", "into", "by", "across",
            ]
            .contains(&next)
        {
            return true;
        }
    }
    let follows_something = question.has_quoted || question.plain.contains([':', '\n']);
    if !follows_something
        && question.has_any(&[
            "of the following",
            "of these",
            "in the following",
            "does the following",
        ])
    {
        return lacks_antecedent(question);
    }
    begins_with_bare_pronoun(question)
}

/// One sentence, whose pronoun nothing before it explains.
fn lacks_antecedent(question: &Prose) -> bool {
    let place = question
        .find("of these")
        .or_else(|| question.find("the following"))
        .unwrap_or(0);
    place <= 3
}

/// "What is this?", "Who was he?": nothing but a question word, a verb and a pronoun, and a few words more.
fn begins_with_bare_pronoun(question: &Prose) -> bool {
    #[rustfmt::skip]
    const PROGRAMMING: &[&str] = &[
        "keyword", "pointer", "javascript", "java", "c", "typescript", "kotlin", "php", "function",
        "method", "class", "object", "constructor", "scope", "refer", "bind", "arrow", "strict",
        "callback", "program",
    ];
    if !QUESTION_WORDS.contains(&question.word(0)) || !AUXILIARIES.contains(&question.word(1)) {
        return false;
    }
    let words = question.words.len();
    let has_name = question
        .words
        .iter()
        .skip(3)
        .any(|word| word.is_capitalised);
    match question.word(2) {
        "this" | "these" if question.has_quoted || question.plain.contains([':', '\n']) => false,
        "this" => {
            words <= 8
                && !has_name
                && !question
                    .words
                    .iter()
                    .any(|word| PROGRAMMING.contains(&word.text.as_str()))
        }
        "these" => words <= 6 && !has_name,
        // "What is it called when …" and "How long does it take to …" go on; "What does it do?" does not.
        "it" => {
            words <= 4
                && !has_name
                && !["take", "mean", "cost", "rain", "snow"].contains(&question.word(3))
        }
        "he" | "she" | "they" => words <= 5 && !has_name,
        _ => false,
    }
}

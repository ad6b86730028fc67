//! What the words of a question do, by language: which ones only ask, which deny, which count, and their stems.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::synonyms::{
    LIGHT_WORDS, NUMBER_WORDS, OPPOSITE_WORDS, ORDINAL_ENDINGS, ROMAN_NUMERALS, SYNONYM_GROUPS,
};
use super::text::{Token, TokenKind};
use super::vocabulary::{DETERMINERS, KOREAN_PARTICLES, RUN_FUNCTION_WORDS, VOCABULARIES};

/// A language whose words we know. Guessed from the small words of a text: a card does not say what it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordLanguage(usize);

impl WordLanguage {
    /// The language with most small words among `words` (case-folded); English where nothing speaks.
    pub fn guess<'a>(words: impl Iterator<Item = &'a str>) -> WordLanguage {
        let mut votes = [0_u32; VOCABULARIES.len()];
        for word in words {
            for &(language, _) in KNOWN.get(word).into_iter().flatten() {
                votes[language] += 1;
            }
            if let Some(language) = word.chars().next().and_then(language_of_script) {
                votes[language] += 2;
            }
        }
        let most = votes.iter().copied().max().unwrap_or(0);
        WordLanguage(votes.iter().position(|&vote| vote == most).unwrap_or(0))
    }

    /// "the", "eine", "les"; not the A of "vitamin A", nor an `a` in code. `is_first` in its text, where every word has
    /// a capital.
    pub fn is_article(self, token: &Token, is_first: bool) -> bool {
        self.is_small(token, is_first) && self.role(&token.text) == Some(Role::Article)
    }

    /// "not", "kein", "sans".
    pub fn is_negation(self, word: &str) -> bool {
        self.role(word) == Some(Role::Negation)
    }

    /// Says nothing of what the question is about. Negations do.
    pub fn is_empty_word(self, token: &Token, is_first: bool) -> bool {
        let role = self.role(&token.text);
        self.is_small(token, is_first)
            && matches!(role, Some(Role::Article | Role::Function | Role::Asking))
    }

    fn is_small(self, token: &Token, is_first: bool) -> bool {
        let is_letter_name = token.capital && !is_first && token.text.chars().nth(1).is_none();
        token.kind == TokenKind::Word && !token.code && !token.quoted && !is_letter_name
    }

    /// "Called", "primary": used to ask, hardly ever to say.
    pub fn is_asking_word(self, word: &str) -> bool {
        self.role(word) == Some(Role::Asking)
    }

    /// Says little: no difference if only one question has it.
    pub fn is_light(self, stem: &str) -> bool {
        LIGHT.contains(stem)
    }

    /// Capitals mark names. In German they mark every noun.
    pub fn capitals_are_names(self) -> bool {
        VOCABULARIES[self.0].stemmer != Some(Algorithm::German)
    }

    /// The word without its ending, and one word for several that ask the same ("begin", "start").
    pub fn stem(self, word: &str) -> String {
        let stem = (self.0, self.bare_stem(word));
        match SYNONYMS.get(&stem) {
            Some(&first) => first.to_owned(),
            None => stem.1,
        }
    }

    fn bare_stem(self, word: &str) -> String {
        match VOCABULARIES[self.0].stemmer {
            // Endings grow on endings, more than a stemmer takes off.
            Some(algorithm @ (Algorithm::Turkish | Algorithm::Finnish | Algorithm::Hungarian)) => {
                first_letters(&Stemmer::create(algorithm).stem(word))
            }
            Some(algorithm) => Stemmer::create(algorithm).stem(word).into_owned(),
            None => first_letters(word),
        }
    }

    fn role(self, word: &str) -> Option<Role> {
        let roles = KNOWN.get(word)?;
        roles
            .iter()
            .find(|(language, _)| *language == self.0)
            .map(|(_, role)| *role)
    }
}

/// Asks for one of a kind, or how many of it, and the next word names the kind: "which", "quel", "how many".
pub fn is_determiner(word: &str) -> bool {
    DETERMINERS
        .split_whitespace()
        .any(|determiner| determiner == word)
}

/// The digits of a number in figures ("300", "13th"), Roman numerals ("XIV") or words ("seven", "zweite"): small ones, in
/// common languages.
pub fn digits_of(token: &Token) -> Option<String> {
    let text = token.text.as_str();
    if text.starts_with(char::is_numeric) {
        let bare = text.trim_end_matches(char::is_alphabetic);
        let is_ordinal = ORDINAL_ENDINGS.contains(&&text[bare.len()..]);
        return Some(if is_ordinal { bare } else { text }.to_owned());
    }
    let roman = ROMAN_NUMERALS
        .iter()
        .position(|roman| token.capital && *roman == text);
    match roman {
        Some(at) => Some((at + 1).to_string()),
        None => NUMBERS.get(text).map(|digits| (*digits).to_owned()),
    }
}

/// One word for two that are often written as one: "United States" and "US".
pub fn alias(word: &str, next: &str) -> Option<&'static str> {
    match (word, next) {
        ("united", "states") => Some("america"),
        ("united", "kingdom") | ("great", "britain") => Some("britain"),
        ("soviet", "union") => Some("soviet"),
        _ => None,
    }
}

/// The pair of opposites that a stem belongs to and its side of it: "maximum" and "minimum", "begin" and "end".
pub fn opposite(stem: &str) -> Option<(usize, bool)> {
    OPPOSITES.get(stem).copied()
}

/// Denies in a language without spaces: 不, 没, ない.
pub fn run_is_negative(run: &str) -> bool {
    [
        "不",
        "没",
        "沒",
        "非",
        "无",
        "無",
        "未",
        "ない",
        "ません",
        "않",
        "아닌",
        "없",
        "ไม่",
    ]
    .iter()
    .any(|mark| run.contains(mark))
}

/// The parts of a run between its grammatical characters: what is left of a question in Chinese, Japanese, Korean.
pub fn content_of_run(run: &str) -> Vec<&str> {
    let mut parts = vec![run];
    for word in RUN_FUNCTION_WORDS.split_whitespace() {
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(word))
            .collect();
    }
    let has_ideographs = |c: char| matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{30A1}'..='\u{30FA}' | '\u{20000}'..='\u{3FFFF}');
    if run.contains(has_ideographs) {
        // Beside kanji, hiragana is grammar.
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(|c| matches!(c, '\u{3041}'..='\u{309F}')))
            .collect();
    }
    for part in &mut parts {
        // A Korean noun carries its case.
        let particle = part
            .char_indices()
            .last()
            .filter(|(at, c)| *at > 0 && KOREAN_PARTICLES.contains(*c));
        if let Some((at, _)) = particle {
            *part = &part[..at];
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Five letters, where nothing better is known of a language's endings.
fn first_letters(word: &str) -> String {
    word.chars().take(5).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Article,
    Negation,
    Function,
    Asking,
}

type Roles = Vec<(usize, Role)>;

static KNOWN: LazyLock<HashMap<&'static str, Roles>> = LazyLock::new(|| {
    let mut known: HashMap<&str, Roles> = HashMap::new();
    for (language, vocabulary) in VOCABULARIES.iter().enumerate() {
        for (words, role) in [
            (vocabulary.articles, Role::Article),
            (vocabulary.negations, Role::Negation),
            (vocabulary.function_words, Role::Function),
            (vocabulary.asking_words, Role::Asking),
        ] {
            for word in words.split_whitespace() {
                known.entry(word).or_default().push((language, role));
            }
        }
    }
    known
});

static SYNONYMS: LazyLock<HashMap<(usize, String), &'static str>> = LazyLock::new(|| {
    let mut synonyms = HashMap::new();
    for (stemmer, groups) in SYNONYM_GROUPS {
        let language =
            position(*stemmer).expect("synonyms are of a language whose small words we know");
        for group in *groups {
            let first = group.split_whitespace().next().unwrap_or(group);
            for word in group.split_whitespace() {
                synonyms.insert((language, WordLanguage(language).bare_stem(word)), first);
            }
        }
    }
    synonyms
});

static LIGHT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    LIGHT_WORDS
        .split_whitespace()
        .map(|word| WordLanguage(0).stem(word))
        .collect()
});

static NUMBERS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let pairs = NUMBER_WORDS
        .iter()
        .flat_map(|(digits, words)| words.split_whitespace().map(move |word| (word, *digits)));
    pairs.collect()
});

static OPPOSITES: LazyLock<HashMap<String, (usize, bool)>> = LazyLock::new(|| {
    let english = WordLanguage(0);
    let mut opposites = HashMap::new();
    for (pair, (one, other)) in OPPOSITE_WORDS.iter().enumerate() {
        for (words, side) in [(one, false), (other, true)] {
            for word in words.split_whitespace() {
                // Both ways, since a word of another language is stemmed by its own rules.
                opposites.insert(english.stem(word), (pair, side));
                opposites.entry(word.to_owned()).or_insert((pair, side));
            }
        }
    }
    opposites
});

fn language_of_script(c: char) -> Option<usize> {
    let stemmer = match c {
        '\u{370}'..='\u{3FF}' => Algorithm::Greek,
        '\u{400}'..='\u{4FF}' => Algorithm::Russian,
        '\u{600}'..='\u{6FF}' => Algorithm::Arabic,
        '\u{B80}'..='\u{BFF}' => Algorithm::Tamil,
        _ => return None,
    };
    position(stemmer)
}

fn position(stemmer: Algorithm) -> Option<usize> {
    VOCABULARIES
        .iter()
        .position(|vocabulary| vocabulary.stemmer == Some(stemmer))
}

//! What a card asks and what it answers, in a form in which two cards can be compared.
//!
//! Two questions about one thing share most words whether they ask for one fact or for two ("capital of Austria",
//! "capital of Australia"), so likeness alone proves nothing. Same fact = same answer, enough words in common, and no
//! sign that they differ: a number, a name, a denial, a symbol, an opposite, or one word changed in the same sentence.

use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use super::text::{Token, TokenKind, tokens};
use super::words::{self, WordLanguage};

/// Content words that two questions must share: the shared ones over all of them (Jaccard's index).
const LEAST_OVERLAP: f64 = 0.4;
/// The same where both questions have words that the other lacks, by what the answer tells: many questions have the
/// answer "4" or "Paris", few "the electrical activity of the heart".
const LEAST_OVERLAP_BOTH_DIFFER: [f64; 4] = [0.6, 0.5, 0.4, 0.3];
/// Where the answers share words but neither contains the other; with words on both sides, and on one.
const LEAST_OVERLAP_REWORDED: [f64; 2] = [0.6, 0.5];
/// Content words that two reworded answers share, over all of them.
const LEAST_ANSWER_OVERLAP: f64 = 0.5;

/// A word or symbol, reduced to a number: 64 bits, so that two words of one topic never meet by chance.
type Word = u64;

/// A card's question and answer, taken apart.
#[derive(Debug, Clone)]
pub struct Fact {
    question: Question,
    answer: Answer,
}

/// How two cards' answers relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// The same words.
    Equal,
    /// One holds the other: "1789", "14 July 1789".
    Contained,
    /// Half of the words are shared.
    Reworded,
    /// Another answer.
    Different,
}

/// Why two cards with one answer and like questions ask for different facts all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Veto {
    /// Different numbers: World War I and II.
    Number,
    /// One denies: "is NULL", "is not NULL".
    Negation,
    /// Different names: *Faust* and *Werther*.
    Name,
    /// Different symbols or code: `*` and `+`.
    Symbol,
    /// Opposites: the largest, the smallest.
    Opposite,
    /// One sentence with another word in one place: "the SI unit of energy", "… of work".
    OneSlot,
    /// Nothing in common but names: "the capital of Italy", "the largest city of Italy".
    OnlyNames,
}

/// Two cards side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// How the answers relate.
    pub answers: Answers,
    /// Shared content words of the questions, 0 to 1.
    pub overlap: f64,
    /// Each question has content words that the other lacks.
    pub both_differ: bool,
    /// How much the shorter answer tells: 0 a small number, 1 a word or name, 2 two words, 3 more.
    pub telling: usize,
    /// What speaks against it.
    pub veto: Option<Veto>,
}

#[derive(Debug, Clone)]
struct Question {
    /// In order, without articles.
    wording: Vec<Spoken>,
    /// Stems of the content words, sorted, each once.
    content: Vec<Word>,
    /// Beginnings of the same, for names in other forms ("German", "Germany").
    beginnings: Vec<Word>,
    names: Vec<Word>,
    /// Content words that are no names, nor the kind that is asked for.
    plain: Vec<Word>,
    /// The content words in quotation marks: titles, mostly.
    quoted: Vec<Word>,
    numbers: Vec<Word>,
    symbols: Vec<Word>,
    code_words: Vec<Word>,
    opposites: Vec<(usize, bool, Word)>,
    /// "City" in "which city": counts if shared, but is no difference.
    kind_asked: Option<Word>,
    negated: bool,
}

#[derive(Debug, Clone, Copy)]
struct Spoken {
    word: Word,
    content: bool,
}

#[derive(Debug, Clone)]
struct Answer {
    /// Content words in order.
    wording: Vec<Word>,
    /// The same, sorted.
    sorted: Vec<Word>,
    /// Has a single letter or a symbol, which mean little out of order: "log n", "n log n".
    formula: bool,
    /// Numbers, sorted.
    numbers: Vec<Word>,
    /// Words that are neither names nor numbers; characters, where words are not told apart.
    plain: usize,
    has_names: bool,
    negated: bool,
}

impl Fact {
    /// Takes a card apart. Some ten microseconds.
    pub fn new(question: &str, answer: &str) -> Fact {
        let (question, answer) = (read(question), read(answer));
        let language = WordLanguage::guess(
            question
                .iter()
                .chain(&answer)
                .map(|token| token.text.as_str()),
        );
        Fact {
            question: Question::new(&question, language),
            answer: Answer::new(&answer, language),
        }
    }

    /// The words of the answer, sorted: a card of the same fact shares one of them.
    pub fn answer_words(&self) -> &[u64] {
        &self.answer.sorted
    }

    /// Whether both cards ask for the same thing. A reversed card does not: its answer is another.
    pub fn is_same(&self, other: &Fact) -> bool {
        self.compare(other).is_same()
    }

    /// Puts two cards side by side.
    pub fn compare(&self, other: &Fact) -> Comparison {
        let answers = self.answer.relation(&other.answer);
        let (one, two) = (&self.question, &other.question);
        let shared = shared(&one.content, &two.content);
        let lacking = |of: &Question, in_: &Question| {
            let lacking = of
                .content
                .iter()
                .filter(|word| in_.content.binary_search(word).is_err());
            lacking.filter(|word| Some(**word) != of.kind_asked).count()
        };
        let (left, right) = (lacking(one, two), lacking(two, one));
        let all = shared + left + right;
        let overlap = if all == 0 {
            f64::from(u8::from(same_wording(one, two)))
        } else {
            shared as f64 / all as f64
        };
        let telling = self.answer.telling().min(other.answer.telling());
        Comparison {
            answers,
            overlap,
            both_differ: left > 0 && right > 0,
            telling,
            veto: self.veto(other, telling),
        }
    }

    fn veto(&self, other: &Fact, telling: usize) -> Option<Veto> {
        let (one, two) = (&self.question, &other.question);
        let negated = one.negated != two.negated || self.answer.negated != other.answer.negated;
        let checks = [
            (negated, Veto::Negation),
            (differ(&one.numbers, &two.numbers), Veto::Number),
            (one.symbols_differ(two), Veto::Symbol),
            (one.lacks_name_of(two) && two.lacks_name_of(one), Veto::Name),
            (one.is_opposite_of(two), Veto::Opposite),
            (one.differs_in_one_slot(two), Veto::OneSlot),
            (telling < 3 && one.shares_only_names(two), Veto::OnlyNames),
        ];
        checks
            .into_iter()
            .find(|(holds, _)| *holds)
            .map(|(_, veto)| veto)
    }
}

impl Comparison {
    /// The verdict.
    pub fn is_same(&self) -> bool {
        let least = match (self.answers, self.both_differ) {
            (Answers::Different, _) => return false,
            (Answers::Reworded, both_differ) => LEAST_OVERLAP_REWORDED[usize::from(!both_differ)],
            (_, true) => LEAST_OVERLAP_BOTH_DIFFER[self.telling],
            (_, false) => LEAST_OVERLAP,
        };
        self.veto.is_none() && self.overlap >= least
    }
}

impl Question {
    fn new(tokens: &[Token], language: WordLanguage) -> Question {
        let mut question = Question {
            wording: Vec::with_capacity(tokens.len()),
            content: Vec::new(),
            beginnings: Vec::new(),
            names: Vec::new(),
            plain: Vec::new(),
            quoted: Vec::new(),
            numbers: Vec::new(),
            symbols: Vec::new(),
            code_words: Vec::new(),
            opposites: Vec::new(),
            kind_asked: None,
            negated: false,
        };
        let mut after_determiner = false;
        for (at, token) in tokens.iter().enumerate() {
            let is_empty = language.is_empty_word(&token.text) && !token.code && !token.quoted;
            match token.kind {
                TokenKind::Punctuation => {}
                TokenKind::Run => question.add_run(token),
                TokenKind::Symbol => {
                    let word = question.add_content(&token.text);
                    question.symbols.push(word);
                    question.plain.push(word);
                }
                TokenKind::Word if token.elided && !token.quoted => {
                    question.negated |= token.text == "t"
                }
                TokenKind::Word if is_empty => {
                    if !language.is_article(&token.text) {
                        question.wording.push(Spoken {
                            word: hash(&token.text),
                            content: false,
                        });
                    }
                }
                TokenKind::Word => {
                    let word = question.add_word(token, at == 0, language);
                    if after_determiner && question.kind_asked.is_none() {
                        question.kind_asked = Some(word);
                        question.plain.retain(|plain| *plain != word);
                    }
                }
            }
            after_determiner = words::is_determiner(&token.text);
        }
        for set in [
            &mut question.content,
            &mut question.beginnings,
            &mut question.names,
            &mut question.plain,
            &mut question.quoted,
            &mut question.numbers,
            &mut question.symbols,
            &mut question.code_words,
        ] {
            set.sort_unstable();
            set.dedup();
        }
        question
    }

    fn add_content(&mut self, stem: &str) -> Word {
        let word = hash(stem);
        self.content.push(word);
        self.beginnings.push(hash(beginning(stem)));
        self.wording.push(Spoken {
            word,
            content: true,
        });
        word
    }

    fn add_word(&mut self, token: &Token, first: bool, language: WordLanguage) -> Word {
        self.negated |= language.is_negation(&token.text) && !token.code;
        let digits = digits_of(token);
        let stem = digits.clone().unwrap_or_else(|| language.stem(&token.text));
        let word = self.add_content(&stem);
        if digits.is_some() {
            self.numbers.push(word);
            self.plain.push(word);
        } else if token.quoted || (token.capital && !first && language.capitals_are_names()) {
            self.names.push(hash(beginning(&stem)));
            if token.quoted {
                self.quoted.push(word);
            }
        } else {
            self.plain.push(word);
        }
        if token.code {
            self.code_words.push(hash(&token.text));
        }
        if let Some((pair, side)) = words::opposite(&stem) {
            self.opposites.push((pair, side, word));
        }
        word
    }

    fn add_run(&mut self, token: &Token) {
        self.negated |= words::run_is_negative(&token.text);
        for part in words::content_of_run(&token.text) {
            for bigram in bigrams(part) {
                let word = hash(bigram);
                self.content.push(word);
                self.beginnings.push(word);
                if token.quoted {
                    self.names.push(word);
                    self.quoted.push(word);
                } else {
                    self.plain.push(word);
                }
            }
        }
        let mut letter = [0; 4];
        let letters = token.text.chars().map(|c| Spoken {
            word: hash(c.encode_utf8(&mut letter)),
            content: true,
        });
        self.wording.extend(letters);
    }

    fn symbols_differ(&self, other: &Question) -> bool {
        let both = !self.symbols.is_empty() && !other.symbols.is_empty();
        let words = differ(&self.code_words, &other.code_words);
        (both && self.symbols != other.symbols) || words
    }

    fn lacks_name_of(&self, other: &Question) -> bool {
        other
            .names
            .iter()
            .any(|name| self.beginnings.binary_search(name).is_err())
    }

    fn is_opposite_of(&self, other: &Question) -> bool {
        let lacks =
            |question: &Question, word: &Word| question.content.binary_search(word).is_err();
        self.opposites.iter().any(|(pair, side, word)| {
            let facing = |(their_pair, their_side, their_word): &(usize, bool, Word)| {
                pair == their_pair && side != their_side && lacks(self, their_word)
            };
            lacks(other, word) && other.opposites.iter().any(facing)
        })
    }

    /// A model that repeats itself rephrases; one that writes the next card of a row changes one place.
    fn differs_in_one_slot(&self, other: &Question) -> bool {
        let (one, two) = (&self.wording, &other.wording);
        let same = |(a, b): &(&Spoken, &Spoken)| a.word == b.word;
        let before = one.iter().zip(two).take_while(same).count();
        let (one_rest, two_rest) = (&one[before..], &two[before..]);
        let after = one_rest
            .iter()
            .rev()
            .zip(two_rest.iter().rev())
            .take_while(same)
            .count();
        let one_slot = &one_rest[..one_rest.len() - after];
        let two_slot = &two_rest[..two_rest.len() - after];
        // "Who painted" and "which artist painted" differ in the asking.
        let has_content = |slot: &[Spoken]| slot.first().is_some_and(|spoken| spoken.content);
        let disjoint = !one_slot
            .iter()
            .any(|a| a.content && two_slot.iter().any(|b| a.word == b.word));
        let longer = one.len().max(two.len());
        has_content(one_slot) && has_content(two_slot) && disjoint && 2 * (before + after) >= longer
    }

    fn shares_only_names(&self, other: &Question) -> bool {
        let asked_elsewhere = |kind: Option<Word>, in_: &Question| {
            kind.is_some_and(|kind| in_.plain.binary_search(&kind).is_ok())
        };
        !self.plain.is_empty()
            && !asked_elsewhere(self.kind_asked, other)
            && !asked_elsewhere(other.kind_asked, self)
            && !other.plain.is_empty()
            && shared(&self.plain, &other.plain) == 0
            && shared(&self.quoted, &other.quoted) == 0
    }
}

impl Answer {
    fn new(tokens: &[Token], language: WordLanguage) -> Answer {
        let mut answer = Answer {
            wording: Vec::new(),
            sorted: Vec::new(),
            formula: false,
            numbers: Vec::new(),
            plain: 0,
            has_names: false,
            negated: false,
        };
        let says_something = |token: &&Token| match token.kind {
            TokenKind::Punctuation => false,
            TokenKind::Word => {
                !(token.elided && !token.quoted) && !language.is_empty_word(&token.text)
            }
            TokenKind::Run | TokenKind::Symbol => true,
        };
        let mut kept: Vec<&Token> = tokens.iter().filter(says_something).collect();
        if kept.is_empty() {
            // "The", "?": an answer is never nothing.
            kept = tokens.iter().collect();
        }
        for token in kept {
            match token.kind {
                TokenKind::Run => {
                    answer.negated |= words::run_is_negative(&token.text);
                    answer.wording.extend(bigrams(&token.text).map(hash));
                    answer.plain += token.text.chars().count().div_ceil(2);
                }
                TokenKind::Word => answer.add_word(token, language),
                TokenKind::Symbol | TokenKind::Punctuation => {
                    answer.formula = true;
                    answer.wording.push(hash(&token.text));
                }
            }
        }
        answer.sorted = answer.wording.clone();
        answer.sorted.sort_unstable();
        answer.numbers.sort_unstable();
        answer
    }

    fn add_word(&mut self, token: &Token, language: WordLanguage) {
        self.negated |= language.is_negation(&token.text);
        let digits = digits_of(token);
        let is_number = digits.is_some();
        let stem = digits.unwrap_or_else(|| language.stem(&token.text));
        let is_letter = stem.chars().nth(1).is_none();
        let word = hash(&stem);
        if is_number {
            self.numbers.push(word);
            // A year tells more than a count.
            self.has_names |= stem.len() >= 4;
        } else if is_letter {
            self.formula = true;
        } else if token.capital && !self.wording.is_empty() {
            self.has_names = true;
        } else {
            self.plain += 1;
        }
        self.wording.push(word);
    }

    fn telling(&self) -> usize {
        if self.formula {
            usize::from(self.wording.len() > 1)
        } else {
            (self.plain + usize::from(self.has_names)).min(3)
        }
    }

    fn relation(&self, other: &Answer) -> Answers {
        if self.sorted == other.sorted {
            return Answers::Equal;
        }
        let (short, long) = if self.wording.len() <= other.wording.len() {
            (self, other)
        } else {
            (other, self)
        };
        if short.wording.is_empty() {
            return Answers::Different;
        }
        let in_order = long
            .wording
            .windows(short.wording.len())
            .any(|window| window == short.wording);
        let all_there = short
            .sorted
            .iter()
            .all(|word| long.sorted.binary_search(word).is_ok());
        if in_order || (all_there && !short.formula) {
            return Answers::Contained;
        }
        let common = shared(&self.sorted, &other.sorted);
        let all = self.sorted.len() + other.sorted.len() - common;
        let same_numbers = !self.numbers.is_empty() && self.numbers == other.numbers;
        if same_numbers || common >= 2 && common as f64 >= LEAST_ANSWER_OVERLAP * all as f64 {
            Answers::Reworded
        } else {
            Answers::Different
        }
    }
}

fn read(text: &str) -> Vec<Token> {
    let mut tokens = tokens(&text.nfc().collect::<String>());
    for at in (1..tokens.len()).rev() {
        if let Some(alias) = words::alias(&tokens[at - 1].text, &tokens[at].text) {
            tokens.remove(at);
            alias.clone_into(&mut tokens[at - 1].text);
        }
    }
    tokens
}

fn same_wording(one: &Question, two: &Question) -> bool {
    one.wording
        .iter()
        .map(|spoken| spoken.word)
        .eq(two.wording.iter().map(|spoken| spoken.word))
}

/// Both say something and neither says all that the other does.
fn differ(one: &[Word], two: &[Word]) -> bool {
    let common = shared(one, two);
    common < one.len() && common < two.len()
}

/// How many words two sorted lists have in common.
fn shared(one: &[Word], two: &[Word]) -> usize {
    let (mut at, mut other, mut count) = (0, 0, 0);
    while at < one.len() && other < two.len() {
        match one[at].cmp(&two[other]) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => other += 1,
            std::cmp::Ordering::Equal => {
                (at, other, count) = (at + 1, other + 1, count + 1);
            }
        }
    }
    count
}

/// The digits of a number in figures, words or Roman numerals.
fn digits_of(token: &Token) -> Option<String> {
    if token.text.starts_with(|c: char| c.is_numeric()) {
        let bare = token.text.trim_end_matches(char::is_alphabetic);
        let is_ordinal = matches!(
            &token.text[bare.len()..],
            "st" | "nd" | "rd" | "th" | "e" | "er" | "ème" | "eme" | "º" | "ª" | "ste"
        );
        return Some(if is_ordinal {
            bare.to_owned()
        } else {
            token.text.clone()
        });
    }
    let roman = match token.text.as_str() {
        "i" => "1",
        "ii" => "2",
        "iii" => "3",
        "iv" => "4",
        "vi" => "6",
        "vii" => "7",
        "viii" => "8",
        "ix" => "9",
        "xi" => "11",
        "xii" => "12",
        "xiii" => "13",
        "xiv" => "14",
        "xv" => "15",
        "xvi" => "16",
        "xvii" => "17",
        "xviii" => "18",
        _ => "",
    };
    if token.capital && !roman.is_empty() {
        return Some(roman.to_owned());
    }
    words::number(&token.text).map(str::to_owned)
}

/// Six characters: "german" of "germany", but "austri" and "austra".
fn beginning(stem: &str) -> &str {
    stem.char_indices()
        .nth(6)
        .map_or(stem, |(end, _)| &stem[..end])
}

/// Pairs of neighbouring characters; a single character is itself.
fn bigrams(run: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = run
        .char_indices()
        .map(|(at, _)| at)
        .chain([run.len()])
        .collect();
    let width = if starts.len() > 2 { 2 } else { 1 };
    (0..starts.len() - width).map(move |at| &run[starts[at]..starts[at + width]])
}

fn hash(text: &str) -> Word {
    // Fixed keys: the same word has the same number in every process.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

//! A question as sets of words, and in what two questions may differ.

use super::super::text::{Token, TokenKind};
use super::super::words::{self, WordLanguage};
use super::{Word, bigrams, common, exactly, root};

/// All lists but the wording are sorted, each word once.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    /// In order, without articles.
    wording: Vec<Spoken>,
    /// All words that are about something.
    content: Vec<Word>,
    /// Content with a capital, or in quotation marks.
    names: Vec<Word>,
    /// Content in quotation marks: titles, mostly.
    quoted: Vec<Word>,
    /// Content that is no name, nor the kind asked for.
    plain: Vec<Word>,
    numbers: Vec<Word>,
    /// Numbers of four digits.
    years: Vec<Word>,
    symbols: Vec<Word>,
    code_words: Vec<Word>,
    opposites: Vec<Opposite>,
    /// "HTML" and "attribute" in "which HTML attribute". Cards in a row share the kind, and paraphrases change it.
    kind_asked: Option<Word>,
    kind_head: Option<Word>,
    /// Content that is no difference if the other question lacks it.
    light: Vec<Word>,
    negated: bool,
}

#[derive(Debug, Clone, Copy)]
struct Spoken {
    /// The whole stem.
    word: Word,
    /// As in the lists.
    root: Word,
    part: Part,
}

/// What a word does in a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Content,
    /// "Called", "main", "mean": most often no content.
    Asking,
    Function,
}

#[derive(Debug, Clone, Copy)]
struct Opposite {
    pair: usize,
    side: bool,
    word: Word,
}

impl Spoken {
    fn is_content(&self) -> bool {
        self.part == Part::Content
    }
}

/// Content words of two questions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overlap {
    pub(super) shared: usize,
    pub(super) only_left: usize,
    pub(super) only_right: usize,
}

impl Question {
    pub(super) fn new(tokens: &[Token], language: WordLanguage) -> Question {
        let mut question = Question::default();
        // How many words ago a "which" or "how many" was: the next two may name the kind.
        let mut since_determiner = None;
        for (at, token) in tokens.iter().enumerate() {
            let is_empty = language.is_empty_word(token, at == 0);
            since_determiner = match since_determiner {
                _ if words::is_determiner(&token.text) => Some(0),
                Some(distance) if !is_empty && token.kind == TokenKind::Word => Some(distance + 1),
                _ => None,
            };
            match token.kind {
                TokenKind::Punctuation => {}
                TokenKind::Run => question.add_run(token),
                TokenKind::Symbol => question.add_symbol(token),
                // "Don't", "l'Espagne", "Earth's".
                TokenKind::Word if token.elided && !token.quoted => {
                    question.negated |= token.text == "t"
                }
                TokenKind::Word if language.is_article(token, at == 0) => {}
                TokenKind::Word if is_empty => {
                    let word = exactly(&token.text);
                    let part = if language.is_asking_word(&token.text) {
                        Part::Asking
                    } else {
                        Part::Function
                    };
                    question.wording.push(Spoken {
                        word,
                        root: word,
                        part,
                    });
                }
                TokenKind::Word => {
                    let word = question.add_word(tokens, at, language);
                    match since_determiner {
                        Some(1) if question.kind_asked.is_none() => question.set_kind(word),
                        Some(2) if question.kind_head.is_none() => question.kind_head = Some(word),
                        _ => {}
                    }
                }
            }
        }
        question.sort();
        question
    }

    pub(super) fn is_negated(&self) -> bool {
        self.negated
    }

    /// The content words that both have, that only this one has, and that only the other has. Words of the answer and
    /// of the kind asked for prove nothing when they are shared.
    pub(super) fn overlap(&self, other: &Question, answer: &[Word]) -> Overlap {
        let is_kind = |word: &Word| self.is_kind(word) && other.is_kind(word);
        let proves =
            |word: &&Word| has(&other.content, word) && !is_kind(word) && !has(answer, word);
        Overlap {
            shared: self.content.iter().filter(proves).count(),
            only_left: self.lacking_in(other),
            only_right: other.lacking_in(self),
        }
    }

    /// How many content words of this question the other one has not.
    fn lacking_in(&self, other: &Question) -> usize {
        let lacking = self
            .content
            .iter()
            .filter(|word| !has(&other.content, word));
        lacking.filter(|word| self.differs_by(word)).count()
    }

    fn is_kind(&self, word: &Word) -> bool {
        self.kind_asked == Some(*word) || self.kind_head == Some(*word)
    }

    fn set_kind(&mut self, word: Word) {
        self.kind_asked = Some(word);
        self.plain.retain(|plain| *plain != word);
    }

    /// "How many bonds" is not "how many electrons".
    pub(super) fn kinds_differ(&self, other: &Question) -> bool {
        let lacks = |question: &Question, kind: Option<Word>| {
            kind.is_some_and(|kind| !has(&question.content, &kind))
        };
        lacks(self, other.kind_asked) && lacks(other, self.kind_asked)
    }

    /// Whether this is the short other question with a word set before one of its words: "velocity", "angular velocity".
    pub(super) fn qualifies(&self, other: &Question) -> bool {
        let is_new = |spoken: &Spoken| {
            spoken.is_content() && !other.says(spoken) && self.differs_by(&spoken.root)
        };
        let is_shared = |spoken: &Spoken| spoken.is_content() && other.says(spoken);
        let weighty = other
            .content
            .iter()
            .filter(|word| other.differs_by(word))
            .count();
        weighty <= 2
            && self
                .wording
                .windows(2)
                .any(|pair| is_new(&pair[0]) && is_shared(&pair[1]))
    }

    /// Whether it makes a difference if the other question lacks the word.
    fn differs_by(&self, word: &Word) -> bool {
        Some(*word) != self.kind_asked && !has(&self.light, word)
    }

    fn says(&self, word: &Spoken) -> bool {
        self.wording.iter().any(|spoken| spoken.word == word.word)
    }

    pub(super) fn has_wording_of(&self, other: &Question) -> bool {
        let words = |question: &Question| {
            question
                .wording
                .iter()
                .map(|spoken| spoken.word)
                .collect::<Vec<_>>()
        };
        words(self) == words(other)
    }

    /// Years are compared with years: "the 1942 battle" may be "the battle of World War II".
    pub(super) fn numbers_differ(&self, other: &Question) -> bool {
        each_has_more(&self.numbers, &other.numbers) || each_has_more(&self.years, &other.years)
    }

    /// Both have numbers, and not the same ones.
    pub(super) fn has_other_numbers(&self, other: &Question) -> bool {
        !self.numbers.is_empty() && !other.numbers.is_empty() && self.numbers != other.numbers
    }

    /// `*` is not `+`, and `x^2` not `x^2 + 3`; but a question may do without the code that another one shows.
    pub(super) fn symbols_differ(&self, other: &Question) -> bool {
        let has_code =
            |question: &Question| !question.symbols.is_empty() || !question.code_words.is_empty();
        let both = has_code(self) && has_code(other);
        (both && self.symbols != other.symbols)
            || each_has_more(&self.code_words, &other.code_words)
    }

    pub(super) fn names_differ(&self, other: &Question) -> bool {
        // "Which Roman city" is a city.
        let lacks = |question: &Question, other: &Question| {
            other
                .names
                .iter()
                .any(|name| !has(&question.content, name) && other.kind_asked != Some(*name))
        };
        lacks(self, other) && lacks(other, self)
    }

    pub(super) fn is_opposite_of(&self, other: &Question) -> bool {
        self.opposites.iter().any(|mine| {
            let faces = |theirs: &Opposite| mine.pair == theirs.pair && mine.side != theirs.side;
            let is_facing = |theirs: &&Opposite| faces(theirs) && !has(&self.content, &theirs.word);
            !has(&other.content, &mine.word)
                && other.opposites.iter().any(|theirs| is_facing(&theirs))
        })
    }

    /// A model that repeats itself rephrases; one that writes the next card of a row changes one place.
    pub(super) fn differs_in_one_slot(&self, other: &Question) -> bool {
        let same = |(mine, theirs): &(&Spoken, &Spoken)| mine.word == theirs.word;
        let before = self
            .wording
            .iter()
            .zip(&other.wording)
            .take_while(same)
            .count();
        let (mine, theirs) = (&self.wording[before..], &other.wording[before..]);
        let after = mine
            .iter()
            .rev()
            .zip(theirs.iter().rev())
            .take_while(same)
            .count();
        let (mine, theirs) = (&mine[..mine.len() - after], &theirs[..theirs.len() - after]);
        // "Who painted" and "which artist painted" differ in the asking, "the main" and "the primary purpose" as well,
        // but not "the mean" and "the median".
        let first = |slot: &[Spoken]| slot.first().map_or(Part::Function, |spoken| spoken.part);
        let in_the_asking = match (first(mine), first(theirs)) {
            (Part::Function, _) | (_, Part::Function) => true,
            (one, other) => one == Part::Asking && other == Part::Asking,
        };
        let is_in_theirs =
            |word: &Spoken| word.is_content() && theirs.iter().any(|their| their.word == word.word);
        let longer = self.wording.len().max(other.wording.len());
        !in_the_asking && !mine.iter().any(is_in_theirs) && 2 * (before + after) >= longer
    }

    pub(super) fn shares_only_names(&self, other: &Question) -> bool {
        let is_plain = |kind: Option<Word>, question: &Question| {
            kind.is_some_and(|kind| has(&question.plain, &kind))
        };
        !self.plain.is_empty()
            && !other.plain.is_empty()
            && common(&self.plain, &other.plain) == 0
            && !is_plain(self.kind_asked, other)
            && !is_plain(other.kind_asked, self)
            // Who is asked for with a title is its author, whatever the verb.
            && common(&self.quoted, &other.quoted) == 0
    }

    fn add_word(&mut self, tokens: &[Token], at: usize, language: WordLanguage) -> Word {
        let token = &tokens[at];
        let digits = words::digits_of(token);
        let stem = digits.clone().unwrap_or_else(|| language.stem(&token.text));
        let word = root(&stem);
        self.negated |= language.is_negation(&token.text) && !token.code;
        self.content.push(word);
        self.wording.push(Spoken {
            word: exactly(&stem),
            root: word,
            part: Part::Content,
        });
        if let Some(digits) = digits {
            // "1942–43" ends in a year too.
            let is_year = digits.len() == 4 || (digits.len() == 2 && follows_year(tokens, at));
            let list = if is_year {
                &mut self.years
            } else {
                &mut self.numbers
            };
            list.push(word);
            self.plain.push(word);
        } else if token.quoted {
            self.names.push(word);
            self.quoted.push(word);
        } else if token.capital && at > 0 && language.capitals_are_names() {
            self.names.push(word);
        } else {
            self.plain.push(word);
        }
        if token.code {
            self.code_words.push(exactly(&token.text));
        }
        if language.is_light(&stem) || (token.text.len() > 4 && token.text.ends_with("ed")) {
            self.light.push(word);
        }
        if let Some((pair, side)) = words::opposite(&stem) {
            self.opposites.push(Opposite { pair, side, word });
        }
        word
    }

    fn add_symbol(&mut self, token: &Token) {
        let word = exactly(&token.text);
        self.content.push(word);
        self.wording.push(Spoken {
            word,
            root: word,
            part: Part::Content,
        });
        self.plain.push(word);
        // Brackets and commas come and go with the writing of a formula.
        if token
            .text
            .contains(|c: char| !matches!(c, '(' | ')' | '{' | '}' | ',' | ';'))
        {
            self.symbols.push(word);
        }
    }

    fn add_run(&mut self, token: &Token) {
        self.negated |= words::run_is_negative(&token.text);
        let mut rest = token.text.as_str();
        for part in words::content_of_run(&token.text) {
            for bigram in bigrams(part) {
                let word = exactly(bigram);
                self.content.push(word);
                if token.quoted {
                    self.names.push(word);
                    self.quoted.push(word);
                } else {
                    self.plain.push(word);
                }
            }
            let (grammar, after) = rest.split_once(part).unwrap_or((rest, ""));
            self.say_letters(grammar, Part::Function);
            self.say_letters(part, Part::Content);
            rest = after;
        }
        self.say_letters(rest, Part::Function);
    }

    fn say_letters(&mut self, letters: &str, part: Part) {
        let mut bytes = [0; 4];
        for letter in letters.chars() {
            let word = exactly(letter.encode_utf8(&mut bytes));
            self.wording.push(Spoken {
                word,
                root: word,
                part,
            });
        }
    }

    fn sort(&mut self) {
        for list in [
            &mut self.content,
            &mut self.names,
            &mut self.quoted,
            &mut self.plain,
            &mut self.numbers,
            &mut self.years,
            &mut self.light,
            &mut self.symbols,
            &mut self.code_words,
        ] {
            list.sort_unstable();
            list.dedup();
        }
    }
}

fn has(sorted: &[Word], word: &Word) -> bool {
    sorted.binary_search(word).is_ok()
}

fn follows_year(tokens: &[Token], at: usize) -> bool {
    let is_year =
        |token: &Token| token.text.len() == 4 && token.text.bytes().all(|b| b.is_ascii_digit());
    at >= 2 && tokens[at - 1].kind == TokenKind::Punctuation && is_year(&tokens[at - 2])
}

/// Both say something, and neither says all that the other does.
fn each_has_more(one: &[Word], two: &[Word]) -> bool {
    let shared = common(one, two);
    shared < one.len() && shared < two.len()
}

//! A text as the gates look at it: words, with what stands in backticks, formulas and quotation marks put aside.

/// Stands for a quoted piece.
pub const QUOTED: char = '\u{FFFC}';

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// In lower case, without the punctuation around it; empty if it was all punctuation.
    pub text: String,
    /// Begins with a capital letter.
    pub is_capitalised: bool,
    /// The punctuation after it, as written: `","`, `"?)"`, or nothing.
    pub after: String,
}

/// A text taken apart.
#[derive(Debug, Clone)]
pub struct Prose {
    /// The text as written, quoted pieces replaced by [`QUOTED`].
    pub plain: String,
    /// Its words.
    pub words: Vec<Word>,
    /// Whether a quoted piece was put aside.
    pub has_quoted: bool,
}

impl Prose {
    /// Takes `text` apart.
    pub fn new(text: &str) -> Prose {
        let plain = put_quoted_aside(text);
        let words = plain
            .split_whitespace()
            .map(word)
            .filter(|word| !word.text.is_empty())
            .collect();
        Prose {
            has_quoted: plain.contains(QUOTED),
            words,
            plain,
        }
    }

    /// The word at `place`, in lower case; empty beyond the ends.
    pub fn word(&self, place: usize) -> &str {
        self.words.get(place).map_or("", |word| &word.text)
    }

    /// Whether `phrase` (lower case, words separated by one space) stands in the text.
    pub fn has(&self, phrase: &str) -> bool {
        self.find(phrase).is_some()
    }

    /// Whether one of `phrases` stands in the text.
    pub fn has_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.has(phrase))
    }

    /// Whether the text begins with `phrase`.
    pub fn begins_with(&self, phrase: &str) -> bool {
        self.stands_at(phrase, 0)
    }

    /// The place of the first word of `phrase`.
    pub fn find(&self, phrase: &str) -> Option<usize> {
        (0..self.words.len()).find(|place| self.stands_at(phrase, *place))
    }

    fn stands_at(&self, phrase: &str, place: usize) -> bool {
        let mut place = place;
        phrase.split(' ').all(|word| {
            place += 1;
            self.word(place - 1) == word
        })
    }
}

fn word(written: &str) -> Word {
    let is_inner = |character: char| character.is_alphanumeric() || character == QUOTED;
    let trimmed = written.trim_matches(|character| !is_inner(character));
    let after = written.trim_start_matches(|character| !is_inner(character));
    Word {
        text: trimmed.replace('’', "'").to_lowercase(),
        is_capitalised: trimmed.starts_with(char::is_uppercase),
        after: after[trimmed.len()..].to_owned(),
    }
}

/// Replaces what stands in backticks, dollars and quotation marks. A mark without its partner is itself.
fn put_quoted_aside(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(mark) = rest.chars().next() {
        let after_mark = &rest[mark.len_utf8()..];
        let quoted =
            closing_mark(mark).and_then(|closing| quoted_length(before, mark, closing, after_mark));
        match quoted {
            Some(length) => {
                plain.push(QUOTED);
                rest = &after_mark[length..];
                before = QUOTED;
            }
            None => {
                plain.push(mark);
                rest = after_mark;
                before = mark;
            }
        }
    }
    plain
}

fn closing_mark(mark: char) -> Option<char> {
    Some(match mark {
        '`' | '$' | '"' | '\'' => mark,
        '“' => '”',
        '„' => '“',
        '‘' => '’',
        '«' => '»',
        '「' => '」',
        '『' => '』',
        _ => return None,
    })
}

/// How many bytes after the opening mark the quoted piece takes, its closing mark included.
fn quoted_length(before: char, mark: char, closing: char, after_mark: &str) -> Option<usize> {
    let may_be_apostrophe = closing == '\'' || closing == '’';
    if mark == '\'' && before.is_alphanumeric() {
        return None;
    }
    // Pandoc's rule for formulas: no space inside the dollars, no digit behind. Prices are none.
    if mark == '$' && after_mark.starts_with(char::is_whitespace) {
        return None;
    }
    after_mark
        .match_indices(closing)
        .map(|(at, _)| at)
        .find_map(|at| {
            let end = at + closing.len_utf8();
            let behind = after_mark[end..].chars().next().unwrap_or(' ');
            let closes = match mark {
                '$' => !behind.is_ascii_digit() && !after_mark[..at].ends_with(char::is_whitespace),
                _ if may_be_apostrophe => !behind.is_alphanumeric(),
                _ => true,
            };
            (closes && at > 0).then_some(end)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_pieces_are_put_aside_and_apostrophes_and_prices_are_not() {
        let plain = |text| Prose::new(text).plain.replace(QUOTED, "_");
        assert_eq!(plain("What does `x` print?"), "What does _ print?");
        assert_eq!(plain("Solve $x^2 = 4$ for $x$."), "Solve _ for _.");
        assert_eq!(plain("It costs $5 and $10"), "It costs $5 and $10");
        assert_eq!(
            plain("Newton's third law, the dogs' bowl"),
            "Newton's third law, the dogs' bowl"
        );
        assert_eq!(plain("What is 'it's' short for?"), "What is _ short for?");
        assert_eq!(plain("Who wrote “War and Peace”?"), "Who wrote _?");
        assert_eq!(plain("「水」の読み"), "_の読み");
        assert_eq!(plain("a ` alone"), "a ` alone");
    }

    #[test]
    fn words_know_their_punctuation() {
        let prose = Prose::new("Who, (exactly) wrote C++?");
        let words: Vec<_> = prose
            .words
            .iter()
            .map(|word| (word.text.as_str(), word.after.as_str()))
            .collect();
        assert_eq!(
            words,
            [("who", ","), ("exactly", ")"), ("wrote", ""), ("c", "++?")]
        );
        assert!(
            prose.begins_with("who exactly")
                && prose.has("exactly wrote")
                && !prose.has("wrote who")
        );
    }
}

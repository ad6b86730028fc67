//! Reading text as words and symbols, the same way wherever two texts are compared.

use std::ops::Range;

/// One word or symbol of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Case-folded, except in code of a single letter beside a symbol: `\d` and `\D`, `-n` and `-N` are not the same.
    pub text: String,
    /// What it is.
    pub kind: TokenKind,
    /// Begins with a capital (or is a number or a letter of a script without case: no).
    pub capital: bool,
    /// Stands in backticks or between dollars.
    pub code: bool,
    /// Stands in quotation marks.
    pub quoted: bool,
    /// Follows an apostrophe or precedes one: the `s` of "Earth's", the `l` of "l'Espagne".
    pub elided: bool,
}

/// The kinds of [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters and digits, with the `+` and `#` that make "C++" and "C#".
    Word,
    /// A run of characters of a script written without spaces between words (or, in Korean, with endings grown on).
    Run,
    /// Anything else that says something: `*`, `+`, `\`, `°`.
    Symbol,
    /// What only ends and groups sentences outside code: `.` `?` `,` brackets, dashes.
    Punctuation,
}

/// Lower case for comparing: ß becomes ss, ς becomes σ, and the Turkish i's one i.
///
/// By way of capitals, character by character, which is Unicode's full case folding but for a handful of letters.
pub fn fold_case(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'A'..='Z' => folded.push(c.to_ascii_lowercase()),
            _ if c.is_ascii() => folded.push(c),
            // İ is i with a dot above in lower case; without the dot it matches the i of everybody else.
            'İ' | 'ı' => folded.push('i'),
            // The capital of ß is its own upper case, and ß is not its own lower one: it is folded to ss.
            'ẞ' => folded.push_str("ss"),
            _ => folded.extend(c.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    folded
}

/// Cuts a text (in NFC) into words and symbols. White space and quotation marks are no tokens.
pub fn tokens(text: &str) -> Vec<Token> {
    let spans = code_spans(text);
    let mut tokens = Vec::with_capacity(text.len() / 5 + 1);
    let mut quotes = Quotes::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let span = spans
            .get(spans.partition_point(|span| span.end <= at))
            .filter(|span| span.start <= at);
        let end = end_of_token(text, at, c, span.is_some());
        if span.is_some_and(|span| at == span.start || end == span.end) && matches!(c, '`' | '$') {
            // The delimiters themselves.
        } else if span.is_none() && quotes.see(c, &text[..at], &text[end..]) {
            // A quotation mark.
        } else if !c.is_whitespace() {
            tokens.push(token(text, at..end, c, span.is_some(), quotes.open()));
        }
        at = end;
    }
    keep_case_of_options(&mut tokens);
    tokens
}

/// Scripts whose words are not told apart by spaces, or (Hangul) carry their endings.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' // Thai and Lao, Burmese, Khmer
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Where backticks and dollars enclose something, delimiters included. As in Pandoc, a dollar opens only before a
/// character and closes only after one and not before a digit: "$5 and $10" is money.
fn code_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(['`', '$']) {
        let open = from + found;
        let mark = &text[open..=open];
        let run = text[open..].len() - text[open..].trim_start_matches(mark).len();
        let inside = open + run;
        let fence = &text[open..inside];
        let close = text[inside..]
            .find(fence)
            .map(|close| inside + close)
            .filter(|&close| {
                let content = &text[inside..close];
                let after = text[close + run..].chars().next();
                mark == "`"
                    || (!content.starts_with(char::is_whitespace)
                        && !content.ends_with(char::is_whitespace)
                        && !after.is_some_and(|c| c.is_ascii_digit()))
            });
        match close {
            Some(close) if close > inside => {
                spans.push(open..close + run);
                from = close + run;
            }
            _ => from = inside,
        }
    }
    spans
}

fn end_of_token(text: &str, at: usize, first: char, in_code: bool) -> usize {
    let rest = &text[at..];
    let while_ = |is: fn(char) -> bool| at + rest.find(|c| !is(c)).unwrap_or(rest.len());
    if matches!(first, '`' | '$') && in_code {
        // Delimiters come in runs; a dollar inside backticks is one symbol.
        at + rest.len() - rest.trim_start_matches(first).len()
    } else if is_unspaced(first) {
        while_(is_unspaced)
    } else if let Some(end) = end_of_initials(text, at) {
        end
    } else if is_word(first) {
        let end = while_(|c| is_word(c) && !is_unspaced(c));
        let signs = text[end..].len() - text[end..].trim_start_matches(['+', '#']).len();
        let follower = text[end + signs..].chars().next();
        // "C++" and "F#", not "a+b".
        if follower.is_none_or(|c| !is_word(c)) && !in_code {
            end + signs
        } else {
            end
        }
    } else if in_code && !first.is_whitespace() {
        at + rest
            .find(|c: char| is_word(c) || c.is_whitespace() || matches!(c, '`' | '$'))
            .unwrap_or(rest.len())
    } else {
        at + first.len_utf8()
    }
}

/// "U.S.", "d.C.": letters each followed by a dot, at least two.
fn end_of_initials(text: &str, at: usize) -> Option<usize> {
    let mut chars = text[at..].char_indices();
    let mut end = None;
    while let Some((_, letter)) = chars.next() {
        match chars.next() {
            Some((dot, '.')) if letter.is_alphabetic() => end = Some((at + dot + 1, end.is_some())),
            _ => break,
        }
    }
    end.filter(|(_, several)| *several).map(|(end, _)| end)
}

fn token(text: &str, at: Range<usize>, first: char, code: bool, quoted: bool) -> Token {
    let piece = &text[at.clone()];
    let kind = if is_unspaced(first) {
        TokenKind::Run
    } else if is_word(first) {
        TokenKind::Word
    } else if code || !is_sentence_mark(first) || stands_in_quotes(text, &at) {
        TokenKind::Symbol
    } else {
        TokenKind::Punctuation
    };
    let before = text[..at.start].chars().next_back();
    let after = text[at.end..].chars().next();
    let short = piece.chars().take(3).count() <= 2;
    let is_apostrophe = |c: Option<char>| matches!(c, Some('\'' | '’'));
    Token {
        text: if kind == TokenKind::Word {
            fold_case(&piece.replace('.', ""))
        } else {
            fold_case(piece)
        },
        kind,
        capital: first.is_uppercase(),
        code,
        quoted,
        elided: kind == TokenKind::Word
            && short
            && (is_apostrophe(before) || (is_apostrophe(after) && joins(text, at.end))),
    }
}

/// Whether the apostrophe at `at` has a letter after it ("l'Espagne"), and so does not close a quotation.
fn joins(text: &str, at: usize) -> bool {
    text[at..].chars().nth(1).is_some_and(char::is_alphabetic)
}

fn stands_in_quotes(text: &str, at: &Range<usize>) -> bool {
    let is_quote = |c: char| {
        matches!(
            c,
            '"' | '\'' | '“' | '”' | '„' | '«' | '»' | '`' | '「' | '」'
        )
    };
    text[..at.start].ends_with(is_quote) && text[at.end..].starts_with(is_quote)
}

/// `\D`, `-N`: one letter after a symbol keeps its case, which is all there is to tell it by.
fn keep_case_of_options(tokens: &mut [Token]) {
    for at in 1..tokens.len() {
        let is_letter = tokens[at].text.len() == 1 && tokens[at].capital && tokens[at].code;
        let before = &tokens[at - 1];
        if is_letter && before.code && before.text.ends_with(['\\', '-', '%', '$']) {
            tokens[at].text = tokens[at].text.to_ascii_uppercase();
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || c == '_'
        || unicode_normalization::char::is_combining_mark(c)
        || matches!(c, '\u{200C}' | '\u{200D}')
}

fn is_sentence_mark(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '/'
            | '-'
            | '…'
            | '¿'
            | '¡'
            | '‐'
            ..='―'
                | '。'
                | '、'
                | '，'
                | '．'
                | '！'
                | '？'
                | '；'
                | '：'
                | '（'
                | '）'
                | '・'
                | '～'
                | '؟'
                | '،'
                | '؛'
                | '۔'
                | '।'
                | '॥'
                | '_'
                | '·'
    )
}

/// Which quotation is open. A straight mark opens after a space and closes before one.
#[derive(Default)]
struct Quotes {
    open: Vec<char>,
}

impl Quotes {
    fn open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether `c` is a quotation mark (or an apostrophe); keeps account of it.
    fn see(&mut self, c: char, before: &str, after: &str) -> bool {
        let closing = match c {
            '“' | '„' if self.open.last() == Some(&c) => c,
            '“' => '”',
            '„' => '“',
            '«' => '»',
            '「' => '」',
            '『' => '』',
            '《' => '》',
            '〈' => '〉',
            '»' | '”' | '」' | '』' | '》' | '〉' | '"' | '\'' | '’' | '‘' | '`' => c,
            _ => return false,
        };
        if self.open.last() == Some(&c) {
            self.open.pop();
        } else if closing != c || (c == '"' && !after.is_empty()) {
            self.open.push(closing);
        } else if c == '\''
            && before.chars().next_back().is_none_or(char::is_whitespace)
            && after.contains('\'')
        {
            self.open.push(c);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let kept = |token: &Token| token.kind != TokenKind::Punctuation;
        tokens(text)
            .into_iter()
            .filter(kept)
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn words_are_folded_and_sentence_marks_are_apart() {
        assert_eq!(
            words("What is Earth's CORE, exactly?"),
            ["what", "is", "earth", "s", "core", "exactly"]
        );
        assert_eq!(
            words("Quelle est la capitale de l’Espagne ?"),
            ["quelle", "est", "la", "capitale", "de", "l", "espagne"]
        );
        assert_eq!(words("Who wrote “Faust”?"), words("who wrote \"faust\""));
    }

    #[test]
    fn signs_that_make_a_name_stay_with_it() {
        assert_eq!(words("C++, C# and C"), ["c++", "c#", "and", "c"]);
        assert_eq!(words("a+b"), ["a", "+", "b"]);
    }

    #[test]
    fn initials_are_one_word() {
        assert_eq!(
            words("the U.S. in 476 d.C."),
            ["the", "us", "in", "476", "dc"]
        );
        assert_eq!(words("vitamin A. Node.js"), ["vitamin", "a", "node", "js"]);
    }

    #[test]
    fn symbols_in_code_and_quotes_say_something() {
        assert_eq!(
            words("What does `*?` mean?"),
            ["what", "does", "*?", "mean"]
        );
        assert_eq!(words("the \"?\" sign."), ["the", "?", "sign"]);
        assert_eq!(words("`\\d` `\\D` -n"), ["\\", "d", "\\", "D", "n"]);
        assert_eq!(words("$\\sin x$"), ["\\", "sin", "x"]);
        assert_eq!(words("$5 and $10"), ["$", "5", "and", "$", "10"]);
        assert_eq!(words("`||` and `$?`"), ["||", "and", "$", "?"]);
    }

    #[test]
    fn what_is_quoted_or_coded_is_marked_so() {
        let tokens = tokens("Who wrote «Os Maias» in `Rust` or 'so'?");
        let marked = |is: fn(&Token) -> bool| -> Vec<&str> {
            tokens
                .iter()
                .filter(|token| is(token))
                .map(|token| token.text.as_str())
                .collect()
        };
        assert_eq!(marked(|token| token.quoted), ["os", "maias", "so"]);
        assert_eq!(marked(|token| token.code), ["rust"]);
    }

    #[test]
    fn scripts_without_spaces_come_as_runs() {
        let tokens = tokens("水H₂Oは何?");
        let kinds: Vec<TokenKind> = tokens.iter().map(|token| token.kind).collect();
        assert_eq!(
            kinds,
            [
                TokenKind::Run,
                TokenKind::Word,
                TokenKind::Run,
                TokenKind::Punctuation
            ]
        );
    }
}

//! Cloze deletions as Anki writes them: `{{c1::text}}` or `{{c1::text::hint}}`. Each number is a card of its own, on which
//! its texts are hidden and all others shown.

use std::collections::BTreeSet;

/// The highest number: as many cards as anybody makes of one text.
pub const MOST: u8 = 99;

/// A piece of a text with clozes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// What stands between.
    Text(&'t str),
    /// What a number hides.
    Cloze {
        /// 1–[`MOST`].
        number: u8,
        /// What is hidden.
        text: &'t str,
        /// Shown in its place, if given.
        hint: Option<&'t str>,
    },
}

/// Cuts a text into its pieces, in order. What does not close, has no number or holds another cloze's beginning is text.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find("{{c") {
        let start = at + found;
        let Some((piece, length)) = cloze(&text[start..]) else {
            at = start + 3;
            continue;
        };
        if from < start {
            pieces.push(Piece::Text(&text[from..start]));
        }
        pieces.push(piece);
        at = start + length;
        from = at;
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    pieces
}

/// The numbers in a text, each once, lowest first; none: it is no cloze.
pub fn numbers(text: &str) -> Vec<u8> {
    let numbers: BTreeSet<u8> = pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Cloze { number, .. } => Some(number),
            Piece::Text(_) => None,
        })
        .collect();
    numbers.into_iter().collect()
}

/// What a number hides, for an answer in words: its texts, joined.
pub fn hidden(text: &str, number: u8) -> String {
    let texts: Vec<&str> = pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Cloze {
                number: of, text, ..
            } if of == number => Some(text),
            _ => None,
        })
        .collect();
    texts.join(" … ")
}

/// The text with nothing hidden.
pub fn plain(text: &str) -> String {
    let pieces = pieces(text).into_iter();
    pieces
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Cloze { text, .. } => text,
        })
        .collect()
}

/// What is wrong with a text that means to have clozes; `None` where nothing is, or where it has none.
pub fn mistake(text: &str) -> Option<&'static str> {
    let mut at = 0;
    while let Some(found) = text[at..].find("{{c") {
        let start = at + found;
        at = match cloze(&text[start..]) {
            Some((_, length)) => start + length,
            None => start + 3,
        };
        if at == start + 3
            && let Some(mistake) = broken(&text[at..])
        {
            return Some(mistake);
        }
    }
    None
}

/// What is wrong after the `{{c` of what is no cloze; nothing where none was meant: `{{cart}}` of a template, `{{c1}}`.
fn broken(rest: &str) -> Option<&'static str> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let body = rest[digits..].strip_prefix("::").filter(|_| digits > 0)?;
    let number: Option<u8> = rest[..digits].parse().ok();
    Some(
        if number.is_none_or(|number| !(1..=MOST).contains(&number)) {
            "The numbers of clozes go from 1 to 99, as in {{c1::Paris}}."
        } else if closing(body).is_some() {
            "A cloze hides no word. Write one between :: and }}, as in {{c1::Paris}}."
        } else if body.contains("{{c") {
            "A cloze begins inside another one, or one is not closed. Close each with }} before the next begins."
        } else {
            "A cloze is not closed. End it with }}, as in {{c1::Paris}}."
        },
    )
}

/// A cloze at the beginning of `text`, and how many bytes it takes.
fn cloze(text: &str) -> Option<(Piece<'_>, usize)> {
    let digits = text[3..].bytes().take_while(u8::is_ascii_digit).count();
    let number: u8 = text[3..3 + digits].parse().ok()?;
    let body = text[3 + digits..].strip_prefix("::")?;
    // `}}` of maths inside, as in \frac{1}{2}, closes its own braces first.
    let end = closing(body)?;
    let inside = &body[..end];
    let (hidden, hint) = match inside.rsplit_once("::") {
        Some((hidden, hint)) if !hidden.is_empty() => (hidden, Some(hint)),
        _ => (inside, None),
    };
    let is_cloze = (1..=MOST).contains(&number) && !hidden.trim().is_empty();
    let piece = Piece::Cloze {
        number,
        text: hidden,
        hint: hint.filter(|hint| !hint.trim().is_empty()),
    };
    is_cloze.then_some((piece, 3 + digits + 2 + end + 2))
}

/// Where the `}}` begins that closes a cloze; `None` when it does not, or another begins before.
fn closing(body: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut depth = 0_usize;
    for at in 0..bytes.len() {
        match bytes[at] {
            b'{' if body[at..].starts_with("{{c") => return None,
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_clozes_with_their_hints() {
        let text = "{{c1::Paris::a city}} lies on the {{c2::Seine}}.";
        assert_eq!(
            pieces(text),
            [
                Piece::Cloze {
                    number: 1,
                    text: "Paris",
                    hint: Some("a city")
                },
                Piece::Text(" lies on the "),
                Piece::Cloze {
                    number: 2,
                    text: "Seine",
                    hint: None
                },
                Piece::Text("."),
            ]
        );
        assert_eq!(numbers(text), [1, 2]);
    }

    #[test]
    fn a_cloze_that_was_meant_and_is_none_is_told() {
        for (text, what) in [
            ("{{c1::open", "not closed"),
            ("{{c1::a {{c2::b}} c}}", "inside another"),
            ("{{c1::}}", "hides no word"),
            ("{{c0::zero}}", "from 1 to 99"),
            ("{{c300::far}}", "from 1 to 99"),
            ("{{c1::Paris}} and {{c2:: }}", "hides no word"),
        ] {
            let said = mistake(text).unwrap_or_default();
            assert!(said.contains(what), "{text}: {said}");
        }
        for text in [
            "plain",
            "{{c1::Paris}}",
            "{{ cart }}",
            "{{cart}}",
            "{{c1}}",
            "{{c::x}}",
            r"{{c1::$\frac{a}{b}$}}",
        ] {
            assert_eq!(mistake(text), None, "{text}");
        }
        assert_eq!(plain("{{c1::Paris::a city}} lies"), "Paris lies");
    }

    #[test]
    fn one_number_may_hide_several_texts() {
        let text = "{{c3::A}} and {{c1::B}} and {{c3::C}}";
        assert_eq!(numbers(text), [1, 3]);
        assert_eq!(hidden(text, 3), "A … C");
    }

    #[test]
    fn braces_of_maths_close_first() {
        let text = r"{{c1::$\frac{a}{b}$}} is a fraction";
        assert_eq!(hidden(text, 1), r"$\frac{a}{b}$");
    }

    #[test]
    fn what_is_no_cloze_is_text() {
        for text in [
            "plain",
            "{{c1::open",
            "{{c0::zero}}",
            "{{c100::far}}",
            "{{cx::no number}}",
            "{{c1::}}",
            "{{c1:one colon}}",
            "{{c1::outer {{c2::inner",
            "{{c99999999999999999999::x}}",
            "{{c",
        ] {
            assert_eq!(numbers(text), Vec::<u8>::new(), "{text}");
            assert_eq!(pieces(text), [Piece::Text(text)], "{text}");
        }
    }

    #[test]
    fn the_pieces_of_a_long_text_are_found_in_one_pass() {
        let text = "{{c1::".repeat(20_000);
        assert_eq!(numbers(&text), Vec::<u8>::new());
    }
}

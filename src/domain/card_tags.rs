//! The tags that are markup in a model's text: a handful of known names. Every other `<` is text.

/// Longest tag, in bytes, attributes included. A `<card` with no `>` this near is text.
pub const TAG_LIMIT: usize = 1024;

/// The known names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagName {
    /// The root; it may be missing, or stand several times.
    Cards,
    /// One card.
    Card,
    /// A field of a card.
    Field(Field),
    /// `think`, `thinking` or `reasoning`: what is inside is not for the learner.
    Thinking,
}

/// The fields of a card; as a number, the field's place in an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `question`
    Question,
    /// `answer`
    Answer,
    /// `explanation`
    Explanation,
    /// `subtopic`
    Subtopic,
}

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagKind {
    /// `<name …>`
    Open,
    /// `</name …>`
    Close,
    /// `<name …/>`
    Empty,
}

/// One tag and where it stands, in bytes from the start of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Offset of the `<`.
    pub start: usize,
    /// Offset after the `>`.
    pub end: usize,
    /// Whose tag it is.
    pub name: TagName,
    /// Whether it opens, closes, or both.
    pub kind: TagKind,
}

impl Tag {
    /// Whether the tag is `name` opening, closing or both.
    pub fn is(&self, name: TagName, kind: TagKind) -> bool {
        self.name == name && self.kind == kind
    }

    /// The same tag, its place counted from `origin`.
    pub fn from_origin(self, origin: usize) -> Tag {
        Tag {
            start: self.start - origin,
            end: self.end - origin,
            ..self
        }
    }
}

/// How `<` and `>` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brackets {
    /// `<` and `>`.
    Plain,
    /// `&lt;` and `&gt;`, in a reply that was HTML-escaped as a whole.
    Escaped,
}

impl Brackets {
    fn open(self) -> &'static [u8] {
        match self {
            Brackets::Plain => b"<",
            Brackets::Escaped => b"&lt;",
        }
    }

    fn close(self) -> &'static [u8] {
        match self {
            Brackets::Plain => b">",
            Brackets::Escaped => b"&gt;",
        }
    }

    // Not by way of `open` and `close`: a comparison with a constant is no call.
    fn opens(self, bytes: &[u8]) -> bool {
        match self {
            Brackets::Plain => bytes.starts_with(b"<"),
            Brackets::Escaped => bytes.starts_with(b"&lt;"),
        }
    }

    fn closes(self, bytes: &[u8]) -> bool {
        match self {
            Brackets::Plain => bytes.starts_with(b">"),
            Brackets::Escaped => bytes.starts_with(b"&gt;"),
        }
    }
}

/// What stands at an opening bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lexed {
    /// One of our tags.
    Tag(Tag),
    /// Text.
    Text,
    /// More bytes must come before it can be told. Never said of [`TAG_LIMIT`] bytes or more.
    Unknown,
}

/// Reads the tag that may begin at `bytes[start]`.
///
/// Any case; white space is allowed around the slash and the name; attributes are ignored, and a `>` inside a quoted
/// value does not end the tag. The verdict never changes when more bytes arrive.
pub fn lex_tag(bytes: &[u8], start: usize, brackets: Brackets) -> Lexed {
    let limit = bytes.len().min(start + TAG_LIMIT);
    let undecided = if limit == start + TAG_LIMIT {
        Lexed::Text
    } else {
        Lexed::Unknown
    };
    let bytes = &bytes[..limit];
    let rest = &bytes[start..];
    if !brackets.opens(rest) {
        let cut_short = brackets.open().starts_with(rest);
        return if cut_short { undecided } else { Lexed::Text };
    }

    let mut at = skip_space(bytes, start + brackets.open().len());
    let closing = bytes.get(at) == Some(&b'/');
    if closing {
        at = skip_space(bytes, at + 1);
    }
    let name_start = at;
    while at < limit && bytes[at].is_ascii_alphabetic() {
        at += 1;
    }
    if at == limit {
        return undecided;
    }
    let Some(name) = name_of(&bytes[name_start..at]) else {
        return Lexed::Text;
    };

    match end_of_tag(bytes, at, brackets) {
        TagEnd::At { end, empty } => {
            let kind = match (closing, empty) {
                (true, _) => TagKind::Close,
                (false, true) => TagKind::Empty,
                (false, false) => TagKind::Open,
            };
            Lexed::Tag(Tag {
                start,
                end,
                name,
                kind,
            })
        }
        TagEnd::None => Lexed::Text,
        TagEnd::Unknown => undecided,
    }
}

enum TagEnd {
    At { end: usize, empty: bool },
    None,
    Unknown,
}

/// Finds the closing bracket after a name that ends at `at`.
fn end_of_tag(bytes: &[u8], mut at: usize, brackets: Brackets) -> TagEnd {
    let is_close = |at: usize| brackets.closes(&bytes[at..]);
    if !bytes[at].is_ascii_whitespace() && bytes[at] != b'/' && !is_close(at) {
        // `&gt;` may still be arriving.
        let cut_short = brackets.close().starts_with(&bytes[at..]);
        return if cut_short {
            TagEnd::Unknown
        } else {
            TagEnd::None
        };
    }
    let mut quote = None;
    let mut before = b' ';
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            Some(mark) if byte == mark => quote = None,
            Some(_) => {}
            None if is_close(at) => {
                return TagEnd::At {
                    end: at + brackets.close().len(),
                    empty: before == b'/',
                };
            }
            // A quote opens a value only after `=`, so that `<card it's>` is a tag.
            None if before == b'=' && (byte == b'"' || byte == b'\'') => quote = Some(byte),
            None if byte == b'<' || brackets.opens(&bytes[at..]) => return TagEnd::None,
            None => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
        at += 1;
    }
    TagEnd::Unknown
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at].is_ascii_whitespace() {
        at += 1;
    }
    at
}

fn name_of(letters: &[u8]) -> Option<TagName> {
    let mut lower = [0; b"explanation".len()];
    let lower = lower.get_mut(..letters.len())?;
    lower.copy_from_slice(letters);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"cards" => TagName::Cards,
        b"card" => TagName::Card,
        b"question" => TagName::Field(Field::Question),
        b"answer" => TagName::Field(Field::Answer),
        b"explanation" => TagName::Field(Field::Explanation),
        b"subtopic" => TagName::Field(Field::Subtopic),
        b"think" | b"thinking" | b"reasoning" => TagName::Thinking,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<(TagName, TagKind)> {
        match lex_tag(text.as_bytes(), 0, Brackets::Plain) {
            Lexed::Tag(tag) => Some((tag.name, tag.kind)),
            _ => None,
        }
    }

    #[test]
    fn a_known_name_in_any_case_and_spacing_is_a_tag() {
        for text in [
            "<card>",
            "<Card>",
            "< card >",
            "<card\n>",
            "<card a='>' b=\"/>\">",
            "<card it's>",
        ] {
            assert_eq!(kind(text), Some((TagName::Card, TagKind::Open)), "{text}");
        }
        for text in ["</card>", "</CARD >", "< / card\t>", "</card/>"] {
            assert_eq!(kind(text), Some((TagName::Card, TagKind::Close)), "{text}");
        }
        for text in ["<card/>", "<card />", "<card a=\"1\"/>", "<card / >"] {
            assert_eq!(kind(text), Some((TagName::Card, TagKind::Empty)), "{text}");
        }
    }

    #[test]
    fn every_other_bracket_is_text() {
        for text in [
            "<cardx>",
            "<card-1>",
            "<3",
            "<>",
            "<div>",
            "< b >",
            "<questions>",
            "<card <",
            "<card.x>",
        ] {
            assert_eq!(
                lex_tag(text.as_bytes(), 0, Brackets::Plain),
                Lexed::Text,
                "{text}"
            );
        }
    }

    #[test]
    fn a_verdict_stays_when_more_bytes_arrive() {
        for whole in [
            "<card a='>' >x",
            "</answer >x",
            "<question/>x",
            "<div>x",
            "< 3 x",
            "<card a=<b>",
        ] {
            let verdict = lex_tag(whole.as_bytes(), 0, Brackets::Plain);
            for cut in 0..whole.len() {
                let part = lex_tag(&whole.as_bytes()[..cut], 0, Brackets::Plain);
                assert!(
                    part == verdict || part == Lexed::Unknown,
                    "{whole} cut at {cut}: {part:?}"
                );
            }
        }
        let endless = format!("<card {}", "x".repeat(2 * TAG_LIMIT));
        assert_eq!(lex_tag(endless.as_bytes(), 0, Brackets::Plain), Lexed::Text);
    }

    #[test]
    fn an_escaped_tag_has_escaped_brackets() {
        let tag = |text: &str| lex_tag(text.as_bytes(), 0, Brackets::Escaped);
        assert!(
            matches!(tag("&lt;/card&gt;"), Lexed::Tag(tag) if tag.end == 13 && tag.kind == TagKind::Close)
        );
        assert_eq!(tag("&lt;/card&g"), Lexed::Unknown);
        assert_eq!(tag("&lt;/card>"), Lexed::Text);
        assert_eq!(tag("&l"), Lexed::Unknown);
        assert_eq!(tag("&amp;"), Lexed::Text);
    }
}

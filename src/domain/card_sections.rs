//! Comments, CDATA sections, processing instructions and document types: what may hide tags.

use super::card::Finding;
use super::card_splitter::CARD_LIMIT;

/// Longest comment, instruction or document type, in bytes. One that has not closed by then never will: reading goes on
/// after it. Ten commented-out cards fit; a stray `<!--` costs no more cards than that.
pub const SECTION_LIMIT: usize = 4 * 1024;

/// What kind of section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    /// `<!-- … -->`
    Comment,
    /// `<![CDATA[ … ]]>`
    Cdata,
    /// `<?name … ?>`
    Instruction,
    /// `<!DOCTYPE … [ … ]`: what follows the bracket is an ordinary `>`.
    Subset,
    /// `<!DOCTYPE … >`
    Doctype,
}

/// A section that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// What ends it.
    pub kind: SectionKind,
    /// Offset of its `<`.
    pub start: usize,
    /// Its terminator does not begin before here.
    pub searched: usize,
}

/// What stands at a `<`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The start of a section.
    Section(Section),
    /// Something else.
    None,
    /// More bytes must come before it can be told.
    Unknown,
}

impl SectionKind {
    /// What ends it.
    pub fn terminator(self) -> &'static [u8] {
        match self {
            SectionKind::Comment => b"-->",
            SectionKind::Cdata => b"]]>",
            SectionKind::Instruction => b"?>",
            SectionKind::Subset => b"]",
            SectionKind::Doctype => b">",
        }
    }

    /// Longest, in bytes with both ends.
    pub fn limit(self) -> usize {
        match self {
            SectionKind::Cdata => CARD_LIMIT,
            _ => SECTION_LIMIT,
        }
    }

    /// What is noted when it was skipped. CDATA is text, nothing to note.
    pub fn finding(self) -> Option<Finding> {
        match self {
            SectionKind::Comment => Some(Finding::Comment),
            SectionKind::Cdata => None,
            SectionKind::Instruction => Some(Finding::Instruction),
            SectionKind::Subset | SectionKind::Doctype => Some(Finding::Doctype),
        }
    }

    /// Whether tags in it are not tags even inside a card.
    pub fn hides_tags_in_a_card(self) -> bool {
        matches!(self, SectionKind::Comment | SectionKind::Cdata)
    }
}

/// Tells whether a section begins at the `<` at `bytes[start]`. The verdict never changes when more bytes arrive.
///
/// `` <!--` `` and `` <![CDATA[` `` are no openings: that is an answer about comments, in backticks.
pub fn opening(bytes: &[u8], start: usize) -> Opening {
    let rest = &bytes[start..];
    match rest.get(1) {
        None => return Opening::Unknown,
        Some(b'!' | b'?') => {}
        Some(_) => return Opening::None,
    }
    let section = |kind, searched| {
        Opening::Section(Section {
            kind,
            start,
            searched: start + searched,
        })
    };
    for (prefix, kind, searched) in [
        // `<!-->` is an (empty) comment, so the search begins inside the opening.
        (b"<!--".as_slice(), SectionKind::Comment, 2),
        (b"<![CDATA[".as_slice(), SectionKind::Cdata, 9),
    ] {
        if let Some(after) = rest.strip_prefix(prefix) {
            return match after.first() {
                None => Opening::Unknown,
                Some(b'`') => Opening::None,
                Some(_) => section(kind, searched),
            };
        }
        if prefix.starts_with(rest) {
            return Opening::Unknown;
        }
    }
    if rest[1] == b'?' {
        return match rest.get(2) {
            None => Opening::Unknown,
            Some(letter) if letter.is_ascii_alphabetic() => section(SectionKind::Instruction, 2),
            Some(_) => Opening::None,
        };
    }
    doctype(rest, section)
}

fn doctype(rest: &[u8], section: impl Fn(SectionKind, usize) -> Opening) -> Opening {
    const DOCTYPE: &[u8] = b"<!DOCTYPE";
    let compared = rest.len().min(DOCTYPE.len());
    if !rest[..compared].eq_ignore_ascii_case(&DOCTYPE[..compared]) {
        return Opening::None;
    }
    let within = &rest[compared..rest.len().min(SECTION_LIMIT)];
    match within
        .iter()
        .position(|byte| matches!(byte, b'[' | b'>' | b'<'))
    {
        Some(at) if within[at] == b'[' => section(SectionKind::Subset, compared + at),
        Some(at) if within[at] == b'>' => section(SectionKind::Doctype, compared + at),
        Some(_) => Opening::None,
        None if rest.len() >= SECTION_LIMIT => Opening::None,
        None => Opening::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<SectionKind> {
        match opening(text.as_bytes(), 0) {
            Opening::Section(section) => Some(section.kind),
            Opening::None | Opening::Unknown => None,
        }
    }

    #[test]
    fn each_section_is_known_by_its_first_bytes() {
        assert_eq!(kind("<!-- x"), Some(SectionKind::Comment));
        assert_eq!(kind("<![CDATA[x"), Some(SectionKind::Cdata));
        assert_eq!(kind("<?xml "), Some(SectionKind::Instruction));
        assert_eq!(kind("<!doctype html>"), Some(SectionKind::Doctype));
        assert_eq!(kind("<!DOCTYPE cards [<!ENTITY"), Some(SectionKind::Subset));
        for text in [
            "<card>",
            "<!-x",
            "<![CDAT[",
            "<?>",
            "<? x",
            "<!DOC>",
            "<!DOCTYPE <card>",
            "<!--`",
        ] {
            assert_eq!(opening(text.as_bytes(), 0), Opening::None, "{text}");
        }
    }

    #[test]
    fn a_verdict_stays_when_more_bytes_arrive() {
        for whole in [
            "<!-- x",
            "<!--`x",
            "<![CDATA[x",
            "<?xml x",
            "<!DOCTYPE html>x",
            "<!DOCTYPE a [x",
            "<!x",
        ] {
            let verdict = opening(whole.as_bytes(), 0);
            for cut in 1..whole.len() {
                let part = opening(&whole.as_bytes()[..cut], 0);
                assert!(
                    part == verdict || part == Opening::Unknown,
                    "{whole} cut at {cut}: {part:?}"
                );
            }
        }
    }
}

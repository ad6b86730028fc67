//! LaTeX between dollars: where it ends, and as MathML that holds nothing but MathML.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use quick_xml::events::{BytesStart, Event};

/// A longer formula does not fit a card; the bound keeps the time and the depth of its reader small.
const MAX_LATEX_BYTES: usize = 1_000;
/// Far above what people write; the reader descends once for each brace.
const MAX_BRACE_DEPTH: usize = 40;

static CONVERTER: LazyLock<LatexToMathML> = LazyLock::new(|| {
    LatexToMathML::new(MathCoreConfig::default()).expect("there are no macros to be wrong")
});

/// A stretch of text between dollars.
pub(super) struct Span<'t> {
    /// What stands between the dollars.
    pub latex: &'t str,
    /// On a line of its own (`$$…$$`).
    pub display: bool,
    /// Bytes of the text it takes up, dollars included.
    pub length: usize,
}

/// The maths at the start of `text`, which begins with a dollar; `None` if that dollar is money.
///
/// As in Pandoc: no white space inside the dollars, no digit after the closing one. So `$5 and $6` stays as it is.
pub(super) fn span(text: &str) -> Option<Span<'_>> {
    if let Some(body) = text.strip_prefix("$$") {
        let end = find_unescaped(body, "$$")?;
        let latex = body[..end].trim();
        return (!latex.is_empty()).then_some(Span {
            latex,
            display: true,
            length: end + 4,
        });
    }
    let body = text.strip_prefix('$')?;
    let end = find_unescaped(body, "$")?;
    let latex = &body[..end];
    let is_math = !latex.is_empty()
        && !latex.starts_with(char::is_whitespace)
        && !latex.ends_with(char::is_whitespace)
        && !latex.contains(['`', '\0'])
        && !body[end + 1..].starts_with(|next: char| next.is_ascii_digit())
        && !reads_as_money(latex);
    is_math.then_some(Span {
        latex,
        display: false,
        length: end + 2,
    })
}

/// `5 a head (or 5`: a number, then words, and no command among them.
fn reads_as_money(latex: &str) -> bool {
    latex.starts_with(|first: char| first.is_ascii_digit())
        && !latex.contains('\\')
        && latex.split_whitespace().skip(1).any(|word| {
            let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
            word.len() >= 2 && word.chars().all(char::is_alphabetic)
        })
}

fn find_unescaped(text: &str, end: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + text.get(at..)?.find(end)?;
        let backslashes = text[..found]
            .bytes()
            .rev()
            .take_while(|&byte| byte == b'\\')
            .count();
        if backslashes % 2 == 0 {
            return Some(found);
        }
        at = found + 1;
    }
}

/// MathML of our own writing, or `None` if the LaTeX is not understood, too large, or asks for more than maths (a link).
pub(super) fn to_mathml(latex: &str, display: bool) -> Option<String> {
    if latex.len() > MAX_LATEX_BYTES || brace_depth(latex) > MAX_BRACE_DEPTH {
        return None;
    }
    let display = if display {
        MathDisplay::Block
    } else {
        MathDisplay::Inline
    };
    // One formula must not cost the learner the page, should the reader of it have a bug.
    let converted = catch_unwind(AssertUnwindSafe(|| {
        CONVERTER.convert_with_local_state(latex, display)
    }));
    sanitised(&converted.ok()?.ok()?.mathml)
}

fn brace_depth(latex: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in latex.bytes() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Elements of MathML Core that draw and do nothing else.
const ELEMENTS: &[&str] = &[
    "math",
    "menclose",
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "mspace",
    "msqrt",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "b",
    "i",
    "em",
    "code",
];
/// Styled text inside `\text{…}`: the words stay, the styling goes.
const TRANSPARENT: &[&str] = &["span", "s", "u"];
pub(super) const ATTRIBUTES: &[&str] = &[
    "accent",
    "accentunder",
    "columnspan",
    "depth",
    "display",
    "displaystyle",
    "fence",
    "form",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "notation",
    "rspace",
    "scriptlevel",
    "separator",
    "stretchy",
    "symmetric",
    "voffset",
    "width",
];

/// Rewrites the converter's output with known elements and attributes only; an unknown element refuses the whole.
fn sanitised(mathml: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(mathml);
    let mut clean = String::with_capacity(mathml.len());
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => open(&mut clean, &tag, ">")?,
            Event::Empty(tag) => {
                open(&mut clean, &tag, ">")?;
                close(&mut clean, tag.name().as_ref())?;
            }
            Event::End(tag) => close(&mut clean, tag.name().as_ref())?,
            Event::Text(text) => super::escape(&mut clean, &text),
            Event::GeneralRef(reference) => entity(&mut clean, &reference)?,
            Event::Eof => return Some(clean),
            _ => return None,
        }
    }
}

fn open(clean: &mut String, tag: &BytesStart<'_>, end: &str) -> Option<()> {
    let name = tag.name();
    let name = name.as_ref();
    if TRANSPARENT.contains(&name) {
        return Some(());
    }
    if !ELEMENTS.contains(&name) {
        return None;
    }
    clean.push('<');
    clean.push_str(name);
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
        if ATTRIBUTES.contains(&key) && is_plain(value) {
            push_attribute(clean, key, value);
        } else if let Some(class) = class_for(name, key, value) {
            push_attribute(clean, "class", class);
        }
    }
    clean.push_str(end);
    Some(())
}

fn close(clean: &mut String, name: &str) -> Option<()> {
    if !TRANSPARENT.contains(&name) {
        clean.push_str("</");
        clean.push_str(ELEMENTS.contains(&name).then_some(name)?);
        clean.push('>');
    }
    Some(())
}

fn push_attribute(clean: &mut String, key: &str, value: &str) {
    clean.push(' ');
    clean.push_str(key);
    clean.push_str("=\"");
    clean.push_str(value);
    clean.push('"');
}

fn is_plain(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b" .-+%".contains(&byte))
}

/// Our content policy forbids `style`, so the two uses that carry meaning become classes of our style sheet.
fn class_for(element: &str, key: &str, value: &str) -> Option<&'static str> {
    match (element, key) {
        ("mtd", "style") if value.contains("text-align: left") => Some("math-left"),
        ("mtd", "style") if value.contains("text-align: right") => Some("math-right"),
        ("mrow", "class") => match value {
            "menclose-updiagonalstrike" => Some("math-strike-up"),
            "menclose-downdiagonalstrike" => Some("math-strike-down"),
            "menclose-horizontalstrike" => Some("math-strike"),
            _ => None,
        },
        _ => None,
    }
}

fn entity(clean: &mut String, name: &str) -> Option<()> {
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{A0}',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    super::escape(clean, character.encode_utf8(&mut [0; 4]));
    Some(())
}

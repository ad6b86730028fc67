//! Cards that a person wrote: Markdown's emphasis, lists, quotes and code, with LaTeX and clozes. Raw HTML is text, images
//! are their words, links lead to http and https only.

use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::SyntaxSet;
use syntect::util::LinesWithEndings;

use super::{SafeHtml, escape, math};
use crate::domain::cloze::{self, Piece};

/// Read at the first block of code that somebody wrote, and kept: a few megabytes that most servers never need.
static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Longer code is shown without colours: a grammar's expressions may be slow on hostile text.
const MOST_HIGHLIGHTED: usize = 4_000;

const CLASSES: ClassStyle = ClassStyle::SpacedPrefixed { prefix: "hl-" };

/// Begins a cloze on its way through Markdown. Like the two after it a private character, taken out of the text first.
const OPEN: char = '\u{E0F0}';
/// Ends a cloze.
const CLOSE: char = '\u{E0F1}';
/// Stands for what is hidden.
const HIDDEN: char = '\u{E0F2}';

/// Which side of a cloze is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClozeSide {
    /// The number's words are hidden.
    Question(u8),
    /// They are shown and marked.
    Answer(u8),
}

/// Renders Markdown.
pub fn render_markdown(text: &str) -> SafeHtml {
    SafeHtml(to_html(&clean(text)))
}

/// Renders a side of a cloze.
pub fn render_cloze(text: &str, side: ClozeSide) -> SafeHtml {
    let text = clean(text);
    let mut marked = String::with_capacity(text.len());
    for piece in cloze::pieces(&text) {
        match (piece, side) {
            (Piece::Text(text), _) => marked.push_str(text),
            (Piece::Cloze { number, hint, .. }, ClozeSide::Question(asked)) if number == asked => {
                marked.push(OPEN);
                match hint {
                    Some(hint) => marked.extend(["[", hint, "]"]),
                    None => marked.push(HIDDEN),
                }
                marked.push(CLOSE);
            }
            (Piece::Cloze { number, text, .. }, ClozeSide::Answer(asked)) if number == asked => {
                marked.push(OPEN);
                marked.push_str(text);
                marked.push(CLOSE);
            }
            (Piece::Cloze { text, .. }, _) => marked.push_str(text),
        }
    }
    let html = to_html(&marked);
    SafeHtml(
        html.replace(OPEN, "<mark class=\"cloze\">")
            .replace(CLOSE, "</mark>")
            .replace(HIDDEN, "[…]"),
    )
}

fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\0', "\u{FFFD}")
        .replace([OPEN, CLOSE, HIDDEN], "\u{FFFD}")
}

fn to_html(text: &str) -> String {
    let options = Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH;
    let mut events = Vec::new();
    let mut code: Option<(String, String)> = None;
    // A link whose address is not followed leaves its words; its end is left out too.
    let mut links = Vec::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((language, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, lines)) = code.take() {
                    events.push(Event::Html(highlighted(&language, &lines).into()));
                }
            }
            Event::Text(text) => match &mut code {
                Some((_, lines)) => lines.push_str(&text),
                None => events.push(Event::Text(text)),
            },
            Event::Html(html) | Event::InlineHtml(html) => events.push(Event::Text(html)),
            Event::Start(Tag::HtmlBlock) => events.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => events.push(Event::End(TagEnd::Paragraph)),
            Event::InlineMath(latex) => events.push(maths(&latex, false)),
            Event::DisplayMath(latex) => events.push(maths(&latex, true)),
            Event::SoftBreak => events.push(Event::HardBreak),
            // A card has no outline: a heading is a strong line.
            Event::Start(Tag::Heading { .. }) => {
                events.extend([Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)]);
            }
            Event::End(TagEnd::Heading(_)) => {
                events.extend([Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)]);
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let is_followed = is_web_address(&dest_url);
                links.push(is_followed);
                if is_followed {
                    let mut link = String::from("<a rel=\"noopener nofollow\" href=\"");
                    escape(&mut link, &dest_url);
                    link.push_str("\">");
                    events.push(Event::InlineHtml(link.into()));
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop() == Some(true) {
                    events.push(Event::InlineHtml("</a>".into()));
                }
            }
            // Nothing is fetched from elsewhere: a picture is its words.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            other => events.push(other),
        }
    }
    let mut html = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    html
}

fn is_web_address(address: &str) -> bool {
    let address = address.trim().to_ascii_lowercase();
    address.starts_with("https://") || address.starts_with("http://")
}

fn maths(latex: &str, display: bool) -> Event<'static> {
    let latex = latex
        .replace([OPEN, CLOSE], "")
        .replace(HIDDEN, r"[\ldots]");
    match math::to_mathml(&latex, display) {
        Some(mathml) => Event::InlineHtml(mathml.into()),
        None => Event::Code(latex.into()),
    }
}

/// A block of code, with a class on each word of a language that is known.
fn highlighted(language: &str, code: &str) -> String {
    let name = language
        .split([' ', ',', '{'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut html = String::from("<pre><code>");
    match highlight(&name, code) {
        Some(spans) => html.push_str(&spans),
        None => escape(&mut html, code.trim_end_matches('\n')),
    }
    html.push_str("</code></pre>\n");
    html
}

fn highlight(language: &str, code: &str) -> Option<String> {
    if language.is_empty() || code.len() > MOST_HIGHLIGHTED {
        return None;
    }
    let syntax = SYNTAXES.find_syntax_by_token(language)?;
    let mut generator = ClassedHTMLGenerator::new_with_class_style(syntax, &SYNTAXES, CLASSES);
    for line in LinesWithEndings::from(code) {
        generator
            .parse_html_for_line_which_includes_newline(line)
            .ok()?;
    }
    Some(generator.finalize().trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        render_markdown(text).as_str().trim().to_owned()
    }

    #[test]
    fn emphasis_lists_and_code_are_markdown() {
        assert_eq!(
            html("*a* **b** `c < d`"),
            "<p><em>a</em> <strong>b</strong> <code>c &lt; d</code></p>"
        );
        let list = html("- one\n- two");
        assert!(list.contains("<ul>") && list.matches("<li>").count() == 2);
        assert!(html("one\ntwo").contains("<br />"));
    }

    #[test]
    fn code_of_a_known_language_gets_classes_and_of_another_none() {
        let rust = html("```rust\nfn main() { let a = \"<b>\"; }\n```");
        assert!(rust.contains("class=\"hl-source hl-rust\""), "{rust}");
        assert!(rust.contains("&lt;b&gt;") && !rust.contains("style="));
        assert_eq!(
            html("```klingon\na < b\n```"),
            "<pre><code>a &lt; b</code></pre>"
        );
        let long = format!("```rust\n{}\n```", "let a = 1;\n".repeat(1_000));
        assert!(!html(&long).contains("hl-"));
    }

    #[test]
    fn maths_is_mathml_and_what_is_none_is_its_source() {
        assert!(html(r"$\frac{1}{2}$").contains("<mfrac>"));
        assert!(html(r"$\frac{$").contains("frac"));
    }

    #[test]
    fn nothing_that_runs_or_fetches_comes_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "text <img src=x onerror=alert(1)> text",
            "<div onclick=\"alert(1)\">x</div>",
            "![x](https://evil.example/pixel.png)",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](//evil.example)",
            "<javascript:alert(1)>",
            "```\"><script>alert(1)</script>\nx\n```",
            "# <b onmouseover=alert(1)>",
            "[a]: javascript:alert(1)\n\n[a]",
            "$<script>alert(1)</script>$",
            "<!-- --><svg onload=alert(1)>",
        ] {
            let html = html(hostile);
            for tag in html.split('<').skip(1) {
                let name: String = tag
                    .trim_start_matches('/')
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect();
                assert!(
                    [
                        "p", "em", "strong", "code", "pre", "br", "math", "mi", "mo", "mrow",
                        "span", "mtext", "mn"
                    ]
                    .contains(&name.as_str()),
                    "{hostile}: {html}"
                );
                let inside = tag.split('>').next().unwrap_or_default();
                assert!(!inside.contains("alert"), "{hostile}: {html}");
            }
        }
    }

    #[test]
    fn a_web_link_says_that_it_vouches_for_nothing() {
        assert_eq!(
            html("[x](https://example.org/?a=1&b=\"2)"),
            "<p><a rel=\"noopener nofollow\" href=\"https://example.org/?a=1&amp;b=&quot;2\">x</a></p>"
        );
    }

    #[test]
    fn a_cloze_hides_its_number_on_one_side_and_marks_it_on_the_other() {
        let text = "**{{c1::Paris::a city}}** lies on the {{c2::Seine}}.";
        let side = |side| render_cloze(text, side).as_str().trim().to_owned();
        assert_eq!(
            side(ClozeSide::Question(1)),
            "<p><strong><mark class=\"cloze\">[a city]</mark></strong> lies on the Seine.</p>"
        );
        assert_eq!(
            side(ClozeSide::Question(2)),
            "<p><strong>Paris</strong> lies on the <mark class=\"cloze\">[…]</mark>.</p>"
        );
        assert_eq!(
            side(ClozeSide::Answer(2)),
            "<p><strong>Paris</strong> lies on the <mark class=\"cloze\">Seine</mark>.</p>"
        );
        let in_maths = render_cloze(r"$a^2 + b^2 = {{c1::c^2}}$", ClozeSide::Question(1));
        assert!(in_maths.as_str().contains("<math") && !in_maths.as_str().contains("<mark"));
    }

    #[test]
    fn a_long_nested_text_is_rendered_in_bounded_time() {
        for text in [
            "> ".repeat(10_000),
            "[".repeat(20_000),
            "*a".repeat(10_000),
            "$".repeat(20_000),
        ] {
            assert!(html(&text).len() < 2_000_000);
        }
    }
}

//! The one sanitising renderer: what a model or a learner wrote, as HTML that cannot run.
//!
//! Backticks are code, a line of three backticks begins a block of code, `$…$` and `$$…$$` are LaTeX (MathML, made on the server),
//! an empty line begins a paragraph. Nothing else is markup: it is escaped. What cannot be read as maths is shown as its source.
//! Cards that a person wrote have Markdown and clozes besides ([`render_markdown`]).

mod card;
mod markdown;
mod math;

pub use card::{CardHtml, DraftText, render_card};
pub use markdown::render_markdown;

use std::fmt::{self, Display, Write};

/// HTML in which every `<` was written by this module or a writer that escapes. Only this room makes it, so templates print it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for SafeHtml {}

/// Renders the text of a card: `<p>`, `<br>`, `<code>`, `<pre>` and MathML, all else escaped. Put it where block elements may
/// stand, under `dir="auto"`. Blank text gives an empty result. Time is linear in the text but for the maths, which is bounded.
pub fn render(text: &str) -> SafeHtml {
    let text = text.replace("\r\n", "\n").replace('\0', "\u{FFFD}");
    let mut html = String::with_capacity(text.len() + text.len() / 4 + 16);
    for block in blocks(&text) {
        match block {
            Block::Paragraph(lines) => {
                html.push_str("<p>");
                inline(&mut html, lines);
                html.push_str("</p>");
            }
            Block::Code(lines) => {
                html.push_str("<pre><code>");
                escape(&mut html, lines);
                html.push_str("</code></pre>");
            }
        }
    }
    SafeHtml(html)
}

enum Block<'t> {
    Paragraph(&'t str),
    Code(&'t str),
}

/// Cuts the text at empty lines and fences. A fence that is never closed runs to the end, as in Markdown.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut paragraph: Option<usize> = None;
    let mut code: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let bare = line.trim();
        if let Some(from) = code {
            if is_closing_fence(bare) {
                blocks.push(Block::Code(text[from..start].trim_end_matches('\n')));
                code = None;
            }
        } else if is_opening_fence(bare) {
            push_paragraph(&mut blocks, text, paragraph.take(), start);
            code = Some(end);
        } else if bare.is_empty() {
            push_paragraph(&mut blocks, text, paragraph.take(), start);
        } else {
            paragraph.get_or_insert(start);
        }
    }
    match code {
        Some(from) => blocks.push(Block::Code(text[from..].trim_end_matches('\n'))),
        None => push_paragraph(&mut blocks, text, paragraph, text.len()),
    }
    blocks
}

fn push_paragraph<'t>(blocks: &mut Vec<Block<'t>>, text: &'t str, from: Option<usize>, to: usize) {
    if let Some(from) = from {
        blocks.push(Block::Paragraph(text[from..to].trim()));
    }
}

fn is_opening_fence(line: &str) -> bool {
    line.strip_prefix("```")
        .is_some_and(|language| !language.contains('`'))
}

fn is_closing_fence(line: &str) -> bool {
    line.len() >= 3 && line.bytes().all(|byte| byte == b'`')
}

/// Writes one paragraph: code first (a dollar in code is a dollar), then maths, then escaped text.
fn inline(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['`', '$', '\\', '\n']) {
        escape(html, &rest[..at]);
        rest = &rest[at..];
        rest = match rest.as_bytes()[0] {
            b'`' => code_span(html, rest),
            b'$' => math_span(html, rest),
            b'\\' => escaped_dollar(html, rest),
            _ => {
                html.push_str("<br>");
                &rest[1..]
            }
        };
    }
    escape(html, rest);
}

/// `rest` begins with backticks: a run of as many closes them, else they are text.
fn code_span<'t>(html: &mut String, rest: &'t str) -> &'t str {
    let run = rest.len() - rest.trim_start_matches('`').len();
    let (ticks, body) = rest.split_at(run);
    let Some(end) = closing_run(body, run) else {
        html.push_str(ticks);
        return body;
    };
    let code = &body[..end];
    // A space each side lets code begin or end with a backtick; it is not part of the code.
    let padded =
        code.len() > 2 && code.starts_with(' ') && code.ends_with(' ') && !code.trim().is_empty();
    html.push_str("<code>");
    escape(
        html,
        if padded {
            &code[1..code.len() - 1]
        } else {
            code
        },
    );
    html.push_str("</code>");
    &body[end + run..]
}

fn closing_run(body: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = body[at..].find('`') {
        let start = at + found;
        let length = body.len() - start - body[start..].trim_start_matches('`').len();
        if length == run {
            return Some(start);
        }
        at = start + length;
    }
    None
}

/// `rest` begins with a dollar: maths if it reads as maths, else a dollar.
fn math_span<'t>(html: &mut String, rest: &'t str) -> &'t str {
    let Some(span) = math::span(rest) else {
        html.push('$');
        return &rest[1..];
    };
    match math::to_mathml(span.latex, span.display) {
        Some(mathml) => html.push_str(&mathml),
        None => {
            html.push_str("<code>");
            escape(html, &rest[..span.length]);
            html.push_str("</code>");
        }
    }
    &rest[span.length..]
}

/// `\$` is a dollar sign that opens nothing; any other backslash is itself.
fn escaped_dollar<'t>(html: &mut String, rest: &'t str) -> &'t str {
    let is_dollar = rest[1..].starts_with('$');
    html.push(if is_dollar { '$' } else { '\\' });
    &rest[if is_dollar { 2 } else { 1 }..]
}

fn escape(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html
                .write_char(other)
                .expect("a String takes every character"),
        }
    }
}

#[cfg(test)]
mod tests;

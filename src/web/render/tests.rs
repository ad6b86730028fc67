//! What the renderer promises, above all that nothing written on a card can run.

use proptest::prelude::*;

use super::render;

fn html(text: &str) -> String {
    render(text).to_string()
}

#[test]
fn markup_in_a_card_is_shown_and_never_made() {
    assert_eq!(
        html("<script>alert('x')</script> & <b>\"bold\"</b>"),
        "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &lt;b&gt;&quot;bold&quot;&lt;/b&gt;</p>"
    );
}

#[test]
fn backticks_are_code_and_hold_their_dollars_and_tags() {
    assert_eq!(html("`a < $b$`"), "<p><code>a &lt; $b$</code></p>");
    assert_eq!(html("`` a`b ``"), "<p><code>a`b</code></p>");
    assert_eq!(html("a ` b"), "<p>a ` b</p>");
}

#[test]
fn a_fence_is_a_block_of_code_and_may_lack_its_end() {
    assert_eq!(
        html("Try:\n```rust\nlet a = 1;\n\nlet b;\n```\nthen?"),
        "<p>Try:</p><pre><code>let a = 1;\n\nlet b;</code></pre><p>then?</p>"
    );
    assert_eq!(html("```\n<cut"), "<pre><code>&lt;cut</code></pre>");
}

#[test]
fn a_line_break_stays_and_an_empty_line_begins_a_paragraph() {
    assert_eq!(
        html("one\ntwo\n\n\nthree\r\n"),
        "<p>one<br>two</p><p>three</p>"
    );
    assert_eq!(html(" \n "), "");
}

#[test]
fn dollars_that_are_money_stay_dollars() {
    for money in [
        "$5 and $6",
        "costs $5",
        "from $5–$6 a head",
        "$5 (or 5$)",
        r"\$x\$",
        "$ x $",
        "US$100 or A$150",
        "a $$ b",
    ] {
        assert!(
            !html(money).contains("<math"),
            "{money} became maths: {}",
            html(money)
        );
        assert!(
            !html(money).contains("<code"),
            "{money} became code: {}",
            html(money)
        );
    }
    assert_eq!(html(r"\$5"), "<p>$5</p>");
}

#[test]
fn maths_becomes_mathml() {
    let cases = [
        (r"$\frac{a}{b} < 1$", "<mfrac>"),
        (r"$\sqrt[3]{x}$", "<mroot>"),
        (r"$\sqrt{2}$", "<msqrt>"),
        (r"$\alpha + \Omega$", "Ω"),
        (r"$\sum_{i=1}^{n} i^2$", "∑"),
        (r"$$\int_0^\infty e^{-x}\,dx$$", "display=\"block\""),
        (r"$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$", "<mtable"),
        (
            r"$\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}$",
            "math-left",
        ),
        (r"$\mathbb{R}^n \to \mathcal{L}$", "<msup>"),
        (r"$x \in A \cup B, \forall y \ne 0$", "∀"),
        (r"$5 \text{ kg}$", "<mtext>"),
        (r"the $n$th", "th</p>"),
        (r"$\lim_{x \to 0} \frac{\sin x}{x} = 1$", "<mfrac"),
        (r"$\overline{AB} \perp \vec{v} \cdot \hat{n}$", "<mover"),
        (r"$H_2O \rightarrow \Delta G^\circ$", "<msub>"),
    ];
    for (source, expected) in cases {
        let html = html(source);
        assert!(html.contains("<math"), "{source} is not maths: {html}");
        assert!(html.contains(expected), "{source} lacks {expected}: {html}");
    }
}

#[test]
fn maths_that_cannot_be_read_is_shown_as_its_source() {
    assert_eq!(
        html(r"so $\frac{1}{$ it is"),
        r"<p>so <code>$\frac{1}{$</code> it is</p>"
    );
    assert_eq!(
        html(r"$\nosuchcommand<i>$"),
        r"<p><code>$\nosuchcommand&lt;i&gt;$</code></p>"
    );
}

#[test]
fn a_link_or_style_cannot_hide_in_maths() {
    for source in [
        r"$\href{javascript:alert(1)}{x}$",
        r"$\url{javascript:alert(1)}$",
        r"$\htmlClass{evil}{x}$",
        r"$\htmlData{onclick=alert(1)}{x}$",
        r"$\text{<img src=x onerror=alert(1)>}$",
        r"$\color{red;background:url(//evil)}{x}$",
        r"$\class{a}{x} \style{color:red}{x}$",
        r"$\tag{<script>} \label{a}\ref{a}$",
        r"$\unicode{60}script$",
        "$<script>alert(1)</script>$",
        "$\\text{</mtext></math><script>alert(1)</script>}$",
    ] {
        assert_safe(source);
    }
}

#[test]
fn a_formula_too_deep_or_too_long_is_not_read() {
    for source in [
        format!("${}x{}$", "{".repeat(400), "}".repeat(400)),
        format!("${}$", "x+".repeat(5_000)),
    ] {
        assert!(!html(&source).contains("<math"));
        assert_safe(&source);
    }
    // Depth without braces ends as well.
    assert_safe(&format!("${}x$", r"\sqrt".repeat(190)));
    assert_safe(&format!("${}x$", "x^".repeat(490)));
}

const TAGS: &[&str] = &[
    "p",
    "br",
    "code",
    "pre",
    "b",
    "i",
    "em",
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
];

/// Reads the output by a path of its own: each `<` begins a known tag, each attribute is a known name with a quoted, plain value,
/// tags are balanced, and `&` begins one of our entities.
fn assert_safe(source: &str) {
    let html = html(source);
    let mut open: Vec<&str> = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece
            .split_once('>')
            .unwrap_or_else(|| panic!("an unclosed tag from {source:?}: {html}"));
        assert!(!text.contains('>'), "a bare > from {source:?}: {html}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "unbalanced from {source:?}: {html}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(TAGS.contains(&name), "<{name}> from {source:?}: {html}");
        if name != "br" {
            open.push(name);
        }
        for attribute in attributes
            .split("\" ")
            .filter(|attribute| !attribute.is_empty())
        {
            let (key, value) = attribute
                .split_once("=\"")
                .unwrap_or_else(|| panic!("{attribute} from {source:?}: {html}"));
            assert!(
                super::math::ATTRIBUTES.contains(&key) || key == "class",
                "{key} from {source:?}: {html}"
            );
            let value = value.trim_end_matches('"');
            assert!(
                value
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || " .-+%".contains(c)),
                "{value} from {source:?}: {html}"
            );
        }
    }
    assert!(open.is_empty(), "open {open:?} from {source:?}: {html}");
    for reference in html.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"]
            .iter()
            .any(|entity| reference.starts_with(entity));
        assert!(known, "a bare & from {source:?}: {html}");
    }
}

/// Text made of the pieces that matter, so that random cards meet the edges often.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("$".to_owned()),
        Just("$$".to_owned()),
        Just("`".to_owned()),
        Just("```\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("\\".to_owned()),
        Just("<script>".to_owned()),
        Just("</code>".to_owned()),
        Just("<img src=x onerror=alert(1)>".to_owned()),
        Just("&lt;".to_owned()),
        Just("\"'".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("^".to_owned()),
        Just("_".to_owned()),
        Just("&".to_owned()),
        prop::sample::select(vec![
            r"\frac",
            r"\sqrt",
            r"\href{javascript:x}",
            r"\text{",
            r"\left(",
            r"\right.",
            r"\begin{matrix}",
            r"\end{matrix}",
            r"\\",
            r"\sum",
            r"\mathbb",
            r"\tag{",
            r"\operatorname{",
            r"\color{red}",
            r"\hspace{1em}",
            r"\big",
            r"\middle|",
            r"\not",
            r"\limits",
            r"\begin{array}{c|c}",
            r"\end{array}",
            r"\cancel{",
            r"\overset",
            r"\stackrel",
            r"\genfrac",
            r"\mathrm",
            r"\newcommand",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_tag_outside_the_small_set_appears_whatever_is_written(text in hostile()) {
        assert_safe(&text);
    }

    #[test]
    fn no_formula_escapes_its_element(latex in hostile()) {
        assert_safe(&format!("${}$", latex.replace(['$', '`', '\n'], "")));
    }

    #[test]
    fn plain_words_come_out_as_they_went_in(words in "[\\p{L}\\p{N}.,;:!? -]{0,60}") {
        let expected = words.trim();
        let expected = if expected.is_empty() { String::new() } else { format!("<p>{expected}</p>") };
        prop_assert_eq!(html(&words), expected);
    }
}

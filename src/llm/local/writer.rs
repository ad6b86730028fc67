//! Writes an answer token by token, held to the form of cards.
//!
//! A token is chosen first and checked against the grammar after, alone: it nearly always fits. Only when it does not is
//! the grammar laid over the whole vocabulary, which costs about as much as computing a token. Where the form leaves no
//! choice (the tags) nothing is chosen at all: those tokens are computed together, in the time of two or three.

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;

use super::engine::Session;
use super::fault::LocalFault;
use crate::domain::card_form::{CardForm, grammar};
use crate::llm::StopReason;

/// Low: facts, not fancy. Not zero, so that a second request for the same does not bring the same.
const TEMPERATURE: f32 = 0.3;
/// Choices less likely than this share of the best are not made.
const MIN_P: f32 = 0.08;
/// And never more than so many.
const TOP_K: i32 = 30;

/// DRY (p-e-w, 2024) holds a model back from going on as it did after the same words before: from the fifth word of a
/// repeated stretch on it costs more and more. Lines begin anew, so tags and openings of questions are free.
const DRY_MULTIPLIER: f32 = 0.8;
const DRY_BASE: f32 = 1.75;
const DRY_ALLOWED: i32 = 4;
const DRY_BREAKERS: [&str; 2] = ["\n", ">"];

/// An answer being written.
pub(super) struct Writer<'s, 'a> {
    session: &'s mut Session<'a>,
    /// `None`: the request is for free text.
    form: Option<CardForm>,
    grammar: Option<LlamaSampler>,
    chain: LlamaSampler,
    /// Text that is written before the next choice.
    forced: Option<String>,
    /// Written and not computed yet: nothing is computed before a choice needs it, so that what is written arrives
    /// first, and a closing tag's beginning is computed together with its rest.
    pending: Vec<LlamaToken>,
    /// Bytes of a character whose rest is still to come.
    partial: Vec<u8>,
    /// What a lone `<` and a lone `&` stand for in this vocabulary.
    escapes: Escapes,
    written: usize,
    most: usize,
    reason: Option<StopReason>,
}

/// A model that writes `R&D` or `List<T>` means the character: it is written as XML has it.
#[derive(Debug, Clone, Copy)]
struct Escapes {
    /// The vocabulary has `</` in one token, so a `<` alone closes nothing.
    less_than: bool,
    /// The vocabulary begins references with more than the `&`, so one alone begins none.
    ampersand: bool,
}

impl<'s, 'a> Writer<'s, 'a> {
    /// An answer of `cards` cards, or of free text if that is 0, after what the session holds.
    pub fn new(
        session: &'s mut Session<'a>,
        cards: usize,
        most: usize,
    ) -> Result<Writer<'s, 'a>, LocalFault> {
        let model = session.model;
        let grammar_of = |cards| {
            LlamaSampler::grammar(model, &grammar(cards), "root")
                .map_err(|error| LocalFault::Failed(error.to_string()))
        };
        let seed = rand::random();
        let chain = LlamaSampler::chain(
            [
                LlamaSampler::dry(
                    model,
                    DRY_MULTIPLIER,
                    DRY_BASE,
                    DRY_ALLOWED,
                    session.context.n_ctx() as i32,
                    DRY_BREAKERS,
                ),
                LlamaSampler::top_k(TOP_K),
                LlamaSampler::temp(TEMPERATURE),
                LlamaSampler::min_p(MIN_P, 1),
                LlamaSampler::dist(seed),
            ],
            true,
        );
        // What the prompt says is covered counts as said before.
        let chain = chain.with_tokens(session.tokens());
        let (form, forced, grammar) = match cards {
            0 => (None, None, None),
            cards if writes_tags_alone(session) => {
                let (form, beginning) = CardForm::begin(cards);
                (Some(form), Some(beginning), Some(grammar_of(cards)?))
            }
            // Such a vocabulary writes tags token by token, held by the grammar alone.
            cards => (None, None, Some(grammar_of(cards)?)),
        };
        let escapes = Escapes {
            less_than: first_piece(session, "</question>").starts_with("</"),
            ampersand: first_piece(session, "&lt;") != "&",
        };
        Ok(Writer {
            session,
            form,
            grammar,
            chain,
            forced,
            pending: Vec::new(),
            partial: Vec::new(),
            escapes,
            written: 0,
            most,
            reason: None,
        })
    }

    /// The next piece of the answer, whole characters, perhaps none; `None` at the end.
    pub fn next(&mut self) -> Result<Option<String>, LocalFault> {
        if self.reason.is_some() {
            return Ok(None);
        }
        if let Some(forced) = self.forced.take() {
            let tokens = tokenize(self.session, &forced);
            self.take(&tokens);
            if self.form.as_ref().is_some_and(CardForm::is_complete) {
                self.reason = Some(StopReason::Complete);
            }
            return Ok(Some(forced));
        }
        if self.written >= self.most {
            self.reason = Some(StopReason::MaxTokens);
            return Ok(None);
        }
        let text = match self.choose()? {
            Choice::Token(token) if self.session.model.vocab().is_eog(token) => {
                self.reason = Some(StopReason::Complete);
                return Ok(None);
            }
            Choice::Token(token) => {
                self.take(&[token]);
                let bytes = piece(self.session, token);
                self.partial.extend_from_slice(&bytes);
                whole_characters(&mut self.partial)
            }
            Choice::Escaped { text, tokens } => {
                self.take(&tokens);
                text
            }
        };
        if let Some(form) = &mut self.form {
            self.forced = form.wrote(&text).filter(|forced| !forced.is_empty());
            if form.is_complete() && self.forced.is_none() {
                self.reason = Some(StopReason::Complete);
            }
        }
        Ok(Some(text))
    }

    /// Why it ended.
    pub fn reason(&self) -> StopReason {
        self.reason.unwrap_or(StopReason::Unstated)
    }

    /// Tokens so far.
    pub fn written(&self) -> usize {
        self.written
    }

    fn choose(&mut self) -> Result<Choice, LocalFault> {
        let nothing = || LocalFault::Failed("there was no token to choose".into());
        if !self.pending.is_empty() {
            self.session.push(&self.pending)?;
            self.pending.clear();
        }
        let mut candidates = self
            .session
            .context
            .token_data_array_ith(self.session.last());
        self.chain.apply(&mut candidates);
        let chosen = candidates.selected_token().ok_or_else(nothing)?;
        let Some(grammar) = &mut self.grammar else {
            return Ok(Choice::Token(chosen));
        };
        if self.form.is_some()
            && let Some(text) = self
                .escapes
                .escape(&String::from_utf8_lossy(&piece(self.session, chosen)))
        {
            let tokens = tokenize(self.session, &text);
            if all_fit(grammar, &tokens) {
                return Ok(Choice::Escaped { text, tokens });
            }
        } else if fits(grammar, chosen) {
            return Ok(Choice::Token(chosen));
        }
        let mut candidates = self
            .session
            .context
            .token_data_array_ith(self.session.last());
        grammar.apply(&mut candidates);
        self.chain.apply(&mut candidates);
        let chosen = candidates.selected_token();
        // What does not fit must never be accepted: llama.cpp ends the process then.
        let chosen = chosen.filter(|token| fits(grammar, *token));
        chosen.map(Choice::Token).ok_or_else(nothing)
    }

    /// Adds tokens to the answer.
    fn take(&mut self, tokens: &[LlamaToken]) {
        for token in tokens {
            if let Some(grammar) = &mut self.grammar {
                grammar.accept(*token);
            }
            self.chain.accept(*token);
        }
        self.written += tokens.len();
        self.pending.extend_from_slice(tokens);
    }
}

/// What was chosen: a token of the vocabulary, or text that says the same as XML has it.
enum Choice {
    Token(LlamaToken),
    Escaped {
        text: String,
        tokens: Vec<LlamaToken>,
    },
}

impl Escapes {
    /// The piece with its lone `<` and `&` written as XML has them; `None` if it has none.
    fn escape(self, piece: &str) -> Option<String> {
        let mut escaped = String::with_capacity(piece.len() + 8);
        let mut changed = false;
        for (at, c) in piece.char_indices() {
            let rest = &piece[at + c.len_utf8()..];
            let reference = match c {
                '<' if self.less_than && !rest.starts_with('/') => "&lt;",
                '&' if self.ampersand && !begins_reference(rest) => "&amp;",
                _ => "",
            };
            changed |= !reference.is_empty();
            match reference {
                "" => escaped.push(c),
                reference => escaped.push_str(reference),
            }
        }
        changed.then_some(escaped)
    }
}

/// Whether what stands after a `&` may become a reference.
fn begins_reference(rest: &str) -> bool {
    let name: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '#')
        .collect();
    !name.is_empty()
        && (name.starts_with('#')
            || ["amp", "lt", "gt", "quot", "apos"]
                .iter()
                .any(|known| known.starts_with(&name)))
}

/// Whether the grammar lets the token follow.
fn fits(grammar: &mut LlamaSampler, token: LlamaToken) -> bool {
    let mut alone = LlamaTokenDataArray::new(vec![LlamaTokenData::new(token, 1.0, 0.0)], false);
    grammar.apply(&mut alone);
    alone.data[0].logit().is_finite()
}

/// Whether the grammar lets the tokens follow one after the other.
fn all_fit(grammar: &LlamaSampler, tokens: &[LlamaToken]) -> bool {
    let mut grammar = grammar.clone();
    tokens.iter().all(|token| {
        let may = fits(&mut grammar, *token);
        if may {
            grammar.accept(*token);
        }
        may
    })
}

/// Whether tags that are read into tokens by themselves come out as they were: some vocabularies begin each text with a
/// space.
fn writes_tags_alone(session: &Session<'_>) -> bool {
    [
        "<cards>\n<card>\n<subtopic>",
        "question>\n<answer>",
        "/card>",
        "&lt;",
        "amp;",
    ]
    .into_iter()
    .all(|text| {
        let tokens = tokenize(session, text);
        let read: Vec<u8> = tokens
            .iter()
            .flat_map(|token| piece(session, *token))
            .collect();
        read == text.as_bytes()
    })
}

fn tokenize(session: &Session<'_>, text: &str) -> Vec<LlamaToken> {
    session
        .model
        .vocab()
        .tokenize(text.as_bytes(), false, false)
}

fn piece(session: &Session<'_>, token: LlamaToken) -> Vec<u8> {
    session.model.vocab().token_to_piece(token, false, None)
}

fn first_piece(session: &Session<'_>, text: &str) -> String {
    let vocab = session.model.vocab();
    let tokens = vocab.tokenize(text.as_bytes(), false, false);
    let bytes = tokens
        .first()
        .map(|token| vocab.token_to_piece(*token, false, None));
    String::from_utf8_lossy(&bytes.unwrap_or_default())
        .trim_start()
        .to_owned()
}

/// Takes the whole characters from the front of `bytes`; what can never become one is replaced.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let end = match str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        // The last character is not whole yet.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => bytes.len(),
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    bytes.drain(..end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_sign_of_xml_is_escaped_whatever_letters_stand_around_it() {
        let all = Escapes {
            less_than: true,
            ampersand: true,
        };
        assert_eq!(all.escape("ília"), None);
        assert_eq!(all.escape("é<ü"), Some("é&lt;ü".into()));
        assert_eq!(all.escape("東&京"), Some("東&amp;京".into()));
        assert_eq!(all.escape("</"), None);
        assert_eq!(all.escape("&lt"), None);
    }
}

//! From the two messages of a request to tokens, in the form that the model's own file asks for.

use std::path::Path;

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;

use super::fault::LocalFault;

/// Stand for the messages while the template is laid around them: characters that no template and no message holds.
const SYSTEM: &str = "\u{F0000}";
const USER: &str = "\u{F0001}";

/// What the model's template puts around the messages.
pub(super) struct Chat<'a> {
    model: &'a LlamaModel,
    before: String,
    between: String,
    after: String,
}

impl<'a> Chat<'a> {
    /// Reads the template from the model's file.
    pub fn of(model: &'a LlamaModel, path: &Path) -> Result<Chat<'a>, LocalFault> {
        let none = || LocalFault::NoTemplate(path.to_owned());
        let template = model.chat_template(None).map_err(|_| none())?;
        let rendered = render(model, &template).ok_or_else(none)?;
        let (before, rest) = rendered.split_once(SYSTEM).ok_or_else(none)?;
        let (between, after) = rest.split_once(USER).ok_or_else(none)?;
        Ok(Chat {
            model,
            before: before.to_owned(),
            between: between.to_owned(),
            after: after.to_owned(),
        })
    }

    /// The tokens of a whole prompt. Only the template's own words may be control tokens: a topic that spells one out
    /// stays text.
    pub fn prompt(&self, system: &str, user: &str) -> Vec<LlamaToken> {
        let mut tokens = self.beginning(system, user);
        self.control(&mut tokens, &self.after, false);
        tokens
    }

    /// The tokens of a prompt that goes on after `user`.
    pub fn beginning(&self, system: &str, user: &str) -> Vec<LlamaToken> {
        let mut tokens = Vec::new();
        self.control(&mut tokens, &self.before, true);
        self.text(&mut tokens, system.trim());
        self.control(&mut tokens, &self.between, false);
        self.text(&mut tokens, user);
        tokens
    }

    fn text(&self, tokens: &mut Vec<LlamaToken>, text: &str) {
        tokens.extend(self.model.vocab().tokenize(text.as_bytes(), false, false));
    }

    fn control(&self, tokens: &mut Vec<LlamaToken>, text: &str, is_first: bool) {
        let mut read = self.model.vocab().tokenize(text.as_bytes(), is_first, true);
        // Some templates write the token that begins a text themselves.
        if is_first && read.len() > 1 && read[0] == read[1] {
            read.remove(0);
        }
        tokens.append(&mut read);
    }
}

fn render(model: &LlamaModel, template: &LlamaChatTemplate) -> Option<String> {
    let message =
        |role: &str, text: &str| LlamaChatMessage::new(role.to_owned(), text.to_owned()).ok();
    let messages = [message("system", SYSTEM)?, message("user", USER)?];
    model.apply_chat_template(template, &messages, true).ok()
}

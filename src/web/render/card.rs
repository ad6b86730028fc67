//! The fields of a card as HTML: a generated card has code and maths only, one of the learner's own has Markdown, a cloze
//! hides a part of itself.

use super::markdown::{ClozeSide, render_cloze};
use super::{SafeHtml, render, render_markdown};
use crate::db::cards::Card;
use crate::domain::cloze;

/// A card's fields, rendered.
#[derive(Debug, Clone, Default)]
pub struct CardHtml {
    /// What is asked.
    pub question: SafeHtml,
    /// What is right.
    pub answer: SafeHtml,
    /// May be empty.
    pub explanation: SafeHtml,
}

/// A card as it is being written.
#[derive(Debug, Clone, Copy)]
pub struct DraftText<'t> {
    /// As typed.
    pub question: &'t str,
    /// As typed.
    pub answer: &'t str,
    /// As typed.
    pub explanation: &'t str,
}

impl DraftText<'_> {
    /// A generated card's fields.
    pub fn render_generated(&self) -> CardHtml {
        CardHtml {
            question: render(self.question),
            answer: render(self.answer),
            explanation: render(self.explanation),
        }
    }

    /// The fields of a card of one's own, or of each card of a cloze.
    pub fn render_own(&self) -> Vec<CardHtml> {
        let numbers = cloze::numbers(self.question);
        if numbers.is_empty() {
            return vec![CardHtml {
                question: render_markdown(self.question),
                answer: render_markdown(self.answer),
                explanation: render_markdown(self.explanation),
            }];
        }
        numbers
            .into_iter()
            .map(|number| self.render_cloze(number))
            .collect()
    }

    fn render_cloze(&self, number: u8) -> CardHtml {
        let mut answer = render_cloze(self.question, ClozeSide::Answer(number));
        answer.0.push_str(render_markdown(self.answer).as_str());
        CardHtml {
            question: render_cloze(self.question, ClozeSide::Question(number)),
            answer,
            explanation: render_markdown(self.explanation),
        }
    }
}

/// Renders a card's fields.
pub fn render_card(card: &Card) -> CardHtml {
    let draft = DraftText {
        question: &card.question,
        answer: &card.answer,
        explanation: card.explanation.as_deref().unwrap_or_default(),
    };
    if let Some(number) = card.cloze.and_then(|number| u8::try_from(number).ok()) {
        return draft.render_cloze(number);
    }
    if !card.is_own() {
        return draft.render_generated();
    }
    CardHtml {
        question: render_markdown(draft.question),
        answer: render_markdown(draft.answer),
        explanation: render_markdown(draft.explanation),
    }
}

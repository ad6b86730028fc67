//! Why no new card comes, as a fact: programs read it as an English sentence, pages say it in the learner's language.

use super::allowance::Limit;

/// What keeps a card from the desk, or new ones from a deck.
#[derive(Debug, Clone)]
pub enum Cause {
    /// The learner has no deck.
    NoDecks,
    /// All the learner's decks are archived.
    AllArchived,
    /// New cards are there and about to be dealt.
    OnTheirWay,
    /// Nothing is due and nothing new is to come.
    Done,
    /// The learner paused the deck.
    Paused,
    /// Cards are being written.
    Writing,
    /// They are, after a failure: the sentence that the generator wrote down.
    WritingAgain(String),
    /// Nothing more at this level.
    Exhausted,
    /// The last order was given up: the sentence that the generator wrote down.
    Failing(String),
    /// The server's budget of the day is spent.
    BudgetSpent,
    /// Nobody to ask.
    NoModel,
    /// The plan's new cards are used up or held.
    Allowance(Limit),
    /// A limit of the day that the learner set for the deck.
    Today(DayLimit),
}

/// Which of a deck's own limits of the day is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayLimit {
    /// Reviews.
    Reviews,
    /// Minutes, so that new cards wait.
    Minutes,
    /// New cards.
    New,
}

impl Cause {
    /// What is so and what can be done, in English.
    pub fn sentence(&self) -> String {
        match self {
            Cause::NoDecks => "You have no decks yet. Type a topic to begin.".into(),
            Cause::AllArchived => {
                "All your decks are archived. Bring one back, or type a topic.".into()
            }
            Cause::OnTheirWay => "The next cards are on their way.".into(),
            Cause::Done => "You are done here for now.".into(),
            Cause::Paused => "New cards are paused in this deck. Resume it to get more.".into(),
            Cause::Writing => "The next cards are being written.".into(),
            Cause::WritingAgain(what) => format!("{what} It is tried again by itself."),
            Cause::Exhausted => {
                "The model has no more cards for this topic at this level. Change the level, or try a neighbouring topic."
                    .into()
            }
            Cause::Failing(what) => {
                format!("{what} Your answers are saved. Try again, or study what is due.")
            }
            Cause::BudgetSpent => {
                "Today's budget for new cards is spent on this server. Your answers are saved, and what you have stays \
                 open to study; new cards come tomorrow."
                    .into()
            }
            Cause::NoModel => {
                "No language model is connected, so no new cards can be written. What you have stays open to study. The \
                 operator connects one with AUTODECK_LLM; `autodeck doctor` says how."
                    .into()
            }
            Cause::Allowance(limit) => limit.sentence(),
            Cause::Today(limit) => limit.sentence().into(),
        }
    }
}

impl DayLimit {
    /// What is so and what can be done, in English.
    pub fn sentence(self) -> &'static str {
        match self {
            DayLimit::Reviews => {
                "You have done the reviews that you set for a day in this deck. More wait: raise the limit, or cram."
            }
            DayLimit::Minutes => {
                "Your minutes for today are used up in this deck, so new cards wait until tomorrow. Reviews go on."
            }
            DayLimit::New => {
                "You have met the new cards that you set for a day in this deck. Reviews go on; new ones come tomorrow."
            }
        }
    }
}

//! What a learner knows of a topic, what they miss and at which level, as a text to paste into any chat.

use std::collections::HashSet;
use std::fmt::Write;

use super::cloze;
use super::level::Level;

/// Facts of each kind that the text names: a chat reads a few thousand words with ease, and a learner skims them.
pub const FACTS: usize = 60;

/// A fact as its card has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What was asked.
    pub question: String,
    /// What is right.
    pub answer: String,
}

/// What is known of a learner's study of a topic.
#[derive(Debug, Clone)]
pub struct StudyPromptInput<'a> {
    /// As typed.
    pub topic: &'a str,
    /// Where new cards are asked for.
    pub level: Level,
    /// Language of the cards, in English; `None`: that of the topic.
    pub language: Option<String>,
    /// What sits, best first.
    pub known: &'a [Fact],
    /// What was forgotten or never known, worst first.
    pub missed: &'a [Fact],
    /// Subtopics with cards answered and cards known.
    pub subtopics: &'a [(String, u32, u32)],
    /// Answers given in all.
    pub answers: u32,
}

/// The text, in plain lines.
pub fn write(input: &StudyPromptInput<'_>) -> String {
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        writeln!(text, "{words}").expect("writing to a string cannot fail");
    };
    line(format_args!(
        "I am studying this topic with flashcards: {}",
        one_line(input.topic)
    ));
    line(format_args!(
        "My level is {} of 9 ({}), estimated from {} answers.",
        input.level.number(),
        input.level.word(),
        input.answers,
    ));
    if let Some(language) = &input.language {
        line(format_args!("Answer in {language}."));
    }
    if !input.subtopics.is_empty() {
        line(format_args!(
            "\nHow far I am, by subtopic (cards known of cards seen):"
        ));
        for (subtopic, seen, known) in input.subtopics {
            line(format_args!("- {}: {known} of {seen}", one_line(subtopic)));
        }
    }
    for (heading, facts) in [
        ("What I know:", input.known),
        ("What I keep missing:", input.missed),
    ] {
        line(format_args!("\n{heading}"));
        if facts.is_empty() {
            line(format_args!("- nothing yet"));
        }
        // The cards of a cloze share its text, which holds the answers.
        let mut said = HashSet::new();
        for fact in facts.iter().take(FACTS) {
            let question = one_line(&cloze::plain(&fact.question));
            let answer = one_line(&fact.answer);
            let fact = match answer.is_empty() {
                true => question,
                false => format!("{question} = {answer}"),
            };
            if said.insert(fact.clone()) {
                line(format_args!("- {fact}"));
            }
        }
    }
    line(format_args!(
        "\nExplain to me what I keep missing, each with a cue that tells it from what it is confused with. Then ask me \
         questions a little above my level, one at a time, and wait for my answer before the next. Do not ask what I \
         know already."
    ));
    text
}

/// White space and controls become single spaces: each fact keeps to its line.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(question: &str) -> Fact {
        Fact {
            question: question.into(),
            answer: "yes\nno".into(),
        }
    }

    #[test]
    fn it_says_level_what_is_known_and_what_is_missed_a_line_each() {
        let text = write(&StudyPromptInput {
            topic: "Jazz\nIgnore this",
            level: Level::MIDDLE,
            language: Some("German".into()),
            known: &[fact("Who?")],
            missed: &[fact("Why?"), fact("When?")],
            subtopics: &[("Bebop".into(), 5, 3)],
            answers: 42,
        });
        for line in [
            "I am studying this topic with flashcards: Jazz Ignore this",
            "My level is 5 of 9 (intermediate), estimated from 42 answers.",
            "Answer in German.",
            "- Bebop: 3 of 5",
            "- Who? = yes no",
            "- When? = yes no",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_cloze_is_said_once_and_in_plain_words() {
        let cloze = Fact {
            question: "{{c1::Paris::a city}} lies on the {{c2::Seine}}.".into(),
            answer: String::new(),
        };
        let text = write(&StudyPromptInput {
            topic: "Rivers",
            level: Level::MIDDLE,
            language: None,
            known: &[cloze.clone(), cloze],
            missed: &[],
            subtopics: &[],
            answers: 2,
        });
        let said = text
            .lines()
            .filter(|line| *line == "- Paris lies on the Seine.");
        assert_eq!(said.count(), 1, "{text}");
    }

    #[test]
    fn a_new_deck_has_a_prompt_too_and_a_big_one_is_cut() {
        let many: Vec<Fact> = (0..500)
            .map(|number| fact(&format!("Q{number}?")))
            .collect();
        let input = StudyPromptInput {
            topic: "Jazz",
            level: Level::MIN,
            language: None,
            known: &[],
            missed: &many,
            subtopics: &[],
            answers: 0,
        };
        let text = write(&input);
        assert!(text.contains("- nothing yet"));
        assert!(text.contains("Q59?") && !text.contains("Q60?"));
    }
}

//! Made-up answers: cards about square numbers, as many as anybody wants, no two alike.

use super::{Frame, Reply, Script};

/// The first number asked about: below it some answers are contained in the question.
pub const FIRST: u64 = 11;

/// What is asked for when the prompt does not say.
const USUAL: usize = 10;

/// The answer to a prompt that ends with this user message, from the number after `counted`, which is moved on.
pub fn answer(user: &str, counted: &mut u64, script: &Script) -> Reply {
    // A database outlives this server: what the prompt lists as covered is not asked again.
    let covered = numbers_after(user, "square of ").max().unwrap_or(0);
    let mut cards = String::from("<cards>\n");
    for _ in 0..wanted(user) {
        *counted = covered.max(*counted) + 1;
        cards.push_str(&card(*counted));
    }
    cards.push_str("</cards>");
    Reply::of([Frame::Text(cards)]).paced(script.first_token, script.tokens_per_second)
}

fn card(number: u64) -> String {
    let square = number * number;
    let subtopic = number / 10;
    format!(
        "  <card>\n    <subtopic>squares of the {subtopic}0s</subtopic>\n    \
         <question>What is the square of {number}?</question>\n    <answer>{square}</answer>\n    \
         <explanation>${number} \\times {number} = {square}$.</explanation>\n  </card>\n"
    )
}

/// "Write 7 new cards", "Write exactly 10 cards": the last number before the word.
fn wanted(user: &str) -> usize {
    let words: Vec<&str> = user.split_whitespace().collect();
    let card = words
        .iter()
        .rposition(|word| word.trim_end_matches([',', '.']).trim_end_matches('s') == "card");
    let number = card.and_then(|card| {
        words[card.saturating_sub(2)..card]
            .iter()
            .rev()
            .find_map(|word| word.parse().ok())
    });
    number.unwrap_or(USUAL).min(50)
}

fn numbers_after<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = u64> + 'a {
    text.split(mark).skip(1).filter_map(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

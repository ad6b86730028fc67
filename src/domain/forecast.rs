//! What a number of new cards a day will cost: a learner's cards, those they have and those to come, studied day by day
//! as the scheduler would have it. Chance is a hash of card and answer, so that asking twice gives the same sentence.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::daily_limits::AnswerTimes;
use super::ids::CardId;
use super::scheduler::{AnswerContext, CardState, Rating, Schedule, Scheduler};
use super::study_day::StudyDays;

/// How far ahead one looks.
pub const DAYS: usize = 28;

/// Days whose mean is *in two weeks*: one day alone is ruled by chance.
const TWO_WEEKS: std::ops::Range<usize> = 11..18;

/// The share of first answers that are right: what the level aims at.
const FIRST_SUCCESS: f64 = 0.85;

/// Answers to one card on one day at the most: who fails that often gives up for the day.
const MOST_A_DAY: usize = 8;

/// What is known of a deck, or of all of a learner's.
#[derive(Debug)]
pub struct ForecastInput<'a> {
    /// Cards that were answered before: all that fall due within [`DAYS`], or a sample of them.
    pub cards: &'a [(CardId, Schedule)],
    /// How many cards each of `cards` stands for: 1 without sampling.
    pub weight: f64,
    /// New cards a day.
    pub new_per_day: u32,
    /// 0.70–0.97.
    pub desired_retention: f64,
    /// The learner's own.
    pub times: AnswerTimes,
    /// The learner's days.
    pub days: StudyDays,
    /// The present.
    pub now: DateTime<Utc>,
}

/// Minutes of study on each of the next [`DAYS`] days, today first.
pub fn minutes_by_day(scheduler: &Scheduler, input: &ForecastInput<'_>) -> Vec<f64> {
    let mut seconds = vec![0.0; DAYS];
    for (card_id, schedule) in input.cards {
        study(
            scheduler,
            input,
            (*card_id, schedule.clone()),
            0,
            |day, cost| {
                seconds[day] += cost * input.weight;
            },
        );
    }
    // The new cards of each day fare alike but for the day they begin: a hundred of a day tell what a thousand would.
    let sample = input.new_per_day.min(100);
    let weight = if sample == 0 {
        0.0
    } else {
        f64::from(input.new_per_day) / f64::from(sample)
    };
    for begun in 0..DAYS {
        for number in 0..sample {
            let card_id = Uuid::from_u128(u128::from(number) << 32 | begun as u128);
            let card = (card_id, Schedule::new_card());
            study(scheduler, input, card, begun, |day, cost| {
                seconds[day] += cost * weight;
            });
        }
    }
    seconds.into_iter().map(|seconds| seconds / 60.0).collect()
}

/// Minutes a day in two weeks, from [`minutes_by_day`].
pub fn in_two_weeks(minutes: &[f64]) -> f64 {
    let days = &minutes[TWO_WEEKS.start.min(minutes.len())..TWO_WEEKS.end.min(minutes.len())];
    if days.is_empty() {
        return 0.0;
    }
    days.iter().sum::<f64>() / days.len() as f64
}

/// The forecast in words.
pub fn sentence(new_per_day: u32, minutes: f64) -> String {
    let minutes = minutes.round().max(1.0);
    let unit = if minutes == 1.0 { "minute" } else { "minutes" };
    format!("{new_per_day} new a day means about {minutes} {unit} a day in two weeks.")
}

/// Studies one card from day `begun` on; each answer's seconds go to `spend` with their day.
fn study(
    scheduler: &Scheduler,
    input: &ForecastInput<'_>,
    (card_id, mut schedule): (CardId, Schedule),
    begun: usize,
    mut spend: impl FnMut(usize, f64),
) {
    let mut day = begun;
    let mut draw = 0;
    while day < DAYS {
        let at = input.now + TimeDelta::days(day as i64);
        let day_end = input.days.next_start(at);
        if let Some(due_at) = schedule.due_at.filter(|due_at| *due_at >= day_end) {
            let first_day = input.days.day_of(input.now);
            let wait = (input.days.day_of(due_at) - first_day).num_days();
            // The same day can come out twice where clocks change; the next is always further on.
            day = usize::try_from(wait).unwrap_or(day).max(day + 1);
            continue;
        }
        for _ in 0..MOST_A_DAY {
            let chance = match schedule.state {
                CardState::New => FIRST_SUCCESS,
                _ => scheduler
                    .retrievability(&schedule, at, &input.days)
                    .unwrap_or(FIRST_SUCCESS),
            };
            spend(day, cost(input, &schedule));
            let rating = if chance_of(card_id, draw) < chance {
                Rating::Good
            } else {
                Rating::Again
            };
            draw += 1;
            let context = AnswerContext {
                card_id,
                at,
                desired_retention: input.desired_retention,
                days: &input.days,
            };
            schedule = scheduler
                .outcomes(&schedule, &context)
                .after(rating)
                .clone();
            if schedule.due_at.is_none_or(|due_at| due_at >= day_end)
                || schedule.state == CardState::Review
            {
                break;
            }
        }
        day += 1;
    }
}

fn cost(input: &ForecastInput<'_>, schedule: &Schedule) -> f64 {
    if schedule.state == CardState::New {
        input.times.first
    } else {
        input.times.again
    }
}

/// A number in 0–1 that looks like chance: SplitMix64's finaliser over the card and the answer's place.
fn chance_of(card_id: CardId, draw: u64) -> f64 {
    let (high, low) = card_id.as_u64_pair();
    let mut mixed = high
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(low.rotate_left(17))
        .wrapping_add(draw.wrapping_mul(0xD1B5_4A32_D192_ED03));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(new_per_day: u32) -> ForecastInput<'static> {
        ForecastInput {
            cards: &[],
            weight: 1.0,
            new_per_day,
            desired_retention: 0.9,
            times: AnswerTimes {
                first: 12.0,
                again: 8.0,
            },
            days: StudyDays::default(),
            now: "2026-03-02T12:00:00Z".parse().expect("a time"),
        }
    }

    fn forecast(input: &ForecastInput<'_>) -> Vec<f64> {
        minutes_by_day(&Scheduler::default(), input)
    }

    #[test]
    fn nothing_to_study_costs_nothing() {
        assert!(forecast(&input(0)).iter().all(|minutes| *minutes == 0.0));
    }

    #[test]
    fn the_first_day_costs_the_new_cards_with_their_steps() {
        // 20 cards: a first answer and the step after it, and a few that were not known.
        let today = forecast(&input(20))[0];
        assert!(
            (20.0 * 20.0 / 60.0..20.0 * 34.0 / 60.0).contains(&today),
            "{today}"
        );
    }

    #[test]
    fn reviews_pile_up_and_twice_the_cards_cost_about_twice() {
        let (twenty, forty) = (forecast(&input(20)), forecast(&input(40)));
        assert!(in_two_weeks(&twenty) > twenty[0] * 1.2, "{twenty:?}");
        let ratio = in_two_weeks(&forty) / in_two_weeks(&twenty);
        assert!((1.8..2.2).contains(&ratio), "{ratio}");
        let many = in_two_weeks(&forecast(&input(1_000))) / in_two_weeks(&twenty);
        assert!((42.0..58.0).contains(&many), "sampled: {many}");
    }

    #[test]
    fn a_higher_retention_costs_more() {
        let strict = ForecastInput {
            desired_retention: 0.97,
            ..input(20)
        };
        assert!(in_two_weeks(&forecast(&strict)) > in_two_weeks(&forecast(&input(20))));
    }

    #[test]
    fn cards_at_hand_fall_on_the_day_they_are_due() {
        let now = input(0).now;
        let card = |number: u128, days: i64| {
            let schedule = Schedule {
                state: CardState::Review,
                stability: Some(20.0),
                difficulty: Some(5.0),
                due_at: Some(now + TimeDelta::days(days)),
                last_reviewed_at: Some(now - TimeDelta::days(5)),
                last_review_day: Some((now - TimeDelta::days(5)).date_naive()),
                reps: 4,
                ..Schedule::new_card()
            };
            (Uuid::from_u128(number), schedule)
        };
        // Neither is forgotten: a lapse would bring its card back in between.
        let cards = [card(1, 3), card(3, -2)];
        let minutes = forecast(&ForecastInput {
            cards: &cards,
            ..input(0)
        });
        assert!(minutes[0] > 0.0 && minutes[3] > 0.0);
        assert_eq!((minutes[1], minutes[2]), (0.0, 0.0));
    }

    #[test]
    fn the_sentence_says_number_and_minutes() {
        assert_eq!(
            sentence(20, 14.6),
            "20 new a day means about 15 minutes a day in two weeks."
        );
        assert!(sentence(1, 0.2).contains("about 1 minute a day"));
    }
}

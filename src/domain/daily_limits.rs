//! A day's limits: new cards and reviews that a learner set for a deck, and a ceiling in minutes that throttles new cards.
//! The ceiling never keeps a review away: what is owed is paid first, and only what is left of the day goes to new
//! cards. So a feed without end leaves a debt that has one.

/// Seconds that an answer takes, until the learner's own times are known: what Anki's users take in the median is near
/// it.
const USUAL: AnswerTimes = AnswerTimes {
    first: 12.0,
    again: 8.0,
};

/// How many answers the usual times weigh beside the learner's own.
const USUAL_WEIGHT: f64 = 10.0;

/// Answers that a new card takes on its first day besides the first: a step, and another where it was not known.
const STEPS_AFTER_FIRST: f64 = 1.5;

/// How long a learner takes for an answer, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerTimes {
    /// To a card never seen before.
    pub first: f64,
    /// To one that was.
    pub again: f64,
}

impl AnswerTimes {
    /// From so many answers of known duration and their seconds, first answers and others. Few weigh little.
    pub fn learned(first: (u32, f64), again: (u32, f64)) -> AnswerTimes {
        let mean = |(answers, seconds): (u32, f64), usual: f64| {
            (seconds + usual * USUAL_WEIGHT) / (f64::from(answers) + USUAL_WEIGHT)
        };
        AnswerTimes {
            first: mean(first, USUAL.first),
            again: mean(again, USUAL.again),
        }
    }

    /// Seconds of a new card on its first day.
    pub fn new_card(&self) -> f64 {
        self.first + STEPS_AFTER_FIRST * self.again
    }
}

/// What a learner set for a deck; `None` = no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DailyLimits {
    /// New cards a day.
    pub new: Option<u32>,
    /// Reviews a day; learning steps always come.
    pub reviews: Option<u32>,
    /// Minutes a day, reviews and new cards together.
    pub minutes: Option<u32>,
}

/// How a day stands.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DaySoFar {
    /// First answers.
    pub new: u32,
    /// Answers to cards in review.
    pub reviews: u32,
    /// Seconds spent.
    pub seconds: f64,
    /// Reviews and learning cards that still fall due today.
    pub owed: u32,
}

/// What may still come today; `None` = no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftToday {
    /// New cards.
    pub new: Option<u32>,
    /// Reviews.
    pub reviews: Option<u32>,
}

impl DailyLimits {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.new.is_some() || self.reviews.is_some() || self.minutes.is_some()
    }

    /// What is left of a day.
    pub fn left(&self, day: &DaySoFar, times: &AnswerTimes) -> LeftToday {
        let by_count = self.new.map(|limit| limit.saturating_sub(day.new));
        let by_time = self.minutes.map(|minutes| {
            let owed = f64::from(day.owed) * times.again;
            let free = f64::from(minutes) * 60.0 - day.seconds - owed;
            // A float is brought into range by `as`: below zero is zero.
            (free / times.new_card()).floor() as u32
        });
        LeftToday {
            new: [by_count, by_time].into_iter().flatten().min(),
            reviews: self.reviews.map(|limit| limit.saturating_sub(day.reviews)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: AnswerTimes = AnswerTimes {
        first: 20.0,
        again: 5.0,
    };

    #[test]
    fn without_limits_everything_may_come() {
        assert_eq!(
            DailyLimits::default().left(&DaySoFar::default(), &TIMES),
            LeftToday::default()
        );
    }

    #[test]
    fn what_was_answered_today_is_taken_off_and_never_goes_below_zero() {
        let limits = DailyLimits {
            new: Some(20),
            reviews: Some(100),
            minutes: None,
        };
        let day = DaySoFar {
            new: 7,
            reviews: 130,
            ..DaySoFar::default()
        };
        let left = limits.left(&day, &TIMES);
        assert_eq!((left.new, left.reviews), (Some(13), Some(0)));
    }

    #[test]
    fn the_ceiling_gives_new_cards_what_reviews_leave_of_it() {
        let limits = DailyLimits {
            minutes: Some(10),
            ..DailyLimits::default()
        };
        // 600 s − 100 s − 40 × 5 s = 300 s, a new card takes 27.5 s.
        let day = DaySoFar {
            seconds: 100.0,
            owed: 40,
            ..DaySoFar::default()
        };
        assert_eq!(limits.left(&day, &TIMES).new, Some(10));
        let full = DaySoFar { owed: 200, ..day };
        assert_eq!(limits.left(&full, &TIMES).new, Some(0));
        assert_eq!(limits.left(&full, &TIMES).reviews, None, "reviews go on");
    }

    #[test]
    fn a_learners_own_times_outweigh_the_usual_ones_as_they_come() {
        let none = AnswerTimes::learned((0, 0.0), (0, 0.0));
        assert_eq!(none, USUAL);
        let many = AnswerTimes::learned((1_000, 30_000.0), (1_000, 4_000.0));
        assert!((many.first - 30.0).abs() < 0.5 && (many.again - 4.0).abs() < 0.5);
    }
}

//! Fuzz: cards learned together drift apart, by a chance that is the same each time one asks.

use super::ids::CardId;

/// Where the spread grows: from this many days to that many, by this share of the days in between. Together with one
/// day they are the ranges that Anki uses, so that a learner who comes from there finds the same spread.
const GROWTH: [(f64, f64, f64); 3] = [
    (2.5, 7.0, 0.15),
    (7.0, 20.0, 0.10),
    (20.0, f64::INFINITY, 0.05),
];

/// The chance of one repetition of one card: a number in 0..1, for ever the same, so that the interval on the button is
/// the interval that the answer gives, and replaying a log gives it again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fuzz(f64);

impl Fuzz {
    /// The chance for the card's answer number `reps + 1`.
    pub fn of(card_id: CardId, reps: u32) -> Fuzz {
        let (high, low) = card_id.as_u64_pair();
        let mixed = mix(mix(mix(high) ^ low) ^ u64::from(reps));
        // 53 bits, all that fit an f64 without rounding up to 1.
        Fuzz((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// A whole number of days near `days`, at least `minimum` and at most `maximum`; the latter wins. `days` is finite.
    pub fn spread(self, days: f64, minimum: u32, maximum: u32) -> u32 {
        let (first, last) = range(days, minimum, maximum);
        // A saturating cast: the sum is within first..=last.
        (f64::from(first) + self.0 * (f64::from(last - first) + 1.0)).floor() as u32
    }
}

/// The days, first and last, within which an interval of `days` may land.
pub fn range(days: f64, minimum: u32, maximum: u32) -> (u32, u32) {
    let minimum = minimum.min(maximum);
    let days = days.clamp(f64::from(minimum), f64::from(maximum));
    let by = reach(days);
    let first = ((days - by).round() as u32).clamp(minimum, maximum);
    let last = ((days + by).round() as u32).clamp(first, maximum);
    // Held at its minimum, an interval still gets a choice of two days, if it is long enough to have one at all.
    if first == last && last > 2 && last < maximum {
        (first, last + 1)
    } else {
        (first, last)
    }
}

/// How many days up or down. Intervals below 2.5 days have no spread.
fn reach(days: f64) -> f64 {
    if days < GROWTH[0].0 {
        return 0.0;
    }
    1.0 + GROWTH
        .iter()
        .map(|(from, to, share)| share * (days.min(*to) - from).max(0.0))
        .sum::<f64>()
}

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). Written
/// out because a library's hash may change with its version, and stored schedules would no longer be replayable.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_spread_grows_with_the_interval() {
        assert_eq!(range(1.0, 1, 36_500), (1, 1));
        assert_eq!(range(2.4, 1, 36_500), (2, 2));
        assert_eq!(range(3.0, 1, 36_500), (2, 4));
        assert_eq!(range(10.0, 1, 36_500), (8, 12));
        assert_eq!(range(100.0, 1, 36_500), (93, 107));
    }

    #[test]
    fn the_spread_stays_within_its_bounds() {
        assert_eq!(range(10.0, 12, 36_500), (12, 14));
        assert_eq!(range(100.0, 1, 95), (88, 95));
        assert_eq!(range(5.0, 9, 7), (7, 7));
        assert_eq!(range(1.0, 5, 36_500), (5, 6));
        assert_eq!(range(1.0, 2, 36_500), (2, 2));
    }

    #[test]
    fn a_repetition_of_a_card_has_one_chance_and_the_next_another() {
        let card_id = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);
        assert_eq!(Fuzz::of(card_id, 3), Fuzz::of(card_id, 3));
        assert_ne!(Fuzz::of(card_id, 3), Fuzz::of(card_id, 4));
        // Stored schedules rest on this very number.
        assert_eq!(Fuzz::of(card_id, 3).spread(1_000.0, 1, 36_500), 957);
    }

    #[test]
    fn every_day_of_the_range_is_as_likely_as_the_others() {
        let mut hits = [0_u32; 5];
        for number in 0..50_000_u128 {
            let days = Fuzz::of(Uuid::from_u128(number), 1).spread(10.0, 1, 36_500);
            hits[days as usize - 8] += 1;
        }
        assert!(
            hits.iter().all(|hits| (9_600..10_400).contains(hits)),
            "{hits:?}"
        );
    }
}

//! How long to wait before another try.
//!
//! Our own few lines rather than a retry crate: the wait may come from the server, the tries happen inside a stream
//! that tells its reader of each of them, and chance is an argument here.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::{Rng, RngExt};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Full jitter: evenly between nothing and `base * 2^retry`, at most `longest` (Brooker, "Exponential Backoff And
/// Jitter", 2015). Many workers that fail together come back spread out. `retry` counts from 0.
pub(super) fn full_jitter(
    retry: u32,
    base: Duration,
    longest: Duration,
    dice: &mut impl Rng,
) -> Duration {
    let ceiling = base
        .saturating_mul(2_u32.saturating_pow(retry))
        .min(longest);
    ceiling.mul_f64(dice.random_range(0.0..=1.0))
}

/// The wait that a `Retry-After` asks for: seconds (some send fractions) or an HTTP date. `None` if it says nothing.
/// A date in the past is no wait.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    // OpenAI's finer header stands beside the standard one.
    let milliseconds = headers
        .get("retry-after-ms")
        .and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
    if let Some(milliseconds) = milliseconds {
        return Duration::try_from_secs_f64(milliseconds / 1_000.0).ok();
    }
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // An HTTP date is an RFC 2822 date of the zone GMT.
    let at = DateTime::parse_from_rfc2822(value).ok()?;
    Some((at.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn after(value: &'static str) -> Option<Duration> {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, now)
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after(" 0.25 "), Some(Duration::from_millis(250)));
        assert_eq!(
            after("Sun, 22 Nov 2026 12:00:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(after("Sun, 22 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["-1", "soon", "NaN", "1e400", ""] {
            assert_eq!(after(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn jitter_fills_the_whole_range_and_stays_below_the_ceiling() {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let (base, longest) = (Duration::from_millis(500), Duration::from_secs(20));
        for (retry, ceiling) in [(0, 0.5), (1, 1.0), (2, 2.0), (10, 20.0), (u32::MAX, 20.0)] {
            let waits: Vec<f64> = (0..1_000)
                .map(|_| full_jitter(retry, base, longest, &mut dice).as_secs_f64())
                .collect();
            let mean = waits.iter().sum::<f64>() / 1_000.0;
            assert!(waits.iter().all(|wait| *wait <= ceiling), "retry {retry}");
            assert!(
                (mean / ceiling - 0.5).abs() < 0.05,
                "retry {retry}: mean {mean} of {ceiling}"
            );
        }
    }
}

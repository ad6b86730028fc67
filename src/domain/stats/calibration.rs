//! Whether the memory model tells the truth: of reviews that it gave a chance of 0.9, nine in ten should be recalled.

use serde::Serialize;
use utoipa::ToSchema;

/// Groups of predictions between 0 and 1: most lie above 0.7, so they have to be narrow.
const BINS: usize = 20;

/// A review: what was predicted, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recall {
    /// The chance of recall that FSRS gave it, 0–1.
    pub predicted: f64,
    /// Any answer but *again*.
    pub recalled: bool,
}

/// Predictions against answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Calibration {
    /// Reviews that were compared: the latest ones.
    pub reviews: u32,
    /// Mean prediction, 0–1.
    #[schema(required)]
    pub predicted: Option<f64>,
    /// Share that was recalled, 0–1.
    #[schema(required)]
    pub recalled: Option<f64>,
    /// RMSE over the bins, each with the weight of its reviews: what benchmarks of FSRS report. 0 is perfect.
    #[schema(required)]
    pub error: Option<f64>,
    /// By prediction, lowest first; empty groups are left out.
    pub bins: Vec<CalibrationBin>,
}

/// Reviews with about the same prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct CalibrationBin {
    /// Mean prediction, 0–1.
    pub predicted: f64,
    /// Share that was recalled, 0–1.
    pub recalled: f64,
    /// How many.
    pub reviews: u32,
}

/// Groups reviews by their prediction.
pub fn calibrate(recalls: &[Recall]) -> Calibration {
    let mut sums = [(0.0, 0_u32, 0_u32); BINS];
    for recall in recalls {
        let bin = ((recall.predicted * BINS as f64) as usize).min(BINS - 1);
        let (predicted, recalled, reviews) = &mut sums[bin];
        *predicted += recall.predicted;
        *recalled += u32::from(recall.recalled);
        *reviews += 1;
    }
    let filled = sums.iter().filter(|(.., reviews)| *reviews > 0);
    let bins: Vec<CalibrationBin> = filled
        .map(|(predicted, recalled, reviews)| CalibrationBin {
            predicted: predicted / f64::from(*reviews),
            recalled: f64::from(*recalled) / f64::from(*reviews),
            reviews: *reviews,
        })
        .collect();
    let reviews: u32 = bins.iter().map(|bin| bin.reviews).sum();
    let mean = |value: fn(&CalibrationBin) -> f64| {
        let sum: f64 = bins
            .iter()
            .map(|bin| value(bin) * f64::from(bin.reviews))
            .sum();
        (reviews > 0).then(|| sum / f64::from(reviews))
    };
    Calibration {
        reviews,
        predicted: mean(|bin| bin.predicted),
        recalled: mean(|bin| bin.recalled),
        error: mean(|bin| (bin.predicted - bin.recalled).powi(2)).map(f64::sqrt),
        bins,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recalls(predicted: f64, recalled: usize, forgotten: usize) -> Vec<Recall> {
        let one = |recalled| Recall {
            predicted,
            recalled,
        };
        let mut all = vec![one(true); recalled];
        all.extend(vec![one(false); forgotten]);
        all
    }

    #[test]
    fn a_model_that_tells_the_truth_has_no_error() {
        let mut all = recalls(0.9, 90, 10);
        all.extend(recalls(0.6, 6, 4));
        let calibration = calibrate(&all);
        assert_eq!(calibration.reviews, 110);
        assert_eq!(calibration.bins.len(), 2);
        assert!(calibration.error.is_some_and(|error| error < 1e-9));
    }

    #[test]
    fn the_error_is_the_distance_weighted_by_reviews() {
        let calibration = calibrate(&recalls(0.9, 7, 3));
        assert!((calibration.error.unwrap() - 0.2).abs() < 1e-9);
        assert!((calibration.recalled.unwrap() - 0.7).abs() < 1e-9);
    }

    #[test]
    fn nothing_reviewed_is_nothing_said() {
        assert_eq!(calibrate(&[]), Calibration::default());
        assert_eq!(
            calibrate(&recalls(1.0, 1, 0)).bins[0].reviews,
            1,
            "a certainty has a group"
        );
    }
}

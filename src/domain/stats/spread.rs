//! How cards spread over lengths of time: bands that double or so, because memory grows by factors.

use serde::Serialize;
use utoipa::ToSchema;

/// Where each band begins, in days; the first begins at 0.
pub const BOUNDS: [f64; 9] = [1.0, 3.0, 7.0, 14.0, 30.0, 60.0, 120.0, 240.0, 365.0];

/// Cards within a band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Band {
    /// Days, included.
    pub from_days: f64,
    /// Days, not included; null for the last.
    #[schema(required)]
    pub to_days: Option<f64>,
    /// How many.
    pub cards: u32,
}

/// Bands from counts by index, as PostgreSQL's `width_bucket` over [`BOUNDS`] numbers them.
pub fn bands(counts: &[(i32, u32)]) -> Vec<Band> {
    let mut bands: Vec<Band> = (0..=BOUNDS.len())
        .map(|index| Band {
            from_days: index.checked_sub(1).map_or(0.0, |before| BOUNDS[before]),
            to_days: BOUNDS.get(index).copied(),
            cards: 0,
        })
        .collect();
    for (index, cards) in counts {
        if let Some(band) = usize::try_from(*index)
            .ok()
            .and_then(|index| bands.get_mut(index))
        {
            band.cards += cards;
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_follow_each_other_without_a_hole() {
        let bands = bands(&[(0, 2), (9, 5), (77, 1)]);
        assert_eq!((bands[0].cards, bands[9].cards), (2, 5));
        for pair in bands.windows(2) {
            assert_eq!(pair[0].to_days, Some(pair[1].from_days));
        }
        assert_eq!(bands[9].to_days, None);
    }
}

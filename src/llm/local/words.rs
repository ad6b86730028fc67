//! Amounts in words.

/// `1.1 GB`, as disks and downloads are sold: powers of ten.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..=999_999 => format!("{} KB", bytes.div_ceil(1_000)),
        1_000_000..=999_499_999 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        assert_eq!(size(1_117_320_768), "1.1 GB");
        assert_eq!(size(98_300_000), "98 MB");
        assert_eq!(size(999_700_000), "1.0 GB");
        assert_eq!(size(12), "1 KB");
    }
}

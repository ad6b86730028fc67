//! The language in which a learner wants a deck's cards: a BCP 47 tag, and its name for the prompt.

use std::fmt;

/// The longest tag that RFC 5646 (section 4.4.1) asks everybody to support.
const MAX_TAG_BYTES: usize = 35;

/// A well-formed tag of language, script, region and variants, in the usual capitals: `en`, `pt-BR`, `zh-Hant-TW`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

/// The text is no such tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("That is not a language tag. Use one such as en, de or pt-BR, or leave the language out.")]
pub struct LanguageError;

impl Language {
    /// Reads a tag of RFC 5646's grammar without extensions and private parts; case does not matter, `_` stands for `-`.
    ///
    /// # Errors
    /// [`LanguageError`] if it is not one. Whether the subtags are registered is not checked.
    pub fn parse(tag: &str) -> Result<Language, LanguageError> {
        let tag = tag.trim();
        if tag.len() > MAX_TAG_BYTES {
            return Err(LanguageError);
        }
        let mut subtags = tag.split(['-', '_']).peekable();
        let primary = subtags
            .next()
            .filter(|s| (2..=3).contains(&s.len()) && is_letters(s))
            .ok_or(LanguageError)?;
        if primary.eq_ignore_ascii_case("und") {
            return Err(LanguageError);
        }
        let mut canonical = primary.to_ascii_lowercase();
        if let Some(script) = subtags.next_if(|s| s.len() == 4 && is_letters(s)) {
            canonical.push('-');
            canonical.push_str(&script[..1].to_ascii_uppercase());
            canonical.push_str(&script[1..].to_ascii_lowercase());
        }
        if let Some(region) = subtags.next_if(|s| is_region(s)) {
            canonical.push('-');
            canonical.push_str(&region.to_ascii_uppercase());
        }
        for variant in subtags {
            if !is_variant(variant) {
                return Err(LanguageError);
            }
            canonical.push('-');
            canonical.push_str(&variant.to_ascii_lowercase());
        }
        Ok(Language(canonical))
    }

    /// As a person writes it: a tag, or the language's English name.
    ///
    /// # Errors
    /// [`LanguageError`] if it is neither.
    pub fn typed(text: &str) -> Result<Language, LanguageError> {
        let named = NAMES
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(text.trim()));
        Language::parse(named.map_or(text, |(tag, _)| tag))
    }

    /// The tag: `pt-BR`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first subtag: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// What a model is told: "Brazilian Portuguese", "German (de-AT)", "the language with the tag gsw".
    pub fn english_name(&self) -> String {
        // The longest beginning of the tag that has a name: zh-Hant of zh-Hant-TW.
        let ends = self.0.match_indices('-').map(|(at, _)| at).rev();
        let named = std::iter::once(self.0.len())
            .chain(ends)
            .find_map(|end| NAMES.iter().find(|(tag, _)| *tag == &self.0[..end]));
        match named {
            Some((tag, name)) if tag.len() == self.0.len() => (*name).to_owned(),
            Some((_, name)) => format!("{name} ({})", self.0),
            None => format!("the language with the tag {}", self.0),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_letters(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_region(subtag: &str) -> bool {
    (subtag.len() == 2 && is_letters(subtag))
        || (subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit()))
}

fn is_variant(subtag: &str) -> bool {
    let starts_with_digit = subtag.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let length = if starts_with_digit { 4..=8 } else { 5..=8 };
    length.contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// English names, from ISO 639 and common use.
pub const NAMES: &[(&str, &str)] = &[
    ("af", "Afrikaans"),
    ("am", "Amharic"),
    ("ar", "Arabic"),
    ("az", "Azerbaijani"),
    ("be", "Belarusian"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("bs", "Bosnian"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("en-GB", "British English"),
    ("en-US", "American English"),
    ("eo", "Esperanto"),
    ("es", "Spanish"),
    ("es-419", "Latin American Spanish"),
    ("es-MX", "Mexican Spanish"),
    ("et", "Estonian"),
    ("eu", "Basque"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fil", "Filipino"),
    ("fr", "French"),
    ("fr-CA", "Canadian French"),
    ("ga", "Irish"),
    ("gl", "Galician"),
    ("gu", "Gujarati"),
    ("ha", "Hausa"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("hy", "Armenian"),
    ("id", "Indonesian"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ka", "Georgian"),
    ("kk", "Kazakh"),
    ("km", "Khmer"),
    ("kn", "Kannada"),
    ("ko", "Korean"),
    ("la", "Latin"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("mk", "Macedonian"),
    ("ml", "Malayalam"),
    ("mn", "Mongolian"),
    ("mr", "Marathi"),
    ("ms", "Malay"),
    ("mt", "Maltese"),
    ("my", "Burmese"),
    ("nb", "Norwegian Bokmål"),
    ("ne", "Nepali"),
    ("nl", "Dutch"),
    ("nn", "Norwegian Nynorsk"),
    ("no", "Norwegian"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pt-BR", "Brazilian Portuguese"),
    ("pt-PT", "European Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("sq", "Albanian"),
    ("sr", "Serbian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("uz", "Uzbek"),
    ("vi", "Vietnamese"),
    ("yo", "Yoruba"),
    ("zh", "Chinese"),
    ("zh-Hans", "Simplified Chinese"),
    ("zh-Hant", "Traditional Chinese"),
    ("zu", "Zulu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_in_any_case_and_written_in_one() {
        for (typed, tag, name) in [
            ("en", "en", "English"),
            (" DE ", "de", "German"),
            ("pt_br", "pt-BR", "Brazilian Portuguese"),
            ("de-at", "de-AT", "German (de-AT)"),
            (
                "ZH-hant-tw",
                "zh-Hant-TW",
                "Traditional Chinese (zh-Hant-TW)",
            ),
            ("es-419", "es-419", "Latin American Spanish"),
            ("de-CH-1996", "de-CH-1996", "German (de-CH-1996)"),
            ("gsw", "gsw", "the language with the tag gsw"),
        ] {
            let language = Language::parse(typed).expect(typed);
            assert_eq!(
                (language.as_str(), language.english_name().as_str()),
                (tag, name)
            );
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in [
            "",
            "e",
            "english",
            "en-",
            "en--US",
            "und",
            "x-klingon",
            "en-US-x-a",
            "en US",
            "日本",
            "en-\n",
            "deutsch\0",
            "en-abcdefghi",
        ] {
            assert_eq!(Language::parse(text), Err(LanguageError), "{text:?}");
        }
    }
}

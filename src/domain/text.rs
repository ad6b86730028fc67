//! Reading text as words and symbols, the same way wherever two texts are compared.

/// Lower case for comparing: ß becomes ss, ς becomes σ, and the Turkish i's one i.
///
/// By way of capitals, character by character, which is Unicode's full case folding but for a handful of letters.
pub fn fold_case(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'A'..='Z' => folded.push(c.to_ascii_lowercase()),
            _ if c.is_ascii() => folded.push(c),
            // İ is i with a dot above in lower case; without the dot it matches the i of everybody else.
            'İ' | 'ı' => folded.push('i'),
            _ => folded.extend(c.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    folded
}

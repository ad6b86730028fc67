//! What a form has just done, said on the page that comes after it: the address names it, each language has its words.

/// Declares what can be told, with its name in an address.
macro_rules! tellings {
    ($($name:ident $field:ident),* $(,)?) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each says itself, in the words of a language")]
        pub enum Told { $($name),* }

        /// What is said of it.
        #[derive(Debug)]
        #[expect(missing_docs, reason = "a text says itself, in the files beside")]
        pub struct Tellings { $(pub $field: &'static str),* }

        impl Told {
            /// Its name in an address.
            pub fn name(self) -> &'static str {
                match self { $(Told::$name => stringify!($field)),* }
            }

            /// The inverse of [`Told::name`].
            pub fn from_name(name: &str) -> Option<Told> {
                match name { $(stringify!($field) => Some(Told::$name),)* _ => None }
            }
        }

        impl Tellings {
            /// The sentence.
            pub fn of(&self, told: Told) -> &'static str {
                match told { $(Told::$name => self.$field),* }
            }
        }
    };
}

tellings! {
    Saved saved, CardSaved card_saved, Due due, Reset reset, Flagged flagged, Unflagged unflagged, Suspended suspended,
    Resumed resumed, Buried buried, Unburied unburied, Deleted deleted, Reported reported, Archived archived,
    BroughtBack brought_back, Undone undone, NothingToUndo nothing_to_undo, More more, Less less, Never never, Forgotten forgotten,
}

/// English.
pub const ENGLISH: Tellings = Tellings {
    saved: "Saved.",
    card_saved: "The card is saved. Write the next one, or go back.",
    due: "The date is set.",
    reset: "The card is new again.",
    flagged: "Flagged.",
    unflagged: "The flag is off.",
    suspended: "Suspended: it is not asked until you take it back in.",
    resumed: "Taken back in.",
    buried: "Put off until tomorrow.",
    unburied: "No longer put off.",
    deleted: "Deleted. Undo brings it back.",
    reported: "Thank you, your report is kept. Undo takes it back.",
    archived: "Archived. It is at the end of the list.",
    brought_back: "The deck is back.",
    undone: "Taken back.",
    nothing_to_undo: "There is nothing to take back.",
    more: "More of this with the next cards.",
    less: "Less of this with the next cards.",
    never: "No more of this. What was not asked yet is put aside; forgetting the wish brings it back.",
    forgotten: "The wish is forgotten, and what it had put aside is back.",
};

/// German.
pub const GERMAN: Tellings = Tellings {
    saved: "Gespeichert.",
    card_saved: "Die Karte ist gespeichert. Schreib die nächste, oder geh zurück.",
    due: "Der Termin ist gesetzt.",
    reset: "Die Karte ist wieder neu.",
    flagged: "Markiert.",
    unflagged: "Nicht mehr markiert.",
    suspended: "Ausgesetzt: Sie wird nicht gefragt, bis du sie zurückholst.",
    resumed: "Zurückgeholt.",
    buried: "Bis morgen zurückgestellt.",
    unburied: "Nicht mehr zurückgestellt.",
    deleted: "Gelöscht. „Rückgängig“ holt sie zurück.",
    reported: "Danke, deine Meldung ist da. „Rückgängig“ nimmt sie zurück.",
    archived: "Im Archiv. Der Stapel steht am Ende der Liste.",
    brought_back: "Der Stapel ist zurück.",
    undone: "Zurückgenommen.",
    nothing_to_undo: "Es gibt nichts zurückzunehmen.",
    more: "Mehr davon bei den nächsten Karten.",
    less: "Weniger davon bei den nächsten Karten.",
    never: "Nichts mehr davon. Was noch nicht gefragt wurde, liegt beiseite; ohne den Wunsch kommt es zurück.",
    forgotten: "Der Wunsch ist weg, und was er beiseitegelegt hatte, ist zurück.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_names_is_found_again() {
        assert_eq!(
            Told::from_name(Told::BroughtBack.name()),
            Some(Told::BroughtBack)
        );
        assert_eq!(Told::from_name("<script>"), None);
        assert_eq!(GERMAN.of(Told::Saved), "Gespeichert.");
    }
}

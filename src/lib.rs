//! AutoDeck: type a topic, get an endless deck of flashcards that adapts to you, and remember them.

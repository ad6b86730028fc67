//! The one renderer of card text.

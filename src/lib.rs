//! AutoDeck: type a topic, get an endless deck of flashcards that adapts to you, and remember them.
#![warn(missing_docs)]

pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod domain;
pub mod error;
pub mod generator;
pub mod lifecycle;
pub mod llm;
pub mod study;
pub mod web;

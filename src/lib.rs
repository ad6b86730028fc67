//! AutoDeck: type a topic, get an endless deck of flashcards that adapts to you, and remember them.
//!
//! # The house
//!
//! ```text
//!   browser, API client                        language model
//!          |                                         ^
//!        web  ---->  study                generator -+-> llm
//!                      |    \            /   |
//!                      |     wake (new card, new job)
//!                      v                     v
//!                     db  ------ rows ------ db          PostgreSQL
//!                      \                    /
//!                       +----> domain <----+             pure
//! ```
//!
//! - [`domain`] is pure: cards and how they are cut out of a model's text, gates, duplicates, the prompt, the
//!   scheduler, the level, the order of study, the supply. Time and chance are arguments.
//! - [`db`] holds the only SQL, and the private PostgreSQL for whoever brings none ([`db::embedded`]).
//! - [`llm`] is one trait and the providers behind it.
//! - [`generator`] claims jobs, asks the model, and puts each card into the pool the moment it is complete.
//! - [`study`] is the learner's side: deal, order, next, wait, answer, undo.
//! - [`accounts`] is what a password guards: signing up and in, links by [`mail`], merging a guest, the archive, the end.
//! - [`web`] is pages, the JSON API, and what an operator asks. [`commands`] is the binary.
//!
//! # Rules
//!
//! Imports run one way: `web → accounts → study → db → domain` and `generator → db, llm → domain`. The two sides meet only through
//! rows and the wake-up ([`generator::wake`]), so they may run in different processes. No state that matters lives in a
//! process. No transaction is open across a call to a model. Every row of a learner has `user_id` first in its key.
//! `tests/tidy.rs` holds what a machine can hold of this.
//!
//! # Walk one: from a topic to the first card
//!
//! `POST /decks` parses the title ([`domain::topic`]), finds or makes the shared topic, makes the deck and asks its
//! [`domain::supply`] whether a batch has to be ordered. An order is a row of `generation_jobs`; a unique index lets
//! one live job stand per topic, level and class. [`generator::wake::Wake::job_ordered`] wakes a worker here and, by
//! NOTIFY, elsewhere. The worker claims the job (`for update skip locked`, a lease, a rising fence number), writes the
//! prompt ([`domain::prompt`]: the rules, the level, what is covered) and reads the stream. The reader
//! ([`domain::card_reader`]) cuts a card out at its closing tag; the gates and the duplicate check judge it; and
//! [`generator::save`] commits it under the topic's lock, guarded by the fence. The learner's page waits in
//! [`study::wait`] without holding a connection. The wake-up ends its wait: [`study::outlook`] deals, which copies
//! the nearest unseen pool cards into the deck, and the card is on the screen.
//!
//! # Walk two: from an answer to the next level
//!
//! `POST /cards/{id}/reviews` locks the card's row, looks for the client's id (sent twice, an answer counts once), and
//! compares the revision. All four outcomes were computed when the card was shown ([`domain::scheduler`]), so the label
//! on the button is what now happens. One row goes into the append-only log with the state before it; replaying the log
//! gives the card's state, and an undo is one more row ([`domain::review_log`]). A first answer to a new card also moves
//! the deck's ability ([`domain::ability`]) and with it the level of the next order, by one level a batch at most.
//! When fewer than [`domain::supply::LOW_WATER`] unseen cards are near that level, the next batch is ordered, long
//! before the learner gets there.
#![warn(missing_docs)]

/// Takes and gives back memory in less time than the C library's: a request is many small pieces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod accounts;
pub mod billing;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod domain;
pub mod error;
pub mod generator;
pub mod lifecycle;
pub mod llm;
pub mod mail;
pub mod study;
pub mod telemetry;
pub mod web;

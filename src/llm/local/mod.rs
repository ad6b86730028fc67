//! The built-in model: llama.cpp inside this process, behind the same trait as every other provider.
//!
//! # The way of a request
//!
//! `LocalModel` hands each request to a thread of its own, which loads the model file at the first one (mapped, not
//! read), and serves requests one at a time in the order in which they come; so nothing computes on the async runtime,
//! and two learners' batches do not halve each other's speed. The tokens that a prompt has in common with the one before
//! are not read again: the rules never, the list of what is covered only where it grew. When the stream of a request is
//! dropped, its computing ends at the next token.
//!
//! The answer is held to the form of cards ([`crate::domain::card_form`]): well formed by construction, whatever the
//! model.
//!
//! # The processor
//!
//! llama.cpp is linked into the program, built for x86-64-v3 (AVX2, FMA, F16C, BMI2: PCs since 2013), by the names in
//! `.cargo/config.toml`; the rest of the program stays plain x86-64. So one file can be copied between machines, and on
//! an older one says that it cannot (`LocalFault::Processor`) instead of dying of an unknown instruction. The other way,
//! the crate's `dynamic-backends`, chooses at run time among ten builds of the same kernels: ten shared libraries to be
//! copied beside the program, and minutes more of building, for AVX-512 alone. Who wants that on their own machine builds
//! with `RUSTFLAGS="-C target-cpu=native"`, which llama.cpp follows.

pub mod fault;
pub mod files;
pub mod machine;
pub mod manifest;
pub mod pull;
pub mod words;

#[cfg(feature = "local-model")]
mod chat;
#[cfg(feature = "local-model")]
mod engine;
#[cfg(feature = "local-model")]
mod model;
#[cfg(feature = "local-model")]
mod trouble;
#[cfg(feature = "local-model")]
mod writer;

mod desk;
mod sources;

pub use desk::{LocalModels, LocalState};
pub use fault::LocalFault;
pub use files::{BUILT_IN, ModelFile};
pub use manifest::{KnownModel, MODELS};
pub use sources::Origins;

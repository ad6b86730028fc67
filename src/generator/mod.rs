//! The generator: claims jobs, asks the model, and puts each card into the pool the moment it is complete.

mod job;
pub mod pipeline;
mod rephrase;
pub mod save;
pub mod wake;
pub mod worker;

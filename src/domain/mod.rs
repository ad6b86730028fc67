//! The pure core: no async, no SQL, no HTTP, no environment, no clock, no dice. Time and chance are arguments.

pub mod ability;
pub mod card;
pub mod card_gates;
pub mod card_reader;
pub mod card_repair;
pub mod card_sections;
pub mod card_splitter;
pub mod card_tags;
pub mod card_xml;
pub mod duplicates;
pub mod entities;
pub mod gate_marks;
pub mod gate_prose;
pub mod gate_rules;
pub mod ids;
pub mod level;
pub mod plan;
pub mod prompt;
pub mod queue;
pub mod review_log;
pub mod scheduler;
pub mod topic;

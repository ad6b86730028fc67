//! The scheduler, the level and the log from outside: rules, properties, a peer, and simulated learners.

mod fsrs_peer;
mod level_simulation;
mod replay;
mod rules;
mod study_order;

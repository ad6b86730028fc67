//! What the card reader survives: the cases of the design's page on hostile streams, by their numbers, the recorded
//! streams, and properties over random texts.

mod arrival;
mod escaping;
mod gates;
mod properties;
mod recorded;
mod structure;
mod support;

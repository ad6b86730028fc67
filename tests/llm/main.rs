//! The model clients against a server on the loopback address: both wire formats, and what goes wrong on the way.

#[path = "../model_server/mod.rs"]
#[expect(dead_code, reason = "each test binary uses a part")]
mod model_server;

mod answers;
mod choosing;
mod interruptions;
mod pulling;
mod refusals;
mod server;
mod support;

//! The `autodeck` command.
fn main() {}

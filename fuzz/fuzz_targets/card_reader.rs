//! Any bytes, cut arbitrarily: the same cards as whole, and no panic. The first bytes say how to cut the others.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../check.rs"]
mod check;

fuzz_target!(|input: &[u8]| {
    let (cuts, text) = input.split_at(input.len().min(4));
    check::check(text, cuts);
});

//! stub
use super::card::CardText;
#[derive(Debug)]
pub struct CardReader;
impl CardReader { pub fn new(_: Option<usize>) -> Self { panic!() } pub fn push(&mut self, _: &[u8]) -> Vec<CardText> { panic!() } pub fn finish(&mut self) -> Vec<CardText> { panic!() } pub fn is_full(&self) -> bool { panic!() } pub fn diagnostics(&self) -> std::collections::BTreeMap<String, u64> { panic!() } }

//! stub
use serde::*;
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardText { pub question: String, pub answer: String, pub explanation: Option<String>, pub subtopic: Option<String> }

//! stub
use futures::future::BoxFuture;
use futures::Stream;
use std::time::Duration;
pub struct ModelRequest { pub system: String, pub user: String, pub max_tokens: u32, pub wanted: usize }
pub enum ModelEvent { Text(String), Other }
#[derive(Debug, Clone, Default)]
pub struct ModelUsage { pub tokens_in: u32, pub tokens_out: u32, pub estimated: bool, pub first_token: Option<Duration> }
pub struct ModelError;
impl ModelError { pub fn sentence(&self) -> String { panic!() } pub fn is_retryable(&self) -> bool { panic!() } pub fn retry_after(&self) -> Option<Duration> { panic!() } }
pub struct ModelStream;
impl ModelStream { pub fn usage(&self) -> ModelUsage { panic!() } }
impl Stream for ModelStream { type Item = Result<ModelEvent, ModelError>; fn poll_next(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> { panic!() } }
pub trait LanguageModel: Send + Sync { fn name(&self) -> &str; fn stream(&self, _: ModelRequest) -> BoxFuture<'_, Result<ModelStream, ModelError>>; }

//! The built-in model over its real path: a real small model, from topic to study. `make test` fetches it first.

#[path = "../support/postgres.rs"]
mod postgres;

#[path = "../model_server/mod.rs"]
#[expect(dead_code, reason = "the app’s own tests use the rest")]
mod model_server;
#[path = "../app/support.rs"]
#[expect(dead_code, reason = "the app’s own tests use the rest")]
mod support;

mod faults;
mod study;
mod writing;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use autodeck::llm::LanguageModel;
use autodeck::llm::local::{LocalModels, ModelFile, Origins};
use tokio::sync::{Mutex, MutexGuard};

/// What `scripts/small-model` fetches. Its facts are nonsense; its cards are well formed all the same.
fn small_model() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("target/small-model/SmolLM2-135M-Instruct.Q4_1.gguf");
    assert!(
        path.exists(),
        "run scripts/small-model first, as `make test` does"
    );
    path
}

fn model_at(path: PathBuf) -> Arc<dyn LanguageModel> {
    let models = LocalModels::new(ModelFile::Own(path), Origins::default());
    models.model().expect("built with the feature")
}

/// Only one test computes at a time: llama.cpp's threads wait for each other without giving the core away, so two
/// models at once take many times as long as one after the other.
async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// The small model, loaded once for all tests, and the turn to use it.
async fn small_one() -> (Arc<dyn LanguageModel>, MutexGuard<'static, ()>) {
    static MODEL: OnceLock<Arc<dyn LanguageModel>> = OnceLock::new();
    let turn = turn().await;
    let model = MODEL.get_or_init(|| model_at(small_model()));
    (Arc::clone(model), turn)
}

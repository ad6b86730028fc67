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
use std::sync::Arc;

use autodeck::llm::LanguageModel;
use autodeck::llm::local::{LocalModels, ModelFile, Origins};

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

//! Files that cannot be used: each a sentence, and the model goes on when the file is right again.

use std::fs;
use std::path::{Path, PathBuf};

use autodeck::llm::local::{LocalFault, LocalModels, LocalState, ModelFile, Origins};
use autodeck::llm::{LanguageModel, ModelErrorKind, ModelEvent};
use futures::StreamExt;

use crate::writing::request;
use crate::{model_at, small_model};

async fn fault_of(model: &dyn LanguageModel) -> LocalFault {
    let mut stream = model.stream(request("Rivers", 1));
    let error = match stream.next().await {
        Some(Err(error)) => error,
        other => panic!("a fault was expected, not {other:?}"),
    };
    assert!(stream.next().await.is_none(), "an error is the last item");
    assert!(!error.is_retryable());
    assert!(!error.sentence().is_empty());
    match error.kind {
        ModelErrorKind::Local(fault) => fault,
        kind => panic!("not {kind:?}"),
    }
}

fn copy_in(folder: &Path) -> PathBuf {
    let path = folder.join("small.gguf");
    fs::copy(small_model(), &path).expect("room for a copy");
    path
}

#[tokio::test]
async fn a_file_that_is_no_model_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poem.gguf");
    let model = model_at(path.clone());
    assert!(matches!(
        fault_of(model.as_ref()).await,
        LocalFault::NoSuchFile { .. }
    ));
    fs::write(&path, "Shall I compare thee to a summer's day?").unwrap();
    assert_eq!(
        fault_of(model.as_ref()).await,
        LocalFault::NotGguf(path.clone())
    );
    fs::write(&path, "GGUF and then nothing of the kind").unwrap();
    assert_eq!(fault_of(model.as_ref()).await, LocalFault::Unreadable(path));
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_never_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy_in(folder.path());
    let half = fs::metadata(&path).unwrap().len() / 2;
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(half)
        .unwrap();
    assert_eq!(
        fault_of(model_at(path.clone()).as_ref()).await,
        LocalFault::Unreadable(path)
    );
}

#[tokio::test]
async fn a_model_without_a_chat_template_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy_in(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    // The key by which llama.cpp finds the template, spelled differently.
    let key = b"tokenizer.chat_template";
    let at = bytes
        .windows(key.len())
        .position(|window| window == key)
        .expect("the model has one");
    bytes[at + key.len() - 1] = b'X';
    fs::write(&path, bytes).unwrap();
    assert_eq!(
        fault_of(model_at(path.clone()).as_ref()).await,
        LocalFault::NoTemplate(path)
    );
}

#[tokio::test]
async fn a_file_that_is_removed_while_running_is_said_to_be_gone_and_used_again_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy_in(folder.path());
    let models = LocalModels::new(ModelFile::Own(path.clone()), Origins::default());
    let model = models.model().expect("built with the feature");
    let writes = async || {
        let mut stream = model.stream(request("Rivers", 1));
        matches!(stream.next().await, Some(Ok(ModelEvent::Text(_))))
    };
    assert!(writes().await);
    fs::remove_file(&path).unwrap();
    models.look_again();
    assert!(!*models.ready().borrow());
    assert_eq!(
        fault_of(model.as_ref()).await,
        LocalFault::Gone(path.clone())
    );
    copy_in(folder.path());
    models.look_again();
    assert_eq!(models.state(), LocalState::Ready);
    assert!(writes().await);
}

#[tokio::test]
async fn a_prompt_beyond_the_models_memory_is_refused_and_the_next_is_served() {
    let model = model_at(small_model());
    let mut long = request("Rivers", 1);
    long.user = "word ".repeat(9_000);
    let mut stream = model.stream(long);
    let error = stream
        .next()
        .await
        .expect("an answer")
        .expect_err("it is too long");
    assert!(
        matches!(
            error.kind,
            ModelErrorKind::Local(LocalFault::PromptTooLong { .. })
        ),
        "{error}"
    );
    let mut next = model.stream(request("Lakes", 1));
    assert!(matches!(next.next().await, Some(Ok(ModelEvent::Text(_)))));
}

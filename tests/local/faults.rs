//! Files that cannot be used: each a sentence, and the model goes on when the file is right again.

use std::fs;
use std::path::{Path, PathBuf};

use autodeck::llm::local::{KnownModel, LocalFault, LocalModels, LocalState, ModelFile, Origins};
use autodeck::llm::{LanguageModel, ModelErrorKind, ModelEvent};
use futures::StreamExt;

use crate::support::{TestApp, Wanted};
use crate::writing::{read, request};
use crate::{model_at, small_model, small_one, turn};

async fn fault_of(model: &dyn LanguageModel) -> LocalFault {
    let mut stream = model.stream(request("Rivers", 1));
    let error = match stream.next().await {
        Some(Err(error)) => error,
        other => panic!("a fault was expected, not {other:?}"),
    };
    assert!(stream.next().await.is_none(), "an error is the last item");
    assert_eq!(
        error.is_retryable(),
        matches!(
            error.kind,
            ModelErrorKind::Local(LocalFault::NoMemory { .. })
        )
    );
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
    let _turn = turn().await;
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
    let (model, _turn) = small_one().await;
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
    let (text, _) = read(model.stream(request("Lakes", 1))).await;
    assert!(text.ends_with("</cards>"), "{text}");
}

/// What `/model` shows of a model that met `expected`, and what `doctor` asks says the same.
async fn page_over(models: &LocalModels, expected: &LocalFault) -> String {
    let model = models.model().expect("built with the feature");
    assert_eq!(models.state(), LocalState::Ready, "a look finds nothing");
    assert_eq!(fault_of(model.as_ref()).await, *expected);
    let checked = model.check().await.expect_err("doctor tries it too");
    assert!(checked.sentence().contains(&expected.to_string()));
    let app = TestApp::start_with(Wanted {
        local: Some(models.clone()),
        ..Wanted::default()
    })
    .await;
    let response = app.http.get(format!("{}/model", app.address)).send().await;
    let html = response
        .expect("a page")
        .text()
        .await
        .expect("a whole page");
    assert!(html.contains("The built-in model cannot write"), "{html}");
    // What is owned can be studied all the same.
    assert_eq!(app.guest().await.get("/next").await.0, 200);
    html
}

#[tokio::test]
async fn a_file_with_one_wrong_byte_is_not_used_and_the_page_offers_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let known: &'static KnownModel = Box::leak(Box::new(KnownModel {
        name: "small",
        about: "",
        licence: "Apache-2.0",
        bytes: fs::metadata(small_model()).unwrap().len(),
        sha256: Some("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        memory_gb: 1,
        sources: &[],
    }));
    let file = ModelFile::Known {
        model: known,
        folder: folder.path().to_owned(),
    };
    let mut bytes = fs::read(copy_in(folder.path())).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file.path(), &bytes).unwrap();
    let models = LocalModels::new(file.clone(), Origins::default());
    let html = page_over(&models, &LocalFault::Damaged(file.path())).await;
    assert!(html.contains("Get the built-in model again"), "{html}");
    // The right bytes in its place are not held to what was wrong with the others.
    bytes[middle] ^= 1;
    fs::write(file.path(), &bytes).unwrap();
    assert_eq!(models.trouble(), None);
    let checked = models.model().unwrap().check().await;
    checked.expect("the right bytes can be loaded");
}

#[tokio::test]
async fn a_model_that_is_larger_than_the_memory_is_said_to_be_and_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.gguf");
    fs::write(&path, b"GGUF").unwrap();
    // A terabyte, of which nothing is on the disk.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let models = LocalModels::new(ModelFile::Own(path), Origins::default());
    let model = models.model().unwrap();
    let fault = fault_of(model.as_ref()).await;
    assert!(
        matches!(fault, LocalFault::NoMemory { needed, .. } if needed > 1 << 40),
        "{fault}"
    );
    let app = TestApp::start_with(Wanted {
        local: Some(models),
        ..Wanted::default()
    })
    .await;
    let page = app.http.get(format!("{}/model", app.address)).send().await;
    let html = page.unwrap().text().await.unwrap();
    assert!(html.contains("of memory, and"), "{html}");
}

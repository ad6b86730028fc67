//! The built-in model as the running app sees it: whether its file is there, and the download that brings it.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::fault::LocalFault;
use super::files::ModelFile;
use super::manifest::KnownModel;
use super::pull::{Progress, Pull};
use super::sources::Origins;
use crate::domain::prompt::Prompt;
use crate::llm::LanguageModel;

/// Between two looks at the file: it may be removed, or brought by `autodeck model pull` in another terminal.
const LOOK: Duration = Duration::from_secs(2);

/// What is known of the built-in model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalState {
    /// Its file is there and whole.
    Ready,
    /// It cannot write, and why.
    Missing(LocalFault),
    /// It is being fetched.
    Pulling(Progress),
}

/// The built-in model's file and download, shared by the pages, the terminal and the workers.
#[derive(Clone)]
pub struct LocalModels(Arc<Shared>);

struct Shared {
    file: ModelFile,
    #[cfg(feature = "local-model")]
    model: Arc<super::model::LocalModel>,
    origins: Origins,
    state: watch::Sender<LocalState>,
    /// Whether a model is there to write: for those who need to know no more.
    ready: watch::Sender<bool>,
    /// Why the last download failed; a look at the file does not make that undone.
    failed: Mutex<Option<LocalFault>>,
    download: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for LocalModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalModels")
            .field("file", &self.0.file)
            .finish_non_exhaustive()
    }
}

impl LocalModels {
    /// Looks at the file and knows its state from then on as of the last look.
    pub fn new(file: ModelFile, origins: Origins) -> LocalModels {
        let looked = look(&file);
        LocalModels(Arc::new(Shared {
            ready: watch::Sender::new(looked == LocalState::Ready),
            state: watch::Sender::new(looked),
            #[cfg(feature = "local-model")]
            model: super::model::LocalModel::new(file.clone()),
            file,
            origins,
            failed: Mutex::default(),
            download: Mutex::default(),
        }))
    }

    /// The model that can be fetched; `None` for a file of the operator's own.
    pub fn known(&self) -> Option<(&'static KnownModel, &PathBuf)> {
        match &self.0.file {
            ModelFile::Known { model, folder } => Some((model, folder)),
            ModelFile::Own(_) => None,
        }
    }

    /// The model behind the file; `None` in a build without it.
    pub fn model(&self) -> Option<Arc<dyn LanguageModel>> {
        #[cfg(feature = "local-model")]
        return Some(Arc::new(super::model::SharedLocalModel(Arc::clone(
            &self.0.model,
        ))));
        #[cfg(not(feature = "local-model"))]
        None
    }

    /// Begins to load the model and to read `beginning`, which the requests to come begin with, so that the first card
    /// does not wait for it. Nothing happens while the file is not there.
    pub fn warm(&self, beginning: Prompt) {
        #[cfg(feature = "local-model")]
        if self.state() == LocalState::Ready {
            self.0.model.warm(beginning);
        }
        #[cfg(not(feature = "local-model"))]
        drop(beginning);
    }

    /// What is known now.
    pub fn state(&self) -> LocalState {
        self.0.state.borrow().clone()
    }

    /// Why the file, though it is there, could not be used when it was last tried: its bytes are wrong, llama.cpp
    /// refuses it, there was too little memory.
    pub fn trouble(&self) -> Option<LocalFault> {
        #[cfg(feature = "local-model")]
        return self.0.model.trouble();
        #[cfg(not(feature = "local-model"))]
        None
    }

    /// Told of every change.
    pub fn changes(&self) -> watch::Receiver<LocalState> {
        self.0.state.subscribe()
    }

    /// Whether it can write, now and later.
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.0.ready.subscribe()
    }

    /// Begins to fetch the model, unless that is being done already or it is there.
    ///
    /// # Errors
    /// When there is nothing to fetch for a file of the operator's own.
    pub fn begin_pull(&self) -> Result<(), LocalFault> {
        let Some((model, folder)) = self.known() else {
            return self.0.file.look().map(|_| ());
        };
        let mut download = self
            .0
            .download
            .lock()
            .expect("nothing panics while it looks at a handle");
        let is_running = download
            .as_ref()
            .is_some_and(|download| !download.is_finished());
        let is_here = self.state() == LocalState::Ready
            && !matches!(self.trouble(), Some(LocalFault::Damaged(_)));
        if is_running || is_here {
            return Ok(());
        }
        self.forget_failure();
        self.tell(LocalState::Pulling(Progress::none(model)));
        let pull = Pull {
            model,
            folder: folder.clone(),
            origins: self.0.origins.clone(),
            unverified: false,
        };
        let desk = self.clone();
        *download = Some(tokio::spawn(async move { desk.pull(pull).await }));
        Ok(())
    }

    async fn pull(&self, pull: Pull) {
        let (sender, mut receiver) = watch::channel(Progress::none(pull.model));
        let follow = async {
            while receiver.changed().await.is_ok() {
                let progress = receiver.borrow_and_update().clone();
                self.tell(LocalState::Pulling(progress));
            }
        };
        let (result, ()) = tokio::join!(
            async {
                let result = pull.run(&sender).await;
                drop(sender);
                result
            },
            follow
        );
        match result {
            Ok(_) => {
                tracing::info!(model = pull.model.name, "the built-in model is here");
                self.tell(LocalState::Ready);
            }
            Err(fault) => {
                tracing::warn!(%fault, "the built-in model could not be fetched");
                *self.failure() = Some(fault.clone());
                self.tell(LocalState::Missing(fault));
            }
        }
    }

    /// Looks at the file now and then, until told to stop; then a running download ends too.
    pub async fn keep_looking(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(LOOK) => {}
            }
            self.look_again();
        }
        if let Ok(mut download) = self.0.download.lock()
            && let Some(download) = download.take()
        {
            download.abort();
        }
    }

    /// Looks at the file at once.
    pub fn look_again(&self) {
        if matches!(self.state(), LocalState::Pulling(_)) {
            return;
        }
        let looked = match (look(&self.0.file), self.failure().clone()) {
            // Why it could not be fetched says more than that it is not there.
            (LocalState::Missing(LocalFault::NotFetched(_)), Some(failed)) => {
                LocalState::Missing(failed)
            }
            (looked, _) => looked,
        };
        self.tell(looked);
    }

    fn tell(&self, state: LocalState) {
        let is_ready = state == LocalState::Ready;
        self.0.state.send_if_modified(|old| {
            let differs = *old != state;
            *old = state;
            differs
        });
        self.0
            .ready
            .send_if_modified(|old| std::mem::replace(old, is_ready) != is_ready);
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<LocalFault>> {
        self.0
            .failed
            .lock()
            .expect("nothing panics while it notes a failure")
    }

    fn forget_failure(&self) {
        *self.failure() = None;
    }
}

/// A quick look: whether all bytes are right is seen before they are loaded.
fn look(file: &ModelFile) -> LocalState {
    match file.look() {
        Ok(_) => LocalState::Ready,
        Err(fault) => LocalState::Missing(fault),
    }
}

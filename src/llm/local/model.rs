//! The built-in model as a [`LanguageModel`]: hands orders to the thread that computes, and passes on what it writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use futures::future::BoxFuture;
use futures::stream::unfold;
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::engine;
use super::fault::LocalFault;
use super::files::ModelFile;
use super::trouble::Trouble;
use super::words::size;
use crate::domain::prompt::Prompt;
use crate::llm::{
    LanguageModel, ModelError, ModelErrorKind, ModelEvent, ModelRequest, ModelStream, Provider,
    UsageMeter,
};

/// What the computing thread is asked for.
pub(super) enum Order {
    /// Load the model and read what the requests to come begin with, so that the first card does not wait for it.
    Warm {
        /// The rules, and the beginning of what follows them.
        beginning: Prompt,
    },
    /// Write.
    Write(Writing),
}

/// One request and the way back. When nobody reads the events any more, nothing more is written.
pub(super) struct Writing {
    pub request: ModelRequest,
    pub events: UnboundedSender<Result<ModelEvent, LocalFault>>,
    pub meter: UsageMeter,
}

/// The built-in model. Orders are served one at a time in the order in which they come.
pub struct LocalModel {
    file: ModelFile,
    name: String,
    stop: Arc<AtomicBool>,
    trouble: Arc<Trouble>,
    thread: Mutex<Thread>,
}

/// The thread and the way to it; started by the first order.
#[derive(Default)]
struct Thread {
    orders: Option<Sender<Order>>,
    handle: Option<JoinHandle<()>>,
}

impl LocalModel {
    /// A model that is loaded when it is first needed.
    pub fn new(file: ModelFile) -> Arc<LocalModel> {
        Arc::new(LocalModel {
            name: file.name(),
            file,
            stop: Arc::default(),
            trouble: Arc::default(),
            thread: Mutex::default(),
        })
    }

    /// Begins to load the model and to read `beginning`, which the requests to come begin with. A file that is known to be of
    /// no use is left alone.
    pub fn warm(&self, beginning: Prompt) {
        if self.trouble().is_some_and(|fault| !fault.is_retryable()) {
            return;
        }
        self.order(Order::Warm { beginning });
    }

    /// Why the file as it stands could not be used when it was last tried.
    pub fn trouble(&self) -> Option<LocalFault> {
        self.trouble.of(&self.file)
    }

    fn order(&self, order: Order) {
        let mut thread = self
            .thread
            .lock()
            .expect("nothing panics while it hands over an order");
        let unsent = match &thread.orders {
            Some(orders) => orders.send(order).err().map(|unsent| unsent.0),
            None => Some(order),
        };
        // There is no thread yet, or it has ended, which only a panic in it does.
        if let Some(order) = unsent {
            let (orders, receiver) = channel();
            let (file, stop) = (self.file.clone(), Arc::clone(&self.stop));
            let trouble = Arc::clone(&self.trouble);
            let started = Builder::new()
                .name("local-model".into())
                .spawn(move || engine::run(&file, &receiver, &trouble, &stop));
            thread.handle = started.ok();
            // Without a thread its receiver is gone, and the order with it: its reader sees the stream end.
            let _ = orders.send(order);
            thread.orders = Some(orders);
        }
    }
}

impl Drop for LocalModel {
    /// Waits for the thread: a process must not end while llama.cpp computes.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Ok(mut thread) = self.thread.lock() {
            thread.orders = None;
            if let Some(handle) = thread.handle.take() {
                // It panicked, and has said so.
                let _ = handle.join();
            }
        }
    }
}

/// A handle on the model, as callers hold it.
pub struct SharedLocalModel(pub Arc<LocalModel>);

impl LanguageModel for SharedLocalModel {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn provider(&self) -> Provider {
        Provider::Local
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let meter = UsageMeter::default();
        let state = Reading::Asked {
            model: Arc::clone(&self.0),
            request,
            meter: meter.clone(),
        };
        let events = unfold(state, async |state| {
            let mut events = match state {
                Reading::Asked {
                    model,
                    request,
                    meter,
                } => {
                    let (sender, receiver) = unbounded_channel();
                    model.order(Order::Write(Writing {
                        request,
                        events: sender,
                        meter,
                    }));
                    receiver
                }
                Reading::Answered(events) => events,
            };
            let event = events.recv().await?.map_err(error);
            Some((event, Reading::Answered(events)))
        });
        ModelStream::new(events.fuse(), meter)
    }

    fn check(&self) -> BoxFuture<'_, Result<String, ModelError>> {
        let (file, stop) = (self.0.file.clone(), Arc::clone(&self.0.stop));
        async move {
            let looked = tokio::task::spawn_blocking(move || engine::check(&file, &stop)).await;
            let state = looked
                .unwrap_or_else(|panic| Err(LocalFault::Failed(panic.to_string())))
                .map_err(error)?;
            Ok(format!("It can be loaded ({}).", size(state.bytes)))
        }
        .boxed()
    }
}

/// A stream before and after its order was given: nothing is computed before somebody reads.
enum Reading {
    Asked {
        model: Arc<LocalModel>,
        request: ModelRequest,
        meter: UsageMeter,
    },
    Answered(UnboundedReceiver<Result<ModelEvent, LocalFault>>),
}

fn error(fault: LocalFault) -> ModelError {
    ModelError::new(Provider::Local, ModelErrorKind::Local(fault))
}

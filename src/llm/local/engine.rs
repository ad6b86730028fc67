//! The thread that computes: loads the model, keeps what it has read, and writes one answer after the other.

use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

use super::chat::Chat;
use super::fault::LocalFault;
use super::files::{FileState, ModelFile};
use super::machine;
use super::model::{Order, Writing};
use super::trouble::Trouble;
use super::writer::Writer;
use crate::llm::{ModelEvent, StopReason};

/// Tokens of prompt and answer together. Ten cards take some 900, the rules and a topic some 400; the rest is for what
/// is covered. Each token costs memory (28 KB with the default model), so more is no gain.
const CONTEXT: u32 = 4_096;

/// Tokens of a prompt that are computed at a time: between two of these it is seen whether anybody still waits.
const PREFILL: usize = 128;

/// What llama.cpp takes beside the file, in bytes: the context, and what it computes with.
const BESIDE_THE_FILE: u64 = 300_000_000;

/// The tags between two texts, in tokens, with room to spare: they are written whole, limit or not.
const LONGEST_STRETCH: usize = 64;

/// The one sequence of tokens that is kept.
const SEQUENCE: i32 = 0;

/// Serves orders until nobody can give any more. What goes wrong goes to whoever ordered.
pub(super) fn run(
    file: &ModelFile,
    orders: &Receiver<Order>,
    trouble: &Trouble,
    stop: &AtomicBool,
) {
    let mut next = orders.recv().ok();
    while let Some(order) = next.take() {
        let mut waiting = Some(order);
        let served = load(file, stop)
            .and_then(|(state, model)| serve(&state, &model, &mut waiting, orders, trouble, stop));
        if let Err(fault) = served {
            tracing::warn!(%fault, "the built-in model cannot write");
            trouble.note(file, &fault);
            if let Some(Order::Write(writing)) = waiting.take() {
                // Nobody reads any more: nobody is to be told.
                let _ = writing.events.send(Err(fault));
            }
        }
        // After a fault, or when another file stands in the model's place, the order that met it comes first.
        next = match waiting {
            Some(order) => Some(order),
            None => orders.recv().ok(),
        };
        if stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Loads the model as a request would, and lets it go again.
pub(super) fn check(file: &ModelFile, stop: &AtomicBool) -> Result<FileState, LocalFault> {
    let (state, model) = load(file, stop)?;
    Chat::of(&model, &state.path)?;
    Ok(state)
}

/// Everything that can be seen without computing: file, digest, processor, memory.
fn look_closely(file: &ModelFile, stop: &AtomicBool) -> Result<FileState, LocalFault> {
    let state = file.verify(stop)?;
    if !machine::has_vector_instructions() {
        return Err(LocalFault::Processor);
    }
    let needed = state.bytes + BESIDE_THE_FILE;
    match machine::free_memory() {
        Some(free) if free < needed => Err(LocalFault::NoMemory { needed, free }),
        _ => Ok(state),
    }
}

fn load(file: &ModelFile, stop: &AtomicBool) -> Result<(FileState, LlamaModel), LocalFault> {
    let state = look_closely(file, stop)?;
    let started = Instant::now();
    // The file is mapped, not read: what is not needed is not loaded, and two processes share one copy.
    let params = LlamaModelParams::default().with_use_mmap(true);
    let model = LlamaModel::load_from_file(backend(), &state.path, &params)
        .map_err(|_| LocalFault::Unreadable(state.path.clone()))?;
    tracing::info!(
        model = file.name(),
        took_ms = started.elapsed().as_millis() as u64,
        "the built-in model is loaded"
    );
    Ok((state, model))
}

/// llama.cpp is set up once a process.
fn backend() -> &'static LlamaBackend {
    static BACKEND: OnceLock<LlamaBackend> = OnceLock::new();
    BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().expect("set up nowhere else, and here once");
        // It speaks of tensors, to nobody who reads.
        backend.void_logs();
        backend
    })
}

/// Serves orders with a loaded model until another file stands in its place or nobody orders any more. `waiting` is the
/// first order, and on return the one that was not served.
fn serve(
    state: &FileState,
    model: &LlamaModel,
    waiting: &mut Option<Order>,
    orders: &Receiver<Order>,
    trouble: &Trouble,
    stop: &AtomicBool,
) -> Result<(), LocalFault> {
    let chat = Chat::of(model, &state.path)?;
    let mut session = Session::open(model)?;
    trouble.forget();
    loop {
        match waiting.as_ref() {
            Some(_) if !state.path.exists() => return Err(LocalFault::Gone(state.path.clone())),
            Some(_) if !state.still_stands() => return Ok(()),
            Some(Order::Warm { beginning }) => {
                let tokens = chat.beginning(&beginning.system, &beginning.user);
                if !session.tokens.starts_with(&tokens) {
                    session.read(&tokens, &|| stop.load(Ordering::Relaxed))?;
                }
            }
            Some(Order::Write(writing)) => match write(&chat, &mut session, writing, stop) {
                Ok(()) => {}
                // The model is well, this one request is not.
                Err(fault @ LocalFault::PromptTooLong { .. }) => {
                    // Nobody reads any more: nobody is to be told.
                    let _ = writing.events.send(Err(fault));
                }
                Err(fault) => return Err(fault),
            },
            None => {}
        }
        // Before the next is waited for: a stream ends when its order is gone.
        *waiting = None;
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        *waiting = orders.recv().ok();
        if waiting.is_none() {
            return Ok(());
        }
    }
}

/// Writes one answer.
fn write(
    chat: &Chat<'_>,
    session: &mut Session<'_>,
    writing: &Writing,
    stop: &AtomicBool,
) -> Result<(), LocalFault> {
    let Writing {
        request,
        events,
        meter,
    } = writing;
    let is_over = || events.is_closed() || stop.load(Ordering::Relaxed);
    if is_over() {
        return Ok(());
    }
    let started = Instant::now();
    let prompt = chat.prompt(&request.system, &request.user);
    let room = session.room();
    let most = usize::try_from(request.max_tokens).unwrap_or(usize::MAX);
    // Half an answer is worth the reading; less is not.
    if prompt.len() + most / 2 > room {
        return Err(LocalFault::PromptTooLong {
            needed: prompt.len() + most,
            room,
        });
    }
    meter.begin_request(&[]);
    meter.told(Some(prompt.len() as u64), Some(0));
    if !session.read(&prompt, &is_over)? {
        return Ok(());
    }
    let mut writer = Writer::new(
        session,
        request.cards,
        most.min(room.saturating_sub(prompt.len() + LONGEST_STRETCH)),
    )?;
    let reason = loop {
        if is_over() {
            break StopReason::Unstated;
        }
        let Some(text) = writer.next()? else {
            break writer.reason();
        };
        if text.is_empty() {
            continue;
        }
        meter.wrote(&text);
        meter.told(None, Some(writer.written() as u64));
        meter.first_text(started.elapsed());
        if events.send(Ok(ModelEvent::Text(text))).is_err() {
            return Ok(());
        }
    };
    // Nobody reads any more: nobody is to be told.
    let _ = events.send(Ok(ModelEvent::Done(reason)));
    Ok(())
}

/// A context, and the tokens whose state it holds: what a request has in common with the one before is not read again.
pub(super) struct Session<'a> {
    pub model: &'a LlamaModel,
    pub context: LlamaContext<'a>,
    tokens: Vec<LlamaToken>,
    batch: LlamaBatch<'static>,
}

impl<'a> Session<'a> {
    fn open(model: &'a LlamaModel) -> Result<Session<'a>, LocalFault> {
        let most = CONTEXT.min(model.n_ctx_train().max(512));
        let threads = i32::try_from(machine::cores()).unwrap_or(1);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(most))
            .with_n_batch(PREFILL as u32)
            .with_n_ubatch(PREFILL as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_no_perf(true);
        let context = model
            .new_context(backend(), params)
            .map_err(|_| LocalFault::NoMemory {
                needed: BESIDE_THE_FILE,
                free: machine::free_memory().unwrap_or(0),
            })?;
        Ok(Session {
            model,
            context,
            tokens: Vec::new(),
            batch: LlamaBatch::new(PREFILL, 1),
        })
    }

    /// Tokens that fit.
    fn room(&self) -> usize {
        self.context.n_ctx() as usize
    }

    /// Makes the context hold exactly `tokens`, computing only what it did not hold; `false` when `is_over` said so in
    /// between.
    fn read(
        &mut self,
        tokens: &[LlamaToken],
        is_over: &dyn Fn() -> bool,
    ) -> Result<bool, LocalFault> {
        let same = self
            .tokens
            .iter()
            .zip(tokens)
            .take_while(|(held, new)| held == new)
            .count();
        // The last token is computed anew in any case: it is what the first choice is made from.
        let same = same.min(tokens.len().saturating_sub(1));
        self.forget_after(same);
        let same = self.tokens.len();
        for piece in tokens[same..].chunks(PREFILL) {
            if is_over() {
                return Ok(false);
            }
            self.push(piece)?;
        }
        Ok(true)
    }

    /// Computes a few tokens more.
    pub fn push(&mut self, tokens: &[LlamaToken]) -> Result<(), LocalFault> {
        self.batch.clear();
        for (at, token) in tokens.iter().enumerate() {
            let position = self.tokens.len() + at;
            let is_last = at + 1 == tokens.len();
            self.batch
                .add(*token, position as i32, &[SEQUENCE], is_last)
                .map_err(|error| LocalFault::Failed(error.to_string()))?;
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            self.forget_after(0);
            return Err(LocalFault::Failed(error.to_string()));
        }
        self.tokens.extend_from_slice(tokens);
        Ok(())
    }

    /// Where in the last batch the choice is made.
    pub fn last(&self) -> i32 {
        self.batch.n_tokens() - 1
    }

    /// All that the context holds.
    pub fn tokens(&self) -> &[LlamaToken] {
        &self.tokens
    }

    fn forget_after(&mut self, kept: usize) {
        if kept >= self.tokens.len() {
            return;
        }
        // Models that keep a running state instead of one for each token cannot forget a part: they begin anew.
        let partly =
            self.context
                .clear_kv_cache_seq(Some(SEQUENCE as u32), Some(kept as u32), None);
        if kept > 0 && matches!(partly, Ok(true)) {
            self.tokens.truncate(kept);
        } else {
            self.context.clear_kv_cache();
            self.tokens.clear();
        }
    }
}

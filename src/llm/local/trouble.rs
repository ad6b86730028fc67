//! Why the model's file, though it is there, could not be used when it was last tried.

use std::sync::{Mutex, MutexGuard};

use super::fault::LocalFault;
use super::files::{FileState, ModelFile};

/// What the computing thread met, for those who ask without computing.
#[derive(Default)]
pub(super) struct Trouble(Mutex<Option<(Option<FileState>, LocalFault)>>);

impl Trouble {
    /// Notes what is wrong with the file as it stands.
    pub fn note(&self, file: &ModelFile, fault: &LocalFault) {
        *self.noted() = Some((file.look().ok(), fault.clone()));
    }

    /// The file was loaded after all.
    pub fn forget(&self) {
        *self.noted() = None;
    }

    /// What is known to be wrong; nothing of a file that was changed since.
    pub fn of(&self, file: &ModelFile) -> Option<LocalFault> {
        let (state, fault) = self.noted().clone()?;
        (state == file.look().ok()).then_some(fault)
    }

    fn noted(&self) -> MutexGuard<'_, Option<(Option<FileState>, LocalFault)>> {
        self.0
            .lock()
            .expect("nothing panics while it notes a fault")
    }
}

//! The state file: what the emulator holds, kept across restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::deployments::{Deployment, Deployments};
use super::estate::{Estate, EstateError};
use super::operations::{Operation, Operations};
use super::world::{Agenda, World};

/// The file: an estate, the operations and deployments that were begun, and what is to change at a time.
#[derive(Serialize, Deserialize)]
struct File {
    estate: serde_json::Value,
    #[serde(default)]
    operations: Vec<(String, Operation)>,
    #[serde(default)]
    deployments: Vec<Deployment>,
    #[serde(default)]
    agenda: Agenda,
    /// Events of the activity log that are still to be ended, by operation.
    #[serde(default)]
    told: BTreeMap<String, serde_json::Value>,
    /// Object ids of managed identities that are gone.
    #[serde(default)]
    former: BTreeSet<String>,
}

/// What a state file holds.
pub(super) struct Kept {
    /// The documents.
    pub estate: Estate,
    /// Operations, all of which have ended.
    pub operations: Operations,
    /// Deployments.
    pub deployments: Deployments,
    /// What is to change at a time.
    pub agenda: Agenda,
    /// Object ids of managed identities that are gone.
    pub former: BTreeSet<String>,
}

/// A state file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("the state file {path} cannot be read or written: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no state file.
    #[error("{path} is no state file of the emulator: {source}; give another path or move it away")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Its estate does not hold together.
    #[error("the estate in {path} is not usable: {source}")]
    Estate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EstateError,
    },
}

/// Reads a state file; `None` where there is none yet.
///
/// # Errors
/// When it is there and cannot be used.
pub(super) fn load(path: &Path) -> Result<Option<Kept>, StateError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StateError::Io { path: path.to_owned(), source }),
    };
    let file: File =
        serde_json::from_str(&text).map_err(|source| StateError::Format { path: path.to_owned(), source })?;
    let estate = Estate::from_json(&file.estate.to_string())
        .map_err(|source| StateError::Estate { path: path.to_owned(), source })?;
    Ok(Some(Kept {
        estate,
        operations: Operations::restored(file.operations, file.told),
        deployments: Deployments::restored(file.deployments),
        agenda: file.agenda,
        former: file.former,
    }))
}

/// The file that the state is kept in. A state is taken under the lock of the world and written without it.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// How many states were taken.
    taken: AtomicU64,
    /// The number of the latest state that was written.
    written: Mutex<u64>,
}

/// A state as it is written, with its number: the later it was taken, the larger.
#[derive(Debug)]
pub(super) struct Taken {
    number: u64,
    bytes: Vec<u8>,
}

impl StateFile {
    /// The file at a path, where there may be none yet.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, taken: AtomicU64::new(0), written: Mutex::new(0) }
    }

    /// Takes the state of a world. The caller's lock on the world puts the numbers in the order of the changes.
    ///
    /// # Errors
    /// When it cannot be put into words.
    pub(super) fn take(&self, world: &World) -> Result<Taken, StateError> {
        let estate = world.store.to_estate(world.directory.to_estate());
        let bytes = serde_json::to_value(estate).and_then(|estate| {
            let deployments = world.deployments.all().into_iter().cloned().collect();
            let agenda = world.agenda.clone();
            let (operations, told) = (world.operations.all(), world.operations.told().clone());
            let former = world.directory.former.clone();
            serde_json::to_vec(&File { estate, operations, deployments, agenda, told, former })
        });
        let bytes = bytes.map_err(|error| self.unwritten(error.into()))?;
        Ok(Taken { number: self.taken.fetch_add(1, Ordering::Relaxed) + 1, bytes })
    }

    /// Sees that a state, or a later one, is in the file. It is written beside the file and moved into place, so that a
    /// reader sees the old or the new one whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, state: &Taken) -> Result<(), StateError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if *written >= state.number {
            return Ok(());
        }
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        fs::write(&beside, &state.bytes)
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|source| self.unwritten(source))?;
        *written = state.number;
        Ok(())
    }

    fn unwritten(&self, source: io::Error) -> StateError {
        StateError::Io { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_state_never_takes_the_place_of_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let file = StateFile::at(path.clone());
        let state = |number: u64| Taken { number, bytes: number.to_string().into_bytes() };
        for (writes, holds) in [(2, "2"), (1, "2"), (3, "3")] {
            file.write(&state(writes)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), holds);
        }
    }
}

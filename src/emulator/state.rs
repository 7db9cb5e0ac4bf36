//! The state file: what the emulator holds, kept across restarts.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    }))
}

/// Writes the state beside the file and moves it into place, so that a reader sees the old or the new one whole.
///
/// # Errors
/// When it cannot be written.
pub(super) fn save(path: &Path, world: &World) -> Result<(), StateError> {
    let io = |source| StateError::Io { path: path.to_owned(), source };
    let estate = world.store.to_estate(world.directory.to_estate());
    let file = serde_json::to_value(estate)
        .and_then(|estate| {
            let deployments = world.deployments.all().into_iter().cloned().collect();
            let agenda = world.agenda.clone();
            let (operations, told) = (world.operations.all(), world.operations.told().clone());
            serde_json::to_vec(&File { estate, operations, deployments, agenda, told })
        })
        .map_err(|error| io(io::Error::from(error)))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    fs::write(&beside, file).map_err(io)?;
    fs::rename(&beside, path).map_err(io)
}

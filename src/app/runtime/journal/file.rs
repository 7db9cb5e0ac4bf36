//! Runs as files of a folder that only this user may read, each held by a lock while somebody carries it on.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lines::replay;
use super::{JournalError, Listed};
use crate::config::paths::{make_private_folder, sync_folder};
use crate::domain::plan::{Run, RunId};

/// A file that is held, and where it is.
pub(super) type Held = (File, PathBuf);

/// Makes the file of a run, and holds it. Its name is on the disk when this returns, and so are those of the folders that
/// were made for it.
pub(super) fn begin(folder: &Path, run: &RunId) -> Result<Held, JournalError> {
    make_private_folder(folder).map_err(|source| JournalError::Io { path: folder.to_owned(), source })?;
    let path = file_of(folder, run);
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(&path).and_then(|file| sync_folder(folder).map(|()| file));
    let file = opened.map_err(|source| JournalError::Io { path: path.clone(), source })?;
    hold(&file, &path, run)?;
    Ok((file, path))
}

/// Takes a run up again: what became of it so far, and the hold on it. A torn last line is cut off.
pub(super) fn take_up(folder: &Path, run: &RunId) -> Result<(Held, Run), JournalError> {
    let path = file_of(folder, run);
    let io = |source| JournalError::Io { path: path.clone(), source };
    let mut file = match OpenOptions::new().read(true).append(true).open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(JournalError::NoSuchRun(run.0.clone()));
        }
        opened => opened.map_err(io)?,
    };
    hold(&file, &path, run)?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(io)?;
    let (state, whole) = replay(&path, &bytes)?;
    if whole < bytes.len() {
        file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(io)?;
    }
    Ok(((file, path.clone()), state))
}

/// Every run of a folder, and why some could not be read; a folder that is not there holds none.
pub(super) fn list(folder: &Path) -> Result<(Vec<Listed>, Vec<JournalError>), JournalError> {
    let (mut runs, mut damaged) = (Vec::new(), Vec::new());
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((runs, damaged)),
        entries => entries.map_err(|source| JournalError::Io { path: folder.to_owned(), source })?,
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            match look(&path) {
                Ok(listed) => runs.extend(listed),
                Err(error) => damaged.push(error),
            }
        }
    }
    Ok((runs, damaged))
}

fn file_of(folder: &Path, run: &RunId) -> PathBuf {
    // A name comes from the command line too: it must not lead out of the folder.
    let name: String = run.0.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    folder.join(format!("{name}.jsonl"))
}

/// How often a lock is tried, and how long between. Who lists the journal has it for a moment, and so has a program that is just
/// being started, until its own files are closed; who carries the run on keeps it.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

fn hold(file: &File, path: &Path, run: &RunId) -> Result<(), JournalError> {
    for tries_left in (0..TRIES).rev() {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if tries_left > 0 => std::thread::sleep(BETWEEN_TRIES),
            Err(TryLockError::WouldBlock) => break,
            Err(TryLockError::Error(source)) => {
                return Err(JournalError::Io { path: path.to_owned(), source });
            }
        }
    }
    Err(JournalError::Held(run.clone()))
}

/// Reads a run without holding it. None when not even its plan is whole: the console ended while it wrote that down,
/// and nothing was sent.
fn look(path: &Path) -> Result<Option<Listed>, JournalError> {
    let io = |source| JournalError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    if !bytes.contains(&b'\n') {
        return Ok(None);
    }
    let (run, _) = replay(path, &bytes)?;
    // A shared lock is refused while somebody holds the file, and let go at the end of this function.
    let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    Ok(Some(Listed { run, held }))
}

//! The journal on disk: one file per run with a line per record, in the state folder, private to the user. Every
//! line is on the disk before what it announces is sent, and a process that is killed leaves at most a torn last
//! line behind. Whoever carries a run on holds a lock on its file, which the system lets go with the process.

mod file;
mod lines;

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::Key;
use crate::domain::plan::{Record, Run, RunId};
use lines::{line_of, replay};

/// Where a journal is kept.
#[derive(Debug, Clone)]
pub enum JournalPlace {
    /// Below the state folder of the user.
    Folder(PathBuf),
    /// In this folder, beside the kept state of an emulator and about nothing else.
    Beside(PathBuf),
    /// In memory, gone with the process: for the demo and tests.
    Memory(Memory),
    /// Nowhere, because there is no home folder: then nothing is changed.
    Nowhere,
}

/// Journals in memory, by run.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<RunId, Kept>>>);

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<String>,
    held: bool,
}

/// The journal of one endpoint, tenant and account.
#[derive(Debug, Clone)]
pub struct Journal {
    store: Store,
}

/// Where the runs of a journal are.
#[derive(Debug, Clone)]
enum Store {
    /// Files of this folder, and those that stand in others from before.
    Folder(PathBuf, Vec<PathBuf>),
    /// Memory.
    Memory(Memory),
}

/// A run that is being carried on: whoever has it holds its lock.
#[derive(Debug)]
pub struct Entry(Held);

#[derive(Debug)]
enum Held {
    File { file: File, path: PathBuf },
    Memory { memory: Memory, run: RunId },
}

/// A run of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The run.
    pub run: Run,
    /// Whether some console carries it on right now.
    pub held: bool,
}

/// Why the journal could not be written or read. Nothing is sent without it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is no home folder.
    #[error(
        "there is no folder for the journal, and nothing is changed without one: set HOME or XDG_STATE_HOME"
    )]
    Nowhere,
    /// The file system refused.
    #[error("the journal {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody was left to read it.
    #[error("the journal was not read: {0}")]
    Unread(String),
    /// There is no such run.
    #[error(
        "there is no run {0} in the journal of this account; `amldeck journal list` shows those there are, and whose they are"
    )]
    NoSuchRun(String),
    /// Several runs begin so.
    #[error("several runs begin with {0}: {1}")]
    Several(String, String),
    /// Another console carries it on.
    #[error("run {0} is carried on by another console")]
    Held(RunId),
    /// A file that is no journal of this version.
    #[error("the journal {} cannot be read, line {line}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A record makes no line.
    #[error("the journal cannot take down what is about to be done: {0}; nothing was sent")]
    Unwritable(#[from] serde_json::Error),
    /// The plan holds something that looks like a secret, which never goes to disk.
    #[error("the plan holds something that looks like a secret, at {0}; such a plan is not run")]
    Secret(String),
}

impl Journal {
    /// The journal of an endpoint, tenant and account.
    ///
    /// # Errors
    /// When there is no place for one.
    pub fn open(place: &JournalPlace, key: &Key) -> Result<Self, JournalError> {
        let store = match place {
            JournalPlace::Nowhere => return Err(JournalError::Nowhere),
            JournalPlace::Memory(memory) => Store::Memory(memory.clone()),
            // The emulator of a demo listens somewhere else each time.
            JournalPlace::Beside(folder) => Store::Folder(folder.join(hidden(&whose(key))), Vec::new()),
            JournalPlace::Folder(state) => {
                Store::Folder(of_endpoint(state, &key.place).join(hidden(&whose(key))), Vec::new())
            }
        };
        Ok(Self { store })
    }

    /// The same, with the runs that were kept for these tenants and the same account: what stands there is listed and gone on
    /// with where it is.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with_former(
        mut self,
        place: &JournalPlace,
        key: &Key,
        tenants: &[String],
    ) -> Result<Self, JournalError> {
        for tenant in tenants {
            let former = Self::open(place, &Key { tenant: tenant.clone(), ..key.clone() })?;
            if let (Store::Folder(own, all), Store::Folder(folder, _)) = (&mut self.store, former.store)
                && *own != folder
                && !all.contains(&folder)
            {
                all.push(folder);
            }
        }
        Ok(self)
    }

    /// Begins the file of a run with its first record, and holds it.
    ///
    /// # Errors
    /// When it cannot be written, or the record holds a secret.
    pub fn begin(&self, run: &RunId, first: &Record) -> Result<Entry, JournalError> {
        // Before there is a file: a plan that is refused leaves nothing behind.
        line_of(first)?;
        let mut entry = match &self.store {
            Store::Memory(memory) => {
                memory.lock().insert(run.clone(), Kept { lines: Vec::new(), held: true });
                Entry(Held::Memory { memory: memory.clone(), run: run.clone() })
            }
            Store::Folder(folder, _) => {
                let (file, path) = file::begin(folder, run)?;
                Entry(Held::File { file, path })
            }
        };
        let written = entry.write(first);
        if let (Err(_), Held::File { path, .. }) = (&written, &entry.0) {
            // A run that was never begun leaves nothing behind. Where even that fails, what is there is passed over.
            drop(std::fs::remove_file(path));
        }
        written.map(|()| entry)
    }

    /// Takes a run up again: what became of it so far, and the hold on it. A torn last line is cut off.
    ///
    /// # Errors
    /// When there is none, somebody else holds it, or it cannot be read.
    pub fn take_up(&self, run: &RunId) -> Result<(Entry, Run), JournalError> {
        match &self.store {
            Store::Memory(memory) => {
                let mut all = memory.lock();
                let kept = all.get_mut(run).ok_or_else(|| JournalError::NoSuchRun(run.0.clone()))?;
                if std::mem::replace(&mut kept.held, true) {
                    return Err(JournalError::Held(run.clone()));
                }
                let (state, _) = replay(Path::new("memory"), kept.lines.concat().as_bytes())?;
                Ok((Entry(Held::Memory { memory: memory.clone(), run: run.clone() }), state))
            }
            Store::Folder(folder, former) => {
                let mut found = file::take_up(folder, run);
                for folder in former {
                    if matches!(found, Err(JournalError::NoSuchRun(_))) {
                        found = file::take_up(folder, run);
                    }
                }
                let ((file, path), state) = found?;
                Ok((Entry(Held::File { file, path }), state))
            }
        }
    }

    /// Every run, the newest first, and why some could not be read.
    ///
    /// # Errors
    /// When the folder cannot be read; one that is not there holds no runs.
    pub fn list(&self) -> Result<(Vec<Listed>, Vec<JournalError>), JournalError> {
        let (mut runs, damaged) = match &self.store {
            Store::Memory(memory) => memory.list(),
            Store::Folder(folder, former) => {
                let (mut runs, mut damaged) = file::list(folder)?;
                for folder in former {
                    let (more, broken) = file::list(folder)?;
                    runs.extend(more);
                    damaged.extend(broken);
                }
                (runs, damaged)
            }
        };
        runs.sort_by(|a, b| b.run.id.cmp(&a.run.id));
        Ok((runs, damaged))
    }

    /// The run whose name begins so.
    ///
    /// # Errors
    /// When there is none, several are, or the one there is cannot be read.
    pub fn find(&self, beginning: &str) -> Result<Listed, JournalError> {
        let (runs, damaged) = self.list()?;
        pick(runs, damaged, beginning)
    }
}

/// The journals of all accounts at one endpoint, to look at: they are files of this user, and nobody has to sign in.
#[derive(Debug)]
pub struct Journals(Vec<Journal>);

impl Journals {
    /// Those that were kept for an endpoint; none where nothing was changed yet.
    ///
    /// # Errors
    /// When there is no place for journals, or their folder cannot be read.
    pub fn at(place: &JournalPlace, endpoint: &str) -> Result<Self, JournalError> {
        let folder = match place {
            JournalPlace::Nowhere => return Err(JournalError::Nowhere),
            JournalPlace::Memory(memory) => {
                return Ok(Self(vec![Journal { store: Store::Memory(memory.clone()) }]));
            }
            JournalPlace::Beside(folder) => folder.clone(),
            JournalPlace::Folder(state) => of_endpoint(state, endpoint),
        };
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self(Vec::new())),
            entries => entries.map_err(|source| JournalError::Io { path: folder, source })?,
        };
        let folders = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
        Ok(Self(folders.map(|folder| Journal { store: Store::Folder(folder, Vec::new()) }).collect()))
    }

    /// As [`Journal::list`], of all of them.
    ///
    /// # Errors
    /// As there.
    pub fn list(&self) -> Result<(Vec<Listed>, Vec<JournalError>), JournalError> {
        let (mut runs, mut damaged) = (Vec::new(), Vec::new());
        for journal in &self.0 {
            let (some, broken) = journal.list()?;
            runs.extend(some);
            damaged.extend(broken);
        }
        runs.sort_by(|a, b| b.run.id.cmp(&a.run.id));
        Ok((runs, damaged))
    }

    /// As [`Journal::take_up`], whichever of them it is in.
    ///
    /// # Errors
    /// As there.
    pub fn take_up(&self, run: &RunId) -> Result<(Entry, Run), JournalError> {
        let mut why = JournalError::NoSuchRun(run.0.clone());
        for journal in &self.0 {
            match journal.take_up(run) {
                Ok(found) => return Ok(found),
                Err(JournalError::NoSuchRun(_)) => {}
                Err(other) => why = other,
            }
        }
        Err(why)
    }

    /// As [`Journal::find`], in all of them.
    ///
    /// # Errors
    /// As there.
    pub fn find(&self, beginning: &str) -> Result<Listed, JournalError> {
        let (runs, damaged) = self.list()?;
        pick(runs, damaged, beginning)
    }
}

fn pick(runs: Vec<Listed>, damaged: Vec<JournalError>, beginning: &str) -> Result<Listed, JournalError> {
    let runs = runs.into_iter().map(|listed| (listed.run.id.0.clone(), Ok(listed)));
    let damaged = damaged.into_iter().filter_map(|error| Some((error.run()?.to_owned(), Err(error))));
    let mut fitting = runs.chain(damaged).filter(|(name, _)| name.starts_with(beginning));
    match (fitting.next(), fitting.next()) {
        (None, _) => Err(JournalError::NoSuchRun(beginning.to_owned())),
        (Some((_, found)), None) => found,
        (Some((first, _)), Some((second, _))) => {
            let names: Vec<String> =
                [first, second].into_iter().chain(fitting.map(|(name, _)| name)).collect();
            Err(JournalError::Several(beginning.to_owned(), names.join(", ")))
        }
    }
}

/// The folder of an endpoint's journals.
fn of_endpoint(state: &Path, endpoint: &str) -> PathBuf {
    state.join("journal").join(hidden(endpoint))
}

/// Whose journal it is: the tenant that the token is of, whatever name of it was asked for, so that an account has one journal.
/// Then the names under which runs may stand from before: what was asked for, and the domain that the account signs in with.
#[must_use]
pub fn tenant_of(of_token: Option<&str>, account: &str, asked: Option<&str>) -> (String, Vec<String>) {
    let tenant = of_token.or(asked).unwrap_or_default().to_owned();
    let domain = account.rsplit_once('@').map(|(_, domain)| domain);
    let is_other = |name: &&str| !name.eq_ignore_ascii_case(&tenant);
    let former = asked.into_iter().chain(domain).filter(is_other).map(str::to_owned).collect();
    (tenant, former)
}

fn whose(key: &Key) -> String {
    format!("{}\n{}", key.tenant, key.principal)
}

/// A name that tells nothing about the account to who lists the folder.
fn hidden(text: &str) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, text.to_lowercase().as_bytes()).simple().to_string()
}

impl JournalError {
    /// The run whose file it is about.
    fn run(&self) -> Option<&str> {
        match self {
            Self::Io { path, .. } | Self::Damaged { path, .. } => path.file_stem()?.to_str(),
            _ => None,
        }
    }
}

impl Entry {
    /// Writes a record; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written, or holds a secret.
    pub fn write(&mut self, record: &Record) -> Result<(), JournalError> {
        let line = line_of(record)?;
        match &mut self.0 {
            Held::Memory { memory, run } => {
                if let Some(kept) = memory.lock().get_mut(run) {
                    kept.lines.push(line);
                }
                Ok(())
            }
            Held::File { file, path } => {
                let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
                written.map_err(|source| JournalError::Io { path: path.clone(), source })
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // The lock of a file goes with the file.
        if let Held::Memory { memory, run } = &self.0
            && let Some(kept) = memory.lock().get_mut(run)
        {
            kept.held = false;
        }
    }
}

impl Memory {
    fn list(&self) -> (Vec<Listed>, Vec<JournalError>) {
        let (mut runs, mut damaged) = (Vec::new(), Vec::new());
        for kept in self.lock().values() {
            match replay(Path::new("memory"), kept.lines.concat().as_bytes()) {
                Ok((run, _)) => runs.push(Listed { run, held: kept.held }),
                Err(error) => damaged.push(error),
            }
        }
        (runs, damaged)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

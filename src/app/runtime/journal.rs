//! The journal on disk: one file per run with a line per record, in the state folder, private to the user. Every
//! line is on the disk before what it announces is sent, and a process that is killed leaves at most a torn last
//! line behind. Whoever carries a run on holds a lock on its file, which the system lets go with the process.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::cache::Key;
use crate::azure::secrets::mask;
use crate::domain::plan::{Change, Record, Run, RunId};

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
    place: JournalPlace,
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
        let place = match place {
            JournalPlace::Nowhere => return Err(JournalError::Nowhere),
            JournalPlace::Memory(memory) => JournalPlace::Memory(memory.clone()),
            // The emulator of a demo listens somewhere else each time.
            JournalPlace::Beside(folder) => JournalPlace::Folder(folder.join(hidden(&whose(key)))),
            JournalPlace::Folder(state) => {
                JournalPlace::Folder(of_endpoint(state, &key.place).join(hidden(&whose(key))))
            }
        };
        Ok(Self { place })
    }

    /// Begins the file of a run with its first record, and holds it.
    ///
    /// # Errors
    /// When it cannot be written, or the record holds a secret.
    pub fn begin(&self, run: &RunId, first: &Record) -> Result<Entry, JournalError> {
        // Before there is a file: a plan that is refused leaves nothing behind.
        line_of(first)?;
        let mut entry = match &self.place {
            JournalPlace::Nowhere => return Err(JournalError::Nowhere),
            JournalPlace::Memory(memory) => {
                memory.lock().insert(run.clone(), Kept { lines: Vec::new(), held: true });
                Entry(Held::Memory { memory: memory.clone(), run: run.clone() })
            }
            JournalPlace::Folder(folder) | JournalPlace::Beside(folder) => {
                make_private_folder(folder)
                    .map_err(|source| JournalError::Io { path: folder.clone(), source })?;
                let path = file_of(folder, run);
                let mut options = OpenOptions::new();
                options.read(true).append(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let opened = options.open(&path).and_then(|file| {
                    // The name of the new file must be on the disk as well.
                    File::open(folder).and_then(|folder| folder.sync_all()).map(|()| file)
                });
                let file = opened.map_err(|source| JournalError::Io { path: path.clone(), source })?;
                hold(&file, &path, run)?;
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
        match &self.place {
            JournalPlace::Nowhere => Err(JournalError::Nowhere),
            JournalPlace::Memory(memory) => {
                let mut all = memory.lock();
                let kept = all.get_mut(run).ok_or_else(|| JournalError::NoSuchRun(run.0.clone()))?;
                if std::mem::replace(&mut kept.held, true) {
                    return Err(JournalError::Held(run.clone()));
                }
                let (state, _) = replay(Path::new("memory"), kept.lines.concat().as_bytes())?;
                Ok((Entry(Held::Memory { memory: memory.clone(), run: run.clone() }), state))
            }
            JournalPlace::Folder(folder) | JournalPlace::Beside(folder) => {
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
                Ok((Entry(Held::File { file, path: path.clone() }), state))
            }
        }
    }

    /// Every run, the newest first, and why some could not be read.
    ///
    /// # Errors
    /// When the folder cannot be read; one that is not there holds no runs.
    pub fn list(&self) -> Result<(Vec<Listed>, Vec<JournalError>), JournalError> {
        let (mut runs, mut damaged) = (Vec::new(), Vec::new());
        match &self.place {
            JournalPlace::Nowhere => {}
            JournalPlace::Memory(memory) => {
                for kept in memory.lock().values() {
                    match replay(Path::new("memory"), kept.lines.concat().as_bytes()) {
                        Ok((run, _)) => runs.push(Listed { run, held: kept.held }),
                        Err(error) => damaged.push(error),
                    }
                }
            }
            JournalPlace::Folder(folder) | JournalPlace::Beside(folder) => {
                let entries = match std::fs::read_dir(folder) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((runs, damaged)),
                    entries => entries.map_err(|source| JournalError::Io { path: folder.clone(), source })?,
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
            }
        }
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
            JournalPlace::Memory(_) => return Ok(Self(vec![Journal { place: place.clone() }])),
            JournalPlace::Beside(folder) => folder.clone(),
            JournalPlace::Folder(state) => of_endpoint(state, endpoint),
        };
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self(Vec::new())),
            entries => entries.map_err(|source| JournalError::Io { path: folder, source })?,
        };
        let folders = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
        Ok(Self(folders.map(|folder| Journal { place: JournalPlace::Folder(folder) }).collect()))
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
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record as a line. The URL of an operation is signed, and goes nowhere but here and on the wire; everything
/// else must be without secrets.
fn line_of(record: &Record) -> Result<String, JournalError> {
    let value = serde_json::to_value(record)?;
    if !matches!(record.change, Change::Accepted { .. }) {
        let mut masked = value.clone();
        mask(&mut masked);
        if let Some(place) = first_difference(&value, &masked, String::new()) {
            return Err(JournalError::Secret(place));
        }
    }
    Ok(format!("{value}\n"))
}

fn file_of(folder: &Path, run: &RunId) -> PathBuf {
    // A name comes from the command line too: it must not lead out of the folder.
    let name: String = run.0.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    folder.join(format!("{name}.jsonl"))
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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

/// The run of a file's bytes, and how many of them are whole lines.
fn replay(path: &Path, bytes: &[u8]) -> Result<(Run, usize), JournalError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let damaged = |line: usize, reason: &dyn std::fmt::Display| JournalError::Damaged {
        path: path.to_owned(),
        line,
        reason: reason.to_string(),
    };
    let mut records = Vec::new();
    for (at, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if !line.is_empty() {
            let record: Record = serde_json::from_slice(line).map_err(|error| damaged(at + 1, &error))?;
            records.push(record);
        }
    }
    let run = Run::replay(&records).ok_or_else(|| damaged(1, &"it does not begin with a plan"))?;
    Ok((run, whole))
}

/// Where two documents differ first, as a path.
fn first_difference(a: &Value, b: &Value, at: String) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.iter().find_map(|(name, value)| first_difference(value, b.get(name)?, format!("{at}/{name}")))
        }
        (Value::Array(a), Value::Array(b)) => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| first_difference(a, b, format!("{at}/{index}")))
        }
        _ => (a != b).then_some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::id::ArmId;
    use crate::azure::arm::request::{Method, Request};
    use crate::domain::plan::{Kind, Phase, Plan, Step};
    use jiff::Timestamp;
    use serde_json::json;

    fn key(principal: &str) -> Key {
        Key { place: "https://management.azure.com/".into(), tenant: "t".into(), principal: principal.into() }
    }

    fn first(run: &RunId, body: Value) -> Record {
        let mut plan = Plan::new(Kind::Edit, "Edit", ArmId::subscription("s"));
        let request = Request::arm_path(Method::Put, "/subscriptions/s", "1").body(body);
        plan.steps.push(Step::send("a", "Do it", "It is done.", request));
        let change =
            Change::Begun { run: run.clone(), account: "ada".into(), undoes: None, plan: Box::new(plan) };
        Record { at: Timestamp::UNIX_EPOCH, change }
    }

    fn then(change: Change) -> Record {
        Record { at: Timestamp::UNIX_EPOCH, change }
    }

    fn run(name: &str) -> RunId {
        RunId(name.to_owned())
    }

    #[test]
    fn the_journals_of_all_accounts_are_read_without_any_and_those_of_another_endpoint_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = JournalPlace::Folder(folder.path().to_owned());
        let beside = JournalPlace::Beside(folder.path().join("estate.json.journal"));
        for (at, account) in [(&place, "ada"), (&place, "bob"), (&beside, "ada")] {
            let journal = Journal::open(at, &key(account)).unwrap();
            let id = run(&format!("run-of-{account}"));
            drop(journal.begin(&id, &first(&id, json!({}))).unwrap());
        }
        let endpoint = key("ada").place;
        let all = Journals::at(&place, &endpoint).unwrap();
        assert_eq!(all.list().unwrap().0.len(), 2);
        assert_eq!(all.find("run-of-b").unwrap().run.id.0, "run-of-bob");
        assert!(Journals::at(&place, "https://other.example/").unwrap().list().unwrap().0.is_empty());
        let elsewhere = Journals::at(&beside, "http://127.0.0.1:1/").unwrap();
        assert_eq!(elsewhere.list().unwrap().0.len(), 1, "an emulator listens somewhere else each time");
    }

    #[test]
    fn a_run_comes_back_and_is_held_by_one_console_only() {
        let folder = tempfile::tempdir().unwrap();
        for place in [JournalPlace::Folder(folder.path().to_owned()), JournalPlace::Memory(Memory::default())]
        {
            let journal = Journal::open(&place, &key("ada")).unwrap();
            let id = run("20261122-1");
            let mut entry = journal.begin(&id, &first(&id, json!({}))).unwrap();
            entry.write(&then(Change::Sending { step: 0, request: 0 })).unwrap();
            assert!(matches!(journal.take_up(&id), Err(JournalError::Held(_))));
            assert!(journal.list().unwrap().0[0].held);
            drop(entry);
            assert!(!journal.find("2026").unwrap().held);
            let (mut entry, state) = journal.take_up(&id).unwrap();
            assert_eq!((state.phase, state.steps[0].open), (Phase::Running, Some(0)));
            entry.write(&then(Change::Stopped)).unwrap();
            drop(entry);
            assert_eq!(journal.find("20261122-1").unwrap().run.phase, Phase::Stopped);
            assert!(matches!(journal.find("x"), Err(JournalError::NoSuchRun(_))));
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it_and_other_accounts_have_their_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let place = JournalPlace::Folder(folder.path().to_owned());
        let journal = Journal::open(&place, &key("ada")).unwrap();
        journal.begin(&run("1"), &first(&run("1"), json!({}))).unwrap();
        assert!(Journal::open(&place, &key("bob")).unwrap().list().unwrap().0.is_empty());
        let JournalPlace::Folder(own) = &journal.place else { panic!("{journal:?}") };
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(own), mode(&own.join("1.jsonl"))), (0o700, 0o600));
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_the_process_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&JournalPlace::Folder(folder.path().to_owned()), &key("ada")).unwrap();
        let id = run("1");
        let JournalPlace::Folder(own) = &journal.place else { panic!("{journal:?}") };
        let path = own.join("1.jsonl");
        drop(journal.begin(&id, &first(&id, json!({}))).unwrap());
        let begun = std::fs::read(&path).unwrap();
        let line = format!("{}\n", serde_json::to_string(&then(Change::Stopped)).unwrap());
        for cut in 0..line.len() {
            let mut bytes = begun.clone();
            bytes.extend(&line.as_bytes()[..cut]);
            std::fs::write(&path, &bytes).unwrap();
            let (mut entry, state) = journal.take_up(&id).unwrap();
            assert_eq!(state.phase, Phase::Running, "cut at {cut}");
            entry.write(&then(Change::Ended)).unwrap();
            drop(entry);
            assert_eq!(journal.find("1").unwrap().run.phase, Phase::Done, "cut at {cut}");
        }
        std::fs::write(&path, &begun[..begun.len() / 2]).unwrap();
        let (runs, damaged) = journal.list().unwrap();
        assert!(
            runs.is_empty() && damaged.is_empty(),
            "a run whose plan is torn has sent nothing: {damaged:?}"
        );
    }

    #[test]
    fn a_plan_with_a_secret_never_goes_to_disk() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&JournalPlace::Folder(folder.path().to_owned()), &key("ada")).unwrap();
        let error =
            journal.begin(&run("1"), &first(&run("1"), json!({"adminPassword": "hunter2"}))).unwrap_err();
        assert!(error.to_string().contains("adminPassword"), "{error}");
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_line_of_another_version_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&JournalPlace::Folder(folder.path().to_owned()), &key("ada")).unwrap();
        drop(journal.begin(&run("1"), &first(&run("1"), json!({}))).unwrap());
        let JournalPlace::Folder(own) = &journal.place else { panic!("{journal:?}") };
        let mut file = OpenOptions::new().append(true).open(own.join("1.jsonl")).unwrap();
        file.write_all(b"{\"at\":\"2026-11-22T00:00:00Z\",\"what\":\"novelty\"}\n").unwrap();
        drop(journal.begin(&run("22"), &first(&run("22"), json!({}))).unwrap());
        let error = |beginning: &str| journal.find(beginning).unwrap_err().to_string();
        for error in [journal.take_up(&run("1")).unwrap_err().to_string(), error("1")] {
            assert!(error.contains("line 2") && error.contains("novelty"), "{error}");
        }
        assert!(error("3").contains("there is no run 3"), "{}", error("3"));
        assert_eq!(journal.find("2").unwrap().run.id, run("22"));
    }
}

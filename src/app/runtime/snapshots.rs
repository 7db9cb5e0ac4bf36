//! Snapshots on disk: one folder for each workspace, one private file for each snapshot.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::export::file_name;
use crate::azure::arm::id::ArmId;
use crate::config::paths::write_beside;
use crate::domain::snapshot::Snapshot;

/// The snapshots of one user at one endpoint. They are not kept apart by account: who took one stands in it,
/// and two accounts may be held against each other.
#[derive(Debug, Clone)]
pub struct Snapshots(Store);

#[derive(Debug, Clone)]
enum Store {
    Disk {
        folder: PathBuf,
        place: String,
    },
    /// Those of the demo, which go with it.
    Memory(Arc<Mutex<Vec<Snapshot>>>),
}

/// A file that stands where snapshots are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Its name, as `--list` shows it and `--diff` takes it.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
    /// What is in it, or why it cannot be read.
    pub snapshot: Result<Box<Snapshot>, String>,
}

impl Snapshots {
    /// Snapshots below a folder for an endpoint or cloud.
    #[must_use]
    pub fn at(folder: &Path, place: &str) -> Self {
        Self(Store::Disk { folder: folder.join("snapshots"), place: place.to_owned() })
    }

    /// Snapshots that are on no disk and go with the console.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Store::Memory(Arc::default()))
    }

    /// Keeps a snapshot beside those that are there; gives where it stands.
    ///
    /// # Errors
    /// Those of the file system, with the path.
    pub fn keep(&self, snapshot: &Snapshot) -> Result<PathBuf, String> {
        let (folder, place) = match &self.0 {
            Store::Disk { folder, place } => (folder, place),
            Store::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).push(snapshot.clone());
                return Ok(PathBuf::from(snapshot.name()));
            }
        };
        let folder = folder_of(folder, place, &snapshot.workspace);
        let path = folder.join(format!("{}.json", snapshot.name()));
        write_beside(&path, &snapshot.bytes()).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The snapshots of a workspace, the latest first; none where there is no folder yet.
    ///
    /// # Errors
    /// Those of the file system, with the path. A file that is no snapshot stands in the list as such.
    pub fn list(&self, workspace: &ArmId) -> Result<Vec<Saved>, String> {
        let (folder, place) = match &self.0 {
            Store::Disk { folder, place } => (folder, place),
            Store::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                let own = all.iter().rev().filter(|snapshot| snapshot.workspace == *workspace);
                return Ok(own.map(Saved::of).collect());
            }
        };
        let folder = folder_of(folder, place, workspace);
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let Some(stem) = path.file_stem().filter(|_| path.extension().is_some_and(|end| end == "json"))
            else {
                continue;
            };
            let name = stem.to_string_lossy().into_owned();
            let snapshot = read(&path);
            all.push(Saved { name, path, snapshot });
        }
        all.sort_by(|a, b| b.name.cmp(&a.name));
        Ok(all)
    }
}

impl Saved {
    fn of(snapshot: &Snapshot) -> Self {
        let name = snapshot.name();
        Self { path: PathBuf::from(&name), name, snapshot: Ok(Box::new(snapshot.clone())) }
    }
}

/// The folder of one workspace. Its name begins with the workspace's, for whoever looks.
fn folder_of(folder: &Path, place: &str, workspace: &ArmId) -> PathBuf {
    let text = format!("{place}\n{workspace}").to_lowercase();
    let hash = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, text.as_bytes()).simple().to_string();
    folder.join(format!("{}-{}", file_name(workspace.name()).to_lowercase(), &hash[..12]))
}

/// Reads one file.
///
/// # Errors
/// When it cannot be read or is no snapshot, in words.
pub fn read(path: &Path) -> Result<Box<Snapshot>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Snapshot::parse(&bytes).map(Box::new).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::snapshot::{FORMAT, VERSION};

    fn snapshot(workspace: &ArmId, at: &str) -> Snapshot {
        Snapshot {
            format: FORMAT.to_owned(),
            version: VERSION,
            taken_at: at.parse().unwrap(),
            taken_by: None,
            workspace: workspace.clone(),
            assignments: Vec::new(),
            eligible: Vec::new(),
            denies: Vec::new(),
            settings: Vec::new(),
            read: Vec::new(),
            unread: Vec::new(),
        }
    }

    #[test]
    fn what_is_kept_is_listed_latest_first_private_and_only_for_its_workspace_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let store = Snapshots::at(folder.path(), "https://a/");
        let workspace = ArmId::group("s", "g").join("providers/x/y/mlw");
        assert_eq!(store.list(&workspace), Ok(Vec::new()));
        for at in ["2026-11-22T14:03:00Z", "2026-11-21T14:03:00Z", "2026-11-22T14:03:00Z"] {
            store.keep(&snapshot(&workspace, at)).unwrap();
        }
        let listed = store.list(&ArmId::parse(&workspace.as_str().to_uppercase()).unwrap()).unwrap();
        let names: Vec<&str> = listed.iter().map(|saved| saved.name.as_str()).collect();
        assert_eq!(names, ["20261122-140300-2", "20261122-140300", "20261121-140300"]);
        assert!(listed.iter().all(|saved| saved.snapshot.is_ok()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&listed[0].path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(store.list(&ArmId::group("s", "g").join("providers/x/y/other")), Ok(Vec::new()));
        assert_eq!(Snapshots::at(folder.path(), "https://b/").list(&workspace), Ok(Vec::new()));
    }

    #[test]
    fn a_file_that_is_no_snapshot_is_listed_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let store = Snapshots::at(folder.path(), "p");
        let workspace = ArmId::group("s", "g");
        let path = store.keep(&snapshot(&workspace, "2026-11-22T14:03:00Z")).unwrap();
        for (text, why) in [
            ("{", "no snapshot"),
            (r#"{"format": "other", "version": 1}"#, "it calls itself 'other'"),
            (r#"{"format": "amldeck snapshot", "version": 99}"#, "use a newer amldeck"),
        ] {
            std::fs::write(&path, text).unwrap();
            let listed = store.list(&workspace).unwrap();
            assert!(listed[0].snapshot.as_ref().unwrap_err().contains(why), "{:?}", listed[0]);
        }
    }
}

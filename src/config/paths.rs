//! Where files live: settings, cache, state and logs, by the platform's own custom.

use std::path::{Path, PathBuf};
use std::time::Duration;

use directories::ProjectDirs;

/// The folders of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The settings file.
    pub settings: PathBuf,
    /// What can be fetched again.
    pub cache: PathBuf,
    /// What cannot: journal, snapshots, drafts, the log.
    pub state: PathBuf,
}

impl Paths {
    /// The platform's folders for this user; `None` where there is no home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "amldeck")?;
        Some(Self {
            settings: dirs.config_dir().join("config.toml"),
            cache: dirs.cache_dir().to_owned(),
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned(),
        })
    }

    /// All of it below one folder: for tests and the demo.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self {
            settings: folder.join("config.toml"),
            cache: folder.join("cache"),
            state: folder.join("state"),
        }
    }
}

/// How old a file is that nobody writes any more.
const LEFT_OVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes a folder that only this user may enter, and those above it that are not there; their names are on the disk when
/// this returns.
///
/// # Errors
/// Those of the file system.
pub fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
    let new: Vec<&Path> = folder.ancestors().take_while(missing).collect();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    new.into_iter().filter_map(Path::parent).try_for_each(sync_folder)
}

/// Sees that the names in a folder are on the disk. Windows keeps them by itself, and opens no folder as a file.
///
/// # Errors
/// Those of the file system.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::File::open(folder).and_then(|folder| folder.sync_all())
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        Ok(())
    }
}

/// Writes a file that only this user may read, whole or not at all: a crash leaves the old one. Folders that are made for
/// it are this user's own.
///
/// # Errors
/// Those of the file system.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder)?;
    let temporary = folder.join(format!(".{}.{}", uuid::Uuid::new_v4().simple(), std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let result = written.and_then(|()| std::fs::rename(&temporary, path)).and_then(|()| sync_folder(folder));
    if result.is_err() {
        // The rename or the write failed already; that error is the one worth telling.
        let _ = std::fs::remove_file(&temporary);
    }
    result
}

/// Takes away what [`write_private`] left in a folder when its process was killed in the middle, a day ago or longer: what
/// is younger may still be written.
pub fn remove_left_over(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_temporary =
            name.to_str().and_then(|name| name.strip_prefix('.')?.split_once('.')).is_some_and(
                |(random, process)| uuid::Uuid::try_parse(random).is_ok() && process.parse::<u32>().is_ok(),
            );
        let age = entry.metadata().and_then(|of| of.modified()).ok().and_then(|at| at.elapsed().ok());
        if is_temporary && age.is_some_and(|age| age >= LEFT_OVER) {
            // What cannot be taken away is in nobody's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Writes a file that only this user may read, and never over another: where the name is taken it gets a number.
/// Gives where it stands.
///
/// # Errors
/// Those of the file system.
pub fn write_beside(path: &Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let ending = path.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    let mut number = 1_u32;
    let mut free = path.to_owned();
    loop {
        // Made empty first: whoever else looks for a name at the same moment finds it taken.
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&free) {
            Ok(_) => break,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number += 1;
                free = path.with_file_name(format!("{stem}-{number}{ending}"));
            }
            Err(error) => return Err(error),
        }
    }
    if let Err(error) = write_private(&free, bytes) {
        // What was made above is empty; the first error is the one worth telling.
        let _ = std::fs::remove_file(&free);
        return Err(error);
    }
    Ok(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_at_one_moment_by_many_all_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/findings.csv");
        let texts: Vec<String> = (0..16).map(|n| format!("text {n}")).collect();
        let written: Vec<(PathBuf, &String)> = std::thread::scope(|scope| {
            let all: Vec<_> = texts
                .iter()
                .map(|text| (text, &path))
                .map(|(text, path)| scope.spawn(move || (write_beside(path, text.as_bytes()).unwrap(), text)))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for (path, text) in &written {
            assert_eq!(std::fs::read_to_string(path).unwrap(), **text, "{}", path.display());
        }
        let mut names: Vec<String> = written
            .iter()
            .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert!(names.contains(&"findings.csv".to_owned()) && names.contains(&"findings-16.csv".to_owned()));
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 16, "and nothing else");
    }

    #[test]
    fn writes_a_private_file_and_replaces_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.json");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
            assert_eq!(mode(&folder.path().join("deep")), 0o700);
        }
    }

    #[test]
    fn only_old_files_that_were_written_halfway_are_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let random = uuid::Uuid::new_v4().simple().to_string();
        let old = std::time::SystemTime::now() - LEFT_OVER * 2;
        let names = [format!(".{random}.12"), format!(".{random}.draft"), ".hidden".into(), "a.json".into()];
        for name in &names {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(old).unwrap();
        }
        std::fs::write(folder.path().join(format!(".{random}.13")), "").unwrap();
        remove_left_over(folder.path());
        let is_there = |name: &str| folder.path().join(name).exists();
        assert!(!is_there(&names[0]));
        assert!(names[1..].iter().all(|name| is_there(name)) && is_there(&format!(".{random}.13")));
    }
}

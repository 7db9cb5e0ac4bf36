//! Plan files in the working folder, for the form that is filled in from one.

use std::path::Path;
use std::sync::LazyLock;

use crate::app::message::PlanOnDisk;
use crate::domain::alike::nearest;
use crate::domain::setup::spec::PlanFile;

/// How deep below the working folder they are looked for.
const DEPTH: usize = 2;
/// How many folders and files are looked at; who works in a larger folder gives a smaller one.
const AT_MOST: usize = 2000;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// Those of the keys at the top of a plan file that other files have too.
const COMMON: [&str; 2] = ["name", "env"];

/// Every key at the top of a plan file.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(PlanFile::keys);

/// Whether no other file has this key at its top.
fn is_own(key: &str) -> bool {
    !COMMON.contains(&key) && KEYS.iter().any(|known| known == key)
}

/// The plan files in a folder and those below it, those with mistakes too: their names within it, in order, each with its
/// text or why that cannot be had. What is no plan file is left out.
#[must_use]
pub fn find(folder: &Path) -> Vec<PlanOnDisk> {
    let (mut found, mut left) = (Vec::new(), AT_MOST);
    look(folder, folder, DEPTH, &mut left, &mut found);
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn look(root: &Path, folder: &Path, depth: usize, left: &mut usize, found: &mut Vec<PlanOnDisk>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let (path, name) = (entry.path(), entry.file_name());
        // What a link leads to counts; folders are not followed by links, which may lead around.
        let (Ok(kind), Ok(about)) = (entry.file_type(), std::fs::metadata(&path)) else { continue };
        if kind.is_dir() && depth > 0 && !name.to_string_lossy().starts_with('.') {
            look(root, &path, depth - 1, left, found);
        } else if about.is_file() && path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
            let text = if about.len() > LARGEST {
                Err(format!("it is larger than {} KiB", LARGEST / 1024))
            } else {
                std::fs::read_to_string(&path).map_err(|error| format!("it cannot be read: {error}"))
            };
            if text.as_ref().is_ok_and(|text| !is_meant_as_one(text)) {
                continue;
            }
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            found.push(PlanOnDisk { name, text });
        }
    }
}

/// Whether a file is a plan file, or is meant as one and has a mistake: whoever made it looks for it.
fn is_meant_as_one(text: &str) -> bool {
    if PlanFile::read(text).is_ok() {
        return true;
    }
    match text.parse::<toml::Table>() {
        Ok(table) => {
            let near = |key: &String| nearest(key, KEYS.iter().map(String::as_str)).is_some();
            table.keys().any(|key| is_own(key)) || table.keys().all(near)
        }
        // It is no TOML at all: what begins its lines has to tell.
        Err(_) => text.lines().any(|line| {
            let word =
                line.trim_start_matches(['[', ' ']).split(['.', ']', '=', ' ']).next().unwrap_or_default();
            is_own(word)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_as_a_plan_file_is_found_and_not_far_below() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let plan = "name = 'churn'\n[basics]\nregion = 'westeurope'\n";
        write("b.toml", plan);
        write("plans/assets/a.toml", plan);
        write("Cargo.toml", "[package]\nname = 'x'\n");
        write("broken.toml", "name = 'churn'\n[basics]\nregoin = 'westeurope'\n");
        write("notes.txt", plan);
        write(".hidden/c.toml", plan);
        write("one/two/three/d.toml", plan);
        // However it is called and whatever is wrong with it.
        write(".h.toml", plan);
        write("-.toml", plan);
        write("isolated.toml", "name = 'x'\n[network]\nisolation = 'private'\n");
        write("no-toml.toml", "layout = 'one\nname = \n");
        write("typo.toml", "name = 'x'\n[basisc]\nregion = 'westeurope'\n");
        write("large.toml", &format!("{plan}# {}\n", "x".repeat(300 * 1024)));
        std::fs::write(folder.path().join("latin1.toml"), b"name = '\xe9'\n").unwrap();
        write("pyproject.toml", "[project]\nname = 'x'\n[tool.ruff]\nline-length = 100\n");
        write("deps.toml", "[package]\nname = 'x'\n[dependencies]\nserde = '1'\n");
        std::os::unix::fs::symlink(folder.path().join("b.toml"), folder.path().join("link.toml")).unwrap();
        let found = find(folder.path());
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "-.toml",
                ".h.toml",
                "b.toml",
                "broken.toml",
                "isolated.toml",
                "large.toml",
                "latin1.toml",
                "link.toml",
                "no-toml.toml",
                "plans/assets/a.toml",
                "typo.toml"
            ]
        );
        let unread: Vec<&str> =
            found.iter().filter_map(|one| one.text.as_ref().err().map(String::as_str)).collect();
        assert_eq!(unread[0], "it is larger than 256 KiB");
        assert!(unread[1].starts_with("it cannot be read: "), "{unread:?}");
    }
}

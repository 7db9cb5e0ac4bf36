//! Plan files in the working folder, for the form that is filled in from one.

use std::path::Path;

use crate::domain::setup::spec::PlanFile;

/// How deep below the working folder they are looked for.
const DEPTH: usize = 2;
/// How many folders and files are looked at; who works in a larger folder gives a smaller one.
const AT_MOST: usize = 2000;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// The plan files in a folder and those below it, mistakes included: their names within it, in order, and their texts. What is no
/// plan file is left out.
#[must_use]
pub fn find(folder: &Path) -> Vec<(String, String)> {
    let (mut found, mut left) = (Vec::new(), AT_MOST);
    look(folder, folder, DEPTH, &mut left, &mut found);
    found.sort();
    found
}

fn look(root: &Path, folder: &Path, depth: usize, left: &mut usize, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 && !name.to_string_lossy().starts_with('.') {
            look(root, &path, depth - 1, left, found);
        } else if kind.is_file() && path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
            let small = entry.metadata().is_ok_and(|about| about.len() <= LARGEST);
            let text = if small { std::fs::read_to_string(&path).ok() } else { None };
            if let Some(text) = text.filter(|text| is_meant_as_one(text)) {
                let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                found.push((shown, text));
            }
        }
    }
}

/// Whether a file is a plan file, or is meant as one and has a mistake: whoever made it looks for it.
fn is_meant_as_one(text: &str) -> bool {
    PlanFile::read(text).is_ok() || text.lines().any(|line| line.trim() == "[basics]")
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
        let names: Vec<String> = find(folder.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["b.toml", "broken.toml", "plans/assets/a.toml"]);
    }
}

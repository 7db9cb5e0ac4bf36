//! The operations that the index of the stored documents names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the index would be; a test that has the documents asks for it.
fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")
}

/// An operation of the index, and the document that has it.
pub struct Indexed {
    /// Its name.
    pub operation_id: String,
    /// The HTTP method.
    pub method: String,
    /// The path with parameters in braces.
    pub template: String,
    /// The version of its document.
    pub api_version: String,
    /// The file of its document.
    pub document: PathBuf,
}

impl Indexed {
    fn is_one_of(&self, rows: &BTreeSet<Vec<&str>>) -> bool {
        let row = [&self.operation_id, &self.method, &self.template, &self.api_version];
        rows.contains(&row.map(String::as_str)[..])
    }
}

/// Every operation of the stored documents, none where they are not beside the project.
pub fn all_operations() -> Vec<Indexed> {
    let all = fs::read_to_string(shared().join("arm-specs/ALL-OPERATIONS.tsv")).unwrap_or_default();
    let rows =
        all.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row.len() > 4);
    rows.map(|row| Indexed {
        operation_id: row[0].to_owned(),
        method: row[1].to_owned(),
        template: row[2].to_owned(),
        api_version: row[3].to_owned(),
        document: shared().join("arm-specs/specification").join(row[4]),
    })
    .collect()
}

/// The operations of the index, none where the documents are not beside the project.
pub fn indexed_operations() -> Vec<Indexed> {
    let index = fs::read_to_string(shared().join("arm-specs/INDEX.md")).unwrap_or_default();
    let cells =
        |line| str::split(line, '|').map(|cell| cell.trim().trim_matches('`')).skip(1).take(4).collect();
    let wanted: BTreeSet<Vec<&str>> = index.lines().map(cells).collect();
    all_operations().into_iter().filter(|one| one.is_one_of(&wanted)).collect()
}

//! What lies beside the project and is no part of it: specifications and recorded traffic of Azure.

#![cfg(test)]

use std::path::{Path, PathBuf};

/// The file or folder at a path below `../shared`. Where it is not there a line says that a test compares nothing; where
/// `AMLDECK_REQUIRE_SHARED` is set, as `.ci/run` does where the folder is, the test fails instead.
pub fn shared(path: &str) -> Option<PathBuf> {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if at.exists() {
        return Some(at);
    }
    let required = std::env::var_os("AMLDECK_REQUIRE_SHARED").is_some_and(|value| !value.is_empty());
    assert!(!required, "{} is not there, and AMLDECK_REQUIRE_SHARED wants it", at.display());
    println!("skipped: {} is not there", at.display());
    None
}

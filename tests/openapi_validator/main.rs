//! The validator of the contract tests, tested: real traffic and the published examples pass, and
//! hand-made faults are caught.

mod examples;
mod faults;
#[path = "../support/openapi_index.rs"]
mod index;
mod recordings;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use support::openapi::contract::{Deviation, Failure};

fn read_json(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// A deviation that only the tests know: side, operation, pointer, message, reason.
const fn deviation(
    side: &'static str,
    operation_id: &'static str,
    pointer: &'static str,
    message: &'static str,
    reason: &'static str,
) -> Deviation {
    Deviation { side, operation_id, pointer, message, reason }
}

/// Fails on a violation that no deviation of the list explains, and on a deviation that explains none.
fn assert_explained<'a>(failures: impl Iterator<Item = &'a Failure>, list: &[Deviation]) {
    let mut unused: BTreeSet<usize> = (0..list.len()).collect();
    let mut unexplained = Vec::new();
    for failure in failures {
        let explains =
            |known: &Deviation| known.explains(failure.side, &failure.operation_id, &failure.violation);
        match list.iter().position(explains) {
            Some(index) => _ = unused.remove(&index),
            None => unexplained.push(failure.to_string()),
        }
    }
    assert!(unexplained.is_empty(), "unexplained:\n{}", unexplained.join("\n"));
    let unused: Vec<_> = unused.into_iter().map(|index| &list[index]).collect();
    assert!(unused.is_empty(), "no longer seen, take them out: {unused:#?}");
}

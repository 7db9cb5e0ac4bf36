//! Measures what the project promises about speed and memory, and prints one table.
//!
//! `cargo bench --bench measure`, or with the names of sections: `cargo bench --bench measure -- keys`. It needs
//! Linux, because memory and processor time are read from `/proc`. Nothing here fails because
//! a number is large: the table says so and somebody looks.

mod keys;
mod process;
mod requests;
#[path = "../shared/mod.rs"]
mod shared;
mod start;
mod table;
mod terminal;

use anyhow::Result;
use table::Table;

type Section = fn(&mut Table) -> Result<()>;

/// What is measured when nothing is named.
const SECTIONS: &[(&str, Section)] = &[
    ("start", start::first_frames),
    ("demo", start::demo),
    ("large", start::large),
    ("requests", requests::measure),
    ("keys", keys::measure),
];
/// What takes its time, so only when it is named.
const LONG: &[(&str, Section)] = &[("idle", start::idle)];

fn main() -> Result<()> {
    // cargo itself passes `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut table = Table::default();
    let chosen = |name: &str| wanted.iter().any(|word| word == name);
    let usual = SECTIONS.iter().filter(|(name, _)| wanted.is_empty() || chosen(name));
    for (name, section) in usual.chain(LONG.iter().filter(|(name, _)| chosen(name))) {
        // One that cannot be measured must not hide the others.
        if let Err(error) = section(&mut table) {
            table.note(format!("{name}: not measured to the end"), format!("{error:#}"));
        }
    }
    Ok(table.print()?)
}

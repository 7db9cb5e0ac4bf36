//! What Linux tells about a process.

use std::time::Duration;

use anyhow::{Context, Result};

/// Clock ticks a second, as every Linux reports them to programs.
const TICKS: u64 = 100;

/// A process by its id.
#[derive(Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// Resident memory in KiB: now (`VmRSS`) or at its highest (`VmHWM`).
    pub fn memory(self, field: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next()).context("no such field")?;
        Ok(number.parse()?)
    }

    /// Processor time so far.
    pub fn cpu(self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name in brackets may hold blanks; behind it stand the fields from the third on.
        let (_, fields) = stat.rsplit_once(')').context("no stat line")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.collect::<Result<Vec<_>, _>>()?.iter().sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }
}

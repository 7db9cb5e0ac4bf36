//! The table: what is promised beside what was measured.

use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

/// Rows as they are measured.
#[derive(Default)]
pub struct Table(Vec<[String; 4]>);

impl Table {
    /// A number that must not exceed its target.
    pub fn most(&mut self, metric: impl Display, target: f64, measured: f64, unit: &str) {
        let digits = if measured < 10.0 { 2 } else { 0 };
        let verdict = if measured <= target { "" } else { "OVER" };
        self.0.push([
            metric.to_string(),
            format!("{target} {unit}"),
            format!("{measured:.digits$} {unit}"),
            verdict.to_owned(),
        ]);
    }

    /// Something that has no target.
    pub fn note(&mut self, metric: impl Display, measured: impl Display) {
        self.0.push([metric.to_string(), String::new(), measured.to_string(), String::new()]);
    }

    /// Prints all rows as a Markdown table.
    pub fn print(&self) -> io::Result<()> {
        let heads = ["metric", "target", "measured", ""].map(str::to_owned);
        let width = |column: usize| {
            self.0.iter().chain([&heads]).map(|row| row[column].chars().count()).max().unwrap_or(0)
        };
        let widths = [width(0), width(1), width(2), width(3)];
        let mut out = io::stdout().lock();
        let dashes = widths.map(|width| "-".repeat(width));
        for row in [&heads, &dashes].into_iter().chain(&self.0) {
            let [metric, target, measured, verdict] = row;
            let [a, b, c, d] = widths;
            writeln!(out, "| {metric:<a$} | {target:>b$} | {measured:>c$} | {verdict:<d$} |")?;
        }
        out.flush()
    }
}

/// Milliseconds with their fraction.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The value that this part of the others does not exceed: 0.5 is the median, 0.99 the 99th percentile.
pub fn percentile(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a few thousand samples, and a part between 0 and 1"
    )]
    let at = (part * times.len() as f64) as usize;
    times.get(at.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

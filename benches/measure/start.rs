//! Starts of the real binary: the first frame, the first rows, everything, memory, and rest.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::Process;
use crate::table::{Table, millis, percentile};
use crate::terminal::Terminal;

const STARTS: usize = 15;
/// The first window of Resource Graph's quota must be over before the next console asks.
const QUOTA_WINDOW: Duration = Duration::from_millis(5500);
const GENERATE: &str = "subscriptions=500,workspaces=10000,assignments=50000,seed=7";
const ALL: &str = "10000 workspaces in 500 subscriptions";

/// `amldeck emulate` in a process of its own.
pub struct Emulator {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Emulator {
    /// Starts one with ten thousand workspaces.
    pub fn start() -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_amldeck"))
            .args(["emulate", "--listen", "127.0.0.1:0", "--generate", GENERATE])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").context("not listening")?.to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself; then the run has failed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the frame is there: its frame, and the names of its panes.
fn is_frame(screen: &str) -> bool {
    screen.contains("Workspaces") && screen.contains("Access") && screen.contains("amldeck")
}

fn starts(home: &Path, arguments: &[&str], wish: impl Fn(&str) -> bool) -> Result<Vec<Duration>> {
    let once = |_| -> Result<Duration> {
        let mut terminal = Terminal::start(home, arguments)?;
        let took = terminal.until(&wish)?;
        terminal.quit()?;
        Ok(took)
    };
    (0..STARTS).map(once).collect()
}

fn first_frame(table: &mut Table, what: &str, mut times: Vec<Duration>) {
    let worst = times.iter().max().copied().unwrap_or_default();
    let median = percentile(&mut times, 0.5);
    table.most(
        format!("first frame, {what} (worst of {STARTS}: {:.0} ms)", millis(worst)),
        20.0,
        millis(median),
        "ms",
    );
}

/// First frames without a large estate.
pub fn first_frames(table: &mut Table) -> Result<()> {
    let home = tempfile::tempdir()?;
    first_frame(table, "demo", starts(home.path(), &["demo"], is_frame)?);
    // A port that nobody listens on, and an address that never answers.
    let refused = ["--arm-endpoint", "http://127.0.0.1:9", "--credential", "token"];
    first_frame(table, "endpoint refuses", starts(home.path(), &refused, is_frame)?);
    first_frame(table, "no sign-in", starts(home.path(), &[], is_frame)?);
    Ok(())
}

/// The demo: memory with the emulator in it, and what it does when nothing happens.
pub fn demo(table: &mut Table) -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut terminal = Terminal::start(home.path(), &["demo"])?;
    let took = terminal.until(|screen| screen.contains("mlw-fraud-prod"))?;
    table.note("demo: the list is on screen after", format!("{:.0} ms", millis(took)));
    terminal.watch(Duration::from_secs(2));
    let process = terminal.process()?;
    memory(table, "demo, emulator included", 25.0, process)?;
    rest(table, &mut terminal, Duration::from_secs(10))?;
    terminal.quit()
}

/// The demo for more than two minutes in which nothing happens: the minute turns twice.
pub fn idle(table: &mut Table) -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut terminal = Terminal::start(home.path(), &["demo"])?;
    terminal.until(|screen| screen.contains("mlw-fraud-prod"))?;
    terminal.watch(Duration::from_secs(2));
    rest(table, &mut terminal, Duration::from_secs(130))?;
    terminal.quit()
}

/// What a console does while nobody does anything: a frame a minute, for the ages on it.
fn rest(table: &mut Table, terminal: &mut Terminal, time: Duration) -> Result<()> {
    let (process, seconds) = (terminal.process()?, time.as_secs());
    let before = process.cpu()?;
    let seen = terminal.watch(time);
    let cpu = process.cpu()? - before;
    let frames = f64::from(u32::try_from(seconds.div_ceil(60))?);
    table.most(format!("idle for {seconds} s: processor time"), 0.0, millis(cpu), "ms");
    table.most(format!("idle for {seconds} s: frames"), frames, f64::from(seen.bursts), "");
    table.note(format!("idle for {seconds} s: bytes written to the terminal"), seen.bytes);
    Ok(())
}

/// Ten thousand workspaces over the wire, then from the cache.
pub fn large(table: &mut Table) -> Result<()> {
    let emulator = Emulator::start()?;
    let home = tempfile::tempdir()?;
    let arguments = ["--arm-endpoint", emulator.url.as_str(), "--credential", "token"];
    let without: Vec<&str> = arguments.iter().copied().chain(["--no-cache"]).collect();
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for turn in 0..5 {
        if turn > 0 {
            std::thread::sleep(QUOTA_WINDOW);
        }
        let mut terminal = Terminal::start(home.path(), &without)?;
        rows.push(terminal.until(|screen| screen.contains("workspaces in") && !screen.contains("Looking"))?);
        all.push(terminal.until(|screen| screen.contains(ALL))?);
        if turn == 4 {
            terminal.watch(Duration::from_secs(6));
            memory(table, "10,000 workspaces", 60.0, terminal.process()?)?;
        }
        terminal.quit()?;
    }
    let spread = |times: &[Duration]| {
        times.iter().map(|time| format!("{:.0}", millis(*time))).collect::<Vec<_>>().join(" ")
    };
    let shown = spread(&rows);
    table.most(
        format!("10,000 workspaces: first rows ({shown})"),
        150.0,
        millis(percentile(&mut rows, 0.5)),
        "ms",
    );
    let shown = spread(&all);
    table.most(
        format!("10,000 workspaces: all on screen ({shown})"),
        1000.0,
        millis(percentile(&mut all, 0.5)),
        "ms",
    );
    std::thread::sleep(QUOTA_WINDOW);
    let mut terminal = Terminal::start(home.path(), &arguments)?;
    terminal.until(|screen| screen.contains(ALL))?;
    terminal.watch(Duration::from_secs(8));
    terminal.quit()?;
    cached(table, home.path(), &arguments)
}

fn cached(table: &mut Table, home: &Path, arguments: &[&str]) -> Result<()> {
    let folder = home.join(".cache/amldeck");
    let files: Vec<_> = std::fs::read_dir(&folder)
        .with_context(|| format!("{} was not written", folder.display()))?
        .collect::<Result<_, _>>()?;
    for file in &files {
        use std::os::unix::fs::PermissionsExt;
        let data = file.metadata()?;
        ensure!(data.permissions().mode() & 0o777 == 0o600, "{:?} may be read by others", file.path());
        table.note(
            format!(
                "cache file {}",
                file.file_name().to_string_lossy().split('-').next().unwrap_or_default()
            ),
            format!("{} KiB, mode 0600", data.len().div_ceil(1024)),
        );
    }
    let is_full = |screen: &str| screen.contains(ALL) && screen.contains("from ");
    first_frame(table, "10,000 workspaces cached", starts(home, arguments, is_frame)?);
    first_frame(
        table,
        "10,000 workspaces cached: they and their age are on it",
        starts(home, arguments, is_full)?,
    );
    Ok(())
}

fn memory(table: &mut Table, what: &str, target: f64, process: Process) -> Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "KiB of one process")]
    let mib = |field: &str| -> Result<f64> { Ok(process.memory(field)? as f64 / 1024.0) };
    table.most(
        format!("resident memory: {what} (peak {:.0} MiB)", mib("VmHWM")?),
        target,
        mib("VmRSS")?,
        "MiB",
    );
    Ok(())
}

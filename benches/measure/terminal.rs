//! The real binary in a pseudo-terminal: what is on its screen, and when it came there.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::process::Process;

/// The size of the terminal.
const COLUMNS: u16 = 200;
const ROWS: u16 = 60;
/// What comes sooner after what came before belongs to the same frame.
const APART: Duration = Duration::from_millis(5);

/// The console under test.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
    started: Instant,
}

/// What was written to the terminal.
#[derive(Default)]
pub struct Seen {
    /// Bytes.
    pub bytes: usize,
    /// Bursts of them, each a frame.
    pub bursts: u32,
}

impl Terminal {
    /// Starts the binary with the home folder `home` and the token credential.
    pub fn start(home: &Path, arguments: &[&str]) -> Result<Self> {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_amldeck"));
        command.args(arguments);
        command.env_clear();
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("AMLDECK_ACCESS_TOKEN", "owner");
        let mut reader = pair.master.try_clone_reader()?;
        let keyboard = pair.master.take_writer()?;
        let (sender, output) = channel();
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    return;
                }
            }
        });
        let [rows, columns] = [ROWS, COLUMNS].map(NonZero::new);
        let size = rows.zip(columns).context("a terminal has cells")?;
        let parser = vt100::Parser::new(size.0, size.1, 0);
        Ok(Self { child, _master: pair.master, keyboard, output, parser, started })
    }

    /// Waits until the screen fulfils a wish; gives the time since the process was started.
    pub fn until(&mut self, wish: impl Fn(&str) -> bool) -> Result<Duration> {
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok((at, bytes)) => {
                    self.parser.process(&bytes);
                    if wish(&self.parser.screen().contents()) {
                        return Ok(at - self.started);
                    }
                }
                Err(why) => bail!("{why}; on the screen stood:\n{}", self.parser.screen().contents()),
            }
        }
    }

    /// Watches for a while; gives what was written.
    pub fn watch(&mut self, time: Duration) -> Seen {
        let limit = Instant::now() + time;
        let (mut seen, mut last) = (Seen::default(), None);
        while let Ok((at, bytes)) = self.output.recv_timeout(limit.saturating_duration_since(Instant::now()))
        {
            if last.is_none_or(|last| at - last > APART) {
                seen.bursts += 1;
            }
            last = Some(at);
            seen.bytes += bytes.len();
            self.parser.process(&bytes);
        }
        seen
    }

    /// The process.
    pub fn process(&self) -> Result<Process> {
        Ok(Process(self.child.process_id().context("the console ended")?))
    }

    /// Leaves the console with `q`.
    pub fn quit(mut self) -> Result<()> {
        self.keyboard.write_all(b"q")?;
        self.keyboard.flush()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // After `quit` it has ended already, and that error is of no interest.
        let _ = self.child.kill();
    }
}

//! The real binary as a child process, and an emulator of it to talk to.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the binary left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with a home folder of its own, and nothing of this process's settings.
pub fn amldeck(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amldeck"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["AMLDECK_", "AZURE_", "XDG_", "IDENTITY_", "MSI_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command.env("HOME", home).env("TERM", "xterm").env("AMLDECK_CLOCK", "2026-11-22T14:03:00Z");
    command.stdin(Stdio::null());
    command
}

/// Runs to the end.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// `amldeck emulate` as a child; it ends with this value.
pub struct Emulator {
    pub child: Child,
    pub url: String,
    pub home: TempDir,
    stdout: BufReader<ChildStdout>,
}

impl Emulator {
    /// Starts one and waits until it listens.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", tempfile::tempdir().unwrap(), flags)
    }

    /// Ends it and starts it again at the same address, with other flags.
    pub fn again(self, flags: &[&str]) -> Self {
        let address = self.url.trim_start_matches("http://").to_owned();
        let mut ended = self;
        ended.end();
        let home = std::mem::replace(&mut ended.home, tempfile::tempdir().unwrap());
        drop(ended);
        Self::start_at(&address, home, flags)
    }

    fn start_at(address: &str, home: TempDir, flags: &[&str]) -> Self {
        let mut command = amldeck(home.path());
        command.args(["emulate", "--listen", address]).args(flags).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, url, home, stdout }
    }

    /// The binary with this emulator for Azure, as a persona.
    pub fn command(&self, persona: &str, line: &[&str]) -> Command {
        let mut command = amldeck(self.home.path());
        command.args(["--arm-endpoint", &self.url]).args(line).env("AMLDECK_ACCESS_TOKEN", persona);
        command
    }

    /// Runs the binary as a persona.
    pub fn run(&self, persona: &str, line: &[&str]) -> Ran {
        run(&mut self.command(persona, line))
    }

    /// What it printed behind its first line, once it has ended.
    pub fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Emulator {
    fn end(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.end();
    }
}

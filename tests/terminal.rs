//! The real binary in a pseudo-terminal: keys in, screen out, and the terminal given back.
#![cfg(test)]
#![cfg(unix)]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{Options, Running};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Whatever is waited for comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    raw: Vec<u8>,
    home: tempfile::TempDir,
}

impl Session {
    fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_amldeck"), columns, rows, arguments)
    }

    fn run(program: &str, columns: u16, rows: u16, arguments: &[&str]) -> Self {
        Self::run_as(program, columns, rows, arguments, &[])
    }

    /// The same with some variables.
    fn run_as(
        program: &str,
        columns: u16,
        rows: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("HOME", home.path());
        for (name, value) in variables {
            command.env(name, value);
        }
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self { master: pair.master, child, writer, output, screen, raw: Vec::new(), home }
    }

    fn demo(columns: u16, rows: u16) -> Self {
        let mut session =
            Self::start(columns, rows, &["demo", "mlw-fraud-prod", "--clock", "2026-11-22T14:03:00Z"]);
        session.wait("the page of the workspace", |screen| {
            screen.contains("mlw-fraud-prod") && screen.contains("14:03")
        });
        session
    }

    fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Waits until what is on screen satisfies a condition.
    fn wait(&mut self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.screen.screen().contents();
            if condition(&text) {
                return text;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => panic!("waited in vain for {what}; on screen:\n{text}"),
            }
        }
    }

    /// Waits until the console has written something.
    fn wait_for_bytes(&mut self, what: &str, wanted: &[u8]) {
        while !self.raw.windows(wanted.len()).any(|window| window == wanted) {
            let bytes =
                self.output.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("waited in vain for {what}"));
            self.take(&bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.raw.extend_from_slice(bytes);
    }

    /// Takes what is still written, until there is nobody who writes.
    fn take_the_rest(&mut self) {
        loop {
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it does not end; on screen:\n{}", self.screen.screen().contents())
                }
            }
        }
    }

    /// Waits for the end; gives the exit code and checks that the terminal was given back.
    fn end(self) -> u32 {
        self.end_with_home().0
    }

    /// The same, and gives the home folder.
    fn end_with_home(mut self) -> (u32, tempfile::TempDir) {
        // What it writes ends when it does.
        self.take_the_rest();
        let status = self.child.wait().unwrap();
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left");
        assert!(!screen.hide_cursor(), "the cursor is back");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is free");
        (status.exit_code(), self.home)
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.process_id().unwrap().try_into().unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), signal).unwrap();
    }
}

#[test]
fn a_visit_ends_with_the_terminal_as_it_was() {
    let mut session = Session::demo(120, 36);
    session.press("4/owner\r");
    session.wait("the filtered access pane", |screen| screen.contains("rows") && screen.contains("/ owner"));
    session.press("\x1b");
    session.wait("the filter gone", |screen| !screen.contains("/ owner"));
    session.press("?");
    session.wait("the help", |screen| screen.contains("Keys") && screen.contains("Copy menu"));
    // An Esc with a letter right behind it would be Alt and the letter.
    session.press("\x1b");
    session.wait("the help gone", |screen| !screen.contains("Copy menu"));
    session.press("qq");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_role_is_granted_from_the_directory_to_the_run() {
    let mut session = Session::demo(120, 36);
    session.wait("who has access", |screen| screen.contains("22 assignments"));
    session.press("A");
    session.wait("the form", |screen| screen.contains("Grant access on mlw-fraud-prod"));
    session.press("priya");
    session.wait("who was found", |screen| screen.contains("( ) Priya Raman"));
    session.press("\r");
    session.wait("the place, and that one may grant there", |screen| {
        screen.contains("this workspace only") || screen.contains("you have the rights for it")
    });
    session.press("\r");
    session.wait("the roles", |screen| screen.contains("( ) AzureML Data Scientist"));
    session.press("\x1b[B");
    session.wait("what the role allows", |screen| screen.contains("What AzureML Data Scientist allows"));
    session.press("\r\t\x12");
    session.wait("the plan, and that the rights were read", |screen| {
        screen.contains("[Plan]") && screen.contains("PRODUCTION") && is_at_rest(screen)
    });
    session.press("\r");
    session.wait("the question", |screen| screen.contains("Type its name to run the plan"));
    session.press("mlw-fraud-prod\r");
    let text = session.wait("the clock", |screen| screen.contains("of usually 5 min"));
    assert!(text.contains("Priya Raman has AzureML Data Scientist on mlw-fraud-prod."), "{text}");
    session.press("\x1b");
    session.wait("the workspace screen", |screen| screen.contains("2 Dependent resources"));
    // The rest is a clock and a read, which nobody has to stay for.
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let session = Session::demo(100, 30);
        session.signal(signal);
        assert_eq!(session.end(), 130, "{signal:?}");
    }
}

/// Whether nothing turns before the number of steps in the frame of a plan: only the frame is there.
fn is_at_rest(screen: &str) -> bool {
    let before = screen.lines().find_map(|line| line.split_once(" steps")).map(|(before, _)| before);
    before.is_some_and(|before| {
        let mut frame = before.trim_end_matches(char::is_numeric).trim_end().chars().rev();
        frame.next() == frame.next()
    })
}

/// An emulator of this process, on threads of its own.
fn emulator() -> (tokio::runtime::Runtime, Running) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { speed: 100_000.0, throttle: false, ..Options::new(Estate::demo().unwrap()) };
    let running = runtime.block_on(amldeck::emulator::start(options)).unwrap();
    (runtime, running)
}

#[test]
fn a_console_whose_terminal_is_closed_amid_a_set_up_writes_down_that_it_was_left_and_finds_it_again() {
    for signal in [rustix::process::Signal::HUP, rustix::process::Signal::TERM] {
        let (runtime, running) = emulator();
        let (url, time) = (running.url(), "2026-11-22T14:03:00Z");
        let line = ["--arm-endpoint", &url, "--clock", time];
        let owner = [("AMLDECK_ACCESS_TOKEN", "owner")];
        let program = env!("CARGO_BIN_EXE_amldeck");
        let mut session =
            Session::run_as(program, 120, 36, &[&line[..], &["mlw-fraud-dev"]].concat(), &owner);
        session.wait("the page", |screen| screen.contains("mlw-fraud-dev") && screen.contains("assignments"));
        session.press("c");
        session.wait("the form", |screen| screen.contains("Layout"));
        session.press("\x12");
        session.wait("the plan, and that the rights were read", |screen| {
            screen.contains("[Plan]") && screen.contains("Deploy mlw-ml") && is_at_rest(screen)
        });
        // The deployment does not end while somebody watches.
        running.hold();
        session.press("\r");
        session.wait("the question", |screen| screen.contains("yes"));
        session.press("y");
        session.wait("the deployment under way", |screen| screen.contains("under way"));
        session.signal(signal);
        let (code, home) = session.end_with_home();
        assert_eq!(code, 130, "{signal:?}");
        let command = |arguments: &[&str]| {
            let mut command = std::process::Command::new(program);
            command.env_clear().env("HOME", home.path()).envs(owner).args(line).args(arguments);
            let output = command.stdin(std::process::Stdio::null()).output().unwrap();
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
            (output.status.code(), text(output.stdout), text(output.stderr))
        };
        let (_, listed, said) = command(&["journal", "list", "-o", "json"]);
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap_or_else(|_| panic!("{said}"));
        assert_eq!(
            (&listed[0]["phase"], &listed[0]["held"]),
            (&"stopped".into(), &false.into()),
            "{listed:#}"
        );
        running.go_on();
        let run = listed[0]["run"].as_str().unwrap();
        let (code, _, said) = command(&["journal", "resume", run, "--yes"]);
        assert_eq!(code, Some(0), "{signal:?}: {said}");
        runtime.block_on(running.stop());
    }
}

#[test]
fn ctrl_c_ends_it_from_anywhere() {
    let mut session = Session::demo(100, 30);
    session.press("/abc");
    session.wait("the filter", |screen| screen.contains("/ abc"));
    session.press("\x03");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_terminal_may_become_tiny_and_large_again() {
    let mut session = Session::demo(120, 36);
    for (columns, rows) in [(1, 1), (20, 5), (3, 40), (200, 60), (80, 24)] {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        session.master.resize(size).unwrap();
        session.screen.screen_mut().set_size(cells(rows), cells(columns));
        session.press("j");
    }
    session.wait("the tabs of a small screen", |screen| screen.contains("Dependents"));
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn where_nobody_can_continue_it_a_suspend_only_draws_again() {
    // The console leads its session here: there is no shell, and the system ignores the stop.
    let mut session = Session::demo(100, 30);
    session.press("\x1a");
    // Giving the terminal back and taking it again may well arrive in one piece.
    session.wait_for_bytes("the terminal given back", b"\x1b[?1049l");
    session.wait("the screen again", |screen| screen.contains("mlw-fraud-prod"));
    session.press("?");
    session.wait("the help", |screen| screen.contains("Copy menu"));
    session.press("\x03");
    assert_eq!(session.end(), 0);
}

#[test]
fn suspended_to_a_shell_and_continued_it_draws_again() {
    // A shell with job control, which waits for a line before it continues what was stopped.
    let script = r#"
        set -m
        "$0" demo mlw-fraud-prod --clock 2026-11-22T14:03:00Z
        echo "the shell again"
        read -r line
        fg >/dev/null
        echo "ended with $?"
    "#;
    let mut session = Session::run("/bin/sh", 100, 30, &["-c", script, env!("CARGO_BIN_EXE_amldeck")]);
    let shown = |screen: &str| screen.contains("mlw-fraud-prod") && screen.contains("14:03");
    session.wait("the page of the workspace", shown);
    session.press("\x1a");
    let text = session.wait("the shell", |screen| screen.contains("the shell again"));
    assert!(!text.contains("mlw-fraud-prod"), "the shell has its own screen back:\n{text}");
    // What is typed now is the shell's, and not one letter of it the console's.
    session.press("q\n");
    session.wait("the page again", shown);
    session.press("?");
    session.wait("the help", |screen| screen.contains("Copy menu"));
    session.press("\x03");
    session.wait("the end", |screen| screen.contains("ended with 0"));
    assert_eq!(session.end(), 0);
}

#[test]
fn stopped_and_continued_from_outside_it_draws_again() {
    let mut session = Session::demo(100, 30);
    // What another program left on the screen meanwhile.
    session.screen.process(b"\x1b[?1049l\x1b[2J");
    session.signal(rustix::process::Signal::CONT);
    session.wait("the screen again", |screen| screen.contains("mlw-fraud-prod"));
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let Session { master, writer, output, mut child, .. } = Session::demo(100, 30);
    // Dropping the writer types Ctrl-d. The thread that reads the frame after it finds nobody to give it to
    // and lets go of the last handle.
    drop((master, writer, output));
    let (tell, told) = channel();
    std::thread::spawn(move || tell.send(child.wait()));
    told.recv_timeout(PATIENCE).expect("it goes on without a terminal").unwrap();
}

#[test]
fn a_paste_is_typed_on_one_line_and_moves_nothing() {
    let mut session = Session::demo(100, 30);
    session.press("/");
    session.press("\x1b[200~fraud\r\n\x1b[2J\u{202e}\x1b[201~");
    let text = session.wait("the pasted filter", |screen| screen.contains("/ fraud"));
    assert!(text.contains("amldeck"), "the screen is still there");
    session.press("\x03");
    session.end();
}

#[test]
fn nothing_from_azure_reaches_the_terminal_as_a_command() {
    let mut session = Session::demo(200, 60);
    session.press("_+G");
    for _ in 0..40 {
        session.press("k");
    }
    session.wait("a still screen", |screen| screen.contains("Workspaces"));
    session.press("\x03");
    let title = b"\x1b]0;";
    let clipboard = b"\x1b]52;";
    session.take_the_rest();
    let raw = session.raw;
    for forbidden in [&title[..], &clipboard[..]] {
        assert!(!raw.windows(forbidden.len()).any(|window| window == forbidden));
    }
    assert!(!String::from_utf8_lossy(&raw).contains('\u{202e}'));
}

#[test]
fn without_a_terminal_it_says_how_to_go_on() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_amldeck"))
        .arg("demo")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("--print") && words.contains("amldeck list"), "{words}");
}

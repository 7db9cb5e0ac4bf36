//! Takes the terminal and gives it back: on leaving, on error, on panic, on suspend.
//!
//! Raw mode, the alternate screen, bracketed paste and the mouse are undone together. ratatui's own
//! restore knows only the first two.

use std::io::{self, BufWriter, Stdout, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::placed::Placed;

/// What is drawn on. Writing is buffered, so that a frame reaches the terminal in one piece.
pub type Screen = Terminal<Placed<CrosstermBackend<BufWriter<Stdout>>>>;

static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Guard {
    mouse: bool,
}

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When standard output is no terminal, or refuses.
    pub fn take(mouse: bool) -> io::Result<(Self, Screen)> {
        HOOK.call_once(install_panic_hook);
        let guard = Self { mouse };
        guard.enter()?;
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        let screen = Terminal::new(Placed(CrosstermBackend::new(out)))?;
        Ok((guard, screen))
    }

    /// Takes the terminal again after [`Guard::leave`], or after a stop from outside.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn enter(&self) -> io::Result<()> {
        terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut out = io::stdout();
        // A console that was killed leaves its screen behind, and the first frame draws only what is not blank.
        let clear = terminal::Clear(terminal::ClearType::All);
        execute!(out, EnterAlternateScreen, clear, EnableBracketedPaste, cursor::Hide)?;
        if self.mouse {
            execute!(out, EnableMouseCapture)?;
        }
        Ok(())
    }

    /// Gives the terminal back for a while, to the shell or another program.
    pub fn leave(&self) {
        give_back();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Undoes everything once. Errors are not told: there is nobody left to tell them to.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = execute!(out, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = out.flush();
        let _ = terminal::disable_raw_mode();
    }
}

/// A panic of the main thread gives the terminal back before it is reported. A panic of a background
/// task is reported on screen by whoever waits for the task, and must not print over it.
fn install_panic_hook() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let main = std::thread::current().name() == Some("main");
        if main {
            give_back();
        }
        if main || !TAKEN.load(Ordering::SeqCst) {
            report(info);
        } else {
            let place = info.location().map_or_else(String::new, ToString::to_string);
            tracing::error!(place, "a background task panicked");
        }
    }));
}

/// Stops this process until the shell continues it. The terminal must have been given back before.
#[cfg(unix)]
pub fn stop_process() {
    use rustix::process::{Signal, getpid, kill_process};
    // A shell without job control ignores the stop; then the console just goes on.
    let _ = kill_process(getpid(), Signal::TSTP);
}

/// There is no stopping here.
#[cfg(not(unix))]
pub fn stop_process() {}

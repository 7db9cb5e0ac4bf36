//! The console in a terminal: input, messages, signals and frames in one loop.

use std::io::Write;
use std::mem::ManuallyDrop;
use std::time::Duration;

use crossterm::event::EventStream;
use futures_util::StreamExt;
use ratatui::layout::Rect;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::exit::{Exit, Failure};
use super::serve::interrupted;
use crate::app::console::Console;
use crate::app::effect::Host;
use crate::app::message::Message;
use crate::app::runtime::{Kept, Services};
use crate::config::input::Input;
use crate::emulator::Running;
use crate::term::guard::{self, Guard, Screen};
use crate::term::{clipboard, events};

/// Frames are at least this far apart: a burst of answers costs one frame.
const FRAME_GAP: Duration = Duration::from_millis(10);
/// One turn of the spinner; it turns only while something is awaited.
const SPIN: Duration = Duration::from_millis(120);
/// The thread that reads keys is told to end and cannot be waited for; this is ample time for it. Two
/// of them at once would take each other's keys.
const READER_ENDS: Duration = Duration::from_millis(50);
/// How long the loop may take to end once the process was asked to.
const GRACE: Duration = Duration::from_secs(1);
/// Ages on screen are whole minutes.
const MINUTE: Duration = Duration::from_secs(60);

/// How long the first frame waits for the cached inventory, or for the outline of a large one. They are read
/// while the terminal is taken, so that this is for a slow disk.
const CACHE_PATIENCE: Duration = Duration::from_millis(6);

/// Runs until the operator quits or the process is asked to end. The first frame is drawn before
/// `connect` is polled.
///
/// # Errors
/// When the terminal refuses, or `connect` fails.
pub async fn run(
    mut console: Console,
    mouse: bool,
    cached: Option<UnboundedReceiver<Kept>>,
    connect: impl Future<Output = Result<(Services, Option<Running>), Failure>>,
) -> Result<Exit, Failure> {
    let (guard, screen) = Guard::take(mouse).map_err(|e| Failure::house(format!("the terminal: {e}")))?;
    // When it is dropped on a terminal that went away it prints, and printing there panics; the guard
    // gives the terminal back without.
    let mut screen = ManuallyDrop::new(screen);
    if let Some(cached) = cached {
        show_cached(&mut console, cached).await;
    }
    draw(&mut console, &mut screen)?;
    let (services, _running) = connect.await?;
    console.connect(services);
    turn(&mut console, &mut screen, &guard).await
}

async fn show_cached(console: &mut Console, mut cached: UnboundedReceiver<Kept>) {
    let message = |kept: Kept| Message::Cached(Box::new(kept));
    if let Ok(Some(first)) = timeout(CACHE_PATIENCE, cached.recv()).await {
        console.handle(message(first));
    }
    // What was late, or the whole behind its outline.
    console.expect(cached, message);
}

/// Ends the process when it was asked to end and the loop does not: reading a terminal that went away
/// can go round in circles inside the library that reads it, and nothing else gets a turn then.
async fn end_for_sure(asked: impl Future<Output = ()>) {
    asked.await;
    sleep(GRACE).await;
    // Nothing may be written here: a terminal that takes no output may be what holds the loop.
    let _ = crossterm::terminal::disable_raw_mode();
    std::process::exit(Exit::Interrupted.code().into());
}

async fn turn(console: &mut Console, screen: &mut Screen, guard: &Guard) -> Result<Exit, Failure> {
    let watchdog = tokio::spawn(end_for_sure(interrupted()));
    let ended = watch(console, screen, guard).await;
    watchdog.abort();
    ended
}

async fn watch(console: &mut Console, screen: &mut Screen, guard: &Guard) -> Result<Exit, Failure> {
    let mut input = EventStream::new();
    let mut last_frame = Instant::now() - FRAME_GAP;
    let end = interrupted();
    let continued = continued();
    tokio::pin!(end, continued);
    let mut minute = tokio::time::interval_at(Instant::now() + MINUTE, MINUTE);
    loop {
        if console.is_dirty() && last_frame.elapsed() >= FRAME_GAP {
            draw(console, screen)?;
            last_frame = Instant::now();
        }
        let (dirty, waiting) = (console.is_dirty(), console.model.is_waiting());
        let hosts = tokio::select! {
            biased;
            event = input.next() => match event {
                Some(Ok(event)) => match events::read(event) {
                    Some(input) => console.input(input),
                    None => Vec::new(),
                },
                // The terminal went away.
                Some(Err(_)) | None => return Ok(Exit::Interrupted),
            },
            message = console.next() => {
                let mut hosts = console.handle(message);
                while let Some(message) = console.try_next() {
                    hosts.extend(console.handle(message));
                }
                hosts
            }
            () = &mut end => return Ok(Exit::Interrupted),
            () = &mut continued => {
                continued.set(self::continued());
                vec![Host::Redraw]
            }
            () = sleep_until(last_frame + FRAME_GAP), if dirty => Vec::new(),
            () = sleep(SPIN), if waiting && !dirty => console.handle(Message::Tick),
            _ = minute.tick() => console.handle(Message::Tick),
        };
        for host in hosts {
            match host {
                Host::Quit => return Ok(Exit::Done),
                Host::Copy(text) => clipboard::copy(&text).map_err(lost)?,
                Host::Redraw => {
                    guard.enter().map_err(lost)?;
                    redraw(console, screen)?;
                }
                Host::Suspend => {
                    // The stream has a thread that reads the terminal; it must end before the shell
                    // reads it.
                    drop(input);
                    sleep(READER_ENDS).await;
                    guard.leave();
                    guard::stop_process();
                    guard.enter().map_err(lost)?;
                    redraw(console, screen)?;
                    input = EventStream::new();
                }
            }
        }
    }
}

fn redraw(console: &mut Console, screen: &mut Screen) -> Result<(), Failure> {
    let (width, height) = crossterm::terminal::size().map_err(lost)?;
    // Clearing by `resize` asks the terminal nothing; `clear` would ask where the cursor is, and the
    // answer would go to the thread that reads the keys.
    screen.resize(Rect::new(0, 0, width, height)).map_err(lost)?;
    console.input(Input::Resize { width, height });
    draw(console, screen)
}

fn draw(console: &mut Console, screen: &mut Screen) -> Result<(), Failure> {
    let size = screen.size().map_err(lost)?;
    console.model.size = (size.width, size.height);
    console.draw(screen).map_err(lost)?;
    screen.backend_mut().flush().map_err(lost)
}

fn lost(error: impl std::fmt::Display) -> Failure {
    Failure::house(format!("the terminal: {error}"))
}

/// Ends when the process goes on after it was stopped from outside.
async fn continued() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let number = rustix::process::Signal::CONT.as_raw();
        if let Ok(mut stream) = signal(SignalKind::from_raw(number)) {
            stream.recv().await;
            return;
        }
    }
    std::future::pending::<()>().await;
}

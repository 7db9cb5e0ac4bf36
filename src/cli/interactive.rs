//! The console in a terminal: input, messages, signals and frames in one loop.

use std::mem::ManuallyDrop;
use std::time::Duration;

use crossterm::event::Event;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::exit::{Exit, Failure, tell};
use super::serve::interrupted;
use crate::app::console::Console;
use crate::app::effect::Host;
use crate::app::message::Message;
use crate::app::runtime::{Kept, Services};
use crate::app::update::unfinished;
use crate::config::input::Input;
use crate::emulator::Running;
use crate::term::guard::{self, Guard, Screen};
use crate::term::keyboard::Keyboard;
use crate::term::{clipboard, events as terminal_events};

/// Frames are at least this far apart: a burst of answers costs one frame.
const FRAME_GAP: Duration = Duration::from_millis(10);
/// One turn of the spinner; it turns only while something is awaited.
const SPIN: Duration = Duration::from_millis(120);
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
    let (guard, screen) = Guard::take(mouse).map_err(|e| Failure::local(format!("the terminal: {e}")))?;
    // When it is dropped on a terminal that went away it prints, and printing there panics; the guard
    // gives the terminal back without.
    let mut screen = ManuallyDrop::new(screen);
    if let Some(cached) = cached {
        show_cached(&mut console, cached).await;
    }
    draw(&mut console, &mut screen)?;
    let (services, _running) = connect.await?;
    let keeps = services.drafts.is_some();
    console.connect(services);
    let ended = turn(&mut console, &mut screen, &guard).await;
    drop(guard);
    let parting = console.model.runs.parting_words();
    // What is under way is stopped here, and found again by the next start.
    if timeout(GRACE, console.leave_runs()).await.is_err() {
        tracing::debug!("a run did not end in time, and is cut off");
    }
    if let Some(title) = unfinished(&console.model).filter(|_| keeps) {
        tell(&format!(
            "\"{title}\" was not finished: a draft was kept, and is offered when that form is opened"
        ));
    }
    for line in parting.iter().filter(|_| keeps) {
        tell(line);
    }
    ended
}

async fn show_cached(console: &mut Console, mut cached: UnboundedReceiver<Kept>) {
    let message = |kept: Kept| Message::Cached(Box::new(kept));
    if let Ok(Some(first)) = timeout(CACHE_PATIENCE, cached.recv()).await {
        console.handle(message(first));
    }
    // What was late, or the whole behind its outline.
    console.expect(cached, message);
}

/// Ends the process when it was asked to end and the loop does not: a terminal that takes no output holds
/// whoever writes to it, and nothing else gets a turn then.
async fn end_for_sure(asked: impl Future<Output = ()>) {
    asked.await;
    sleep(GRACE).await;
    // Nothing may be written here, for the same reason.
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
    let (mut keyboard, mut events) = listen()?;
    let mut last_frame = Instant::now() - FRAME_GAP;
    let end = interrupted();
    tokio::pin!(end);
    let (mut continued, mut resized) = (Signals::continued(), Signals::resized());
    let mut minute = tokio::time::interval_at(Instant::now() + MINUTE, MINUTE);
    loop {
        if console.is_dirty() && last_frame.elapsed() >= FRAME_GAP {
            draw(console, screen)?;
            last_frame = Instant::now();
        }
        let (dirty, waiting) = (console.is_dirty(), console.model.is_waiting());
        let hosts = tokio::select! {
            biased;
            event = events.recv() => match event {
                Some(event) => terminal_events::read(event).map_or_else(Vec::new, |input| console.input(input)),
                // The terminal went away.
                None => return Ok(Exit::Interrupted),
            },
            message = console.next() => {
                let mut hosts = console.handle(message);
                while let Some(message) = console.try_next() {
                    hosts.extend(console.handle(message));
                }
                hosts
            }
            () = &mut end => return Ok(Exit::Interrupted),
            () = continued.next() => vec![Host::Redraw],
            () = resized.next() => {
                let (width, height) = crossterm::terminal::size().map_err(lost)?;
                console.input(Input::Resize { width, height })
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
                    // Nobody may read the terminal when the shell does.
                    keyboard.close();
                    guard.leave();
                    guard::stop_process();
                    guard.enter().map_err(lost)?;
                    redraw(console, screen)?;
                    (keyboard, events) = listen()?;
                }
            }
        }
    }
}

/// Reads the terminal into a channel, which ends when the terminal does.
fn listen() -> Result<(Keyboard, UnboundedReceiver<Event>), Failure> {
    let (sender, events) = unbounded_channel();
    let keyboard = Keyboard::open(move |event| sender.send(event).is_ok()).map_err(lost)?;
    Ok((keyboard, events))
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
    Failure::local(format!("the terminal: {error}"))
}

/// A signal as often as it comes; never elsewhere than on Unix.
struct Signals {
    #[cfg(unix)]
    stream: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// The process goes on after it was stopped from outside.
    fn continued() -> Self {
        Self {
            #[cfg(unix)]
            stream: signals(rustix::process::Signal::CONT),
        }
    }

    /// The terminal has another size. Elsewhere that is an event like a key.
    fn resized() -> Self {
        Self {
            #[cfg(unix)]
            stream: signals(rustix::process::Signal::WINCH),
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(stream) = &mut self.stream
            && stream.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
fn signals(signal: rustix::process::Signal) -> Option<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(signal.as_raw())).ok()
}

//! Reads the terminal on a thread of its own, which ends when it is told to.
//!
//! crossterm's `EventStream` is not used: once the terminal is gone, or belongs to another process, it goes
//! round in circles on whichever thread asks it, and nothing tells when its own thread has let go of the
//! terminal. Here the terminal is only read when there is something to read, and [`Keyboard::close`] returns
//! when nobody reads it any more.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossterm::event::{self, Event};

/// How long to look for what follows an event in the same burst. Zero would not look at all.
const MORE: Duration = Duration::from_millis(1);

/// Reads what is typed, pasted and clicked, as it comes.
#[derive(Debug)]
pub struct Keyboard {
    stop: stop::Sender,
    thread: JoinHandle<()>,
}

impl Keyboard {
    /// Begins to read the terminal, which must be in raw mode. Each event goes to `to`, which says whether
    /// anybody still listens; it is dropped when reading ends, also because the terminal went away.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn open(to: impl Fn(Event) -> bool + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = stop::channel()?;
        let thread = thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
            if let Err(error) = read_until(&stopped, &to) {
                tracing::debug!(%error, "the terminal cannot be read any more");
            }
        })?;
        Ok(Self { stop, thread })
    }

    /// Stops reading and waits until that is so. What was typed and not yet taken is lost.
    pub fn close(self) {
        self.stop.send();
        // A panic of the thread was reported when it happened.
        let _ = self.thread.join();
    }
}

/// Passes one event and all that came with it; false when nobody listens any more.
fn pass_burst(to: &impl Fn(Event) -> bool) -> io::Result<bool> {
    loop {
        match event::read() {
            Ok(event) => {
                if !to(event) {
                    return Ok(false);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if !event::poll(MORE)? {
            return Ok(true);
        }
    }
}

#[cfg(unix)]
fn read_until(stopped: &stop::Receiver, to: &impl Fn(Event) -> bool) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    use std::io::IsTerminal;
    use std::os::fd::{AsFd, OwnedFd};

    let stdin = io::stdin();
    // The same terminal that crossterm reads.
    let tty: OwnedFd = if stdin.is_terminal() {
        stdin.as_fd().try_clone_to_owned()?
    } else {
        std::fs::File::open("/dev/tty")?.into()
    };
    loop {
        let mut watched =
            [PollFd::new(&tty, PollFlags::IN), PollFd::from_borrowed_fd(stopped.as_fd(), PollFlags::IN)];
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        let [tty_says, stop_says] = watched.map(|fd| fd.revents());
        if !stop_says.is_empty() {
            return Ok(());
        }
        if tty_says.is_empty() {
            continue;
        }
        // Ready, and yet nothing to read: the terminal hung up.
        if rustix::io::ioctl_fionread(&tty)? == 0 || !pass_burst(to)? {
            return Ok(());
        }
    }
}

#[cfg(not(unix))]
fn read_until(stopped: &stop::Receiver, to: &impl Fn(Event) -> bool) -> io::Result<()> {
    const LOOK: Duration = Duration::from_millis(100);
    while !stopped.is_told() {
        if event::poll(LOOK)? && !pass_burst(to)? {
            return Ok(());
        }
    }
    Ok(())
}

/// Tells a thread that waits for the terminal to end.
#[cfg(unix)]
mod stop {
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::net::UnixStream;

    #[derive(Debug)]
    pub(super) struct Sender(UnixStream);

    #[derive(Debug)]
    pub(super) struct Receiver(UnixStream);

    pub(super) fn channel() -> io::Result<(Sender, Receiver)> {
        let (sender, receiver) = UnixStream::pair()?;
        Ok((Sender(sender), Receiver(receiver)))
    }

    impl Sender {
        pub(super) fn send(&self) {
            // It fails when the thread has ended already, which is as good.
            let _ = self.0.shutdown(std::net::Shutdown::Both);
        }
    }

    impl Receiver {
        pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

/// Tells a thread that looks at the terminal now and then to end.
#[cfg(not(unix))]
mod stop {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Debug)]
    pub(super) struct Sender(Arc<AtomicBool>);

    #[derive(Debug)]
    pub(super) struct Receiver(Arc<AtomicBool>);

    pub(super) fn channel() -> io::Result<(Sender, Receiver)> {
        let told = Arc::new(AtomicBool::new(false));
        Ok((Sender(Arc::clone(&told)), Receiver(told)))
    }

    impl Sender {
        pub(super) fn send(&self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    impl Receiver {
        pub(super) fn is_told(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }
}

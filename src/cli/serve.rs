//! The embedded emulator: for the demo, and alone for other clients.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::args::{EmulatorArgs, Global};
use super::exit::{Exit, Failure, print};
use crate::emulator::estate::Estate;
use crate::emulator::{self, Clock, Fault, Options, Running, generate};

/// Starts the demo's emulator on a free port, for one of the personas of its estate.
///
/// # Errors
/// When a file cannot be read, the address cannot be listened on, or the estate has no such persona.
pub async fn start_for(args: &EmulatorArgs, persona: &str, global: &Global) -> Result<Running, Failure> {
    let estate = estate(args)?;
    // A generated estate has no personas; whoever comes is its owner.
    if !estate.personas.is_empty() && !estate.personas.contains_key(persona) {
        let known: Vec<&str> = estate.personas.keys().map(String::as_str).collect();
        let text = format!("--as {persona}: the estate has no such persona, but {}", known.join(", "));
        return Err(Failure::wrong_use(text));
    }
    let door = Door { listen: any_port(), tls: None, anywhere: false };
    start_on(estate, args, door, global).await
}

/// Where an emulator that serves others listens, and how.
#[derive(Debug, Clone)]
pub struct Door {
    /// The address; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The folder for the certificate authority, for https.
    pub tls: Option<PathBuf>,
    /// Whether the address may be one that other machines reach.
    pub anywhere: bool,
}

async fn start_on(
    estate: Estate,
    args: &EmulatorArgs,
    door: Door,
    global: &Global,
) -> Result<Running, Failure> {
    let mut options = Options::new(estate);
    options.listen = door.listen;
    options.tls = door.tls;
    options.anywhere = door.anywhere;
    options.speed = args.speed;
    options.state.clone_from(&args.state);
    options.page_size = args.page_size;
    options.request_log.clone_from(&global.request_log);
    options.retry_after = !args.no_retry_after;
    options.clock = global.clock.map_or(Clock::System, Clock::Fixed);
    if let Some(path) = &args.faults {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::wrong_use(format!("{}: {e}", path.display())))?;
        options.faults =
            Fault::from_toml(&text).map_err(|e| Failure::wrong_use(format!("{}: {e}", path.display())))?;
    }
    emulator::start(options).await.map_err(Failure::wrong_use)
}

fn estate(args: &EmulatorArgs) -> Result<Estate, Failure> {
    if let Some(spec) = &args.generate {
        let spec: generate::Spec =
            spec.parse().map_err(|e| Failure::wrong_use(format!("--generate: {e}")))?;
        return Ok(generate::generate(&spec));
    }
    match &args.estate {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Failure::wrong_use(format!("{}: {e}", path.display())))?;
            Estate::from_json(&text).map_err(|e| Failure::wrong_use(format!("{}: {e}", path.display())))
        }
        None => Estate::demo().map_err(Failure::local),
    }
}

/// Where the demo's emulator listens: a free port of this machine.
#[must_use]
pub fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// `amldeck emulate`: serves until it is interrupted.
///
/// # Errors
/// When a file cannot be read or written, or the address cannot be listened on.
pub async fn alone(args: &EmulatorArgs, door: Door, global: &Global) -> Result<Exit, Failure> {
    let running = start_on(estate(args)?, args, door, global).await?;
    // Whoever reads the line may end this at once, so the signals are listened to before it.
    let end = interrupted();
    print(&format!("listening on {}\n", running.url()))?;
    end.await;
    running.stop().await;
    Ok(Exit::Done)
}

/// What the process is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// To stop what it does: Ctrl-c.
    Interrupt,
    /// To end: the terminal was closed, or somebody terminates it.
    End,
}

/// Listens to the signals that ask the process to end, from [`Signals::listen`] on.
pub struct Signals {
    #[cfg(unix)]
    kinds: Option<[tokio::signal::unix::Signal; 3]>,
}

impl Signals {
    /// Listens from now on.
    #[must_use]
    pub fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
            let [Ok(interrupt), Ok(terminate), Ok(hangup)] = kinds else { return Self { kinds: None } };
            Self { kinds: Some([interrupt, terminate, hangup]) }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// The next signal.
    pub async fn next(&mut self) -> Signal {
        #[cfg(unix)]
        if let Some([interrupt, terminate, hangup]) = &mut self.kinds {
            return tokio::select! {
                _ = interrupt.recv() => Signal::Interrupt,
                _ = terminate.recv() => Signal::End,
                _ = hangup.recv() => Signal::End,
            };
        }
        let _ = tokio::signal::ctrl_c().await;
        Signal::Interrupt
    }
}

/// Ends when the process is asked to end. Signals are listened to from the call on.
pub fn interrupted() -> impl Future<Output = ()> {
    let mut signals = Signals::listen();
    async move {
        signals.next().await;
    }
}

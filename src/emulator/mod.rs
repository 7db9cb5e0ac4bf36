//! An Azure Resource Manager on loopback, written from the service's specifications and recorded
//! traffic, on JSON documents.
//!
//! It shares no code and no type with the client: it is the other side of the wire.
//!
//! [`start`] runs one inside the caller's tokio runtime; several may run in one process. How to use it from outside is
//! in `docs/emulator.md`.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub mod access;
mod actions;
mod activity;
mod addresses;
mod assets;
mod authorization;
mod base64;
mod budgets;
mod capacity;
mod completions;
mod connection;
mod defaults;
pub mod deleted;
#[cfg(test)]
mod demo_estate_tests;
mod deployments;
mod detection;
mod directory;
pub mod estate;
mod faults;
pub mod generate;
mod graph;
mod graph_objects;
mod hierarchy;
mod identities;
pub mod kql;
mod lenient;
mod linked;
mod log;
mod management;
mod members;
mod merge;
mod metadata;
mod metrics;
mod ml;
mod moves;
mod names;
mod network;
mod odata;
mod operations;
mod page;
mod passing;
mod path;
mod pim;
mod policy;
mod policy_definitions;
mod policy_states;
mod providers;
pub mod reading;
mod reply;
mod request;
mod resource_graph;
mod resources;
mod role_definitions;
mod routes;
mod secrets;
mod server;
mod service_lists;
mod services;
mod shapes;
mod spelling;
mod state;
mod storage;
mod store;
mod tags;
mod throttle;
mod tls;
mod types;
mod vaults;
mod versions;
mod workspace_lists;
mod world;
mod writes;

pub use faults::{Fault, FaultError};
pub use log::LoggedRequest;
pub use state::StateError;
pub use tls::TlsError;

use connection::{Door, Handle};
use deployments::Deployments;
use estate::Estate;
use faults::Faults;
use operations::Operations;
use server::{Shared, lock};
use state::{Kept, StateFile};
use world::{Agenda, Settings, World};

/// What tells the emulator the time that it writes into documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's.
    System,
    /// Always the same time, for pictures and comparisons.
    Fixed(jiff::Timestamp),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(self) -> jiff::Timestamp {
        match self {
            // The services write seven digits of a second, and not every client reads more.
            Self::System => {
                let now = jiff::Timestamp::now();
                let tick = jiff::TimestampRound::new().increment(100).mode(jiff::RoundMode::Trunc);
                now.round(tick).unwrap_or(now)
            }
            Self::Fixed(time) => time,
        }
    }
}

/// How an emulator is to run.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 picks a free one. Only loopback addresses are taken, unless `anywhere` is set.
    pub listen: SocketAddr,
    /// Whether an address that other machines reach is taken too. Whoever reaches it may change the estate.
    pub anywhere: bool,
    /// The folder to write the certificate authority to; https is served with it, http without.
    pub tls: Option<PathBuf>,
    /// What the tenant holds, unless `state` names a file that is there.
    pub estate: Estate,
    /// Divides every simulated duration; 1 is about as slow as the real services.
    pub speed: f64,
    /// Where documents are kept across restarts.
    pub state: Option<PathBuf>,
    /// Faults to commit.
    pub faults: Vec<Fault>,
    /// Items in a page of every list; without it lists have the sizes that the services have.
    pub page_size: Option<usize>,
    /// Where every request is appended as a JSON line.
    pub request_log: Option<PathBuf>,
    /// Whether long-running operations carry `Retry-After: 1`.
    pub retry_after: bool,
    /// Whether too many requests are refused with 429.
    pub throttle: bool,
    /// Versions to refuse with `NoRegisteredProviderFound`: full type and api-version.
    pub refused_versions: Vec<(String, String)>,
    /// How many requests [`Running::requests`] remembers.
    pub remembered: usize,
    /// The time written into documents and errors. Operations end by the machine's own clock.
    pub clock: Clock,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("listen", &self.listen)
            .field("speed", &self.speed)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The usual: a free port on 127.0.0.1, no file, no fault, real time.
    #[must_use]
    pub fn new(estate: Estate) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            anywhere: false,
            tls: None,
            estate,
            speed: 1.0,
            state: None,
            faults: Vec::new(),
            page_size: None,
            request_log: None,
            retry_after: true,
            throttle: true,
            refused_versions: Vec::new(),
            remembered: 1000,
            clock: Clock::System,
        }
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// The address is not on this machine alone.
    #[error(
        "the emulator listens on loopback addresses only, and {0} is none; use 127.0.0.1 or [::1], or say --listen-anywhere if every machine that reaches this one may change the estate"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("the emulator cannot listen on {address}: {source}; is another one running there?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The speed is no positive number.
    #[error("the speed has to be a positive number, and {0} is none")]
    Speed(f64),
    /// The request log cannot be opened.
    #[error("the request log {path} cannot be opened: {source}")]
    RequestLog {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no https.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A running emulator. Dropping it ends it without waiting for what is in flight.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    secure: bool,
    shared: Arc<Shared>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// Starts an emulator in the current tokio runtime. When this returns it answers.
///
/// # Errors
/// When it cannot listen, or a file of the options cannot be used.
pub async fn start(options: Options) -> Result<Running, EmulatorError> {
    if !options.listen.ip().is_loopback() && !options.anywhere {
        return Err(EmulatorError::NotLoopback(options.listen));
    }
    if !(options.speed.is_finite() && options.speed > 0.0) {
        return Err(EmulatorError::Speed(options.speed));
    }
    let listen_error = |source| EmulatorError::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let acceptor = options.tls.as_deref().map(|folder| tls::acceptor(folder, address.ip())).transpose()?;
    let secure = acceptor.is_some();
    let log = log::Log::open(options.remembered, options.request_log.as_deref()).map_err(|source| {
        EmulatorError::RequestLog { path: options.request_log.clone().unwrap_or_default(), source }
    })?;
    let kept = options.state.as_deref().map(state::load).transpose()?.flatten();
    let is_new = kept.is_none();
    let Kept { estate, operations, deployments, agenda, former } = kept.unwrap_or_else(|| Kept {
        estate: options.estate,
        operations: Operations::default(),
        deployments: Deployments::default(),
        agenda: Agenda::new(),
        former: BTreeSet::new(),
    });
    let settings = Settings {
        speed: options.speed,
        page_size: options.page_size,
        retry_after: options.retry_after,
        clock: options.clock,
    };
    let mut world = World { deployments, agenda, ..World::new(estate, operations, settings) };
    world.directory.former = former;
    if is_new {
        pim::end_in_time(&mut world);
    }
    let shared = Arc::new(Shared {
        world: RwLock::new(world),
        faults: Mutex::new(Faults::new(options.faults)),
        throttle: Mutex::new(throttle::Throttle::new(options.throttle, options.speed)),
        log: Mutex::new(log),
        clock: options.clock,
        passing: passing::Passing::default(),
        state: options.state.map(StateFile::at),
        refused_versions: options.refused_versions,
    });
    let cancel = CancellationToken::new();
    let service = server::router(shared.clone()).into_make_service_with_connect_info::<Handle>();
    let stopped = cancel.clone().cancelled_owned();
    let task = tokio::spawn(async move {
        if let Err(error) =
            axum::serve(Door(listener, acceptor), service).with_graceful_shutdown(stopped).await
        {
            tracing::warn!(%error, "the emulator ended");
        }
    });
    Ok(Running { address, secure, shared, cancel, task })
}

impl Running {
    /// The address to talk to: `http://127.0.0.1:PORT`, without a slash at the end; `https` where there is a
    /// certificate.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Stops taking connections, lets requests in flight end for at most two seconds, and ends.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        // What is still in flight after that is cut off when this value is dropped.
        if tokio::time::timeout(Duration::from_secs(2), &mut self.task).await.is_err() {
            tracing::debug!("requests were in flight when the emulator was stopped");
        }
    }

    /// The last requests, oldest first, as many as the options say.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.shared.log).recent()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.shared.log).clear();
    }

    /// Adds a fault; earlier ones go first.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Holds the time by which operations and deployments end: what is under way stays so, however long somebody takes to
    /// look at it. Requests are answered as ever.
    pub fn hold(&self) {
        self.shared.passing.hold();
    }

    /// Lets so much simulated time pass at once, also while it is held.
    pub fn pass(&self, simulated: Duration) {
        let speed = self.shared.world.read().unwrap_or_else(PoisonError::into_inner).settings.speed;
        self.shared.passing.pass(simulated.div_f64(speed));
    }

    /// Time goes on by itself again.
    pub fn go_on(&self) {
        self.shared.passing.go_on();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.task.abort();
    }
}

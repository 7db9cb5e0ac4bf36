//! The embedded emulator with the demo estate, and clients that talk to it without waiting.

use std::sync::Arc;

use amldeck::azure::arm::http::Http;
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::azure::auth::{Chain, ChainOptions, CredentialKind, TokenCache};
use amldeck::azure::cloud::Cloud;
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Clock, Options, Running};

/// Time runs so much faster that no operation is ever waited for.
const SPEED: f64 = 100_000.0;

/// The demo estate, fast, at the time it was written down, and without quotas.
pub fn options() -> Options {
    let estate = Estate::demo().unwrap();
    let clock = Clock::Fixed(estate.clock.as_deref().unwrap().parse().unwrap());
    Options { speed: SPEED, throttle: false, remembered: 20_000, clock, ..Options::new(estate) }
}

/// An emulator with these options.
pub async fn start(options: Options) -> Running {
    emulator::start(options).await.unwrap()
}

/// What a client of the emulator is made of, signed in as a persona.
pub fn client_options(url: &str, persona: &str) -> ClientOptions {
    let http = Http::default();
    let chain = Chain::new(ChainOptions {
        cloud: Cloud::Public,
        kind: CredentialKind::Token,
        env: [("AMLDECK_ACCESS_TOKEN", persona)].into_iter().collect(),
        http: http.clone(),
        executor: None,
    });
    ClientOptions {
        cloud: Cloud::Public,
        arm_endpoint: url.parse().unwrap(),
        graph_endpoint: url.parse().unwrap(),
        read_only: false,
        tokens: TokenCache::new(Arc::new(chain)),
        tenant: None,
        max_in_flight: 24,
        http,
        pace: Pace::divided_by(SPEED),
    }
}

/// A client of the emulator, signed in as a persona.
pub fn client(url: &str, persona: &str) -> Client {
    Client::new(client_options(url, persona))
}

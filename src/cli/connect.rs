//! From flags, variables and settings to a client: cloud, endpoints, credential, tenant.

use std::sync::Arc;

use super::args::{CloudArg, Global};
use super::exit::Failure;
use crate::azure::arm::client::{Client, ClientOptions};
use crate::azure::arm::http::Http;
use crate::azure::arm::retry::Pace;
use crate::azure::auth::{Chain, ChainOptions, CredentialKind, Env, TokenCache};
use crate::azure::cloud::{Cloud, Endpoints, check_endpoints, is_loopback};
use crate::config::settings::Settings;

/// Requests that are on their way at once; ARM's own clients use about as many.
const MAX_IN_FLIGHT: usize = 24;

/// A client and what it was made of.
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The chain that signs in.
    pub chain: Arc<Chain>,
    /// The cloud.
    pub cloud: Cloud,
    /// The endpoints.
    pub endpoints: Endpoints,
}

/// What the operator chose, after flags, variables and settings were laid over each other.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The cloud.
    pub cloud: Cloud,
    /// The credential.
    pub credential: CredentialKind,
    /// The tenant.
    pub tenant: Option<String>,
    /// Only these subscriptions.
    pub subscriptions: Vec<String>,
    /// Never write.
    pub read_only: bool,
}

impl Choice {
    /// Flags and variables over settings.
    ///
    /// # Errors
    /// When the settings name a cloud or credential that is none.
    pub fn of(global: &Global, settings: &Settings) -> Result<Self, Failure> {
        let azure = &settings.azure;
        let cloud = match (global.cloud, &azure.cloud) {
            (Some(CloudArg::Public), _) | (None, None) => Cloud::Public,
            (Some(CloudArg::Usgov), _) => Cloud::UsGov,
            (Some(CloudArg::China), _) => Cloud::China,
            (None, Some(text)) => {
                text.parse().map_err(|e| Failure::wrong_use(format!("[azure] cloud: {e}")))?
            }
        };
        let credential = match (global.credential, &azure.credential) {
            (Some(kind), _) => kind,
            (None, Some(text)) => {
                text.parse().map_err(|e| Failure::wrong_use(format!("[azure] credential: {e}")))?
            }
            (None, None) => CredentialKind::Auto,
        };
        let subscriptions = if global.subscriptions.is_empty() {
            azure.subscriptions.clone()
        } else {
            global.subscriptions.clone()
        };
        Ok(Self {
            cloud,
            credential,
            tenant: global.tenant.clone().or_else(|| azure.tenant.clone()),
            subscriptions,
            read_only: global.read_only || (azure.read_only && !global.writes_allowed),
        })
    }
}

/// Makes the client. Nothing is sent yet.
///
/// # Errors
/// When an endpoint may not be used with this cloud and credential.
pub fn connect(global: &Global, settings: &Settings, choice: &Choice) -> Result<Connection, Failure> {
    let endpoints = check_endpoints(
        choice.cloud,
        global.arm_endpoint.as_deref(),
        global.graph_endpoint.as_deref(),
        choice.credential,
        &settings.azure.trusted_endpoints,
    )
    .map_err(Failure::wrong_use)?;
    let pace = pace(&endpoints, settings.azure.speed)?;
    Ok(with_endpoints(endpoints, choice, Env::of_process(), pace))
}

/// How fast time goes at an endpoint. Azure itself is never hurried.
fn pace(endpoints: &Endpoints, speed: Option<f64>) -> Result<Pace, Failure> {
    let Some(speed) = speed else { return Ok(Pace::default()) };
    if !(speed.is_finite() && speed >= 1.0) {
        return Err(Failure::wrong_use(format!("[azure] speed: {speed} is no number from 1 on")));
    }
    if speed > 1.0 && !is_loopback(&endpoints.arm) {
        return Err(Failure::wrong_use(
            "[azure] speed: Azure goes at its own pace, and needs the time that is waited for. It is for a Resource Manager on this              machine, such as that of `amldeck emulate --speed`: take it out of the settings, or name that by --arm-endpoint",
        ));
    }
    Ok(Pace::divided_by(speed))
}

/// Makes the client of the demo: the emulator's address, a persona for a token, and how many times as fast as Azure it goes.
pub fn to_emulator(url: &str, persona: &str, speed: f64, choice: &Choice) -> Result<Connection, Failure> {
    let endpoints = check_endpoints(choice.cloud, Some(url), None, CredentialKind::Token, &[]);
    let env = Env::from_iter([("AMLDECK_ACCESS_TOKEN", persona)]);
    Ok(with_endpoints(endpoints.map_err(Failure::local)?, choice, env, Pace::divided_by(speed)))
}

fn with_endpoints(endpoints: Endpoints, choice: &Choice, env: Env, pace: Pace) -> Connection {
    let http = Http::default();
    let chain = Arc::new(Chain::new(ChainOptions {
        cloud: choice.cloud,
        kind: endpoints.credential,
        env,
        http: http.clone(),
        executor: None,
    }));
    let client = Client::new(ClientOptions {
        cloud: choice.cloud,
        arm_endpoint: endpoints.arm.clone(),
        graph_endpoint: endpoints.graph.clone(),
        read_only: choice.read_only,
        tokens: TokenCache::new(chain.clone()),
        tenant: choice.tenant.clone(),
        max_in_flight: MAX_IN_FLIGHT,
        http,
        pace,
    });
    Connection { client, chain, cloud: choice.cloud, endpoints }
}

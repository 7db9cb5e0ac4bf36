//! `amldeck doctor`: why it does not work here, and what to type. It only reads, and prints no secrets.

mod checks;
mod sections;
mod signin;
mod surroundings;

use serde::Serialize;

use super::args::Output;
use super::exit::{Exit, Failure, print};
use super::output::{self, Screen};
use super::start::Context;
use crate::azure::auth::explain::explain;
use checks::{Check, State, SubscriptionView};
use signin::SignIn;
use surroundings::{Files, TerminalView};

/// Everything that was looked at. Every field is described in `docs/output.md`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    version: &'static str,
    files: Files,
    terminal: TerminalView,
    azure: AzureView,
    sign_in: Vec<SignIn>,
    checks: Vec<Check>,
    subscriptions: Vec<SubscriptionView>,
    to_type: Vec<String>,
}

/// What the flags, variables and settings chose.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AzureView {
    cloud: &'static str,
    credential: &'static str,
    arm_endpoint: String,
    graph_endpoint: String,
    authority: &'static str,
    tenant: Option<String>,
    read_only: bool,
}

/// Looks at everything and prints it.
///
/// # Errors
/// When the settings or endpoints are wrong, which keeps everything else from working too.
pub async fn run(context: &Context, output: Output) -> Result<Exit, Failure> {
    let screen = Screen::of(context)?;
    let connection = context.connect()?;
    let tenant = context.choice.tenant.as_deref();
    let (reached, signed_in) = tokio::join!(checks::reach(&connection), explain(&connection.chain, tenant));
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        files: Files::of(context),
        terminal: TerminalView::of_process(),
        azure: AzureView {
            cloud: connection.cloud.name(),
            credential: connection.endpoints.credential.name(),
            arm_endpoint: connection.endpoints.arm.to_string(),
            graph_endpoint: connection.endpoints.graph.to_string(),
            authority: connection.cloud.authority(),
            tenant: context.choice.tenant.clone(),
            read_only: context.choice.read_only,
        },
        sign_in: signed_in.audiences.iter().map(SignIn::of).collect(),
        checks: reached,
        subscriptions: Vec::new(),
        to_type: if connection.endpoints.on_loopback() && !signed_in.is_signed_in() {
            // A real token must never be sent to an endpoint on this machine.
            vec!["export AMLDECK_ACCESS_TOKEN=owner".to_owned()]
        } else {
            signed_in.to_type.clone()
        },
    };
    let (checks, subscriptions) = checks::ask(&connection, &signed_in, &context.choice.subscriptions).await;
    report.checks.extend(checks);
    report.subscriptions = subscriptions;
    for command in report.checks.iter().filter_map(|check| check.to_type.clone()) {
        if !report.to_type.contains(&command) {
            report.to_type.push(command);
        }
    }
    let text = match output {
        Output::Json => output::json(&report)?,
        _ => {
            let title = format!("amldeck {}", report.version);
            output::sections(&title, &sections::of(&report), output, &screen)
        }
    };
    print(&text)?;
    Ok(if !signed_in.is_signed_in() {
        Exit::SignIn
    } else if report.checks.iter().any(|check| check.state == State::Failed) {
        Exit::CannotTell
    } else {
        Exit::Done
    })
}

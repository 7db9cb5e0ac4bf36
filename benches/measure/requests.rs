//! What opening a workspace costs on the wire: requests, and how many had to wait for another's answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use amldeck::app::console::{Clock, Console};
use amldeck::app::model::Model;
use amldeck::app::runtime::{JournalPlace, Memory, Services, Snapshots};
use amldeck::azure::arm::http::Http;
use amldeck::azure::arm::request_log::Entry;
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::azure::auth::{Chain, ChainOptions, CredentialKind, Env, TokenCache};
use amldeck::azure::cloud::Cloud;
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Fault, Options};
use anyhow::Result;

use crate::shared::Stage;
use crate::table::Table;

/// How long every answer is held back, so that what is sent side by side begins long before any answer.
const DELAY: Duration = Duration::from_millis(150);

/// Opens workspaces of the demo estate one after the other.
pub fn measure(table: &mut Table) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let emulator = emulator::start(Options::new(Estate::demo()?)).await?;
        let delay_ms = DELAY.as_millis().try_into()?;
        emulator.add_fault(Fault { delay_ms, ..Fault::default() });
        let client = client(&emulator.url())?;
        let mut console = Console::new(model()?, Clock::System);
        console.connect(Services {
            client: client.clone(),
            subscriptions: Vec::new(),
            cache: None,
            drafts: None,
            place: "bench".to_owned(),
            folder: PathBuf::from("."),
            snapshots: Some(Snapshots::in_memory()),
            journal: JournalPlace::Memory(Memory::default()),
        });
        settle(&mut console).await;
        describe(table, "start: inventory and first workspace", &client.log().entries());
        for name in ["mlw-staging", "mlw-forecast", "proj-vision-defects"] {
            let before = client.log().count();
            emulator.forget_requests();
            press(&mut console, &format!("/{name}<enter>"))?;
            settle(&mut console).await;
            press(&mut console, "<esc>")?;
            settle(&mut console).await;
            let entries = client.log().after(before);
            anyhow::ensure!(entries.len() == emulator.requests().len(), "both logs must agree");
            describe(table, &format!("open {name}"), &entries);
        }
        Ok(())
    })
}

fn model() -> Result<Model> {
    Ok(Stage::empty()?.console.model)
}

fn client(url: &str) -> Result<Client> {
    let http = Http::default();
    let chain = Chain::new(ChainOptions {
        cloud: Cloud::Public,
        kind: CredentialKind::Token,
        env: Env::from_iter([("AMLDECK_ACCESS_TOKEN", "owner")]),
        http: http.clone(),
        executor: None,
    });
    Ok(Client::new(ClientOptions {
        cloud: Cloud::Public,
        arm_endpoint: url.parse()?,
        graph_endpoint: url.parse()?,
        read_only: false,
        tokens: TokenCache::new(Arc::new(chain)),
        tenant: None,
        max_in_flight: 24,
        http,
        pace: Pace::default(),
    }))
}

fn press(console: &mut Console, keys: &str) -> Result<()> {
    for key in amldeck::config::key::parse_script(keys)? {
        console.input(amldeck::config::input::Input::Key(key));
    }
    Ok(())
}

async fn settle(console: &mut Console) {
    while !console.is_settled() {
        // Work counts itself off a moment after its message, so that the last one is followed by none.
        if let Ok(message) = tokio::time::timeout(Duration::from_millis(2), console.next()).await {
            console.handle(message);
        }
    }
}

/// A round is everything that was sent before the first answer to something in it.
fn rounds(entries: &[Entry]) -> Vec<Vec<&Entry>> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.at);
    let mut rounds: Vec<Vec<&Entry>> = Vec::new();
    for entry in sorted {
        let ends = |of: &&Entry| of.at + of.took;
        match rounds.last_mut() {
            Some(round) if round.iter().map(ends).min().is_some_and(|end| entry.at < end) => {
                round.push(entry);
            }
            _ => rounds.push(vec![entry]),
        }
    }
    rounds
}

fn describe(table: &mut Table, what: &str, entries: &[Entry]) {
    let rounds = rounds(entries);
    let sizes: Vec<String> = rounds.iter().map(|round| round.len().to_string()).collect();
    table.note(
        format!("{what}: requests in rounds"),
        format!("{} in {} ({})", entries.len(), rounds.len(), sizes.join(" + ")),
    );
    if std::env::var_os("AMLDECK_BENCH_VERBOSE").is_some() {
        for (number, round) in rounds.iter().enumerate() {
            for entry in round {
                table.note(format!("  {} {:?} {}", number + 1, entry.method, entry.url), "");
            }
        }
    }
}

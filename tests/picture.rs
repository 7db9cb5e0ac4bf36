//! The picture in the README is a frame of this console: drawn over the demo estate at a fixed time, and
//! compared byte for byte. `UPDATE_PICTURES=1 cargo test --test picture` draws it anew.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use amldeck::app::console::{Clock, Console};
use amldeck::app::model::Model;
use amldeck::app::runtime::Services;
use amldeck::app::session::{Session, Source};
use amldeck::azure::arm::client::{Client, ClientOptions};
use amldeck::azure::arm::http::Http;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::auth::{Chain, ChainOptions, CredentialKind, Env, TokenCache};
use amldeck::azure::cloud::{Cloud, check_endpoints};
use amldeck::config::keymap::{KeyMap, KeyTable};
use amldeck::config::symbols;
use amldeck::config::theme::Theme;
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Options};
use amldeck::ui::svg;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::timeout;

const NOW: &str = "2026-11-22T14:03:00Z";
const SIZE: (u16, u16) = (120, 36);
const WORKSPACE: &str = "mlw-fraud-prod";
/// Longer than any frame should take on a busy machine; reaching it is a failure.
const LIMIT: Duration = Duration::from_secs(60);

fn client(url: &str) -> Client {
    let endpoints = check_endpoints(Cloud::Public, Some(url), None, CredentialKind::Token, &[]).unwrap();
    let http = Http::default();
    let chain = Chain::new(ChainOptions {
        cloud: Cloud::Public,
        kind: endpoints.credential,
        env: Env::from_iter([("AMLDECK_ACCESS_TOKEN", "owner")]),
        http: http.clone(),
        executor: None,
    });
    Client::new(ClientOptions {
        cloud: Cloud::Public,
        arm_endpoint: endpoints.arm,
        graph_endpoint: endpoints.graph,
        read_only: false,
        tokens: TokenCache::new(Arc::new(chain)),
        tenant: None,
        max_in_flight: 24,
        http,
        pace: Pace::default(),
    })
}

fn console(now: Timestamp) -> Console {
    let session = Session {
        source: Source::Demo { persona: "owner".to_owned() },
        tenant: None,
        tenants: Vec::new(),
        account: None,
        read_only: false,
        portal: Cloud::Public.portal().to_owned(),
        studio: Cloud::Public.studio().to_owned(),
    };
    let keymap = KeyMap::new(&KeyTable::new()).unwrap();
    let theme = Theme::named("dark").unwrap();
    let mut model = Model::new(session, keymap, theme, symbols::UNICODE, now, TimeZone::UTC);
    model.landing = Some(WORKSPACE.to_owned());
    model.size = SIZE;
    Console::new(model, Clock::Fixed(now))
}

/// Handles messages until nothing is under way and the model has been told so.
async fn settle(console: &mut Console) {
    loop {
        while let Some(message) = console.try_next() {
            console.handle(message);
        }
        let quiet = console.is_settled() && console.model.network.in_flight == 0;
        if quiet && !console.model.is_waiting() {
            return;
        }
        if let Ok(message) = timeout(Duration::from_millis(2), console.next()).await {
            console.handle(message);
        }
    }
}

fn compare(path: &Path, drawn: &str) {
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        std::fs::write(path, drawn).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == drawn,
        "{} is not what the console draws now. If the new screen is right, type\n\n    \
         UPDATE_PICTURES=1 cargo test --test picture\n\nand look at the picture before it is committed.",
        path.display()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_picture_in_the_readme_is_what_the_console_draws() {
    let now: Timestamp = NOW.parse().unwrap();
    let mut options = Options::new(Estate::demo().unwrap());
    options.clock = emulator::Clock::Fixed(now);
    let running = emulator::start(options).await.unwrap();
    let mut console = console(now);
    console.connect(Services {
        client: client(&running.url()),
        subscriptions: Vec::new(),
        cache: None,
        place: "demo".to_owned(),
        folder: PathBuf::new(),
    });
    timeout(LIMIT, settle(&mut console)).await.expect("the screen settles");
    assert_eq!(console.model.browser.workspace().map(ArmId::name), Some(WORKSPACE));
    console.model.notices.dismiss();
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    console.draw(&mut terminal).unwrap();
    let drawn = svg::render(terminal.backend().buffer(), "amldeck over its demo estate");
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screen.svg"), &drawn);
    running.stop().await;
}

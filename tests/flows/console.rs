//! The whole console over the emulator, without a terminal: keys in, model and screen out.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use crate::support::console::Desk;
use crate::support::emulator;
use crate::support::hostile::{self, HOSTILE};
use amldeck::app::effect::Host;
use amldeck::app::fetch::{Fetch, Fetched, Part, Ticket};
use amldeck::app::message::Message;
use amldeck::app::overlay::Overlay;
use amldeck::azure::arm::error::Error;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::azure::auth::{CredentialKind, SignInError, Token, TokenCache, TokenSource};
use amldeck::config::input::Input;
use amldeck::config::key::{Key, KeyCode, parse_script};
use amldeck::domain::lookup::Lookup;
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{Fault, Options, Running};
use futures_util::future::BoxFuture;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

impl Desk {
    /// A console on the demo estate as a persona, and settled.
    async fn of(running: &Running, persona: &str) -> Self {
        Self::landed(running, persona, None).await
    }

    /// The same, started with a workspace to land on.
    async fn landed(running: &Running, persona: &str, landing: Option<&str>) -> Self {
        let mut desk = Self::open(&emulator::client(&running.url(), persona), landing);
        desk.settle().await;
        desk
    }

    /// Presses keys one after the other without waiting for anything.
    pub fn rush(&mut self, keys: &str) {
        for key in parse_script(keys).unwrap() {
            self.input(Input::Key(key));
        }
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.input(Input::Resize { width, height });
    }

    fn input(&mut self, input: Input) {
        if let Input::Resize { width, height } = input {
            self.terminal.backend_mut().resize(width, height);
        }
        let hosts = self.console.input(input);
        self.hosts.extend(hosts);
    }

    /// What was told, the newest first.
    fn told(&self) -> Vec<String> {
        self.model().notices.newest_first().iter().map(|notice| notice.text.clone()).collect()
    }

    /// Whether the page on screen has been read whole.
    fn is_read(&self) -> bool {
        self.model().page().is_some_and(|page| page.has_body() && page.loading().is_empty())
    }

    /// The text of the topmost overlay.
    fn text(&self) -> String {
        match self.model().overlays.last() {
            Some(Overlay::Text(view)) => view.text(),
            other => panic!("no text is open: {other:?}"),
        }
    }
}

async fn demo() -> Running {
    emulator::start(emulator::options()).await
}

fn paths(running: &Running) -> Vec<String> {
    let path = |url: String| url.split('?').next().unwrap_or_default().to_owned();
    running.requests().into_iter().map(|request| path(request.url)).collect()
}

/// Whether a line of the screen has these words right behind this name.
fn says(screen: &str, name: &str, words: &str) -> bool {
    screen
        .lines()
        .filter_map(|line| line.split_once(name))
        .any(|(_, rest)| rest.trim_start().starts_with(words))
}

#[tokio::test]
async fn the_command_line_lands_on_a_workspace() {
    let running = demo().await;
    let id = "/SUBSCRIPTIONS/6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91/resourcegroups/RG-forecast-prod/providers/\
              microsoft.machinelearningservices/workspaces/MLW-forecast";
    for landing in ["mlw-forecast", "MLW-Forecast", "rg-forecast-prod/mlw-forecast", id] {
        let desk = Desk::landed(&running, "owner", Some(landing)).await;
        assert_eq!(desk.selected(), "mlw-forecast", "{landing}");
        assert!(desk.is_read(), "{landing}");
        assert_eq!(desk.told(), Vec::<String>::new());
    }
    let desk = Desk::landed(&running, "owner", Some("mlw-nowhere")).await;
    assert_eq!(desk.told(), ["no workspace is called 'mlw-nowhere'; choose one"]);
    assert!(desk.model().page().is_none(), "nothing else is opened in its place");
    assert!(
        matches!(desk.model().overlays.last(), Some(Overlay::Picker(picker)) if picker.query.text() == "mlw-nowhere")
    );
    let mut desk = desk;
    desk.press("<esc>").await;
    assert!(desk.is_read(), "whoever chooses none looks at the selected one");
}

#[tokio::test]
async fn a_name_that_several_workspaces_have_is_left_to_the_operator() {
    let mut options = emulator::options();
    let document = |name: &str| {
        let named = |document: &&Value| document["name"] == name && document["kind"] == "Default";
        options.estate.resources.iter().find(named).unwrap().clone()
    };
    let mut twin = document("mlw-churn-dev");
    twin["id"] = json!(
        document("mlw-sandbox-ada")["id"].as_str().unwrap().replace("mlw-sandbox-ada", "mlw-churn-dev")
    );
    options.estate.resources.push(twin);
    let running = emulator::start(options).await;
    let mut desk = Desk::landed(&running, "owner", Some("mlw-churn-dev")).await;
    assert_eq!(desk.told(), ["2 workspaces are called 'mlw-churn-dev'; choose one"]);
    assert!(
        matches!(desk.model().overlays.last(), Some(Overlay::Picker(picker)) if picker.shown().len() == 2)
    );
    let screen = desk.screen();
    assert!(screen.contains("rg-churn-dev") && screen.contains("rg-sandbox"), "{screen}");
}

#[tokio::test]
async fn a_held_key_fetches_only_where_it_rests() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "owner").await;
    running.forget_requests();
    desk.rush(&"j".repeat(17));
    let under_way = desk.model().under_way.len();
    assert_eq!(under_way, 0, "nothing is asked for while the cursor moves");
    desk.settle().await;
    let at = desk.selected().to_owned();
    assert_eq!(at, "mlw-fraud-prod");
    assert!(desk.is_read());
    let strays: Vec<String> = paths(&running)
        .into_iter()
        .filter(|path| path.contains("/workspaces/mlw-") && !path.contains(&at))
        .collect();
    assert_eq!(strays, Vec::<String>::new());
    let sent = running.requests().len();
    assert!((5..=24).contains(&sent), "{sent} requests");
    // Up and down again: what was read is not read again.
    running.forget_requests();
    desk.rush(&"k".repeat(5));
    desk.rush(&"j".repeat(5));
    desk.settle().await;
    assert_eq!(desk.selected(), at);
    assert_eq!(paths(&running), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_left_is_called_off_and_fetched_when_it_is_looked_at_again() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "owner").await;
    let first = desk.selected().to_owned();
    running.add_fault(Fault { delay_ms: 60_000, ..Fault::on("GET", "*/mlw-forecast*") });
    desk.rush(":mlw-forecast<enter>");
    desk.until(|console| console.model.page().is_some_and(|page| page.loading().len() > 5)).await;
    desk.rush(&format!(":{first}<enter>"));
    // Were the slow requests still wanted, this would take a minute.
    desk.settle().await;
    assert_eq!(desk.selected(), first);
    let left = desk.model().pages.iter().find(|page| page.id.name() == "mlw-forecast").unwrap();
    assert_eq!(left.loading(), []);
    running.clear_faults();
    desk.go_to("mlw-forecast").await;
    assert!(desk.is_read(), "{}", desk.screen());
}

#[tokio::test]
async fn a_late_answer_changes_nothing() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "owner").await;
    let left = desk.model().browser.workspace().unwrap().clone();
    desk.go_to("mlw-staging").await;
    let before = desk.screen();
    let gone = || Error::InvalidRequest { method: Method::Get, reason: "late".to_owned() };
    for (part, fetched) in [
        (Part::Body, Fetched::Body(Err(gone()))),
        (Part::Assignments, Fetched::Assignments(Ok(Vec::new()))),
        (Part::Rules, Fetched::Rules(Err(gone()))),
    ] {
        for generation in [0, 1, 7, u64::MAX] {
            for id in [left.clone(), desk.model().browser.workspace().unwrap().clone()] {
                let fetch = Fetch::Page(id, part.clone());
                let fetched = match &fetched {
                    Fetched::Body(_) => Fetched::Body(Err(gone())),
                    Fetched::Rules(_) => Fetched::Rules(Err(gone())),
                    _ => Fetched::Assignments(Ok(Vec::new())),
                };
                desk.handle(Message::Fetched(Ticket { fetch, generation }, fetched));
            }
        }
    }
    desk.handle(Message::Inventory { generation: 0, inventory: Box::default(), complete: true });
    desk.settle().await;
    assert_eq!(desk.screen(), before);
}

#[tokio::test]
async fn what_cannot_be_read_of_a_page_is_told_apart() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "owner").await;
    desk.go_to("mlw-playground").await;
    let screen = desk.screen();
    assert!(screen.contains("kv-legal-hold") && screen.contains("may not be read: you lack"), "{screen}");
    assert!(screen.contains("Microsoft.KeyVault/vaults/read"), "{screen}");
    assert!(matches!(desk.model().page().unwrap().opened.vault(), Lookup::Forbidden { .. }));
    desk.go_to("mlw-sandbox-ada").await;
    let screen = desk.screen();
    assert!(says(&screen, "stsandboxada", "gone"), "{screen}");
    assert!(screen.contains("A resource that it depends on is gone"), "{screen}");
    desk.go_to("mlw-speech-dev").await;
    let screen = desk.screen();
    assert!(says(&screen, "appi-speech-dev", "gone"), "{screen}");
    assert!(screen.contains("deleted principal"), "{screen}");
    // One that is still asked for is neither gone nor deleted.
    running.add_fault(Fault { delay_ms: 60_000, ..Fault::on("POST", "/v1.0/*") });
    running.add_fault(Fault { delay_ms: 60_000, ..Fault::on("GET", "*/storageAccounts/*") });
    desk.rush("R:mlw-forecast<enter>");
    let mut fresh = Desk::open(&emulator::client(&running.url(), "owner"), Some("mlw-forecast"));
    fresh.until(|console| console.model.page().is_some_and(|page| page.loading().len() == 1)).await;
    let screen = fresh.screen();
    assert!(
        screen.contains('…') && !screen.contains("deleted principal") && !screen.contains("gone"),
        "{screen}"
    );
}

#[tokio::test]
async fn who_may_not_ask_the_directory_sees_ids_and_the_reason() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "no-directory").await;
    let screen = desk.screen();
    assert!(screen.contains("unreadable 7cda5749"), "{screen}");
    assert!(screen.contains("names are not shown:"), "{screen}");
    assert!(!screen.contains("deleted principal"), "{screen}");
    assert!(!screen.contains("Ingrid"), "{screen}");
    assert!(desk.is_read());
}

#[tokio::test]
async fn whom_the_directory_leaves_out_is_deleted_only_where_it_says_so_of_them_alone() {
    let running = demo().await;
    let hidden = serde_json::json!({"error": {"code": "Authorization_RequestDenied",
        "message": "Insufficient privileges to complete the operation."}});
    running.add_fault(Fault {
        status: Some(403),
        body: Some(hidden),
        ..Fault::on("GET", "/v1.0/directoryObjects/*")
    });
    let mut desk = Desk::of(&running, "owner").await;
    desk.go_to("mlw-speech-dev").await;
    let screen = desk.screen();
    assert!(!screen.contains("deleted principal"), "a guest is not shown everybody: {screen}");
    assert_eq!(desk.model().principals.deleted().count(), 0);
}

#[tokio::test]
async fn who_may_read_nothing_is_told_so() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "nobody").await;
    let screen = desk.screen();
    assert!(screen.contains("can read no"), "{screen}");
    assert!(screen.contains("noah.feldmann@contoso.com"), "{screen}");
    for keys in
        ["j", "1", "2", "3", "4", "0", "J", "f", "<esc>", "y", "Y", "<esc>", "t", "S", "<esc>", "R", "z"]
    {
        desk.press(keys).await;
        desk.draw();
    }
}

#[tokio::test]
async fn a_reader_sees_everything_that_the_owner_sees() {
    let running = demo().await;
    let mut owner = Desk::of(&running, "owner").await;
    let mut reader = Desk::of(&running, "reader").await;
    for name in ["mlw-fraud-prod", "hub-vision", "proj-vision-defects", "mlw-nlp-dev"] {
        owner.go_to(name).await;
        reader.go_to(name).await;
        let below = |screen: String| screen.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(below(owner.screen()), below(reader.screen()), "{name}");
    }
    assert!(reader.screen().contains("ingrid.solberg@contoso.com"));
}

#[tokio::test]
async fn without_a_network_the_last_good_values_stay_with_their_age() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "owner").await;
    desk.go_to("mlw-nlp-dev").await;
    desk.go_to("mlw-staging").await;
    let online = desk.screen();
    running.stop().await;
    for pane in ["0", "2", "3", "4"] {
        desk.press(&format!("{pane}r")).await;
    }
    desk.press("1R").await;
    let offline = desk.screen();
    assert!(offline.contains("OFFLINE"), "{offline}");
    assert!(offline.contains("as of 14:03"), "{offline}");
    assert!(offline.contains("no connection to Azure"), "{offline}");
    for shown in ["mlw-staging", "mlw-fraud-prod", "Ingrid Solberg", "RBAC", "14 workspaces"] {
        assert!(online.contains(shown), "{shown} in {online}");
        assert!(offline.contains(shown), "{shown} in {offline}");
    }
    // Another page that was read before keeps its values too, although all was to be read again.
    desk.go_to("mlw-nlp-dev").await;
    let screen = desk.screen();
    assert!(screen.contains("2 policies") && screen.contains("failed · 14:03"), "{screen}");
    desk.go_to("mlw-forecast").await;
    let screen = desk.screen();
    assert!(screen.contains("no connection to Azure"), "{screen}");
}

#[tokio::test]
async fn a_console_that_starts_without_a_network_says_so_and_recovers() {
    let running = demo().await;
    running.add_fault(Fault { reset: true, ..Fault::default() });
    let mut desk = Desk::of(&running, "owner").await;
    let screen = desk.screen();
    assert!(screen.contains("r tries again"), "{screen}");
    running.clear_faults();
    desk.press("r").await;
    assert_eq!(desk.model().inventory.workspaces().len(), 14);
    assert!(desk.is_read());
    assert!(!desk.screen().contains("OFFLINE"), "{}", desk.screen());
}

#[tokio::test]
async fn refreshing_shows_what_changed() {
    let running = demo().await;
    let mut desk = Desk::landed(&running, "owner", Some("mlw-staging")).await;
    assert!(!desk.screen().contains("cost=changed"));
    let client = emulator::client(&running.url(), "owner");
    let id = desk.model().browser.workspace().unwrap().clone();
    let patch =
        Request::arm(Method::Patch, &id, "2024-10-01-preview").body(json!({ "tags": { "cost": "changed" } }));
    client.run(&patch, |_| ()).await.unwrap();
    running.forget_requests();
    desk.press("0r").await;
    assert!(desk.screen().contains("cost=changed"), "{}", desk.screen());
    let sent = running.requests().len();
    assert!(sent <= 2, "only the pane is read again, and that was {sent} requests");
    desk.press("R").await;
    assert!(desk.is_read());
}

/// How many answers each fetch waited for before it could be asked: 1 for what was asked at once.
async fn rounds(desk: &mut Desk, keys: &str) -> HashMap<Fetch, usize> {
    desk.rush(keys);
    let mut round: HashMap<Fetch, usize> = HashMap::new();
    loop {
        let Some(message) = desk.console.try_next() else {
            if desk.console.is_settled() {
                return round;
            }
            tokio::task::yield_now().await;
            continue;
        };
        let after = match &message {
            Message::Fetched(ticket, _) => round.get(&ticket.fetch).copied().unwrap_or(0),
            _ => 0,
        };
        desk.handle(message);
        for fetch in desk.model().under_way.keys() {
            round.entry(fetch.clone()).or_insert(after + 1);
        }
    }
}

#[tokio::test]
async fn opening_a_workspace_takes_two_rounds_of_requests() {
    let running = demo().await;
    let mut desk = Desk::of(&running, "owner").await;
    let names: Vec<String> =
        desk.model().inventory.workspaces().iter().map(|entry| entry.name().to_owned()).collect();
    let first = desk.selected().to_owned();
    for name in names.iter().filter(|name| **name != first) {
        running.forget_requests();
        let rounds = rounds(&mut desk, &format!(":{name}<enter>")).await;
        assert_eq!(desk.selected(), name);
        // Counting the people of groups is background work; nothing on screen waits for it.
        let mut late: Vec<_> = rounds
            .iter()
            .filter(|(fetch, round)| **round > 2 && !matches!(fetch, Fetch::Members(_)))
            .collect();
        // Telemetry that a project has from its hub leads to its logs one round later.
        late.retain(|(fetch, _)| {
            name != "proj-vision-defects" || !matches!(fetch, Fetch::Page(_, Part::Dependent(_)))
        });
        assert_eq!(late, [], "{name}");
        let asked = rounds.keys().filter(|fetch| !matches!(fetch, Fetch::Members(_))).count();
        assert!((8..=20).contains(&asked), "{name}: {asked} requests");
        let mut sent = BTreeSet::new();
        let mut named = BTreeSet::new();
        for request in running.requests() {
            let again = format!("{} {} {}", request.method, request.url, request.body);
            assert!(sent.insert(again.clone()), "{name} asks twice: {again}");
            for id in request.body["ids"].as_array().into_iter().flatten() {
                assert!(named.insert(id.to_string()), "{name} asks twice for the name of {id}");
            }
        }
    }
}

/// Any text is a token; it tells whose tenant it was asked for.
#[derive(Default)]
struct Tenants(Mutex<BTreeSet<String>>);

impl TokenSource for Tenants {
    fn token<'a>(&'a self, tenant: Option<&'a str>, _: &'a str) -> BoxFuture<'a, Result<Token, SignInError>> {
        self.0.lock().unwrap().insert(tenant.unwrap_or("home").to_owned());
        Box::pin(async { Ok(Token::new("owner", None, CredentialKind::AzureCli)) })
    }
}

#[tokio::test]
async fn switching_the_tenant_begins_anew_there() {
    const OTHER: &str = "11111111-2222-4333-8444-555555555555";
    let running = demo().await;
    let demo_tenant = Estate::demo().unwrap().tenant;
    running.add_fault(Fault {
        body: Some(json!({ "value": [demo_tenant, { "id": format!("/tenants/{OTHER}"), "tenantId": OTHER, "displayName": "Fabrikam" }] })),
        ..Fault::on("GET", "/tenants")
    });
    let source = Arc::new(Tenants::default());
    let tokens = TokenCache::new(source.clone());
    let client = Client::new(ClientOptions { tokens, ..emulator::client_options(&running.url(), "owner") });
    let mut desk = Desk::open(&client, None);
    desk.settle().await;
    assert_eq!(desk.model().session.tenants.len(), 2);
    assert_eq!(*source.0.lock().unwrap(), ["home".to_owned()].into());
    running.forget_requests();
    running.add_fault(Fault {
        body: Some(json!({ "value": [{ "id": OTHER, "displayName": "Fabrikam" }] })),
        ..Fault::on("GET", "/v1.0/organization")
    });
    desk.press(":tenant<enter>").await;
    desk.press("/Fabrikam<enter>").await;
    if !desk.model().overlays.is_empty() {
        desk.press("<enter>").await;
    }
    assert!(source.0.lock().unwrap().contains(OTHER), "{}", desk.screen());
    assert!(paths(&running).iter().any(|path| path == "/subscriptions"), "{:?}", paths(&running));
    assert!(!desk.model().inventory_status.loading);
    assert!(desk.model().under_way.is_empty(), "{:?}", desk.model().under_way);
    let tenant = desk.model().session.tenant.clone().unwrap();
    assert_eq!(tenant.name, "Fabrikam", "{}", desk.screen());
}

#[tokio::test]
async fn no_secret_is_shown_copied_or_logged() {
    let running = demo().await;
    let mut found = BTreeSet::new();
    Estate::demo().unwrap().resources.iter().for_each(|document| hostile::secrets(document, &mut found));
    assert!(found.len() > 10, "{}", found.len());
    let client = emulator::client(&running.url(), "owner");
    let mut desk = Desk::open(&client, None);
    desk.settle().await;
    let names: Vec<String> =
        desk.model().inventory.workspaces().iter().map(|entry| entry.name().to_owned()).collect();
    let (mut shown, mut opened, workspaces) = (String::new(), 0, names.len());
    for name in names {
        desk.press("1").await;
        desk.go_to(&name).await;
        let page = desk.model().page().unwrap();
        for raw in page.raw.iter().chain(page.raw_dependents.values()) {
            shown.push_str(&raw.to_string());
        }
        desk.press("J").await;
        shown.push_str(&desk.text());
        desk.press("y<esc>2").await;
        for _ in 0..6 {
            desk.press("J").await;
            // Of what could not be read there is no JSON, and nothing to close.
            if !desk.model().overlays.is_empty() {
                opened += 1;
                shown.push_str(&desk.text());
                desk.press("<esc>").await;
            }
            desk.press("j").await;
        }
        desk.press("Ys").await;
    }
    assert!(opened > workspaces, "of {workspaces} workspaces {opened} dependents were looked at");
    desk.press("@").await;
    shown.push_str(&desk.screen());
    desk.press("<enter>").await;
    shown.push_str(&desk.text());
    shown.push_str(&format!("{:?}{:?}{:?}", desk.hosts, client.log().entries(), desk.told()));
    assert!(
        shown.contains("InstrumentationKey") && desk.hosts.iter().any(|host| matches!(host, Host::Copy(_)))
    );
    for secret in found {
        assert!(!shown.contains(&secret), "{secret} is shown");
    }
    assert!(!shown.contains("Bearer"));
}

#[tokio::test]
async fn hostile_texts_are_harmless_on_every_screen() {
    let running = emulator::start(Options { estate: hostile::estate(), ..emulator::options() }).await;
    running.add_fault(Fault {
        status: Some(409),
        body: Some(
            json!({ "error": { "code": format!("Bad{HOSTILE}"), "message": format!("Worse{HOSTILE}") } }),
        ),
        ..Fault::on("GET", "*/roleEligibilityScheduleInstances*")
    });
    for (width, height) in [(80, 24), (200, 60)] {
        let mut desk = Desk::of(&running, "owner").await;
        desk.resize(width, height);
        for workspace in ["mlw-sandbox-ada", "mlw-playground", "mlw-fraud-prod"] {
            desk.press("<esc><esc>1").await;
            desk.go_to(workspace).await;
            let walk = [
                "0", "z", "J", "<esc>", "z", "2", "z", "J", "/e", "<enter>", "<esc>", "<esc>", "z", "3", "z",
                "z", "4", "z", "<enter>", "<esc>", "z", "/e", "<enter>", "<esc>", "1", "t", "t", "S",
                "<esc>", "f", "<enter>", "<esc>", "<esc>", "@", "<enter>", "<esc>", "<esc>", "!", "<enter>",
                "<esc>", "<esc>", "?", "<esc>", ":", "<esc>", "a", "<esc>", "Y", "<esc>", "T", "<esc>", "c",
                "R",
            ];
            for keys in walk {
                desk.press(keys).await;
                let buffer = desk.draw();
                for cell in buffer.content() {
                    let symbol = cell.symbol();
                    assert!(
                        !symbol.chars().any(hostile::is_harmful),
                        "{symbol:?} after {keys} on {workspace}"
                    );
                }
            }
            for host in &desk.hosts {
                assert!(matches!(host, Host::Copy(_)), "{host:?}");
            }
        }
    }
}

/// Keys that start nothing outside: links, files and the palette, which leads to them, are left out.
fn any_input() -> impl Strategy<Value = Input> {
    let letters = "jkhlgGtzSfJyYTrR@!?/1234 0+_x-nN<>".chars().collect::<Vec<_>>();
    let codes = vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::F(1),
        KeyCode::F(5),
    ];
    let size = |most: u16| prop_oneof![2 => 1..6u16, 3 => 1..most];
    prop_oneof![
        8 => prop::sample::select(letters).prop_map(|c| Input::Key(Key::char(c))),
        4 => prop::sample::select(codes).prop_map(|code| Input::Key(Key::plain(code))),
        1 => prop::sample::select(vec!['d', 'u', 'o', 'n', 'l']).prop_map(|c| {
            Input::Key(Key { code: KeyCode::Char(c), ctrl: true, alt: false })
        }),
        2 => (size(220), size(70)).prop_map(|(width, height)| Input::Resize { width, height }),
        1 => (0..220u16, 0..70u16, -9..9i16).prop_map(|(column, row, by)| Input::Scroll { column, row, by }),
        2 => (0..220u16, 0..70u16).prop_map(|(column, row)| Input::Click { column, row }),
        1 => ".{0,12}".prop_map(Input::Paste),
    ]
}

#[test]
fn any_keys_and_sizes_leave_a_console_that_settles() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let running = runtime.block_on(demo());
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    let inputs = prop::collection::vec(any_input(), 1..60);
    runner
        .run(&inputs, |inputs| {
            runtime.block_on(async {
                let mut desk = Desk::of(&running, "owner").await;
                for (at, input) in inputs.into_iter().enumerate() {
                    // The footer leads to links and to the palette.
                    let on_footer = |row: u16| row + 1 >= desk.model().size.1;
                    if matches!(input, Input::Click { row, .. } if on_footer(row)) {
                        continue;
                    }
                    desk.input(input);
                    desk.draw();
                    if at % 7 == 0 {
                        desk.settle().await;
                    }
                }
                desk.resize(1, 1);
                desk.draw();
                desk.resize(120, 36);
                desk.settle().await;
                desk.draw();
                assert!(desk.model().under_way.is_empty(), "{:?}", desk.model().under_way);
                assert!(
                    !desk.told().iter().any(|line| line.contains("a defect of amldeck")),
                    "{:?}",
                    desk.told()
                );
            });
            Ok(())
        })
        .unwrap();
}

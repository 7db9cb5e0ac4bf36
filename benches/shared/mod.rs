//! A console full of data, without a network: what the benches press keys on.

use std::io::{self, Sink};
use std::sync::Arc;
use std::time::Duration;

use amldeck::app::console::{Clock, Console};
use amldeck::app::effect::Effect;
use amldeck::app::fetch::{Fetch, Fetched, Part, Ticket};
use amldeck::app::message::Message;
use amldeck::app::model::Model;
use amldeck::app::session::{Session, Source};
use amldeck::app::update;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Priority, Service};
use amldeck::azure::arm::request_log::{self, Entry};
use amldeck::azure::directory::{Principal, PrincipalLookup};
use amldeck::azure::resource_graph::WorkspaceRow;
use amldeck::azure::resources::role_assignment::RoleAssignment;
use amldeck::azure::resources::role_definition::RoleDefinition;
use amldeck::azure::resources::workspace::Workspace;
use amldeck::config::input::Input;
use amldeck::config::key::{Key, parse_script};
use amldeck::config::keymap::{KeyMap, KeyTable};
use amldeck::config::symbols;
use amldeck::config::theme::Theme;
use amldeck::domain::inventory::Inventory;
use anyhow::{Context, Result};
use fastrand::Rng;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use serde_json::{Value, json};

/// The size of the screen that is measured.
pub const SIZE: (u16, u16) = (200, 60);

/// How much data the console holds.
#[derive(Clone, Copy)]
pub struct Load {
    /// Subscriptions, each with groups of ten workspaces.
    pub subscriptions: usize,
    /// Workspaces over all of them.
    pub workspaces: usize,
    /// Role assignments in force on the workspace that is open.
    pub assignments: usize,
}

/// The load that the budgets are written for.
pub const FULL: Load = Load { subscriptions: 500, workspaces: 10_000, assignments: 50_000 };

/// A terminal that writes real escape sequences to nowhere.
pub type Screen = Terminal<CrosstermBackend<Sink>>;

/// A console and the terminal it draws on.
pub struct Stage {
    /// The console.
    pub console: Console,
    screen: Screen,
}

fn screen() -> Result<Screen> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1));
    Ok(Terminal::with_options(CrosstermBackend::new(io::sink()), TerminalOptions { viewport })?)
}

/// The time that the benches take for now.
pub fn now() -> Result<Timestamp> {
    Ok("2026-11-22T06:00:00Z".parse()?)
}

/// Rows as Resource Graph gives them.
pub fn rows(load: Load) -> Vec<Value> {
    let mut rng = Rng::with_seed(7);
    let places = ["westeurope", "northeurope", "eastus2", "swedencentral"];
    let modes = ["Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound"];
    let topics = ["fraud", "churn", "vision", "forecast", "pricing", "search", "claims", "routing"];
    let row = |n: usize| {
        let subscription =
            format!("{:08x}-0000-4000-8000-{:012x}", n % load.subscriptions, n % load.subscriptions);
        let topic = topics[rng.usize(..topics.len())];
        let group = format!("rg-{topic}-{:03}", n / load.subscriptions / 10);
        let base = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers");
        json!({
            "id": format!("{base}/Microsoft.MachineLearningServices/workspaces/mlw-{topic}-{n:05}"),
            "location": places[rng.usize(..places.len())], "kind": "Default",
            "tags": {"env": if n.is_multiple_of(3) { "prod" } else { "dev" }, "owner": format!("team-{}", n % 40)},
            "provisioningState": if n.is_multiple_of(97) { "Failed" } else { "Succeeded" },
            "friendlyName": format!("{topic} {n}"), "isolationMode": modes[rng.usize(..modes.len())],
            "networkStatus": "Active", "publicNetworkAccess": if n.is_multiple_of(2) { "Enabled" } else { "Disabled" },
            "authMode": if n.is_multiple_of(5) { "Identity" } else { "AccessKey" }, "v1LegacyMode": false,
            "storageAccount": format!("{base}/Microsoft.Storage/storageAccounts/st{topic}{n:05}"),
            "keyVault": format!("{base}/Microsoft.KeyVault/vaults/kv-{topic}-{n:05}"),
            "applicationInsights": format!("{base}/Microsoft.Insights/components/appi-{n:05}"),
            "containerRegistry": "", "hubResourceId": "",
            "principalId": format!("{:08x}-1111-4000-8000-{n:012x}", rng.u32(..)),
            "createdAt": "2025-03-01T10:00:00Z"
        })
    };
    let mut rows: Vec<Value> = (0..load.workspaces).map(row).collect();
    // The queries ask for this order.
    rows.sort_by_cached_key(|row| row["id"].to_string());
    rows
}

/// An inventory of that many workspaces.
pub fn inventory(load: Load) -> Result<Inventory> {
    let rows: Vec<WorkspaceRow> =
        rows(load).into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?;
    let mut inventory = Inventory::default();
    inventory.add_rows(&rows);
    Ok(inventory)
}

/// Role assignments in force on a workspace, by about a tenth as many principals.
pub fn assignments(workspace: &ArmId, load: Load) -> Result<Vec<RoleAssignment>> {
    let mut rng = Rng::with_seed(11);
    let subscription = workspace.subscription_id().unwrap_or_default().to_owned();
    let scopes = [
        workspace.as_str().to_owned(),
        workspace.group_scope().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        format!("/subscriptions/{subscription}"),
        "/providers/Microsoft.Management/managementGroups/mg-ml".to_owned(),
    ];
    let assignment = |n: usize| {
        let scope = &scopes[rng.usize(..scopes.len())];
        json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{n:08x}-2222-4000-8000-000000000000"),
            "name": format!("{n:08x}-2222-4000-8000-000000000000"),
            "properties": {
                "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", role(n % 60)),
                "principalId": principal(n % (load.assignments / 10).max(1)), "principalType": "User", "scope": scope,
                "createdOn": "2025-03-01T10:00:00Z", "createdBy": principal(0)
            }
        })
    };
    (0..load.assignments).map(assignment).map(|value| Ok(serde_json::from_value(value)?)).collect()
}

fn principal(n: usize) -> String {
    format!("{n:08x}-3333-4000-8000-000000000000")
}

fn role(n: usize) -> String {
    format!("{n:08x}-4444-4000-8000-000000000000")
}

fn roles() -> Result<Vec<RoleDefinition>> {
    let definition = |n: usize| {
        json!({"id": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", role(n)), "name": role(n),
            "properties": {"roleName": format!("Role number {n}"), "type": if n.is_multiple_of(9) { "CustomRole" } else { "BuiltInRole" },
                "permissions": [{"actions": [if n.is_multiple_of(3) { "*/read" } else { "Microsoft.Storage/*" }]}]}})
    };
    (0..60).map(|n| Ok(serde_json::from_value(definition(n))?)).collect()
}

fn people(ids: &[String]) -> Result<Vec<Principal>> {
    ids.iter()
        .enumerate()
        .map(|(n, id)| {
            let user = json!({"id": id, "@odata.type": "#microsoft.graph.user", "displayName": format!("Person {n} of the team"),
                "userPrincipalName": format!("person{n}@contoso.example")});
            Ok(serde_json::from_value(user)?)
        })
        .collect()
}

/// A line of the request log.
fn request(number: u64) -> Result<Entry> {
    let id = format!("{number:08x}-5555-4000-8000-000000000000");
    Ok(Entry {
        number,
        at: now()?,
        service: Service::Arm,
        method: Method::Get,
        url: format!(
            "https://management.azure.com/subscriptions/{id}/resourceGroups/rg-fraud/providers/Microsoft.KeyVault/vaults/kv-{number}?api-version=2024-10-01"
        ),
        status: Some(200),
        took: Duration::from_millis(number),
        attempt: 1,
        client_request_id: id.clone(),
        correlation_id: Some(id),
        bytes: 3_000,
        error: None,
        priority: Priority::Foreground,
    })
}

impl Stage {
    /// A console before anything is known.
    pub fn empty() -> Result<Self> {
        let session = Session {
            source: Source::Azure { cloud: "AzureCloud".to_owned() },
            tenant: None,
            tenants: Vec::new(),
            account: Some("ada@contoso.example".to_owned()),
            object_id: None,
            read_only: false,
            portal: "https://portal.azure.com".to_owned(),
            studio: "https://ml.azure.com".to_owned(),
        };
        let keymap = KeyMap::new(&KeyTable::new())?;
        let mut model =
            Model::new(session, keymap, Theme::named("dark")?, symbols::UNICODE, now()?, TimeZone::UTC);
        model.size = SIZE;
        Ok(Self { console: Console::new(model, Clock::Fixed(now()?)), screen: screen()? })
    }

    /// A console with an inventory and one workspace opened in full.
    pub fn loaded(load: Load) -> Result<Self> {
        let mut stage = Self::empty()?;
        update::start(&mut stage.console.model);
        let inventory = Box::new(inventory(load)?);
        let generation = stage.ticket(&Fetch::Inventory)?.generation;
        stage.console.handle(Message::Inventory { generation, inventory, complete: true });
        // The tree begins closed; its first workspace stands below a subscription and a group.
        stage.press("+ggjj")?;
        stage.open(load)?;
        let requests = (1..=request_log::KEPT as u64).map(request).collect::<Result<_>>()?;
        stage.console.handle(Message::Requests(requests));
        stage.draw()?;
        Ok(stage)
    }

    /// Answers everything that the page of the selected workspace asked for.
    fn open(&mut self, load: Load) -> Result<()> {
        let settling = self.console.model.settling;
        self.console.handle(Message::Settled(settling));
        let id = self.console.model.browser.workspace().context("no workspace is selected")?.clone();
        let of = |part| Fetch::Page(id.clone(), part);
        let body =
            json!({"id": id, "location": "westeurope", "properties": {"provisioningState": "Succeeded"}});
        let workspace: Workspace = serde_json::from_value(body.clone())?;
        self.answer(&of(Part::Body), Fetched::Body(Ok((Box::new(workspace), body.into()))))?;
        let subscription = id.subscription_id().unwrap_or_default().to_ascii_lowercase();
        let fetch = Fetch::Roles { subscription, scope: id.clone(), custom_only: false };
        self.answer(&fetch, Fetched::Roles(Ok(roles()?)))?;
        self.answer(&of(Part::Eligible), Fetched::Eligible(Ok(Vec::new())))?;
        self.answer(&of(Part::Active), Fetched::Active(Ok(Vec::new())))?;
        self.answer(&of(Part::Denies), Fetched::Denies(Ok(Vec::new())))?;
        self.answer(&of(Part::Rules), Fetched::Rules(Ok(Vec::new())))?;
        self.answer(&of(Part::Locks), Fetched::Locks(Ok(Vec::new())))?;
        self.answer(&of(Part::Assignments), Fetched::Assignments(Ok(assignments(&id, load)?)))?;
        let names = self.console.model.under_way.keys().find_map(|fetch| match fetch {
            Fetch::Names(ids) => Some(ids.clone()),
            _ => None,
        });
        if let Some(ids) = names {
            let found = PrincipalLookup { found: people(&ids)?, ..PrincipalLookup::default() };
            self.answer(&Fetch::Names(ids.clone()), Fetched::Names(ids, Ok(found)))?;
        }
        Ok(())
    }

    fn ticket(&self, fetch: &Fetch) -> Result<Ticket> {
        let generation = self.console.model.under_way.get(fetch);
        let generation = *generation.with_context(|| format!("{fetch:?} was not asked for"))?;
        Ok(Ticket { fetch: fetch.clone(), generation })
    }

    fn answer(&mut self, fetch: &Fetch, fetched: Fetched) -> Result<()> {
        let ticket = self.ticket(fetch)?;
        self.console.handle(Message::Fetched(ticket, fetched));
        Ok(())
    }

    /// Presses keys, as `--keys` writes them, and draws nothing.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        for key in parse_script(keys)? {
            let effects = self.take(Message::Input(Input::Key(key)));
            self.work(effects);
        }
        Ok(())
    }

    /// Does the work that was given away, as the runtime would beside the screen, until none is left.
    pub fn work(&mut self, mut effects: Vec<Effect>) {
        let model = &mut self.console.model;
        while let Some(effect) = effects.pop() {
            match effect {
                Effect::Assess { page, generation, facts } => {
                    let assessment = Some(Arc::new(facts.assess(model.now)));
                    effects.extend(update::update(model, Message::Assessed { page, generation, assessment }));
                }
                Effect::Inquire { generation, inquiry } => {
                    let outcome = Some(inquiry.work_out());
                    effects.extend(update::update(model, Message::Inquired { generation, outcome }));
                }
                _ => {}
            }
        }
    }

    /// Takes a message as the console does, and gives what it wants done.
    pub fn take(&mut self, message: Message) -> Vec<Effect> {
        update::update(&mut self.console.model, message)
    }

    /// One key and the frame after it: what the hand waits for.
    pub fn key_to_frame(&mut self, key: Key) -> Result<Vec<Effect>> {
        let effects = self.take(Message::Input(Input::Key(key)));
        self.draw()?;
        Ok(effects)
    }

    /// One frame, with the escape sequences of what changed.
    pub fn draw(&mut self) -> Result<()> {
        Ok(self.console.draw(&mut self.screen)?)
    }

    /// The first frame on an empty terminal: every cell that is not blank is sent.
    pub fn draw_whole(&mut self) -> Result<()> {
        self.screen = screen()?;
        self.draw()
    }
}

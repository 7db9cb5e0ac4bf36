//! The whole state of the console. Only the update changes it; the view only reads it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::access::grid::MatrixView;
use super::access::groups::Groups;
use super::access::inquiry::Inquiring;
use super::browser::Browser;
use super::fetch::Fetch;
use super::field::FilterField;
use super::form::Draft;
use super::hit::HitMap;
use super::list::ListCursor;
use super::listing::Listed;
use super::message::Network;
use super::notice::Notices;
use super::overlay::Overlay;
use super::page::{Page, Pane};
use super::review::Rights;
use super::runs::{Held, Runs};
use super::runtime::Owner;
use super::session::Session;
use super::timeline::Log;
use super::update::{Parked, Switching, Taking};
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request_log;
use crate::config::action::Action;
use crate::config::key::Key;
use crate::config::keymap::{Context, KeyMap};
use crate::config::symbols::Symbols;
use crate::config::theme::Theme;
use crate::domain::access::{AccessSort, Principals, Roles};
use crate::domain::changes::Production;
use crate::domain::fact::Tone;
use crate::domain::inventory::Inventory;
use crate::domain::plan::Phase;

/// Pages that are kept for going back.
pub const KEPT_PAGES: usize = 24;

/// The state.
pub struct Model {
    /// The time of the message that is being handled.
    pub now: Timestamp,
    /// The zone of clock times.
    pub zone: TimeZone,
    /// Who is signed in where.
    pub session: Session,
    /// Whether signing in failed.
    pub signed_out: bool,
    /// Whether the person at the terminal did anything yet.
    pub touched: bool,
    /// The size of the screen in columns and rows.
    pub size: (u16, u16),
    /// Colours.
    pub theme: Theme,
    /// Signs.
    pub signs: Symbols,
    /// Keys.
    pub keymap: KeyMap,
    /// Keys of a sequence that has begun.
    pub pending: Vec<Key>,
    /// Every workspace; shared with what is written out beside the screen.
    pub inventory: Arc<Inventory>,
    /// How the inventory is doing.
    pub inventory_status: InventoryStatus,
    /// The list of workspaces.
    pub browser: Browser,
    /// Pages by workspace, the last used at the end.
    pub pages: VecDeque<Page>,
    /// The pane that has the keys.
    pub focus: Pane,
    /// The focused pane has the whole screen.
    pub zoomed: bool,
    /// Cursors and filters of the panes.
    pub panes: HashMap<Pane, PaneState>,
    /// The access pane as a matrix.
    pub matrix: MatrixView,
    /// The order of the access pane.
    pub access_sort: (AccessSort, bool),
    /// Role definitions.
    pub roles: Roles,
    /// Subscriptions whose role definitions were asked for.
    pub roles_asked: Vec<String>,
    /// Why the role definitions of a subscription could not be read, by its id.
    pub roles_refused: BTreeMap<String, String>,
    /// Names of principals.
    pub principals: Principals,
    /// Who is in which group.
    pub groups: Groups,
    /// Counts what was learnt that bears on questions about access.
    pub knowledge: u64,
    /// Whether questions about access are asked without a screen that shows them.
    pub asks_access: bool,
    /// The assessment of a storage access switch.
    pub switching: Option<Switching>,
    /// A snapshot that waits for what it holds.
    pub taking: Option<Taking>,
    /// What was last read of the activity log.
    pub log: Option<Log>,
    /// Layers over the screen, the topmost last.
    pub overlays: Vec<Overlay>,
    /// What is known of other tenants, by their ids.
    pub parked: HashMap<String, Parked>,
    /// Forms that were not finished.
    pub drafts: Vec<Draft>,
    /// What was told.
    pub notices: Notices,
    /// What counts as production.
    pub production: Production,
    /// Runs of plans.
    pub runs: Runs,
    /// Whether it was said that ending now cuts a run off.
    pub quitting: bool,
    /// How the network is.
    pub network: Network,
    /// The request log, while it is looked at.
    pub requests: Vec<request_log::Entry>,
    /// The workspace that the command line named, until it was found.
    pub landing: Option<String>,
    /// Turns of the spinner.
    pub turn: usize,
    /// What stands where on screen.
    pub hits: HitMap,
    /// The last click, to tell a double one.
    pub last_click: Option<(u16, u16, Timestamp)>,
    /// Numbers of what is under way, by what it is.
    pub under_way: HashMap<Fetch, u64>,
    /// The last number given.
    pub generation: u64,
    /// The number of the last selection that may settle.
    pub settling: u64,
    /// Minutes between automatic refreshes, when there are any.
    pub refresh_every: Option<i64>,
    /// Whether the console was told to end.
    pub ended: bool,
}

/// How the inventory is doing.
#[derive(Debug, Clone, Default)]
pub struct InventoryStatus {
    /// On its way.
    pub loading: bool,
    /// When it was last complete.
    pub at: Option<Timestamp>,
    /// It comes from the cache.
    pub cached: bool,
    /// Whose inventory the cache gave.
    pub owner: Option<Owner>,
    /// Why the last try failed.
    pub error: Option<Error>,
}

/// Cursor and filter of a pane.
#[derive(Debug, Clone, Default)]
pub struct PaneState {
    /// The cursor.
    pub cursor: ListCursor,
    /// The filter.
    pub filter: FilterField,
    /// The rows of the pane that pass the filter, by index; what is not filtered has none.
    pub shown: Vec<usize>,
    /// The filter that those rows passed.
    pub passed: String,
}

impl Model {
    /// The console before anything is known.
    #[must_use]
    pub fn new(
        session: Session,
        keymap: KeyMap,
        theme: Theme,
        signs: Symbols,
        now: Timestamp,
        zone: TimeZone,
    ) -> Self {
        Self {
            now,
            zone,
            session,
            signed_out: false,
            touched: false,
            size: (80, 24),
            theme,
            signs,
            keymap,
            pending: Vec::new(),
            inventory: Arc::default(),
            inventory_status: InventoryStatus::default(),
            browser: Browser::new(false),
            pages: VecDeque::new(),
            focus: Pane::Browser,
            zoomed: false,
            panes: HashMap::new(),
            matrix: MatrixView::default(),
            access_sort: (AccessSort::From, false),
            roles: Roles::default(),
            roles_asked: Vec::new(),
            roles_refused: BTreeMap::new(),
            principals: Principals::default(),
            groups: Groups::default(),
            knowledge: 1,
            asks_access: false,
            switching: None,
            taking: None,
            log: None,
            overlays: Vec::new(),
            parked: HashMap::new(),
            drafts: Vec::new(),
            notices: Notices::default(),
            production: Production::default(),
            runs: Runs::default(),
            quitting: false,
            network: Network::default(),
            requests: Vec::new(),
            landing: None,
            turn: 0,
            hits: HitMap::default(),
            last_click: None,
            under_way: HashMap::new(),
            generation: 0,
            settling: 0,
            refresh_every: None,
            ended: false,
        }
    }

    /// The page of the selected workspace, once it was opened.
    #[must_use]
    pub fn page(&self) -> Option<&Page> {
        let id = self.browser.workspace()?;
        self.pages.iter().rev().find(|page| page.id == *id)
    }

    /// The page of a workspace.
    pub fn page_mut(&mut self, id: &ArmId) -> Option<&mut Page> {
        self.pages.iter_mut().rev().find(|page| page.id == *id)
    }

    /// Where the cursor of a pane is.
    #[must_use]
    pub fn pane_cursor(&self, pane: Pane) -> ListCursor {
        self.panes.get(&pane).map(|state| state.cursor).unwrap_or_default()
    }

    /// Whether a field of the screen itself, not of an overlay, is being typed into.
    #[must_use]
    pub fn is_filtering(&self) -> bool {
        match self.focus {
            Pane::Browser => self.browser.filter.editing,
            pane => self.panes.get(&pane).is_some_and(|state| state.filter.editing),
        }
    }

    /// Whose keys are in force.
    #[must_use]
    pub fn context(&self) -> Context {
        match self.overlays.last() {
            Some(overlay) => overlay.context(),
            None if self.is_filtering() => Context::Typing,
            None => Context::Workspace,
        }
    }

    /// Tells a line now, with what there is to read behind it.
    pub fn tell(&mut self, tone: Tone, text: impl Into<String>, detail: impl Into<String>) {
        self.notices.tell(self.now, tone, text, detail);
    }

    /// How an action is told of here and now: by its key, or else as the palette has it.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        self.keymap.key(self.context(), action)
    }

    /// Why the role definitions of the workspace on screen could not be read, when they could not.
    #[must_use]
    pub fn roles_unread(&self) -> Option<&str> {
        let subscription = self.browser.workspace()?.subscription_id()?.to_ascii_lowercase();
        self.roles_refused.get(&subscription).map(String::as_str)
    }

    /// Whether something on screen waits for an answer, so that a spinner turns.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.inventory_status.loading
            || self.session.account.is_none() && self.under_way.contains_key(&Fetch::Caller)
            || self.network.throttled.is_some()
            || self.page().is_some_and(|page| !page.loading().is_empty() || page.assessed.under_way.is_some())
            || self.overlays.iter().any(|overlay| self.is_awaited(overlay))
    }

    /// Whether something in a layer turns a spinner.
    fn is_awaited(&self, overlay: &Overlay) -> bool {
        match overlay {
            Overlay::Form(form) => form.is_waiting(),
            Overlay::Review(review) => matches!(review.rights, Rights::Awaited(_)),
            Overlay::Run(view) => {
                let known = view.run.as_ref().and_then(|run| self.runs.get(run));
                known.is_none_or(|known| known.held == Held::Here && known.run.phase == Phase::Running)
            }
            Overlay::List(list) => match &list.what {
                Listed::Answer { inquiring, .. } => inquiring.is_under_way(),
                _ => false,
            },
            Overlay::Picker(picker) => picker.more.as_ref().is_some_and(Inquiring::is_under_way),
            Overlay::Help(_) | Overlay::Text(_) => false,
        }
    }

    /// What is being fetched, the oldest first.
    #[must_use]
    pub fn fetching(&self) -> Vec<&Fetch> {
        let mut fetching: Vec<(&Fetch, &u64)> = self.under_way.iter().collect();
        fetching.sort_by_key(|(_, generation)| **generation);
        fetching.into_iter().map(|(fetch, _)| fetch).collect()
    }

    /// The sign of the spinner now.
    #[must_use]
    pub fn spinner(&self) -> &'static str {
        self.signs.spinner[self.turn % self.signs.spinner.len()]
    }
}

//! The whole console without a terminal: keys in, model and screen out.

use std::time::Duration;

use amldeck::app::console::{Clock, Console};
use amldeck::app::effect::Host;
use amldeck::app::message::Message;
use amldeck::app::model::Model;
use amldeck::app::runtime::{Drafts, JournalPlace, Memory, Services, Snapshots};
use amldeck::app::session::{Session, Source};
use amldeck::azure::arm::Client;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::cloud::Cloud;
use amldeck::config::input::Input;
use amldeck::config::key::parse_script;
use amldeck::config::keymap::{KeyMap, KeyTable};
use amldeck::config::symbols;
use amldeck::config::theme::Theme;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tokio::time::timeout;
use unicode_width::UnicodeWidthStr;

/// No flow takes as long as this; one that does hangs.
const LONGEST: Duration = Duration::from_secs(60);
/// How often the console is asked whether it is settled, while no message comes.
const LOOK: Duration = Duration::from_millis(1);

/// A console and the screen that it is drawn on.
pub struct Desk {
    pub console: Console,
    pub terminal: Terminal<TestBackend>,
    /// What only the holder of a terminal could have done, in order.
    pub hosts: Vec<Host>,
    _folder: tempfile::TempDir,
}

/// The time at which the demo estate was written down.
pub fn now() -> Timestamp {
    "2026-11-22T14:03:00Z".parse().unwrap()
}

impl Desk {
    /// A console that is connected and on its way.
    pub fn open(client: &Client, landing: Option<&str>) -> Self {
        Self::open_keeping(client, landing, None)
    }

    /// The same, with a place where forms that are not finished are kept.
    pub fn open_keeping(client: &Client, landing: Option<&str>, drafts: Option<Drafts>) -> Self {
        Self::open_with(client, landing, drafts, JournalPlace::Memory(Memory::default()))
    }

    /// The same, with a journal that others wrote to.
    pub fn open_with(
        client: &Client,
        landing: Option<&str>,
        drafts: Option<Drafts>,
        journal: JournalPlace,
    ) -> Self {
        let session = Session {
            source: Source::Demo { persona: "owner".to_owned(), kept: false },
            tenant: None,
            tenants: Vec::new(),
            account: None,
            object_id: None,
            read_only: client.is_read_only(),
            portal: Cloud::Public.portal().to_owned(),
            studio: Cloud::Public.studio().to_owned(),
        };
        let keymap = KeyMap::new(&KeyTable::default()).unwrap();
        let theme = Theme::named("dark").unwrap();
        let mut model = Model::new(session, keymap, theme, symbols::UNICODE, now(), TimeZone::UTC);
        model.landing = landing.map(str::to_owned);
        model.size = (120, 36);
        // Files are saved here; it goes with the desk.
        let folder = tempfile::tempdir().unwrap();
        let mut console = Console::new(model, Clock::Fixed(now()));
        console.connect(Services {
            client: client.clone(),
            subscriptions: Vec::new(),
            cache: None,
            drafts,
            place: "test".to_owned(),
            folder: folder.path().to_owned(),
            snapshots: Some(Snapshots::in_memory()),
            journal,
        });
        let terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        Self { console, terminal, hosts: Vec::new(), _folder: folder }
    }

    pub fn model(&self) -> &Model {
        &self.console.model
    }

    /// Handles one message.
    pub fn handle(&mut self, message: Message) {
        let hosts = self.console.handle(message);
        self.hosts.extend(hosts);
    }

    /// Handles messages until the screen stays as it is.
    pub async fn settle(&mut self) {
        self.until(Console::is_settled).await;
    }

    /// Handles messages until something is so.
    pub async fn until(&mut self, so: impl Fn(&Console) -> bool) {
        let work = async {
            loop {
                while let Some(message) = self.console.try_next() {
                    self.handle(message);
                }
                if so(&self.console) {
                    return;
                }
                if let Ok(message) = timeout(LOOK, self.console.next()).await {
                    self.handle(message);
                }
            }
        };
        if timeout(LONGEST, work).await.is_err() {
            panic!("this does not end:\n{}", self.screen());
        }
    }

    /// Presses keys, each on a settled screen.
    pub async fn press(&mut self, keys: &str) {
        for key in parse_script(keys).unwrap() {
            let hosts = self.console.input(Input::Key(key));
            self.hosts.extend(hosts);
            self.settle().await;
        }
    }

    /// Selects a workspace as an operator does: by name, through the palette.
    pub async fn go_to(&mut self, workspace: &str) {
        self.press(&format!(":{workspace}<enter>")).await;
        assert_eq!(self.selected(), workspace);
    }

    /// The name of the selected workspace; empty where none is.
    pub fn selected(&self) -> &str {
        self.model().browser.workspace().map_or("", ArmId::name)
    }

    /// Draws a frame.
    pub fn draw(&mut self) -> &Buffer {
        // Whole, as `--print` draws it.
        self.terminal.clear().unwrap();
        self.console.draw(&mut self.terminal).unwrap();
        self.terminal.backend().buffer()
    }

    /// Draws a frame and gives it as text.
    pub fn screen(&mut self) -> String {
        let buffer = self.draw();
        let area = buffer.area;
        let row = |y| {
            let (mut text, mut x) = (String::new(), area.left());
            while x < area.right() {
                let symbol = buffer[(x, y)].symbol();
                text += symbol;
                // The cell behind a wide character is part of it.
                x += u16::try_from(symbol.width()).unwrap().max(1);
            }
            text
        };
        (area.top()..area.bottom()).map(|y| row(y).trim_end().to_owned() + "\n").collect()
    }
}

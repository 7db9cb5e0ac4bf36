//! From a parsed command line to the command: settings, log, runtime, and the console's first state.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use tokio::sync::mpsc::unbounded_channel;

use super::args::{Cli, Command, EmulatorArgs, Global};
use super::connect::{Choice, Connection, connect, to_emulator};
use super::exit::{Exit, Failure};
use super::{
    access, apply, completions, doctor, has_terminal, interactive, journal, list, plan, print, serve, show,
    snapshot, storage_access,
};
use crate::app::console::{Clock, Console};
use crate::app::model::Model;
use crate::app::runtime::{Cache, Drafts, JournalPlace, Memory, Services, Snapshots};
use crate::app::session::{Session, Source};
use crate::config::keymap::KeyMap;
use crate::config::paths::Paths;
use crate::config::settings::Settings;
use crate::config::symbols;
use crate::config::theme::Theme;
use crate::domain::changes::Production;
use crate::emulator::Running;

/// Everything that a command may need of how amldeck was started.
pub struct Context {
    /// The flags.
    pub global: Global,
    /// The settings.
    pub settings: Settings,
    /// Where files live; none where there is no home folder.
    pub paths: Option<Paths>,
    /// The choice of cloud, credential, tenant.
    pub choice: Choice,
}

/// What the console is opened on.
#[derive(Clone, Copy)]
enum Stage<'a> {
    Azure,
    Demo { persona: &'a str, emulator: &'a EmulatorArgs },
}

/// Runs a command line.
///
/// # Errors
/// Whatever keeps the command from doing its work.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let Cli { global, workspace, command } = cli;
    if let (Some(workspace), Some(command)) = (&workspace, &command)
        && !matches!(command, Command::Demo { .. })
    {
        return Err(Failure::wrong_use(format!(
            "'{workspace}' stands before a command that does not take it there; `amldeck --help` shows the order"
        )));
    }
    if let Some(Command::Completions { shell }) = command {
        return completions::run(shell);
    }
    let context = Context::of(global)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::local)?;
    let done = match &command {
        None => open(&runtime, &context, Stage::Azure, workspace.as_deref()),
        Some(Command::Demo { persona, workspace: landing, emulator }) => open(
            &runtime,
            &context,
            Stage::Demo { persona, emulator },
            landing.as_deref().or(workspace.as_deref()),
        ),
        Some(Command::Emulate { listen, tls, listen_anywhere, emulator }) => {
            let door = serve::Door { listen: *listen, tls: tls.clone(), anywhere: *listen_anywhere };
            runtime.block_on(serve::alone(emulator, door, &context.global))
        }
        Some(Command::List { output, filter }) => {
            runtime.block_on(unless_interrupted(list::run(&context, output.output, filter.as_deref())))
        }
        Some(Command::Show { workspace, output }) => {
            runtime.block_on(unless_interrupted(show::run(&context, workspace, output.output)))
        }
        Some(Command::StorageAccess { workspaces, output, switch, consent }) => {
            let request = storage_access::Request { workspaces, output: output.output, switch, consent };
            runtime.block_on(storage_access::run(&context, request))
        }
        Some(Command::Snapshot { workspace, list, diff, output }) => {
            let wish = match (list, diff) {
                (true, _) => snapshot::Wish::List,
                (false, Some(name)) => snapshot::Wish::Diff(name.as_deref()),
                (false, None) => snapshot::Wish::Take,
            };
            runtime.block_on(unless_interrupted(snapshot::run(&context, workspace, wish, output.output)))
        }
        Some(Command::Plan { file, output, environment }) => {
            let planned = plan::run(&context, file, *output, environment.as_deref());
            runtime.block_on(unless_interrupted(planned))
        }
        Some(Command::Journal { what }) => runtime.block_on(journal::run(&context, what.clone())),
        Some(Command::Apply { file, consent, environment }) => {
            runtime.block_on(apply::run(&context, file, consent, environment.as_deref()))
        }
        Some(Command::Access { workspace, principal, can, output }) => {
            let request = access::Request {
                workspace,
                principal: principal.as_deref(),
                can: can.as_deref(),
                output: output.output,
            };
            runtime.block_on(unless_interrupted(access::run(&context, request)))
        }
        Some(Command::Doctor { output }) => {
            runtime.block_on(unless_interrupted(doctor::run(&context, output.output)))
        }
        Some(Command::Completions { .. }) => Ok(Exit::Done),
    };
    // Work that nobody waits for any more must not hold up the end.
    runtime.shutdown_background();
    done
}

/// Work that ends early when the process is asked to end.
async fn unless_interrupted(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    tokio::select! {
        done = work => done,
        () = serve::interrupted() => Ok(Exit::Interrupted),
    }
}

impl Context {
    /// What the flags, the environment and the settings file come to; the log begins here.
    ///
    /// # Errors
    /// When the settings file cannot be read, or a flag does not fit.
    fn of(global: Global) -> Result<Self, Failure> {
        let paths = Paths::of_user();
        let file = global.config.clone().or_else(|| paths.as_ref().map(|paths| paths.settings.clone()));
        let settings = match &file {
            Some(file) => Settings::read(file, global.config.is_some()).map_err(Failure::wrong_use)?,
            None => Settings::default(),
        };
        let choice = Choice::of(&global, &settings)?;
        start_log(&global)?;
        Ok(Self { global, settings, paths, choice })
    }

    /// The client that the flags and settings describe.
    ///
    /// # Errors
    /// When the endpoints do not fit the cloud or the credential.
    pub fn connect(&self) -> Result<Connection, Failure> {
        connect(&self.global, &self.settings, &self.choice)
    }

    /// The time for everything that is shown.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.global.clock.map_or(Clock::System, Clock::Fixed)
    }

    /// The zone of clock times; a fixed clock shows UTC, so that pictures are the same everywhere.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        if self.global.clock.is_some() { TimeZone::UTC } else { TimeZone::system() }
    }

    /// Where inventories are kept; a printed screen neither reads nor writes them.
    fn cache(&self) -> Option<Cache> {
        let keeps = !self.global.no_cache && self.global.print.is_none();
        self.paths.as_ref().filter(|_| keeps).map(|paths| Cache::at(&paths.cache))
    }

    /// Where snapshots of an endpoint are kept; none where there is no home folder.
    pub fn snapshots(&self, endpoint: &str) -> Option<Snapshots> {
        Some(Snapshots::at(&self.paths.as_ref()?.state, endpoint))
    }

    /// Where forms that are not finished are kept; a printed screen neither reads nor writes them.
    fn drafts(&self, place: &str) -> Option<Drafts> {
        let keeps = self.global.print.is_none();
        self.paths.as_ref().filter(|_| keeps).map(|paths| Drafts::at(&paths.state, place))
    }

    /// What counts as production, by the settings.
    #[must_use]
    pub fn production(&self) -> Production {
        let Production { tags, names } = Production::default();
        let set = self.settings.production.clone();
        Production { tags: set.tags.unwrap_or(tags), names: set.names.unwrap_or(names) }
    }

    /// Where what was changed is written down.
    #[must_use]
    pub fn journal(&self) -> JournalPlace {
        let state = self.paths.as_ref().map(|paths| paths.state.clone());
        state.map_or(JournalPlace::Nowhere, JournalPlace::Folder)
    }

    /// The theme; plain where the environment wants no colours.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn theme(&self) -> Result<Theme, Failure> {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let name = match &self.global.theme {
            Some(name) => name.as_str(),
            None if plain => "mono",
            None => &self.settings.ui.theme,
        };
        Theme::named(name).map_err(|error| match &self.global.theme {
            Some(_) => Failure::wrong_use(error),
            None => self.wrong_setting(&error),
        })
    }

    /// Something in the settings file that only shows when it is used.
    fn wrong_setting(&self, error: &dyn std::fmt::Display) -> Failure {
        let file =
            self.global.config.as_deref().or(self.paths.as_ref().map(|paths| paths.settings.as_path()));
        match file {
            Some(file) => Failure::wrong_use(format!("the settings file {}: {error}", file.display())),
            None => Failure::wrong_use(error),
        }
    }

    /// A console over Azure that nobody looks at, and what it works with.
    ///
    /// # Errors
    /// When the settings or the endpoints are wrong.
    pub fn headless(&self) -> Result<(Console, Services), Failure> {
        let connection = self.connect()?;
        let console = self.console(session(self, &Stage::Azure, Some(&connection)), None)?;
        let services = Services {
            client: connection.client,
            subscriptions: self.choice.subscriptions.clone(),
            cache: None,
            drafts: None,
            place: connection.endpoints.arm.to_string(),
            folder: PathBuf::new(),
            snapshots: None,
            journal: self.journal(),
        };
        Ok((console, services))
    }

    /// The console before anything is known.
    fn console(&self, session: Session, landing: Option<String>) -> Result<Console, Failure> {
        let keymap = KeyMap::new(&self.settings.keys).map_err(|error| self.wrong_setting(&error))?;
        let keymap = keymap.in_ascii(self.settings.ui.ascii);
        let signs = if self.settings.ui.ascii { symbols::ASCII } else { symbols::UNICODE };
        let mut model = Model::new(session, keymap, self.theme()?, signs, self.clock().now(), self.zone());
        model.landing = landing;
        model.browser.table = self.settings.ui.table;
        model.production = self.production();
        let minutes = i64::from(self.settings.ui.refresh_minutes);
        model.refresh_every = (minutes > 0).then_some(minutes);
        Ok(Console::new(model, self.clock()))
    }
}

fn open(
    runtime: &tokio::runtime::Runtime,
    context: &Context,
    stage: Stage<'_>,
    landing: Option<&str>,
) -> Result<Exit, Failure> {
    if context.global.print.is_none() && !has_terminal() {
        return Err(Failure::wrong_use(
            "this is no terminal. Start amldeck in one, or print a screen with --print 120x36, or use `amldeck list` and `amldeck show`",
        ));
    }
    let connection = match &stage {
        Stage::Azure => Some(context.connect()?),
        Stage::Demo { .. } => None,
    };
    // Read on another thread while this one takes the terminal.
    let cached = connection.as_ref().zip(context.cache()).map(|(connection, cache)| {
        let (place, tenant) = (place(connection, context), context.choice.tenant.clone());
        let (sender, kept) = unbounded_channel();
        // Nobody listens any more only when the console ends.
        let give = move |kept| drop(sender.send(kept));
        runtime.spawn_blocking(move || cache.last(&place, tenant.as_deref(), give));
        kept
    });
    let console =
        context.console(session(context, &stage, connection.as_ref()), landing.map(str::to_owned))?;
    let services = services(context, &stage, connection);
    match context.global.print {
        Some(size) => runtime.block_on(async {
            let (services, _running) = services.await?;
            print::run(console, services, size, context, landing).await
        }),
        None => runtime.block_on(interactive::run(console, context.settings.ui.mouse, cached, services)),
    }
}

/// The endpoint and the chosen subscriptions, as the cache knows them: a part must not pass for the whole.
fn place(connection: &Connection, context: &Context) -> String {
    let mut chosen = context.choice.subscriptions.clone();
    chosen.sort();
    format!("{} {}", connection.endpoints.arm, chosen.join(" "))
}

fn session(context: &Context, stage: &Stage<'_>, connection: Option<&Connection>) -> Session {
    let cloud = context.choice.cloud;
    let source = match (stage, connection) {
        (Stage::Demo { persona, .. }, _) => {
            Source::Demo { persona: (*persona).to_owned(), kept: kept_state(stage).is_some() }
        }
        (Stage::Azure, None) => Source::Azure { cloud: cloud.az_name().to_owned() },
        (Stage::Azure, Some(Connection { endpoints, .. })) => {
            if endpoints.arm.as_str().trim_end_matches('/') == cloud.arm().trim_end_matches('/') {
                Source::Azure { cloud: cloud.az_name().to_owned() }
            } else {
                let host = endpoints.arm.host_str().unwrap_or_default();
                Source::Endpoint {
                    host: endpoints.arm.port().map_or(host.to_owned(), |port| format!("{host}:{port}")),
                }
            }
        }
    };
    Session {
        source,
        tenant: None,
        tenants: Vec::new(),
        account: None,
        object_id: None,
        read_only: context.choice.read_only,
        portal: cloud.portal().to_owned(),
        studio: cloud.studio().to_owned(),
    }
}

/// The services of the console, and the emulator that must live as long as they do.
async fn services(
    context: &Context,
    stage: &Stage<'_>,
    connection: Option<Connection>,
) -> Result<(Services, Option<Running>), Failure> {
    let (connection, running) = match (stage, connection) {
        (Stage::Azure, Some(connection)) => (connection, None),
        (Stage::Azure, None) => (context.connect()?, None),
        (Stage::Demo { persona, emulator }, _) => {
            let running = serve::start_for(emulator, persona, &context.global).await?;
            (to_emulator(&running.url(), persona, emulator.speed, &context.choice)?, Some(running))
        }
    };
    let place = place(&connection, context);
    let snapshots = match &running {
        Some(_) => Some(Snapshots::in_memory()),
        None => context.snapshots(connection.endpoints.arm.as_str()),
    };
    let services = Services {
        client: connection.client,
        subscriptions: context.choice.subscriptions.clone(),
        // The demo begins anew each time, so its inventory is worth no file.
        cache: context.cache().filter(|_| running.is_none()),
        // Nor is what is typed there.
        drafts: context.drafts(&place).filter(|_| running.is_none()),
        place,
        folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        snapshots,
        journal: match (&running, kept_state(stage)) {
            (None, _) => context.journal(),
            // Nothing of the demo outlives it, but what is kept in a file: that goes with its changes.
            (Some(_), Some(file)) => JournalPlace::Beside(file.with_added_extension("journal")),
            (Some(_), None) => JournalPlace::Memory(Memory::default()),
        },
    };
    Ok((services, running))
}

/// The file that keeps the state of a demo.
fn kept_state<'a>(stage: &Stage<'a>) -> Option<&'a Path> {
    match stage {
        Stage::Demo { emulator, .. } => emulator.state.as_deref(),
        Stage::Azure => None,
    }
}

/// Logs to a file when one is named, and never to the screen. Only the console's own events are
/// logged: what libraries say at their finer levels may hold more than anybody should keep.
fn start_log(global: &Global) -> Result<(), Failure> {
    let Some(path) = &global.log_file else { return Ok(()) };
    let level: tracing::Level = global
        .log_level
        .parse()
        .map_err(|_| Failure::wrong_use("--log-level is error, warn, info, debug or trace"))?;
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file =
        options.open(path).map_err(|error| Failure::wrong_use(format!("{}: {error}", path.display())))?;
    let filter = tracing_subscriber::EnvFilter::new(format!("amldeck={level}"));
    tracing_subscriber::fmt().with_writer(file).with_ansi(false).with_env_filter(filter).init();
    Ok(())
}

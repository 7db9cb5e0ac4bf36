//! The command line: what may be written, and its help.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::domain::storage_access::Pair;

const LONG_ABOUT: &str = "\
A terminal console for the people who run Azure Machine Learning workspaces: which \
there are, what they depend on, how they are isolated, and who may use them.

Sign in with `az login` and type `amldeck`. Without an account: `amldeck demo`.";

const EXAMPLES: &str = "\
Examples:
  amldeck                                the console, on every subscription
  amldeck mlw-fraud-prod                 the same, on this workspace
  amldeck demo --as reader               no account needed: a made-up company
  amldeck list --filter 'isolation:public !sandbox' -o csv
  amldeck show rg-fraud-prod/mlw-fraud-prod -o md
  amldeck snapshot mlw-fraud-prod --diff what is different from the last snapshot?
  amldeck access mlw-fraud-prod --can read-secrets
  amldeck plan dev-prod.toml -o az       a set of workspaces, as commands
  amldeck doctor                         why does it not sign in?

";

const AFTER_HELP: &str = "\
Every flag has a variable: AMLDECK_READ_ONLY=1 is --read-only. Flags win over
variables, variables over the settings file.

Exit codes: 0 done, 1 no or failed, 2 wrong use, 3 cannot tell or partly
unreadable, 4 sign-in failed, 130 interrupted.";

/// amldeck's command line.
#[derive(Debug, Clone, Parser)]
#[command(name = "amldeck", version, about = "A terminal console for Azure Machine Learning workspaces",
    long_about = LONG_ABOUT, after_help = AFTER_HELP, after_long_help = long_epilogue(), max_term_width = 100,
    override_usage = "amldeck [OPTIONS] [WORKSPACE]\n       amldeck [OPTIONS] <COMMAND>",
    subcommand_negates_reqs = true, disable_help_subcommand = true)]
pub struct Cli {
    /// Open on this workspace: its name, group/name, or ARM id
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<String>,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Reads a command line, and the variables of the environment behind it.
    ///
    /// # Errors
    /// Wrong use, with the words to print; also help and the version, which are asked for.
    pub fn read(line: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let mut command = without_empty_variables(Self::command());
        let matches = command.try_get_matches_from_mut(line)?;
        let cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        cli.settle(&matches).map_err(|text| command.error(ErrorKind::ArgumentConflict, text))
    }

    /// Lets flags win over variables where the two are about different things, and refuses a flag that means
    /// nothing here. A variable may be set for other commands than this one, so it is left aside then.
    fn settle(mut self, matches: &ArgMatches) -> Result<Self, String> {
        let typed = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
        self.global.writes_allowed =
            !self.global.read_only && matches.value_source("read_only") == Some(ValueSource::EnvVariable);
        if self.global.print.is_none() && self.global.keys.take().is_some() && typed("keys") {
            return Err("--keys goes with --print COLSxROWS: in a terminal, press the keys".to_owned());
        }
        let emulates = matches!(self.command, Some(Command::Demo { .. } | Command::Emulate { .. }));
        if !emulates && self.global.request_log.take().is_some() && typed("request_log") {
            return Err(
                "--request-log goes with `amldeck demo` and `amldeck emulate`: the emulator writes it. On \
                        Azure, `@` in the console shows the requests, and --log-file writes a log"
                    .to_owned(),
            );
        }
        if let Some(Command::Demo { emulator, .. } | Command::Emulate { emulator, .. }) = &mut self.command
            && emulator.estate.is_some()
            && emulator.generate.is_some()
        {
            let below = matches.subcommand().map(|(_, below)| below);
            let typed = |name| below.is_some_and(|m| m.value_source(name) == Some(ValueSource::CommandLine));
            match (typed("estate"), typed("generate")) {
                (true, false) => emulator.generate = None,
                (false, true) => emulator.estate = None,
                _ => return Err("--estate and --generate are two estates: choose one".to_owned()),
            }
        }
        Ok(self)
    }
}

/// Makes variables that are set to nothing count as not set.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| {
        std::env::var_os(name).is_some_and(|value| value.to_str().is_some_and(|text| text.trim().is_empty()))
    };
    command
        .mut_args(|arg| if arg.get_env().is_some_and(is_empty) { arg.env(None::<&str>) } else { arg })
        .mut_subcommands(without_empty_variables)
}

/// What stands below the flags in the long help.
fn long_epilogue() -> String {
    format!("{EXAMPLES}{AFTER_HELP}")
}

/// What can be done besides opening the console on Azure.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Open the console over an embedded Azure with a made-up company: no account, no network
    Demo {
        /// Whose rights the emulator enforces: owner, contributor, data-scientist, compute-operator,
        /// reader, access-admin, no-directory or nobody
        #[arg(
            long = "as",
            value_name = "PERSONA",
            default_value = "owner",
            env = "AMLDECK_AS",
            hide_env = true
        )]
        persona: String,
        /// Open on this workspace: its name, group/name, or ARM id
        #[arg(value_name = "WORKSPACE")]
        workspace: Option<String>,
        /// What the emulator serves
        #[command(flatten)]
        emulator: EmulatorArgs,
    },
    /// Serve the embedded Azure Resource Manager alone, for other clients
    Emulate {
        /// Listen here; port 0 picks a free one
        #[arg(
            long,
            value_name = "ADDRESS",
            default_value = "127.0.0.1:8899",
            env = "AMLDECK_LISTEN",
            hide_env = true
        )]
        listen: SocketAddr,
        /// Serve https, with a certificate made at start; its authority goes to DIR/ca.pem
        #[arg(long, value_name = "DIR", env = "AMLDECK_TLS", hide_env = true)]
        tls: Option<PathBuf>,
        /// Also listen on an address that other machines reach; whoever reaches it may change the estate
        #[arg(long, env = "AMLDECK_LISTEN_ANYWHERE", hide_env = true, value_parser = FalseyValueParser::new())]
        listen_anywhere: bool,
        /// What it serves
        #[command(flatten)]
        emulator: EmulatorArgs,
    },
    /// List all workspaces, without a screen
    List {
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
        /// Only what passes this filter, as the console takes it: fuzzy words, 'exact, !not, column:value
        #[arg(long, value_name = "FILTER", env = "AMLDECK_FILTER", hide_env = true)]
        filter: Option<String>,
    },
    /// Show one workspace with its dependents, isolation, access and findings, without a screen
    Show {
        /// Its name, group/name, or ARM id
        #[arg(value_name = "WORKSPACE")]
        workspace: String,
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Say what a switch of the storage access mode would do: who would lose access, what else is affected;
    /// with --to, plan it, and with --yes, do it
    StorageAccess {
        /// Name, group/name, or ARM id; several are shown side by side
        #[arg(value_name = "WORKSPACE", required = true)]
        workspaces: Vec<String>,
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
        /// Where to switch, and how
        #[command(flatten)]
        switch: SwitchArgs,
        /// The answer to what would be asked
        #[command(flatten)]
        consent: Consent,
    },
    /// Write down access to a workspace and its settings, or compare them with what was written down
    Snapshot {
        /// Its name, group/name, or ARM id
        #[arg(value_name = "WORKSPACE")]
        workspace: String,
        /// List the snapshots that were taken, without taking one
        #[arg(long, conflicts_with = "diff", env = "AMLDECK_LIST", hide_env = true, value_parser = FalseyValueParser::new())]
        list: bool,
        /// What is different now from a snapshot: its name, its file, or the latest
        #[arg(long, value_name = "NAME", num_args = 0..=1, env = "AMLDECK_DIFF", hide_env = true)]
        diff: Option<Option<String>>,
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show who has access to one workspace and what it depends on, and answer who can do what, without a screen
    Access {
        /// Its name, group/name, or ARM id
        #[arg(value_name = "WORKSPACE")]
        workspace: String,
        /// Only this one: a name, an address or an object id
        #[arg(long, value_name = "PRINCIPAL", env = "AMLDECK_PRINCIPAL", hide_env = true)]
        principal: Option<String>,
        /// Who can do this: a capability such as read-secrets, or an action
        #[arg(long, value_name = "CAPABILITY|ACTION", env = "AMLDECK_CAN", hide_env = true)]
        can: Option<String>,
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show what a plan file would make, without sending anything
    Plan {
        /// The plan file (TOML); docs/plan-file.md describes it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How to print
        #[arg(short, long, value_enum, value_name = "FORM", default_value_t = PlanForm::Table, env = "AMLDECK_OUTPUT", hide_env = true)]
        output: PlanForm,
        /// Only this environment of the plan
        #[arg(long, value_name = "NAME", env = "AMLDECK_ENVIRONMENT", hide_env = true)]
        environment: Option<String>,
    },
    /// What was changed from here: list it, go on with what was cut off, take it back
    Journal {
        /// What to do; the list when nothing is named
        #[command(subcommand)]
        what: Option<JournalCommand>,
    },
    /// Make what a plan file says; what is there already is left as it is
    Apply {
        /// The plan file (TOML); docs/plan-file.md describes it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The answer to what would be asked
        #[command(flatten)]
        consent: Consent,
        /// Only this environment of the plan
        #[arg(long, value_name = "NAME", env = "AMLDECK_ENVIRONMENT", hide_env = true)]
        environment: Option<String>,
    },
    /// Check sign-in, endpoints, permissions, terminal and files, and say what to type
    Doctor {
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// What `amldeck journal` does.
#[derive(Debug, Clone, Subcommand)]
pub enum JournalCommand {
    /// List every change, the newest first
    List {
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show what became of one change, step by step
    Show {
        /// The run, or how its name begins
        #[arg(value_name = "RUN")]
        run: String,
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Take a change back, the last step first; shows the plan unless --yes is given
    Undo {
        /// The run, or how its name begins
        #[arg(value_name = "RUN")]
        run: String,
        /// The answer to what would be asked
        #[command(flatten)]
        consent: Consent,
    },
    /// Go on with a change that failed, was stopped or was cut off
    Resume {
        /// The run, or how its name begins
        #[arg(value_name = "RUN")]
        run: String,
        /// The answer to what would be asked
        #[command(flatten)]
        consent: Consent,
    },
    /// Cancel in Azure what an unfinished change has begun there, and stop
    Cancel {
        /// The run, or how its name begins
        #[arg(value_name = "RUN")]
        run: String,
        /// The answer to what would be asked
        #[command(flatten)]
        consent: Consent,
    },
    /// Purge the deleted workspace whose name the change wanted; it cannot be recovered then
    Purge {
        /// The run, or how its name begins
        #[arg(value_name = "RUN")]
        run: String,
        /// The answer to what would be asked
        #[command(flatten)]
        consent: Consent,
    },
    /// Leave an unfinished change as it is, and offer it no more
    Keep {
        /// The run, or how its name begins
        #[arg(value_name = "RUN")]
        run: String,
    },
}

/// Where the storage access mode is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Roles on the account decide
    Identity,
    /// As identity, through signatures
    #[value(name = "user-delegation-sas")]
    UserDelegationSas,
    /// The account's key
    Keys,
    /// No switch: the workspace gets the keys that the account has now
    Resync,
}

/// How the storage access mode is switched.
#[derive(Debug, Clone, Default, Args)]
pub struct SwitchArgs {
    /// Plan the switch there
    #[arg(long, value_enum, value_name = "MODE", env = "AMLDECK_TO", hide_env = true)]
    pub to: Option<Mode>,
    /// To identity: people are given roles that only read
    #[arg(long, env = "AMLDECK_READERS", hide_env = true, value_parser = FalseyValueParser::new())]
    pub readers: bool,
    /// To identity: this person or group is given roles that only read; repeat it for more
    #[arg(
        long = "reader",
        value_name = "NAME",
        env = "AMLDECK_READER",
        hide_env = true,
        value_delimiter = ','
    )]
    pub readers_by_name: Vec<String>,
    /// To identity: give this one no role; repeat it for more
    #[arg(long, value_name = "NAME", env = "AMLDECK_WITHOUT", hide_env = true, value_delimiter = ',')]
    pub without: Vec<String>,
    /// To identity: give no roles; of several workspaces only those that need none are switched
    #[arg(long, env = "AMLDECK_NO_GRANTS", hide_env = true, value_parser = FalseyValueParser::new())]
    pub no_grants: bool,
    /// To identity: turn shared key access of the account off at the end
    #[arg(long, env = "AMLDECK_SHARED_KEY_OFF", hide_env = true, value_parser = FalseyValueParser::new())]
    pub shared_key_off: bool,
    /// To keys: take away the roles that switches from here gave
    #[arg(long, env = "AMLDECK_TAKE_ROLES_BACK", hide_env = true, value_parser = FalseyValueParser::new())]
    pub take_roles_back: bool,
}

impl SwitchArgs {
    /// Whether something is said about how.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.readers
            || self.no_grants
            || self.shared_key_off
            || self.take_roles_back
            || !self.readers_by_name.is_empty()
            || !self.without.is_empty()
    }

    /// The roles that people are given.
    #[must_use]
    pub fn pair(&self) -> Pair {
        if self.readers { Pair::Reader } else { Pair::Contributor }
    }
}

/// What stands for the answers of a person where there is no screen.
#[derive(Debug, Clone, Args)]
pub struct Consent {
    /// Do it without asking; without this flag the plan is shown, and `apply` asks at the terminal
    #[arg(long, env = "AMLDECK_YES", hide_env = true, value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// The name of what is changed, which production and what cannot be undone want in addition
    #[arg(long, value_name = "NAME", env = "AMLDECK_NAME", hide_env = true)]
    pub name: Option<String>,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Azure")]
pub struct Global {
    /// The Azure cloud [default: public]
    #[arg(long, global = true, value_enum, env = "AMLDECK_CLOUD", hide_env = true)]
    pub cloud: Option<CloudArg>,
    /// How to sign in [default: auto]
    #[arg(long, global = true, value_enum, env = "AMLDECK_CREDENTIAL", hide_env = true)]
    pub credential: Option<CredentialArg>,
    /// The tenant, by id or domain [default: the account's own]
    #[arg(long, global = true, value_name = "TENANT", env = "AMLDECK_TENANT", hide_env = true)]
    pub tenant: Option<String>,
    /// Only this subscription, by id or name; repeat it for more
    #[arg(
        long = "subscription",
        global = true,
        value_name = "SUBSCRIPTION",
        env = "AMLDECK_SUBSCRIPTION",
        hide_env = true,
        value_delimiter = ','
    )]
    pub subscriptions: Vec<String>,
    /// Send nothing that changes Azure
    #[arg(long, global = true, env = "AMLDECK_READ_ONLY", hide_env = true, value_parser = FalseyValueParser::new())]
    pub read_only: bool,
    /// Whether the variable says no, in as many words, so that it wins over the settings file.
    #[arg(skip)]
    pub writes_allowed: bool,
    /// Another endpoint of Azure Resource Manager
    #[arg(long, global = true, value_name = "URL", env = "AMLDECK_ARM_ENDPOINT", hide_env = true)]
    pub arm_endpoint: Option<String>,
    /// Another endpoint of Microsoft Graph
    #[arg(long, global = true, value_name = "URL", env = "AMLDECK_GRAPH_ENDPOINT", hide_env = true)]
    pub graph_endpoint: Option<String>,

    /// The settings file [default: see `amldeck doctor`]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "AMLDECK_CONFIG",
        hide_env = true,
        help_heading = "Files"
    )]
    pub config: Option<PathBuf>,
    /// Neither read nor write the cache of the last inventory
    #[arg(long, global = true, env = "AMLDECK_NO_CACHE", hide_env = true, help_heading = "Files", value_parser = FalseyValueParser::new())]
    pub no_cache: bool,
    /// Write a log to this file; there is none otherwise
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "AMLDECK_LOG_FILE",
        hide_env = true,
        help_heading = "Files"
    )]
    pub log_file: Option<PathBuf>,
    /// How much to log: error, warn, info, debug or trace
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        default_value = "info",
        value_parser = ["error", "warn", "info", "debug", "trace"],
        hide_possible_values = true,
        env = "AMLDECK_LOG_LEVEL",
        hide_env = true,
        help_heading = "Files"
    )]
    pub log_level: String,
    /// With demo and emulate, write every exchange to this file, as JSON lines without headers and tokens
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "AMLDECK_REQUEST_LOG",
        hide_env = true,
        help_heading = "Files"
    )]
    pub request_log: Option<PathBuf>,

    /// The theme: terminal, dark, light, contrast or mono
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "AMLDECK_THEME",
        hide_env = true,
        help_heading = "Screen"
    )]
    pub theme: Option<String>,
    /// Print the console's settled screen at this size and end; needs no terminal
    #[arg(
        long,
        global = true,
        value_name = "COLSxROWS",
        env = "AMLDECK_PRINT",
        hide_env = true,
        help_heading = "Screen"
    )]
    pub print: Option<FrameSize>,
    /// With --print, press these keys first, such as `/fraud<enter>z`
    #[arg(
        long,
        global = true,
        value_name = "KEYS",
        env = "AMLDECK_KEYS",
        hide_env = true,
        help_heading = "Screen"
    )]
    pub keys: Option<String>,
    /// With --print, wait so many seconds for the screen to settle
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        default_value_t = 30,
        env = "AMLDECK_TIMEOUT",
        hide_env = true,
        help_heading = "Screen"
    )]
    pub timeout: u64,
    /// The time that the screen takes for now, for pictures and tests (RFC 3339)
    #[arg(long, global = true, value_name = "TIME", env = "AMLDECK_CLOCK", hide = true)]
    pub clock: Option<jiff::Timestamp>,
}

/// What the emulator serves, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Emulator")]
pub struct EmulatorArgs {
    /// Divide every simulated duration by N
    #[arg(long, value_name = "N", default_value_t = 1.0, env = "AMLDECK_SPEED", hide_env = true)]
    pub speed: f64,
    /// Keep what was written in this file, across restarts
    #[arg(long, value_name = "FILE", env = "AMLDECK_STATE", hide_env = true)]
    pub state: Option<PathBuf>,
    /// Play the faults of this TOML file
    #[arg(long, value_name = "FILE", env = "AMLDECK_FAULTS", hide_env = true)]
    pub faults: Option<PathBuf>,
    /// Put N items on each page of a list
    #[arg(long, value_name = "N", env = "AMLDECK_PAGE_SIZE", hide_env = true)]
    pub page_size: Option<usize>,
    /// Leave Retry-After out of the answers
    #[arg(long, env = "AMLDECK_NO_RETRY_AFTER", hide_env = true, value_parser = FalseyValueParser::new())]
    pub no_retry_after: bool,
    /// Serve the estate in this file instead of the demo's
    #[arg(long, value_name = "FILE", env = "AMLDECK_ESTATE", hide_env = true)]
    pub estate: Option<PathBuf>,
    /// Serve a generated estate: subscriptions=500,workspaces=10000,assignments=50000,seed=7
    #[arg(long, value_name = "SPEC", env = "AMLDECK_GENERATE", hide_env = true)]
    pub generate: Option<String>,
}

/// How to print.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// The form of the output
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Output::Table, env = "AMLDECK_OUTPUT", hide_env = true)]
    pub output: Output,
}

/// The forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns for a person
    Table,
    /// One JSON document
    Json,
    /// Comma-separated values
    Csv,
    /// A Markdown table
    Md,
}

/// The forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanForm {
    /// Columns for a person
    Table,
    /// One JSON document
    Json,
    /// The steps as comma-separated values
    Csv,
    /// Markdown with every request
    Md,
    /// Commands of `az`
    Az,
    /// The workspaces as `az ml` reads them
    Yaml,
    /// An ARM template
    Arm,
    /// Bicep
    Bicep,
}

/// The clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CloudArg {
    /// Azure
    Public,
    /// Azure Government
    Usgov,
    /// Azure operated by 21Vianet
    China,
}

/// The ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CredentialArg {
    /// Each of the others in turn
    Auto,
    /// A service principal from AZURE_* variables
    Environment,
    /// A federated token of a Kubernetes pod
    WorkloadIdentity,
    /// The identity of this machine
    ManagedIdentity,
    /// The Azure CLI
    AzureCli,
    /// The Azure Developer CLI
    Azd,
    /// AMLDECK_ACCESS_TOKEN
    Token,
}

/// The size of a printed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameSize {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl std::str::FromStr for FrameSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no size: write COLSxROWS, such as 120x36, up to 500x200");
        let (columns, rows) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
        match (columns.parse(), rows.parse()) {
            (Ok(columns @ 1..=500), Ok(rows @ 1..=200)) => Ok(Self { columns, rows }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_and_after_the_command() {
        for line in [["amldeck", "--read-only", "list"], ["amldeck", "list", "--read-only"]] {
            assert!(Cli::try_parse_from(line).unwrap().global.read_only);
        }
    }

    #[test]
    fn a_request_log_is_written_wherever_there_is_an_emulator() {
        for line in [
            &["amldeck", "--request-log", "f", "demo"][..],
            &["amldeck", "demo", "--request-log", "f"],
            &["amldeck", "--request-log", "f", "emulate"],
            &["amldeck", "emulate", "--request-log", "f"],
        ] {
            assert!(Cli::read(line).unwrap().global.request_log.is_some(), "{line:?}");
        }
        for line in [
            &["amldeck", "--request-log", "f"][..],
            &["amldeck", "--request-log", "f", "list"],
            &["amldeck", "doctor", "--request-log", "f"],
        ] {
            let error = Cli::read(line).unwrap_err().to_string();
            assert!(error.contains("`amldeck demo`") && error.contains("--log-file"), "{line:?}: {error}");
        }
    }

    #[test]
    fn two_estates_are_one_too_many() {
        for command in ["demo", "emulate"] {
            let line = ["amldeck", command, "--estate", "f", "--generate", "seed=1"];
            assert!(Cli::read(line).unwrap_err().to_string().contains("choose one"), "{command}");
        }
    }

    #[test]
    fn every_flag_has_a_variable_of_its_name() {
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long().filter(|long| !["help", "version"].contains(long)) else {
                    continue;
                };
                let variable = format!("AMLDECK_{}", long.to_uppercase().replace('-', "_"));
                assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(&*variable), "--{long}");
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn help_fits_eighty_columns() {
        let mut command = Cli::command().term_width(80);
        for line in command.render_long_help().to_string().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn a_workspace_is_no_command() {
        let cli = Cli::try_parse_from(["amldeck", "mlw-fraud-prod"]).unwrap();
        assert_eq!(cli.workspace.as_deref(), Some("mlw-fraud-prod"));
        assert!(cli.command.is_none());
    }

    #[test]
    fn sizes_are_columns_and_rows() {
        assert_eq!("120x36".parse(), Ok(FrameSize { columns: 120, rows: 36 }));
        for wrong in ["120", "0x5", "x", "120x36x2", "9999x9"] {
            assert!(wrong.parse::<FrameSize>().unwrap_err().contains(wrong));
        }
    }
}

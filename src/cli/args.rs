//! The command line: what may be written, and its help.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const LONG_ABOUT: &str = "A terminal console for the people who run Azure Machine Learning workspaces.

Sign in with `az login` and start `amldeck`, or try it without an account: `amldeck demo`.";

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 no or failed, 2 wrong use, 3 cannot tell or partly unreadable, 4 sign-in failed, 130 interrupted.
Every flag has a variable: --read-only is AMLDECK_READ_ONLY. Flags win over variables, variables over the settings file.";

/// amldeck's command line.
#[derive(Debug, Clone, Parser)]
#[command(name = "amldeck", version, about = "A terminal console for Azure Machine Learning workspaces",
    long_about = LONG_ABOUT, after_help = AFTER_HELP, args_conflicts_with_subcommands = false,
    subcommand_negates_reqs = true, disable_help_subcommand = true)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// Land on this workspace: its name, group/name, or ARM id
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<String>,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done besides opening the console on Azure.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// The console over an embedded Azure Resource Manager with a demo estate; no account, no network
    Demo {
        /// Whose rights the emulator enforces: owner, contributor, data-scientist, compute-operator, reader, access-admin, no-directory, nobody
        #[arg(long = "as", value_name = "PERSONA", default_value = "owner", env = "AMLDECK_AS")]
        persona: String,
        /// Land on this workspace
        #[arg(value_name = "WORKSPACE")]
        workspace: Option<String>,
        /// What the emulator serves
        #[command(flatten)]
        emulator: EmulatorArgs,
    },
    /// The embedded Azure Resource Manager alone, for other clients
    Emulate {
        /// Where it listens; port 0 picks one
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8899", env = "AMLDECK_LISTEN")]
        listen: SocketAddr,
        /// What it serves
        #[command(flatten)]
        emulator: EmulatorArgs,
    },
    /// All workspaces, without a screen
    List {
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
        /// Only what passes this filter: fuzzy words, 'exact, !not, column:value
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
    },
    /// One workspace with its dependents, isolation and access, without a screen
    Show {
        /// Its name, group/name, or ARM id
        #[arg(value_name = "WORKSPACE")]
        workspace: String,
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// What sign-in found, the endpoints, permissions, the terminal and the paths, with what to type
    Doctor {
        /// How to print
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The Azure cloud
    #[arg(long, global = true, value_enum, env = "AMLDECK_CLOUD", help_heading = "Azure")]
    pub cloud: Option<CloudArg>,
    /// Another endpoint of Azure Resource Manager
    #[arg(long, global = true, value_name = "URL", env = "AMLDECK_ARM_ENDPOINT", help_heading = "Azure")]
    pub arm_endpoint: Option<String>,
    /// Another endpoint of Microsoft Graph
    #[arg(long, global = true, value_name = "URL", env = "AMLDECK_GRAPH_ENDPOINT", help_heading = "Azure")]
    pub graph_endpoint: Option<String>,
    /// How to sign in
    #[arg(long, global = true, value_enum, env = "AMLDECK_CREDENTIAL", help_heading = "Azure")]
    pub credential: Option<CredentialArg>,
    /// The tenant, by id or domain
    #[arg(long, global = true, value_name = "TENANT", env = "AMLDECK_TENANT", help_heading = "Azure")]
    pub tenant: Option<String>,
    /// Only this subscription, by id or name; may be repeated
    #[arg(
        long = "subscription",
        global = true,
        value_name = "SUBSCRIPTION",
        env = "AMLDECK_SUBSCRIPTION",
        value_delimiter = ',',
        help_heading = "Azure"
    )]
    pub subscriptions: Vec<String>,
    /// Never write: nothing that changes Azure is sent
    #[arg(long, global = true, env = "AMLDECK_READ_ONLY", help_heading = "Azure")]
    pub read_only: bool,
    /// Neither read nor write the cache of the last inventory
    #[arg(long, global = true, env = "AMLDECK_NO_CACHE", help_heading = "House")]
    pub no_cache: bool,
    /// Another settings file
    #[arg(long, global = true, value_name = "FILE", env = "AMLDECK_CONFIG", help_heading = "House")]
    pub config: Option<PathBuf>,
    /// Write a log to this file
    #[arg(long, global = true, value_name = "FILE", env = "AMLDECK_LOG_FILE", help_heading = "House")]
    pub log_file: Option<PathBuf>,
    /// How much to log: error, warn, info, debug, trace
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        default_value = "info",
        env = "AMLDECK_LOG_LEVEL",
        help_heading = "House"
    )]
    pub log_level: String,
    /// Print the settled screen at this size and end, without a terminal
    #[arg(long, global = true, value_name = "COLSxROWS", help_heading = "Screen")]
    pub print: Option<FrameSize>,
    /// Keys to press first, with --print: `/fraud<enter>z`
    #[arg(long, global = true, value_name = "KEYS", requires = "print", help_heading = "Screen")]
    pub keys: Option<String>,
    /// Seconds that --print waits for the screen to settle
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, help_heading = "Screen")]
    pub timeout: u64,
    /// The time that the screen takes for now, for pictures and tests (RFC 3339)
    #[arg(long, global = true, value_name = "TIME", env = "AMLDECK_CLOCK", hide = true)]
    pub clock: Option<jiff::Timestamp>,
    /// The theme: terminal, dark, light, contrast, mono
    #[arg(long, global = true, value_name = "NAME", env = "AMLDECK_THEME", help_heading = "Screen")]
    pub theme: Option<String>,
}

/// What the emulator serves, and how.
#[derive(Debug, Clone, Args)]
pub struct EmulatorArgs {
    /// Divide every simulated duration
    #[arg(long, value_name = "N", default_value_t = 1.0, help_heading = "Emulator")]
    pub speed: f64,
    /// Keep what was written across restarts
    #[arg(long, value_name = "FILE", help_heading = "Emulator")]
    pub state: Option<PathBuf>,
    /// Faults to play, from a TOML file
    #[arg(long, value_name = "FILE", help_heading = "Emulator")]
    pub faults: Option<PathBuf>,
    /// Items on a page of a list
    #[arg(long, value_name = "N", help_heading = "Emulator")]
    pub page_size: Option<usize>,
    /// Write each exchange to a file, as JSON lines
    #[arg(long, value_name = "FILE", help_heading = "Emulator")]
    pub request_log: Option<PathBuf>,
    /// Leave Retry-After out of the answers
    #[arg(long, help_heading = "Emulator")]
    pub no_retry_after: bool,
    /// Another estate than the demo's
    #[arg(long, value_name = "FILE", conflicts_with = "generate", help_heading = "Emulator")]
    pub estate: Option<PathBuf>,
    /// A generated estate: subscriptions=500,workspaces=10000,assignments=50000,seed=7
    #[arg(long, value_name = "SPEC", help_heading = "Emulator")]
    pub generate: Option<String>,
}

/// How to print.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table, env = "AMLDECK_OUTPUT")]
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

//! The commands, and what each of them takes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::FalseyValueParser;

use super::{Consent, EmulatorArgs, OutputArgs, PlanForm, SwitchArgs};

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
        /// Only what passes this filter, as the console takes it: words, 'exact, !not, column:value
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
    /// Show what a plan file would make, without changing anything
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

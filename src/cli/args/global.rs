//! Flags that every command takes.

use std::path::PathBuf;

use clap::builder::{FalseyValueParser, PossibleValue};
use clap::{Args, ValueEnum};

use crate::azure::auth::CredentialKind;

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Azure")]
pub struct Global {
    /// The Azure cloud [default: public]
    #[arg(long, global = true, value_enum, env = "AMLDECK_CLOUD", hide_env = true)]
    pub cloud: Option<CloudArg>,
    /// How to sign in [default: auto]
    #[arg(long, global = true, value_enum, env = "AMLDECK_CREDENTIAL", hide_env = true)]
    pub credential: Option<CredentialKind>,
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

impl ValueEnum for CredentialKind {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Auto => "Each of the others in turn",
            Self::Environment => "A service principal from AZURE_* variables",
            Self::WorkloadIdentity => "A federated token of a Kubernetes pod",
            Self::ManagedIdentity => "The identity of this machine",
            Self::AzureCli => "The Azure CLI",
            Self::Azd => "The Azure Developer CLI",
            Self::Token => "AMLDECK_ACCESS_TOKEN",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
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

    #[test]
    fn sizes_are_columns_and_rows() {
        assert_eq!("120x36".parse(), Ok(FrameSize { columns: 120, rows: 36 }));
        for wrong in ["120", "0x5", "x", "120x36x2", "9999x9"] {
            assert!(wrong.parse::<FrameSize>().unwrap_err().contains(wrong));
        }
    }
}

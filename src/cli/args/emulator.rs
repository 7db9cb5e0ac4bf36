//! Flags of commands with an emulator inside.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

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

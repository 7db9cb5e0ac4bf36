//! Flags of commands that change Azure: where to switch, and what stands for the answers of a person.

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use crate::azure::resources::workspace::AuthMode;
use crate::domain::storage_access::{By, Goal, Pair};

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
    /// To identity: each person is given roles of their own, and no group
    #[arg(long, env = "AMLDECK_BY_PERSON", hide_env = true, value_parser = FalseyValueParser::new())]
    pub by_person: bool,
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
    /// To identity: give this one roles too, who is left out otherwise: somebody who uses the workspace only after activating a role, or an identity of another workspace; repeat it for more
    #[arg(long, value_name = "NAME", env = "AMLDECK_ALSO", hide_env = true, value_delimiter = ',')]
    pub also: Vec<String>,
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
            || !self.also.is_empty()
    }

    /// To whom roles are given.
    #[must_use]
    pub fn by(&self) -> By {
        if self.by_person { By::Person } else { By::Group }
    }

    /// Where the switch goes; none where nothing is said.
    #[must_use]
    pub fn goal(&self) -> Option<Goal> {
        Some(match self.to? {
            Mode::Identity => Goal::Mode(AuthMode::Identity),
            Mode::UserDelegationSas => Goal::Mode(AuthMode::UserDelegationSas),
            Mode::Keys => Goal::Mode(AuthMode::AccessKey),
            Mode::Resync => Goal::Resync,
        })
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
    /// Wanted besides for production, for what takes or limits access, cannot be undone, is unsure or not
    /// advised: the name of what is changed; of several, how many they are, such as '2 workspaces'
    #[arg(long, value_name = "NAME", env = "AMLDECK_NAME", hide_env = true)]
    pub name: Option<String>,
}

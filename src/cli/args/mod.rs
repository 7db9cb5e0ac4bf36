//! The command line: what may be written, and its help.

mod change;
mod command;
mod emulator;
mod global;
mod output;

use std::ffi::{OsStr, OsString};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};

pub use change::{Consent, Mode, SwitchArgs};
pub use command::{Command, JournalCommand};
pub use emulator::EmulatorArgs;
pub use global::{CloudArg, FrameSize, Global};
pub use output::{Output, OutputArgs, PlanForm};

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
}

//! How the program ends: exit codes, and the words on standard error.

use std::fmt;
use std::io::Write;
use std::process::{ExitCode, Termination};

use crate::azure::arm::error::Error;
use crate::azure::safe_text::clean;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, yes, nothing found.
    Done,
    /// No, findings, or the operation failed.
    No,
    /// Wrong use.
    WrongUse,
    /// It cannot be told, or a part could not be read.
    CannotTell,
    /// Signing in failed.
    SignIn,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::WrongUse => 2,
            Self::CannotTell => 3,
            Self::SignIn => 4,
            Self::Interrupted => 130,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The command line or the settings are wrong.
    Use(String),
    /// Azure did not answer as hoped.
    Azure(Box<Error>),
    /// Something on this machine failed.
    Local(String),
}

impl Failure {
    /// The exit code for it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Use(_) => Exit::WrongUse,
            Self::Azure(error) if error.is_sign_in() => Exit::SignIn,
            Self::Azure(_) | Self::Local(_) => Exit::No,
        }
    }

    /// Wrong use, with what to do.
    pub fn wrong_use(text: impl fmt::Display) -> Self {
        Self::Use(text.to_string())
    }

    /// Something on this machine.
    pub fn local(text: impl fmt::Display) -> Self {
        Self::Local(text.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Azure(Box::new(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Use(text) | Self::Local(text) => f.write_str(text),
            Self::Azure(error) => write!(f, "{error}"),
        }
    }
}

/// Writes to standard error, harmless whatever the text holds. When that is closed there is nobody to tell.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "amldeck: {}", clean(text));
}

/// Writes data to standard output; a reader that closed it early is no error.
///
/// # Errors
/// Those of the file system, but a closed pipe.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::local(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

//! The command line: parse, choose, exit codes.

mod access;
mod apply;
pub mod args;
mod carry;
mod connect;
mod exit;
mod interactive;
mod landing;
mod print;
mod progress;
mod serve;
mod start;

mod completions;
mod doctor;
mod journal;
mod list;
mod opened;
mod output;
mod plan;
mod show;
mod snapshot;
mod storage_access;

use std::io::IsTerminal;

use args::Cli;
pub use exit::Exit;

/// Runs the command line of this process; gives the exit code.
#[must_use]
pub fn run() -> Exit {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // clap writes help to standard output and errors to standard error; nobody is left to be
            // told when that fails.
            let _ = error.print();
            return if error.use_stderr() { Exit::WrongUse } else { Exit::Done };
        }
    };
    match start::run(cli) {
        Ok(exit) => exit,
        Err(failure) => {
            exit::tell(&failure.to_string());
            failure.exit()
        }
    }
}

/// Whether both ends are a terminal.
fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

//! `amldeck completions SHELL`.

use clap::CommandFactory;

use super::args::Cli;
use super::exit::{Exit, Failure, print};

/// Prints the completions of a shell.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "amldeck", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

//! `amldeck show`.

use super::args::Output;
use super::exit::{Exit, Failure};
use super::start::House;

/// Runs it.
pub async fn run(_house: &House, _workspace: &str, _output: Output) -> Result<Exit, Failure> {
    Err(Failure::house("not there yet"))
}

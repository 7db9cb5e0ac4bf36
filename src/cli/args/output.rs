//! The forms in which commands print.

use clap::{Args, ValueEnum};

/// How to print.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// The form of the output
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Output::Table, env = "AMLDECK_OUTPUT", hide_env = true)]
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

/// The forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanForm {
    /// Columns for a person
    Table,
    /// One JSON document
    Json,
    /// The steps as comma-separated values
    Csv,
    /// Markdown with every request
    Md,
    /// Commands of `az`
    Az,
    /// The workspaces as `az ml` reads them
    Yaml,
    /// An ARM template
    Arm,
    /// Bicep
    Bicep,
}

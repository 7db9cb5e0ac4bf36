//! What this machine offers: files and the terminal.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::start::Context;

/// Where files live.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    pub settings: Option<PathBuf>,
    pub settings_exist: bool,
    pub cache: Option<PathBuf>,
    pub state: Option<PathBuf>,
    pub log: Option<PathBuf>,
}

impl Files {
    pub fn of(context: &Context) -> Self {
        let paths = context.paths.as_ref();
        let settings = context.global.config.clone().or_else(|| paths.map(|paths| paths.settings.clone()));
        Self {
            settings_exist: settings.as_deref().is_some_and(Path::exists),
            settings,
            cache: paths.map(|paths| paths.cache.clone()),
            state: paths.map(|paths| paths.state.clone()),
            log: context.global.log_file.clone(),
        }
    }
}

/// The terminal of this process.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminalView {
    pub is_terminal: bool,
    pub term: Option<String>,
    pub color_term: Option<String>,
    pub no_color: bool,
    pub colors: u16,
    pub columns: Option<u16>,
    pub rows: Option<u16>,
}

impl TerminalView {
    pub fn of_process() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let size = is_terminal.then(crossterm::terminal::size).and_then(Result::ok);
        Self {
            is_terminal,
            term: text("TERM"),
            color_term: text("COLORTERM"),
            no_color: text("NO_COLOR").is_some(),
            colors: crossterm::style::available_color_count(),
            columns: size.map(|(columns, _)| columns),
            rows: size.map(|(_, rows)| rows),
        }
    }

    /// The terminal in words.
    pub fn words(&self) -> String {
        let term = self.term.as_deref().unwrap_or("TERM is not set");
        let colours = match self.colors {
            _ if self.no_color => "no colours, because NO_COLOR is set".to_owned(),
            u16::MAX => "true colour".to_owned(),
            n => format!("{n} colours"),
        };
        match (self.columns, self.rows) {
            (Some(columns), Some(rows)) => format!("{term}, {columns}x{rows}, {colours}"),
            _ => format!("{term}, {colours}; standard input or output is no terminal"),
        }
    }
}

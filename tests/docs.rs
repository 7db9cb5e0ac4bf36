//! What the documents say of the code is checked here: paths, keys, settings, flags, and who may know whom.
//! `UPDATE_DOCS=1 cargo test --test docs` writes the tables anew that are made from the code.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use amldeck::cli::args::Cli;
use amldeck::config::action::ACTIONS;
use amldeck::config::keymap::{Context, KeyMap, KeyTable};
use amldeck::config::settings::Settings;
use amldeck::config::theme;
use clap::CommandFactory;
use regex_lite::Regex;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder with this ending, in order.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn documents() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    all.extend(files_below(&root().join("docs"), "md"));
    all
}

#[test]
fn every_path_that_a_document_names_is_there() {
    let span = Regex::new(r"`((?:src|tests|assets|docs|benches|\.ci)/[A-Za-z0-9_./-]*)`").unwrap();
    let link = Regex::new(r"\]\(([^)#: ]+)(?:#[^)]*)?\)").unwrap();
    let mut missing = Vec::new();
    for document in documents() {
        let text = read(&document);
        let folder = document.parent().unwrap();
        let named = span.captures_iter(&text).map(|found| root().join(&found[1]));
        let linked = link.captures_iter(&text).map(|found| folder.join(&found[1]));
        missing
            .extend(named.chain(linked).filter(|path| !path.exists()).map(|path| (document.clone(), path)));
    }
    assert!(missing.is_empty(), "documents name what is not there: {missing:#?}");
}

#[test]
fn every_room_is_on_the_map() {
    let map = read("ARCHITECTURE.md");
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let room = format!("`src/{}/`", path.file_name().unwrap().to_string_lossy());
            assert!(map.contains(&room), "{room} is not in ARCHITECTURE.md");
        }
    }
}

/// Compares what stands between two marks with what it should be, or writes it.
fn check_made_part(path: &str, name: &str, made: &str) {
    let text = read(path);
    let begin = format!("<!-- {name}: made by `UPDATE_DOCS=1 cargo test --test docs` -->\n");
    let end = format!("<!-- end of {name} -->");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path} lacks the mark {begin}"));
    let (between, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{path} lacks the mark {end}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(path), format!("{before}{begin}{made}{end}{after}")).unwrap();
        return;
    }
    assert!(
        between == made,
        "{path} is not what the code does. Type\n\n    UPDATE_DOCS=1 cargo test --test docs\n\nIt should say:\n{made}"
    );
}

#[test]
fn the_key_tables_are_the_key_map() {
    let map = KeyMap::new(&KeyTable::new()).unwrap();
    let contexts = [
        ("Everywhere", "global", Context::Global),
        ("On the workspace screen", "workspace", Context::Workspace),
        ("In a text or JSON", "text", Context::Text),
        ("In a list over the screen", "list", Context::List),
        ("While something is typed", "typing", Context::Typing),
        ("In a form", "form", Context::Form),
        ("On a plan before it runs", "review", Context::Review),
        ("On a plan that runs", "run", Context::Run),
    ];
    let mut made = String::new();
    for (title, name, context) in contexts {
        write!(made, "\n## {title}: `[keys.{name}]`\n\n| key | what | action |\n| --- | --- | --- |\n")
            .unwrap();
        for spec in ACTIONS {
            let keys = map.own(context, spec.action);
            if !keys.is_empty() {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                writeln!(made, "| {} | {} | `{}` |", keys.join(" "), spec.title, spec.name).unwrap();
            }
        }
    }
    let unbound = |spec: &&amldeck::config::action::ActionSpec| {
        contexts.iter().all(|(_, _, context)| map.own(*context, spec.action).is_empty())
    };
    let rest: Vec<String> =
        ACTIONS.iter().filter(unbound).map(|spec| format!("{} (`{}`)", spec.title, spec.name)).collect();
    if !rest.is_empty() {
        write!(made, "\nWithout a key, behind `:`: {}.\n", rest.join("; ")).unwrap();
    }
    made.push('\n');
    check_made_part("docs/keys.md", "keys", &made);
}

/// The names that a table of the settings file may hold: what the reader answers to one that is none.
fn settings_in(table: &str) -> BTreeSet<String> {
    let text = format!("{table}\nno_such_setting = 1\n");
    let error = toml::from_str::<Settings>(&text).unwrap_err();
    let message = error.message().to_owned();
    let (_, expected) = message.split_once("expected").unwrap_or_else(|| panic!("{message}"));
    let name = Regex::new("`([a-z_]+)`").unwrap();
    name.captures_iter(expected).map(|found| found[1].to_owned()).collect()
}

fn every_setting() -> Vec<String> {
    let mut all = Vec::new();
    for table in settings_in("") {
        if table == "keys" {
            all.push(table);
        } else {
            all.extend(settings_in(&format!("[{table}]")).iter().map(|name| format!("{table}.{name}")));
        }
    }
    all
}

#[test]
fn every_setting_is_described_and_stands_in_the_example() {
    let text = read("docs/configuration.md");
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let settings: Settings = toml::from_str(example).unwrap();
    KeyMap::new(&settings.keys).unwrap();
    let table: toml::Table = toml::from_str(example).unwrap();
    let settings = every_setting();
    assert!(settings.len() > 10, "{settings:?}");
    for setting in settings {
        assert!(text.contains(&format!("| `{setting}` |")), "{setting} is not described");
        let stands = match setting.split_once('.') {
            Some((group, name)) => table[group].get(name).is_some(),
            None => table.contains_key(&setting),
        };
        assert!(stands, "{setting} is not in the example");
    }
    for theme in theme::names() {
        assert!(text.contains(&format!("`{theme}`")), "theme {theme} is not named");
    }
}

#[test]
fn the_table_of_flags_is_the_command_line() {
    let command = Cli::command();
    let mut made = String::from("\nEvery command takes these:\n\n");
    made.push_str(&flags_of(&command).expect("there are flags for every command"));
    flags_below(&command, "amldeck", &mut made);
    made.push('\n');
    check_made_part("docs/configuration.md", "flags", &made);
}

/// The tables of the commands below one, each under its own name.
fn flags_below(command: &clap::Command, name: &str, made: &mut String) {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let name = format!("{name} {}", below.get_name());
        if let Some(table) = flags_of(below) {
            write!(made, "\n`{name}` takes these besides:\n\n{table}").unwrap();
        }
        flags_below(below, &name, made);
    }
}

/// The flags of a command as a table; `None` when it has no own.
fn flags_of(command: &clap::Command) -> Option<String> {
    let mut made = String::from("| flag | variable | what |\n| --- | --- | --- |\n");
    let all = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let mut count = 0;
    for argument in all {
        let Some(long) = argument.get_long() else { continue };
        let value = argument
            .get_value_names()
            .filter(|_| argument.get_action().takes_values())
            .map(|names| format!(" {}", names[0]))
            .unwrap_or_default();
        let variable =
            argument.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
        // What Markdown would take for a tag or the end of a cell.
        let escape = |text: &str| text.replace('<', "\\<").replace('|', "\\|");
        let help = escape(&argument.get_help().map(ToString::to_string).unwrap_or_default());
        let value = value.replace('|', "\\|");
        writeln!(made, "| `--{long}{value}` | {variable} | {help} |").unwrap();
        count += 1;
    }
    (count > 0).then_some(made)
}

/// What a room may not name.
struct Arrow {
    room: &'static str,
    /// Other rooms of this crate.
    rooms: &'static [&'static str],
    /// Other crates, and paths of any kind.
    paths: &'static [&'static str],
}

/// The arrows of ARCHITECTURE.md, read backwards.
const ARROWS: &[Arrow] = &[
    Arrow {
        room: "config",
        rooms: &["app", "azure", "cli", "domain", "emulator", "term", "ui"],
        paths: &["tokio", "reqwest", "crossterm"],
    },
    Arrow {
        room: "azure",
        rooms: &["app", "cli", "config", "domain", "emulator", "term", "ui"],
        paths: &["ratatui", "crossterm", "axum"],
    },
    Arrow {
        room: "domain",
        rooms: &["app", "cli", "config", "emulator", "term", "ui", "azure::auth", "azure::arm::client"],
        paths: &[
            "ratatui",
            "crossterm",
            "tokio",
            "tokio_util",
            "reqwest",
            "axum",
            "std::fs",
            "std::env",
            "std::net",
            "Timestamp::now",
            "Zoned::now",
            "Instant::now",
            "SystemTime::now",
        ],
    },
    Arrow {
        room: "app",
        rooms: &["cli", "emulator", "term", "azure::auth"],
        paths: &["reqwest", "crossterm", "axum"],
    },
    Arrow {
        room: "ui",
        rooms: &["cli", "emulator", "term", "azure::auth", "azure::arm::client", "app::runtime"],
        paths: &["tokio", "tokio_util", "reqwest", "crossterm", "axum", "std::fs", "std::env"],
    },
    Arrow {
        room: "term",
        rooms: &["app", "azure", "cli", "domain", "emulator", "ui"],
        paths: &["tokio", "reqwest", "axum"],
    },
    Arrow {
        room: "emulator",
        rooms: &["app", "azure", "cli", "config", "domain", "term", "ui"],
        paths: &["ratatui", "crossterm", "reqwest", "azure_core", "azure_identity"],
    },
];

/// Whether a line of code names a path, as a whole word.
fn names(line: &str, path: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + path.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

fn trespasses(room: &str, paths: &[String], but_in: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in files_below(&root().join("src").join(room), "rs") {
        let shown = file.strip_prefix(root()).unwrap().display().to_string();
        if !but_in.is_empty() && shown.starts_with(but_in) {
            continue;
        }
        for (number, line) in read(&file).lines().enumerate() {
            let code = line.trim_start();
            if !code.starts_with("//") {
                // Its rooms stand behind the bracket, where they are not found.
                if code.starts_with("use crate::{") {
                    found.push(format!("{shown}:{}: one `use` for each room", number + 1));
                }
                let named = paths.iter().filter(|path| names(code, path));
                found.extend(named.map(|path| format!("{shown}:{}: {path}", number + 1)));
            }
        }
    }
    found
}

#[test]
fn no_room_knows_what_it_may_not() {
    let mut found = Vec::new();
    for arrow in ARROWS {
        let rooms = arrow.rooms.iter().map(|room| format!("crate::{room}"));
        let paths: Vec<String> = rooms.chain(arrow.paths.iter().map(ToString::to_string)).collect();
        found.extend(trespasses(arrow.room, &paths, ""));
    }
    assert!(found.is_empty(), "these lines are against the arrows of ARCHITECTURE.md: {found:#?}");
}

#[test]
fn only_the_runtime_of_the_console_holds_a_client_and_starts_work() {
    let paths = ["crate::azure::arm::client", "tokio::spawn", "tokio::task", "std::fs"].map(str::to_owned);
    let found = trespasses("app", &paths, "src/app/runtime");
    assert!(found.is_empty(), "work is started outside of the runtime: {found:#?}");
}

#[test]
fn the_search_for_trespasses_finds_some() {
    assert!(names("use crate::azure::arm::id::ArmId;", "crate::azure"));
    assert!(names("    tokio::spawn(work)", "tokio"));
    assert!(names("at = jiff::Timestamp::now();", "jiff"));
    assert!(!names("use crate::azurite;", "crate::azure"));
    assert!(!names("crate::tokio_like::x", "tokio"));
    assert!(!trespasses("cli", &["crate::app".to_owned()], "").is_empty());
}

/// Keys can be bound elsewhere: what names one takes it from the key map.
#[test]
fn no_text_names_a_key_by_itself() {
    let does = "shows|tries|clears|reads|copies|saves|closes|opens|lists|offers|goes on|keeps|begins|leaves";
    let key = r"\b(Esc|Enter|Alt-Enter|Tab|Shift-Tab)\b|\^[a-z]\b";
    let key = Regex::new(&format!(r#""[^"]*({key}|[ "(][^\s}},] ({does})\b)"#)).unwrap();
    let mut found = Vec::new();
    for room in ["app", "azure", "domain", "ui"] {
        for file in files_below(&root().join("src").join(room), "rs") {
            let shown = file.strip_prefix(root()).unwrap().display().to_string();
            if shown.ends_with("tests.rs") {
                continue;
            }
            let text = read(&file);
            let product = text.split("#[cfg(test)]").next().unwrap();
            for (number, line) in product.lines().enumerate() {
                if !line.trim_start().starts_with("//") && key.is_match(line) {
                    found.push(format!("{shown}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "these texts name a key that may be bound elsewhere: {found:#?}");
}

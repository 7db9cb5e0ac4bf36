//! `amldeck snapshot`: access to a workspace and the settings around it, written down, and what is different
//! from what was written down before.

use serde::Serialize;

use super::args::Output;
use super::exit::{Exit, Failure, print, tell};
use super::opened;
use super::output::{self, Screen, Section};
use super::start::Context;
use crate::app::export::Sheet;
use crate::app::runtime::{Saved, Snapshots, read_snapshot};
use crate::app::snapshot;
use crate::azure::arm::id::ArmId;
use crate::domain::fact::Tone;
use crate::domain::snapshot::{Comparison, Snapshot, Verdict};

/// What is asked for.
pub enum Wish<'a> {
    /// Take one.
    Take,
    /// List those that were taken.
    List,
    /// Hold the workspace as it is now against one: this one, or the latest.
    Diff(Option<&'a str>),
}

/// Takes, lists or compares.
///
/// # Errors
/// When the name fits no workspace or several, there is no such snapshot, or files cannot be read or written.
pub async fn run(
    context: &Context,
    workspace: &str,
    wish: Wish<'_>,
    output: Output,
) -> Result<Exit, Failure> {
    let screen = Screen::of(context)?;
    let Some(found) = opened::find(context, workspace).await? else { return Ok(Exit::CannotTell) };
    let store = context.snapshots(found.place()).ok_or_else(|| {
        Failure::local("there is no home folder, so there is no place where snapshots are kept")
    })?;
    if let Wish::List = wish {
        return list(&store.list(&found.id).map_err(Failure::local)?, output, &screen);
    }
    let before = match wish {
        Wish::Diff(name) => Some(find(&store, &found.id, name)?),
        _ => None,
    };
    let opened = found.open().await;
    let now = snapshot::take(opened.model(), opened.page()?);
    match before {
        Some(before) => compare(&before, &now, output, &screen),
        None => keep(&store, &now, output, &screen),
    }
}

fn find(store: &Snapshots, workspace: &ArmId, name: Option<&str>) -> Result<Box<Snapshot>, Failure> {
    let saved = store.list(workspace).map_err(Failure::local)?;
    let wrong = |why: &str, name: &str| Failure::wrong_use(format!("the snapshot {name}: {why}"));
    match name {
        None => match saved.into_iter().next() {
            Some(latest) => latest.snapshot.map_err(|why| wrong(&why, &latest.name)),
            None => Err(Failure::wrong_use(format!(
                "there is no snapshot of {} yet. `amldeck snapshot {}` takes one",
                workspace.name(),
                workspace.name()
            ))),
        },
        Some(name) => match saved.into_iter().find(|saved| saved.name == name) {
            Some(found) => found.snapshot.map_err(|why| wrong(&why, name)),
            // One that somebody else took, or that was moved elsewhere.
            None if std::path::Path::new(name).is_file() => {
                let snapshot = read_snapshot(std::path::Path::new(name)).map_err(|why| wrong(&why, name))?;
                if snapshot.workspace == *workspace {
                    Ok(snapshot)
                } else {
                    Err(wrong(&format!("it is of {}", snapshot.workspace), name))
                }
            }
            None => Err(Failure::wrong_use(format!(
                "there is no snapshot '{name}' of {}; --list shows those that there are",
                workspace.name()
            ))),
        },
    }
}

/// A snapshot in a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    name: &'a str,
    path: String,
    taken_at: Option<jiff::Timestamp>,
    taken_by: Option<&'a str>,
    assignments: Option<usize>,
    settings: Option<usize>,
    unread: Option<usize>,
    error: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(saved: &'a Saved) -> Self {
        let snapshot = saved.snapshot.as_deref().ok();
        Self {
            name: &saved.name,
            path: saved.path.display().to_string(),
            taken_at: snapshot.map(|s| s.taken_at),
            taken_by: snapshot.and_then(|s| s.taken_by.as_deref()),
            assignments: snapshot.map(|s| s.assignments.len()),
            settings: snapshot.map(|s| s.settings.len()),
            unread: snapshot.map(|s| s.unread.len()),
            error: saved.snapshot.as_ref().err().map(String::as_str),
        }
    }

    fn cells(&self) -> Vec<String> {
        let number = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
        vec![
            self.name.to_owned(),
            self.taken_at.map_or_else(String::new, |at| at.to_string()),
            self.taken_by.unwrap_or_default().to_owned(),
            number(self.assignments),
            number(self.settings),
            number(self.unread),
            self.error.map_or_else(|| self.path.clone(), str::to_owned),
        ]
    }
}

fn list(saved: &[Saved], output: Output, screen: &Screen) -> Result<Exit, Failure> {
    let rows: Vec<Row<'_>> = saved.iter().map(Row::of).collect();
    let text = match output {
        Output::Json => output::json(&rows)?,
        _ => {
            let sheet = Sheet {
                names: vec!["name", "takenAt", "takenBy", "assignments", "settings", "unread", "path"],
                titles: vec!["Name", "Taken", "By", "Assignments", "Settings", "Unread", "File"],
                rows: rows.iter().map(Row::cells).collect(),
            };
            let section = Section {
                kept: &["name"],
                expendable: &["path", "unread", "settings"],
                ..Section::table("Snapshots", sheet, Vec::new())
            };
            output::table(&section, output, screen)
        }
    };
    print(&text)?;
    Ok(Exit::Done)
}

fn keep(store: &Snapshots, now: &Snapshot, output: Output, screen: &Screen) -> Result<Exit, Failure> {
    let path = store.keep(now).map_err(Failure::local)?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let saved = Saved { name, path, snapshot: Ok(Box::new(now.clone())) };
    let text = match output {
        Output::Json => output::json(&Row::of(&saved))?,
        _ => {
            let facts = [
                ("Snapshot".to_owned(), saved.name.clone(), Tone::Plain),
                ("Workspace".to_owned(), now.workspace.to_string(), Tone::Plain),
                ("Role assignments".to_owned(), now.assignments.len().to_string(), Tone::Plain),
                ("Eligible roles".to_owned(), now.eligible.len().to_string(), Tone::Plain),
                ("Deny assignments".to_owned(), now.denies.len().to_string(), Tone::Plain),
                ("Settings".to_owned(), now.settings.len().to_string(), Tone::Plain),
                ("File".to_owned(), saved.path.display().to_string(), Tone::Plain),
            ];
            output::sections(now.workspace.name(), &[Section::facts("Snapshot", facts)], output, screen)
        }
    };
    print(&text)?;
    for part in &now.unread {
        tell(&part.words());
    }
    Ok(if now.unread.is_empty() { Exit::Done } else { Exit::CannotTell })
}

fn compare(before: &Snapshot, now: &Snapshot, output: Output, screen: &Screen) -> Result<Exit, Failure> {
    let comparison = Comparison::of(before, now);
    let text = match output {
        Output::Json => output::json(&comparison)?,
        _ => {
            let tones = comparison.differences.iter().map(|d| vec![d.tone(); 3]).collect();
            let section = Section {
                kept: &["what"],
                expendable: &["scope", "area"],
                ..Section::table("Differences", snapshot::sheet(&comparison), tones)
            };
            output::table(&section, output, screen)
        }
    };
    print(&text)?;
    if comparison.differences.is_empty() {
        tell(&format!("nothing that was read is different from {}", before.taken_at));
    }
    for part in &comparison.unknown {
        tell(part);
    }
    if before.taken_by != now.taken_by
        && let (Some(then), Some(now)) = (&before.taken_by, &now.taken_by)
    {
        tell(&format!("taken by {then}, compared by {now}: the two may not see the same"));
    }
    Ok(match comparison.verdict() {
        Verdict::Same => Exit::Done,
        Verdict::Changed => Exit::No,
        Verdict::CannotTell => Exit::CannotTell,
    })
}

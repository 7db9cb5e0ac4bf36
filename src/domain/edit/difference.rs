//! What differs between a workspace and how it shall be, from what to what.

use std::collections::BTreeSet;

use super::{Wish, new_identities};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::Workspace;

/// What stands for a setting that is empty, or not there.
const NOTHING: &str = "nothing";
/// Characters of a value that are shown.
const LONGEST: usize = 48;

/// Something that differs: what it is, what it was and what it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is, such as `tag env`.
    pub what: String,
    /// As it was read; `nothing` where there was none.
    pub from: String,
    /// As it is wished; `nothing` where there shall be none.
    pub to: String,
}

impl Difference {
    fn new(what: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { what: what.into(), from: from.into(), to: to.into() }
    }

    /// Of two texts, shown from where they begin to differ.
    fn of_texts(what: impl Into<String>, old: &str, new: &str) -> Self {
        let from = first_difference(old, new);
        Self::new(what, shown_from(old, from), shown_from(new, from))
    }

    /// From what to what: `friendly name: Fraud -> Fraud detection`.
    #[must_use]
    pub fn arrow(&self) -> String {
        format!("{}: {} -> {}", self.what, self.from, self.to)
    }

    /// As a part of a sentence.
    pub(super) fn words(&self) -> String {
        let Self { what, from, to } = self;
        match (from.as_str(), to.as_str()) {
            (_, NOTHING) => format!("no {what} any more (was {from})"),
            (NOTHING, _) => format!("the new {what} {to}"),
            _ => format!("the {what} {to} (was {from})"),
        }
    }
}

/// Everything that differs between a workspace and how it shall be, in the order of the fields; empty when nothing does.
#[must_use]
pub fn differences(workspace: &Workspace, wish: &Wish) -> Vec<Difference> {
    let now = Wish::as_it_is(workspace);
    let mut all = settings_that_differ(&now, wish);
    all.extend(
        new_identities(workspace, wish)
            .map(|id| Difference::new(format!("identity {}", id.name()), "not attached", "attached")),
    );
    if let Some(new) = wish.registry.as_ref().filter(|new| now.registry.as_ref() != Some(*new)) {
        let had = now.registry.as_ref().map_or(NOTHING, ArmId::name);
        all.push(Difference::new("registry", had, new.name()));
    }
    all
}

/// The same of what is no attachment.
pub(super) fn settings_that_differ(now: &Wish, wish: &Wish) -> Vec<Difference> {
    let mut all = Vec::new();
    for (what, old, new) in [
        ("friendly name", &now.friendly_name, &wish.friendly_name),
        ("description", &now.description, &wish.description),
    ] {
        if old != new {
            all.push(Difference::of_texts(what, old, new));
        }
    }
    let names: BTreeSet<&String> = now.tags.keys().chain(wish.tags.keys()).collect();
    for name in names {
        let (old, new) = (now.tags.get(name), wish.tags.get(name));
        // An empty value is a value.
        let shown = |value: Option<&String>| match value {
            Some(value) if value.is_empty() => "''".to_owned(),
            Some(value) => shown_from(value, first_difference(old.unwrap_or(value), new.unwrap_or(value))),
            None => NOTHING.to_owned(),
        };
        if old != new {
            all.push(Difference::new(format!("tag {name}"), shown(old), shown(new)));
        }
    }
    if now.image_build_compute != wish.image_build_compute {
        let (old, new) = (&now.image_build_compute, &wish.image_build_compute);
        all.push(Difference::of_texts("image build compute", old, new));
    }
    all
}

/// Where two texts begin to differ, in characters; a little before it, so that it can be recognised.
fn first_difference(old: &str, new: &str) -> usize {
    const BEFORE: usize = 16;
    let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    if same < LONGEST / 2 {
        return 0;
    }
    let word = new.chars().skip(same - BEFORE).take(BEFORE).position(char::is_whitespace);
    same - BEFORE + word.map_or(0, |at| at + 1)
}

/// A line's worth of a text from a character on, with a mark where more stands before or behind it.
fn shown_from(text: &str, from: usize) -> String {
    let rest: String = text.chars().skip(from).collect();
    let line: String = rest.lines().next().unwrap_or_default().chars().take(LONGEST).collect();
    if text.is_empty() {
        return NOTHING.to_owned();
    }
    let before = if from > 0 { "…" } else { "" };
    let behind = if line.len() < rest.len() { "…" } else { "" };
    format!("'{before}{line}{behind}'")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{GROUP, identity, workspace};
    use super::*;

    #[test]
    fn what_differs_far_behind_in_a_long_text_is_what_is_shown() {
        let old = "Scores card payments within eighty milliseconds. Owner: the fraud team";
        let mut workspace = workspace(&json!({ "properties": { "description": old } }));
        let wish = Wish { description: format!("{old} of Ada"), ..Wish::as_it_is(&workspace) };
        let shown = differences(&workspace, &wish);
        assert_eq!(shown, [Difference::new("description", "'…the fraud team'", "'…the fraud team of Ada'")]);
        assert_eq!(shown[0].words(), "the description '…the fraud team of Ada' (was '…the fraud team')");
        workspace.properties.description = Some("short".to_owned());
        let wish = Wish { description: String::new(), ..Wish::as_it_is(&workspace) };
        let shown = differences(&workspace, &wish);
        assert_eq!(shown, [Difference::new("description", "'short'", "nothing")]);
    }

    #[test]
    fn every_field_that_differs_says_from_what_to_what() {
        let registry = format!("{GROUP}/Microsoft.ContainerRegistry/registries/cr1");
        let of = workspace(&json!({ "tags": {"env": "dev", "old": "x", "empty": ""}, "properties": {
            "friendlyName": "Fraud", "imageBuildCompute": "cpu" } }));
        assert_eq!(differences(&of, &Wish::as_it_is(&of)), []);
        let tags = [("env", "prod"), ("empty", ""), ("new", "")];
        let wish = Wish {
            tags: tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            friendly_name: String::new(),
            image_build_compute: "gpu".to_owned(),
            identities: vec![identity("id-new")],
            registry: ArmId::parse(&registry).ok(),
            ..Wish::as_it_is(&of)
        };
        let lines = differences(&of, &wish);
        let lines: Vec<_> =
            lines.iter().map(|one| (one.what.as_str(), one.from.as_str(), one.to.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("friendly name", "'Fraud'", "nothing"),
                ("tag env", "'dev'", "'prod'"),
                ("tag new", "nothing", "''"),
                ("tag old", "'x'", "nothing"),
                ("image build compute", "'cpu'", "'gpu'"),
                ("identity id-new", "not attached", "attached"),
                ("registry", "nothing", "cr1"),
            ]
        );
    }
}

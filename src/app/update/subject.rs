//! What keys are about that take something along: the resource or the finding under the cursor, as a link, an id, JSON, or
//! on the clipboard.

use super::matrix;
use super::open::ask;
use crate::app::access_rows;
use crate::app::browser::Node;
use crate::app::content;
use crate::app::effect::{Effect, Host};
use crate::app::fetch::Fetch;
use crate::app::findings::Placed;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::fact::Tone;

/// The resource that links, ids and JSON are about: the row under the cursor where it stands for one,
/// else what is selected in the list.
#[must_use]
pub fn subject(model: &Model) -> Option<ArmId> {
    if matches!(model.focus, Pane::Dependents | Pane::Network)
        && let Some(page) = model.page()
    {
        let row = model.pane_cursor(model.focus).row;
        let lines = content::lines(model, page, model.focus, content::is_full(model, model.focus));
        if let Some(id) = lines.get(row).and_then(|line| line.resource.clone()) {
            return Some(id);
        }
    }
    if model.focus == Pane::Access
        && let Some(row) = access_rows::current(model)
    {
        return Some(row.assignment.clone());
    }
    match model.browser.selected()? {
        Node::Workspace(id) | Node::Group(id) => Some(id.clone()),
        Node::Subscription(id) => Some(ArmId::subscription(id)),
    }
}

/// Opens the subject in the portal.
pub fn open_portal(model: &mut Model) -> Vec<Effect> {
    match subject(model) {
        Some(id) => vec![Effect::OpenLink(model.session.portal_link(&id))],
        None => nothing_selected(model),
    }
}

/// Opens the selected workspace in the studio.
pub fn open_studio(model: &mut Model) -> Vec<Effect> {
    match model.browser.workspace() {
        Some(id) => vec![Effect::OpenLink(model.session.studio_link(id))],
        None => nothing_selected(model),
    }
}

/// Copies the id of the subject, or of the row of the matrix.
pub fn copy_id(model: &mut Model) -> Vec<Effect> {
    if let Some(effects) = matrix::copy_id(model) {
        return effects;
    }
    match subject(model) {
        Some(id) => copy(model, id.as_str().to_owned()),
        None => nothing_selected(model),
    }
}

/// Shows the subject as ARM returned it, or says why there is nothing to show.
pub fn json(model: &mut Model) -> Vec<Effect> {
    let Some(id) = subject(model) else { return nothing_selected(model) };
    let Some(page) = model.page() else {
        model.notices.hint("JSON is kept for opened workspaces and their resources; select one");
        return Vec::new();
    };
    if model.focus == Pane::Access && access_rows::current(model).is_some() {
        // Thousands of assignments are kept as what they say; one that is looked at is read again.
        model.notices.hint("reading it");
        return vec![ask(model, Fetch::Json(id))];
    }
    let raw = if id == page.id { page.raw.clone() } else { page.raw_dependents.get(&id).cloned() };
    let absence = page.opened.dependent(&id).absence();
    match raw {
        Some(raw) => show_json(model, &id, &raw),
        None => {
            let why = absence.unwrap_or_else(|| "not read yet".to_owned());
            model.notices.hint(format!("there is no JSON of {}: {why}", id.name()));
        }
    }
    Vec::new()
}

/// Lays a resource over the screen as ARM returned it.
pub fn show_json(model: &mut Model, id: &ArmId, raw: &serde_json::Value) {
    model.notices.dismiss();
    let named = raw["name"].as_str().unwrap_or(id.name());
    let title = match access_rows::current(model) {
        Some(row) if row.assignment == *id => format!("{}: {}", row.label(), row.role.label()),
        _ => named.to_owned(),
    };
    // A value that came as JSON can be written as JSON.
    let text = serde_json::to_string_pretty(raw).unwrap_or_default();
    model.overlays.push(Overlay::Text(TextView::new(format!("{title}  JSON"), &text, model.size.0)));
}

/// Says that the key is about a workspace, and how to come to one.
pub fn nothing_selected(model: &mut Model) -> Vec<Effect> {
    let words = if model.inventory.workspaces().is_empty() {
        "that needs a workspace, and there is none here yet".to_owned()
    } else {
        let [down, up, find] = [Action::Down, Action::Up, Action::Filter]
            .map(|action| model.keymap.key(Context::Workspace, action));
        format!("that is about a workspace: move onto one with {down} and {up}, or find one with {find}")
    };
    model.notices.hint(words);
    Vec::new()
}

/// Puts a text on the clipboard and shows it, because some terminals drop it in silence.
pub fn copy(model: &mut Model, text: String) -> Vec<Effect> {
    let first = text.lines().next().unwrap_or_default();
    let more = text.lines().count().saturating_sub(1);
    let line = if more == 0 {
        format!("sent to the clipboard: {first}")
    } else {
        format!("sent to the clipboard: {} lines", more + 1)
    };
    model.tell(Tone::Good, line, text.clone());
    vec![Effect::Host(Host::Copy(text))]
}

/// The finding that the row under the cursor of the overview tells.
#[must_use]
pub fn finding(model: &Model) -> Option<Placed> {
    let page =
        model.page().filter(|_| model.focus == Pane::Overview && content::is_full(model, Pane::Overview))?;
    let lines = content::lines(model, page, Pane::Overview, true);
    let id = lines.get(model.pane_cursor(Pane::Overview).row)?.finding?;
    let finding = page.report.findings.iter().find(|finding| finding.id == id)?.clone();
    Some(Placed { workspace: page.id.name().to_owned(), finding })
}

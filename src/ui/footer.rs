//! The last line: what was just told, else the keys that act here, made from the key map.

use ratatui::layout::Rect;

use crate::app::access::grid;
use crate::app::content;
use crate::app::hit::{ListId, Target};
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::reach::reach;
use crate::app::update::{can_cancel, finding, no_subscription, run_at};
use crate::azure::arm::error::Error;
use crate::config::action::Action;
use crate::config::key::Key;
use crate::config::keymap::Context;
use crate::domain::access::Verdict;
use crate::ui::paint::Paint;
use crate::ui::widgets::text;

/// Draws the footer into one row.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model) {
    if let Some(hint) = model.notices.current_hint() {
        paint.text(area.x, area.y, area.width, &format!(" {hint}"), paint.theme.text);
        return;
    }
    // What stands in the place of the list is told there, and the keys stay here.
    let stands_there = model.inventory_status.error.as_ref().filter(|_| model.browser.rows().is_empty());
    let stands_there = stands_there.map(Error::plain).unwrap_or_default();
    if let Some(notice) = model.notices.current().filter(|notice| notice.text != stands_there) {
        let style = paint.tone(notice.tone);
        let line = format!(" {}", notice.text);
        paint.text(area.x, area.y, area.width, &line, style);
        return;
    }
    if !model.pending.is_empty() {
        let keys: String = model.pending.iter().map(|key| model.keymap.name(*key)).collect();
        paint.text(area.x, area.y, area.width, &format!(" {keys} …"), paint.theme.accent);
        return;
    }
    let keys = fitting(offered(model), usize::from(area.width.saturating_sub(1)));
    let mut x = area.x + 1;
    for Offer { key, label, target, .. } in keys {
        let start = x;
        x = paint.text(x, area.y, area.right().saturating_sub(x), &key, paint.theme.accent);
        x = paint.text(x + 1, area.y, area.right().saturating_sub(x + 1), label, paint.theme.dim);
        paint.hits.add(Rect { x: start, width: x - start, height: 1, ..area }, target);
        x += GAP;
    }
}

/// Blanks between two keys.
const GAP: u16 = 2;

/// A key that acts here.
#[derive(Debug, Clone, PartialEq)]
struct Offer {
    key: String,
    label: &'static str,
    target: Target,
    /// Whether it stays when others have to go: the way out, and that to the help.
    lasting: bool,
}

/// The keys that there is room for in so many cells: the last ones go first, but those that last.
fn fitting(mut offers: Vec<Offer>, cells: usize) -> Vec<Offer> {
    let wide = |offer: &Offer| text::width(&offer.key) + 1 + text::width(offer.label) + usize::from(GAP);
    while offers.iter().map(wide).sum::<usize>() > cells + usize::from(GAP) {
        let last = offers.iter().rposition(|offer| !offer.lasting);
        // Where there is room for one key only, it is the first of those that last.
        offers.remove(last.unwrap_or(offers.len() - 1));
    }
    offers
}

/// The keys that act here, the most useful first.
fn offered(model: &Model) -> Vec<Offer> {
    let context = model.context();
    let mut offers = Vec::new();
    if let Some(Overlay::Picker(picker)) = model.overlays.last() {
        // The answers of a question; the one that does something stands first.
        let answers = picker.shown().iter().enumerate().filter_map(|(row, at)| {
            let item = &picker.items[*at];
            let key = item.key.filter(|key| picker.by_key(Key::char(*key)).is_some())?;
            let label = item.command.answer()?;
            let target = Target::Row(ListId::Overlay, row);
            Some(Offer { key: key.to_string(), label, target, lasting: false })
        });
        offers.extend(answers);
        offers.sort_by_key(|offer| offer.label != "run");
    }
    let first = reach(model, model.overlays.last()).first;
    for action in first.iter().copied().filter(|action| acts(model, *action)) {
        let Some(key) = model.keymap.shown(context, action) else { continue };
        let lasting = matches!(action, Action::Back | Action::QuitOrBack | Action::Help);
        offers.push(Offer { key, label: label(model, action), target: Target::Action(action), lasting });
    }
    offers
}

/// Whether an action that is bound here has something to act on now.
fn acts(model: &Model, action: Action) -> bool {
    match (model.overlays.last(), action) {
        (Some(Overlay::List(list)), Action::Open) => list.filter.editing || list.len(model) > 0,
        (Some(Overlay::List(_)), Action::Cancel) => can_cancel(model),
        (Some(Overlay::Picker(picker)), Action::Open) => !picker.shown().is_empty(),
        (Some(Overlay::Review(review)), Action::Open) => review.name.is_some() || !model.session.read_only,
        (Some(Overlay::Review(review)), Action::ToggleStep) => {
            review.current().is_some_and(|step| step.optional)
        }
        (Some(Overlay::Review(review)), Action::Consequence) => !review.notes(model).is_empty(),
        (Some(Overlay::List(list)), Action::Grant) => is_no(list),
        (Some(Overlay::Text(view)), Action::NextMatch | Action::PreviousMatch) => view.search.is_some(),
        (None, Action::Open) if model.focus == Pane::Browser => {
            model.is_filtering() || !model.browser.rows().is_empty()
        }
        (None, Action::GroupBy) => grid::is_shown(model),
        // A cell of the matrix may stand for several assignments.
        (None, Action::Revoke) if grid::is_shown(model) => false,
        (None, Action::Ask | Action::Grant | Action::Revoke) => !model.inventory.workspaces().is_empty(),
        (None, Action::Create) => !no_subscription(model),
        (None, Action::Tenants) => model.session.tenants.len() > 1,
        _ => true,
    }
}

/// What an action is called right now.
fn label(model: &Model, action: Action) -> &'static str {
    match action {
        Action::ToggleTable if model.browser.table => "tree",
        Action::Zoom if model.zoomed => "unzoom",
        Action::Cancel if run_at(model).is_some() => "stop",
        Action::ToggleMatrix if grid::is_shown(model) => "table",
        Action::Mark if model.browser.is_marked() => "unmark",
        Action::Mark => "mark",
        Action::StorageAccess if model.browser.marks.all().len() > 1 => "storage side by side",
        Action::Back if is_marking(model) => "unmark all",
        Action::QuitOrBack if model.overlays.is_empty() && !model.zoomed && model.focus == Pane::Browser => {
            "quit"
        }
        Action::QuitOrBack => "back",
        Action::Consequence if matches!(model.overlays.last(), Some(Overlay::Form(form)) if form.explaining) => {
            "back to the fields"
        }
        Action::Open
            if model.overlays.is_empty()
                && !model.is_filtering()
                && model.browser.workspace().is_some()
                && content::is_full(model, model.focus) =>
        {
            match (model.focus, finding(model)) {
                (Pane::Access, _) | (_, Some(_)) => "details",
                _ => "look at…",
            }
        }
        Action::ToggleStep if has_choice(model) => "other, or out",
        Action::Open | Action::Back if model.context() == Context::Typing => {
            match (model.overlays.last(), action) {
                (Some(Overlay::Picker(_)), Action::Open) => "go",
                (Some(Overlay::Review(_)), Action::Open) => "run it",
                (Some(Overlay::Review(_)), _) => "do not",
                (Some(Overlay::Picker(_)), _) => "close",
                (_, Action::Open) => "keep",
                _ => "clear",
            }
        }
        Action::Open => match model.overlays.last() {
            Some(Overlay::Picker(_)) => "choose",
            Some(Overlay::Text(_)) => "plan…",
            Some(Overlay::Review(review)) if review.is_lacking() => "why not",
            Some(Overlay::Form(form)) if form.is_at_end() && form.is_wrong() => "to mend it",
            Some(Overlay::Form(form)) if form.is_at_end() => "plan",
            _ => action.spec_in(model.context()).short,
        },
        other => other.spec_in(model.context()).short,
    }
}

/// Whether the way back is to take the marks of workspaces away.
fn is_marking(model: &Model) -> bool {
    let filter = &model.browser.filter;
    let marked = !model.browser.marks.all().is_empty();
    marked
        && model.overlays.is_empty()
        && model.focus == Pane::Browser
        && !filter.is_active()
        && !model.zoomed
}

/// Whether another step can take the place of the one under the cursor, and has not yet.
fn has_choice(model: &Model) -> bool {
    let Some(Overlay::Review(review)) = model.overlays.last() else { return false };
    review.current().is_some_and(|step| step.chosen && step.instead.is_some() && !step.stands_in)
}

/// Whether the row under the cursor of an answer is no yes.
fn is_no(list: &Listing) -> bool {
    let Listed::Answer { answered: Some(answered), .. } = &list.what else { return false };
    let row = list.current().and_then(|row| answered.rows.get(row));
    row.is_some_and(|row| row.verdict != Verdict::Allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(key: &str, label: &'static str, lasting: bool) -> Offer {
        Offer { key: key.to_owned(), label, target: Target::Action(Action::Help), lasting }
    }

    #[test]
    fn the_way_out_and_the_help_stay_when_the_others_go() {
        let all = || {
            vec![
                offer("⏎", "next", false),
                offer("Tab", "next field", false),
                offer("Esc", "leave", true),
                offer("^r", "review", false),
                offer("F1", "help", true),
            ]
        };
        for (cells, kept) in [
            (200, vec!["⏎", "Tab", "Esc", "^r", "F1"]),
            (53, vec!["⏎", "Tab", "Esc", "^r", "F1"]),
            (52, vec!["⏎", "Tab", "Esc", "F1"]),
            (42, vec!["⏎", "Tab", "Esc", "F1"]),
            (41, vec!["⏎", "Esc", "F1"]),
            (25, vec!["Esc", "F1"]),
            (17, vec!["Esc"]),
            (8, vec![]),
        ] {
            let keys: Vec<String> = fitting(all(), cells).into_iter().map(|offer| offer.key).collect();
            assert_eq!(keys, kept, "{cells}");
        }
    }
}

//! The last line: what was just told, else the keys that act here, made from the key map.

use ratatui::layout::Rect;

use crate::app::access::grid;
use crate::app::hit::{ListId, Target};
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::review::Tab;
use crate::app::runs::Held;
use crate::app::update::{can_cancel, finding};
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
    if let Some(notice) = model.notices.current() {
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
    for action in actions(model, context).iter().copied().filter(|action| acts(model, *action)) {
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
        (Some(Overlay::Text(view)), Action::Open) => {
            view.next.is_some() || model.context() == Context::Typing
        }
        (None, Action::Open) if model.focus == Pane::Browser => {
            model.is_filtering() || !model.browser.rows().is_empty()
        }
        (None, Action::GroupBy) => grid::is_shown(model),
        _ => true,
    }
}

/// What an action is called right now.
fn label(model: &Model, action: Action) -> &'static str {
    match action {
        Action::ToggleTable if model.browser.table => "tree",
        Action::Zoom if model.zoomed => "unzoom",
        Action::ToggleMatrix if grid::is_shown(model) => "table",
        Action::QuitOrBack if is_list(model) => "quit",
        Action::QuitOrBack => "back",
        Action::Consequence if matches!(model.overlays.last(), Some(Overlay::Form(form)) if form.explaining) => {
            "back to the fields"
        }
        Action::Open if model.zoomed && model.overlays.is_empty() && !model.is_filtering() => {
            match (model.focus, finding(model)) {
                (Pane::Access, _) | (_, Some(_)) => "details",
                _ => "look at…",
            }
        }
        Action::StorageAccess if model.browser.marks.all().len() > 1 => "storage access side by side",
        Action::Mark if model.browser.is_marked() => "unmark",
        Action::Back if is_list(model) && !model.browser.marks.all().is_empty() && !model.is_filtering() => {
            "no marks"
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
            Some(Overlay::Form(form)) if form.is_at_end() => "plan",
            _ => action.spec_in(model.context()).short,
        },
        other => other.spec_in(model.context()).short,
    }
}

/// Whether the list of workspaces has the keys.
fn is_list(model: &Model) -> bool {
    model.overlays.is_empty() && !model.zoomed && model.focus == Pane::Browser
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

/// The actions worth a place in the footer, the most useful first.
fn actions(model: &Model, context: Context) -> &'static [Action] {
    use Action as A;
    match (model.overlays.last(), context) {
        (Some(Overlay::Form(form)), _) if form.explaining => &[A::Consequence, A::Down, A::Up, A::Help],
        (Some(Overlay::Form(form)), _) if form.extras.filing.is_some() => &[
            A::Open,
            A::NextField,
            A::Back,
            A::NextStep,
            A::Review,
            A::PreviousStep,
            A::Consequence,
            A::Save,
            A::TakeFile,
            A::Help,
        ],
        (Some(Overlay::Form(_)), _) => {
            &[A::Open, A::NextField, A::Back, A::Review, A::Consequence, A::NextStep, A::Help]
        }
        (_, Context::Typing) => &[A::Open, A::Back, A::Down, A::Up],
        (Some(Overlay::Text(view)), _) if !view.offers.is_empty() => {
            &[A::Back, A::Grant, A::Filter, A::NextMatch, A::CopyId, A::Save, A::Help]
        }
        (Some(Overlay::Text(_)), _) => {
            &[A::Open, A::Back, A::Filter, A::NextMatch, A::PreviousMatch, A::CopyId, A::Save, A::Help]
        }
        (Some(Overlay::List(list)), _) => match &list.what {
            Listed::Notices | Listed::Runs => {
                &[A::Cancel, A::Open, A::Back, A::Filter, A::CopyMenu, A::Save, A::Help]
            }
            Listed::Answer { .. } if is_no(list) => {
                &[A::Open, A::Back, A::Grant, A::Ask, A::Filter, A::CopyMenu, A::Save, A::Help]
            }
            Listed::Answer { .. } => &[A::Open, A::Back, A::Ask, A::Filter, A::CopyMenu, A::Save, A::Help],
            Listed::Findings { .. } => {
                &[A::Open, A::Back, A::Filter, A::Findings, A::CopyMenu, A::Save, A::Help]
            }
            Listed::Timeline(_) => &[A::Open, A::Back, A::Filter, A::Timeline, A::CopyMenu, A::Save, A::Help],
            _ => &[A::Open, A::Back, A::Filter, A::CopyMenu, A::Save, A::Help],
        },
        (Some(Overlay::Picker(_)), _) => &[A::Open, A::Back, A::Filter, A::Help],
        (Some(Overlay::Review(review)), _) if review.tab != Tab::Steps => {
            &[A::Open, A::Back, A::NextPane, A::CopyId, A::Save, A::Down, A::Up, A::Help]
        }
        (Some(Overlay::Review(review)), _) if review.plan.steps.iter().any(|step| step.optional) => {
            &[A::Open, A::Back, A::ToggleStep, A::Right, A::NextPane, A::CopyId, A::Save, A::Help]
        }
        (Some(Overlay::Review(_)), _) => {
            &[A::Open, A::Back, A::Right, A::NextPane, A::CopyId, A::CopyMenu, A::Save, A::Help]
        }
        (Some(Overlay::Run(view)), _) => {
            let known = view.run.as_ref().and_then(|run| model.runs.get(run));
            match known.map(|known| known.held) {
                Some(Held::Here) => &[A::Open, A::Back, A::Cancel, A::CopyMenu, A::Save, A::Help],
                _ => &[A::Open, A::Back, A::CopyMenu, A::Save, A::Help],
            }
        }
        (Some(Overlay::Help(..)), _) => &[A::Back, A::Down, A::Up, A::HalfPageDown, A::HalfPageUp],
        (None, _) => match model.focus {
            Pane::Browser if !model.browser.marks.all().is_empty() => &[
                A::Help,
                A::StorageAccess,
                A::Mark,
                A::Back,
                A::Palette,
                A::Filter,
                A::Open,
                A::NextPane,
                A::ToggleTable,
                A::QuitOrBack,
            ],
            Pane::Browser => &[
                A::Help,
                A::Palette,
                A::Filter,
                A::Open,
                A::NextPane,
                A::ToggleTable,
                A::Ask,
                A::Create,
                A::Findings,
                A::Json,
                A::Actions,
                A::CopyMenu,
                A::OpenPortal,
                A::RefreshAll,
                A::QuitOrBack,
            ],
            Pane::Access if model.zoomed => &[
                A::Help,
                A::Open,
                A::Ask,
                A::Filter,
                A::ToggleMatrix,
                A::GroupBy,
                A::Sort,
                A::CopyMenu,
                A::Save,
                A::Refresh,
                A::Back,
            ],
            Pane::Access => &[
                A::Help,
                A::Palette,
                A::Filter,
                A::Open,
                A::Ask,
                A::NextPane,
                A::Grant,
                A::Revoke,
                A::Zoom,
                A::Sort,
                A::CopyMenu,
                A::Save,
                A::Refresh,
                A::Back,
            ],
            _ => &[
                A::Help,
                A::Palette,
                A::Open,
                A::NextPane,
                A::Zoom,
                A::Json,
                A::CopyId,
                A::OpenPortal,
                A::Refresh,
                A::Back,
            ],
        },
    }
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

//! The last line: what was just told, else the keys that act here, made from the key map.

use ratatui::layout::Rect;

use crate::app::access::grid;
use crate::app::hit::Target;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::review::Tab;
use crate::app::runs::Held;
use crate::config::action::Action;
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
    let context = model.context();
    let mut x = area.x + 1;
    for action in actions(model, context) {
        let Some(key) = model.keymap.shown(context, *action) else { continue };
        let label = label(model, *action);
        let wide = u16::try_from(text::width(&key) + 1 + text::width(label)).unwrap_or(u16::MAX);
        if x + wide > area.right() {
            break;
        }
        let start = x;
        x = paint.text(x, area.y, area.right() - x, &key, paint.theme.accent);
        x = paint.text(x + 1, area.y, area.right().saturating_sub(x + 1), label, paint.theme.dim);
        paint.hits.add(Rect { x: start, width: x - start, height: 1, ..area }, Target::Action(*action));
        x += 2;
    }
}

/// What an action is called right now.
fn label(model: &Model, action: Action) -> &'static str {
    match action {
        Action::ToggleTable if model.browser.table => "tree",
        Action::Zoom if model.zoomed => "unzoom",
        Action::ToggleMatrix if grid::is_shown(model) => "table",
        Action::QuitOrBack if model.overlays.is_empty() && !model.zoomed && model.focus == Pane::Browser => {
            "quit"
        }
        Action::QuitOrBack => "back",
        Action::Consequence if matches!(model.overlays.last(), Some(Overlay::Form(form)) if form.explaining) => {
            "back to the fields"
        }
        Action::Open if model.zoomed && model.overlays.is_empty() => "details",
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
        other => other.spec_in(model.context()).short,
    }
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
            A::NextStep,
            A::PreviousStep,
            A::Review,
            A::Consequence,
            A::Save,
            A::TakeFile,
            A::Back,
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
            &[A::Back, A::Filter, A::NextMatch, A::PreviousMatch, A::CopyId, A::Save, A::Help]
        }
        (Some(Overlay::List(list)), _) => match &list.what {
            Listed::Notices if !model.under_way.is_empty() => {
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
        (Some(Overlay::Picker(_)), _) => &[A::Open, A::Back, A::Filter, A::Down, A::Up, A::Help],
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
                A::QuitOrBack,
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
                A::QuitOrBack,
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
                A::QuitOrBack,
            ],
        },
    }
}

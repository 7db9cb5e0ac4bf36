//! Which actions mean something to what lies on top. A key that means something else there is said to do nothing; the
//! footer and the help tell no other keys. All three go by the one list here.

use super::listing::Listed;
use super::model::Model;
use super::overlay::Overlay;
use super::page::Pane;
use super::review::{Review, Tab};
use super::runs::Held;
use super::text_view::TextView;
use crate::config::action::Action;
use crate::config::action::Action as A;
use crate::config::keymap::Context;

/// What a layer takes.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Worth a place in the footer, the most useful first.
    pub first: &'static [Action],
    /// Taken all the same; the help alone tells them. None on the screen itself, which takes every action.
    rest: Option<&'static [&'static [Action]]>,
}

impl Reach {
    fn new(first: &'static [Action], rest: &'static [&'static [Action]]) -> Self {
        Self { first, rest: Some(rest) }
    }

    /// Whether the layer takes an action.
    #[must_use]
    pub fn takes(&self, action: Action) -> bool {
        self.first.contains(&action)
            || self.rest.is_none_or(|rest| rest.iter().any(|some| some.contains(&action)))
    }
}

/// What moves over rows.
pub const MOVES: &[Action] =
    &[A::Up, A::Down, A::First, A::Last, A::HalfPageUp, A::HalfPageDown, A::PageUp, A::PageDown];
/// What moves into a row and out of it, or to what stands beside.
pub const SIDEWAYS: &[Action] = &[A::Left, A::Right];
/// What opens and closes every branch of a tree.
pub const BRANCHES: &[Action] = &[A::ExpandAll, A::CollapseAll];
/// What the console does wherever one is.
const CONSOLE: &[Action] = &[A::Quit, A::Suspend, A::Redraw];
/// What every layer takes in which nothing is typed.
const LAYER: &[Action] = &[A::Back, A::QuitOrBack, A::Palette, A::Notifications, A::Help];

/// What a layer takes, or, where none is meant, the screen of workspaces.
#[must_use]
pub fn reach(model: &Model, layer: Option<&Overlay>) -> Reach {
    let Some(layer) = layer else { return of_screen(model) };
    if let Overlay::Form(form) = layer {
        let first: &[A] = if form.explaining {
            &[A::Consequence, A::Down, A::Up, A::Help]
        } else {
            &[A::Open, A::NextField, A::Back, A::Review, A::Consequence, A::NextStep, A::Help]
        };
        return match form.extras.filing {
            Some(_) if form.explaining => {
                Reach::new(first, &[OF_FILED_FORMS, FIELDS, MOVES, SIDEWAYS, CONSOLE])
            }
            Some(_) => Reach::new(OF_FILED_FORMS, &[FIELDS, MOVES, SIDEWAYS, CONSOLE]),
            None => Reach::new(first, &[FIELDS, MOVES, SIDEWAYS, CONSOLE]),
        };
    }
    if layer.context() == Context::Typing {
        return Reach::new(TYPED, &[MOVES, CONSOLE]);
    }
    let rest: &[&[A]] = &[MOVES, LAYER, CONSOLE];
    match layer {
        Overlay::Text(view) => of_text(view),
        Overlay::List(list) => match list.what {
            Listed::Notices | Listed::Runs => Reach::new(OF_RUNS, rest),
            Listed::Requests => Reach::new(OF_LISTS, &[MOVES, LAYER, CONSOLE, &[A::RequestLog]]),
            Listed::Answer { .. } => Reach::new(
                &[A::Open, A::Back, A::Grant, A::Ask, A::Filter, A::CopyMenu, A::Save, A::Help],
                rest,
            ),
            Listed::Findings { .. } => {
                Reach::new(&[A::Open, A::Back, A::Filter, A::Findings, A::CopyMenu, A::Save, A::Help], rest)
            }
            Listed::Timeline(_) => {
                Reach::new(&[A::Open, A::Back, A::Filter, A::Timeline, A::CopyMenu, A::Save, A::Help], rest)
            }
            Listed::Comparison(_) => Reach::new(OF_LISTS, rest),
        },
        Overlay::Review(review) => of_review(review),
        Overlay::Run(view) => {
            let known = view.run.as_ref().and_then(|run| model.runs.get(run));
            match known.map(|known| known.held) {
                Some(Held::Here) => {
                    Reach::new(&[A::Open, A::Back, A::Cancel, A::Right, A::CopyMenu, A::Save, A::Help], rest)
                }
                _ => Reach::new(&[A::Open, A::Back, A::Right, A::CopyMenu, A::Save, A::Help], rest),
            }
        }
        Overlay::Help(_) => {
            Reach::new(&[A::Back, A::Filter, A::Down, A::Up, A::HalfPageDown, A::HalfPageUp], rest)
        }
        Overlay::Picker(_) | Overlay::Form(_) => Reach::new(&[A::Open, A::Back, A::Filter, A::Help], rest),
    }
}

/// Where a filter, a search or a name is typed.
const TYPED: &[Action] = &[A::Open, A::Back, A::Down, A::Up];

const OF_LISTS: &[Action] = &[A::Open, A::Back, A::Filter, A::CopyMenu, A::Save, A::Help];

const OF_RUNS: &[Action] = &[A::Cancel, A::Open, A::Back, A::Filter, A::CopyMenu, A::Save, A::Help];

/// What every form takes.
const FIELDS: &[Action] = &[
    A::Open,
    A::Back,
    A::NextField,
    A::PreviousField,
    A::NextStep,
    A::PreviousStep,
    A::Review,
    A::Consequence,
    A::BreakLine,
];

/// Of forms that are kept in files.
const OF_FILED_FORMS: &[Action] = &[
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
];

fn of_text(view: &TextView) -> Reach {
    let rest: &[&[A]] = &[MOVES, SIDEWAYS, LAYER, CONSOLE, &[A::PreviousMatch]];
    match (view.offers.is_empty(), view.next.is_some()) {
        (false, _) => {
            Reach::new(&[A::Back, A::Grant, A::Filter, A::NextMatch, A::CopyId, A::Save, A::Help], rest)
        }
        (true, true) => Reach::new(
            &[A::Open, A::Back, A::Filter, A::NextMatch, A::PreviousMatch, A::CopyId, A::Save, A::Help],
            rest,
        ),
        (true, false) => Reach::new(
            &[A::Back, A::Filter, A::NextMatch, A::PreviousMatch, A::CopyId, A::Save, A::Help],
            rest,
        ),
    }
}

fn of_review(review: &Review) -> Reach {
    let rest: &[&[A]] = &[MOVES, LAYER, CONSOLE, &[A::PreviousPane, A::CopyMenu]];
    if review.tab != Tab::Steps {
        return Reach::new(
            &[A::Open, A::Back, A::NextPane, A::CopyId, A::Save, A::Down, A::Up, A::Help],
            rest,
        );
    }
    if review.plan.steps.iter().any(|step| step.optional) {
        return Reach::new(
            &[
                A::Open,
                A::Back,
                A::ToggleStep,
                A::Right,
                A::NextPane,
                A::Consequence,
                A::CopyId,
                A::Save,
                A::Help,
            ],
            rest,
        );
    }
    Reach::new(
        &[A::Open, A::Back, A::Right, A::NextPane, A::Consequence, A::CopyId, A::CopyMenu, A::Save, A::Help],
        rest,
    )
}

fn of_screen(model: &Model) -> Reach {
    if model.is_filtering() {
        return Reach::new(TYPED, &[MOVES, CONSOLE]);
    }
    let first: &[A] = match model.focus {
        Pane::Browser if !model.browser.marks.all().is_empty() => {
            &[A::Help, A::Mark, A::StorageAccess, A::Back, A::Palette, A::Filter, A::Open, A::NextPane]
        }
        Pane::Browser if model.inventory.workspaces().is_empty() && !model.inventory_status.loading => {
            &[A::Help, A::Create, A::RefreshAll, A::Tenants, A::Palette, A::Notifications, A::QuitOrBack]
        }
        Pane::Browser => &[
            A::Help,
            A::Palette,
            A::Filter,
            A::Open,
            A::Ask,
            A::Create,
            A::Findings,
            A::NextPane,
            A::ToggleTable,
            A::Actions,
            A::Timeline,
            A::StorageAccess,
            A::Changes,
            A::Json,
            A::CopyMenu,
            A::OpenPortal,
            A::RefreshAll,
            A::QuitOrBack,
        ],
        Pane::Access if model.zoomed => &[
            A::Help,
            A::Open,
            A::Ask,
            A::Grant,
            A::Revoke,
            A::Filter,
            A::Timeline,
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
        Pane::Overview | Pane::Dependents | Pane::Network => &[
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
    };
    Reach { first, rest: None }
}

//! What can lie over the screen; the topmost one has the keys.

use super::field::FilterField;
use super::form::Form;
use super::list::ListCursor;
use super::listing::Listing;
use super::picker::Picker;
use super::review::Review;
use super::run_view::RunView;
use super::text_view::TextView;
use crate::config::keymap::Context;

/// The keys of what lies below.
#[derive(Debug, Clone, Default)]
pub struct HelpView {
    /// How far it is scrolled.
    pub cursor: ListCursor,
    /// What the keys are looked through for.
    pub filter: FilterField,
}

/// One layer.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The keys of what lies below.
    Help(HelpView),
    /// Something to choose.
    Picker(Picker),
    /// A text.
    Text(TextView),
    /// The request log, notifications, findings.
    List(Listing),
    /// A form that is filled in.
    Form(Box<Form>),
    /// A plan that is looked at before it runs.
    Review(Box<Review>),
    /// A run of a plan that is watched.
    Run(RunView),
}

impl Overlay {
    /// Whose keys are in force while it is on top.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Picker(picker) if picker.typing => Context::Typing,
            Self::Text(view) if view.search.as_ref().is_some_and(|search| search.editing) => Context::Typing,
            Self::Text(_) => Context::Text,
            Self::List(list) if list.filter.editing => Context::Typing,
            Self::Help(view) if view.filter.editing => Context::Typing,
            Self::Form(_) => Context::Form,
            Self::Review(review) if review.name.is_some() => Context::Typing,
            Self::Review(_) => Context::Review,
            Self::Run(_) => Context::Run,
            Self::Help(..) | Self::Picker(_) | Self::List(_) => Context::List,
        }
    }

    /// Its cursor.
    pub fn cursor_mut(&mut self) -> &mut ListCursor {
        match self {
            Self::Picker(picker) => &mut picker.cursor,
            Self::Text(view) => &mut view.cursor,
            Self::Help(view) => &mut view.cursor,
            Self::List(list) => &mut list.cursor,
            Self::Form(form) => form.cursor_mut(),
            Self::Review(review) => review.cursor_mut(),
            Self::Run(view) => &mut view.cursor,
        }
    }
}

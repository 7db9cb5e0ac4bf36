//! Opening the forms that change access.

use super::forms;
use crate::app::effect::Effect;
use crate::app::form::grant;
use crate::app::model::Model;
use crate::app::page::Page;

/// The page that is read, or a word on why there is none.
fn page(model: &mut Model) -> Option<&Page> {
    if model.page().is_none_or(|page| !page.has_body()) {
        let words = match model.browser.workspace() {
            Some(_) => "the workspace is not read yet",
            None => "select a workspace first",
        };
        model.notices.hint(words);
        return None;
    }
    model.page()
}

/// The form that grants a role.
pub fn grant(model: &mut Model) -> Vec<Effect> {
    match page(model).map(grant::form) {
        Some(form) => forms::open(model, form),
        None => Vec::new(),
    }
}

//! Opening the form that changes the workspace on screen.

use super::forms;
use super::subject::nothing_selected;
use crate::app::effect::Effect;
use crate::app::form::edit;
use crate::app::model::Model;

/// Opens it, once the workspace was read.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else {
        return nothing_selected(model);
    };
    match edit::form(page) {
        Ok(form) => forms::open(model, form),
        Err(why) => {
            model.notices.hint(why);
            Vec::new()
        }
    }
}

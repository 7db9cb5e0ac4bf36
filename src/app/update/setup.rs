//! Opening the form that sets workspaces up.

use super::forms;
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::form::setup;
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;

/// Opens it; what is selected says where one probably wants it.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let at = model.browser.selected().map(|node| match node {
        Node::Subscription(id) => ArmId::subscription(id),
        Node::Group(id) | Node::Workspace(id) => id.clone(),
    });
    let form = setup::form(model, at.as_ref());
    forms::open(model, form)
}

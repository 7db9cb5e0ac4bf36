//! Opening the form that sets workspaces up.

use super::forms;
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::form::setup;
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;

/// Opens it; what is selected says where one probably wants it.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let status = &model.inventory_status;
    if status.at.is_some() && !status.loading && model.inventory.subscriptions().is_empty() {
        model.notices.hint("this account sees no subscription: there is nowhere to set a workspace up");
        return Vec::new();
    }
    let at = model.browser.selected().map(|node| match node {
        Node::Subscription(id) => ArmId::subscription(id),
        Node::Group(id) | Node::Workspace(id) => id.clone(),
    });
    let form = setup::form(model, at.as_ref());
    forms::open(model, form)
}

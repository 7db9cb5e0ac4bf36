//! The plan that a form comes to.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::review::Review;
use crate::domain::plan::Plan;

/// Shows a plan.
pub fn open(model: &mut Model, plan: Plan) -> Vec<Effect> {
    model.overlays.push(Overlay::Review(Box::new(Review::new(plan))));
    Vec::new()
}

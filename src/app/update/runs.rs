//! Plans that run.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::domain::fact::Tone;
use crate::domain::plan::Plan;

/// Begins to run a plan.
pub fn begin(model: &mut Model, plan: Plan) -> Vec<Effect> {
    super::screen::tell(model, Tone::Warn, format!("{}: nothing runs plans yet", plan.title));
    Vec::new()
}

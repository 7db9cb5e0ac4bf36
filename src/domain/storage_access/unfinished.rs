//! A run that is not over on the workspace or account of an assessment: nothing else is begun beside it.

use serde::Serialize;

use super::assessment::Assessment;
use crate::domain::plan::{Places, Plan, Run, RunId, places, unfinished};

/// A run that is not over, as an assessment tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unfinished {
    /// The run.
    pub run: RunId,
    /// What it does.
    pub title: String,
    /// Where it stands, in a few words.
    pub state: String,
    /// Whether somebody carries it on right now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

impl Unfinished {
    /// What is told of a run; `held` says whether somebody carries it on right now.
    #[must_use]
    pub fn of(run: &Run, held: bool) -> Self {
        let state = if held { "under way".to_owned() } else { run.left_word() };
        Self { run: run.id.clone(), title: run.plan.title.clone(), state, held }
    }

    /// That it is there and what to do about it, a sentence without its full stop.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { run, title, state, held } = self;
        if *held {
            return format!("run {run} (\"{title}\") is {state}: wait until it is over");
        }
        format!(
            "run {run} (\"{title}\") is {state}: go on with it, undo it, or leave it as it is, before anything else"
        )
    }
}

/// What a plan changes that was made from assessments: their accounts belong to it whatever it changes there.
#[must_use]
pub fn places_of(plan: &Plan, assessed: &[Assessment]) -> Places {
    let mut places = places(plan);
    let switched =
        assessed.iter().filter(|one| places.contains(&one.workspace.as_str().to_ascii_lowercase()));
    let accounts: Vec<String> =
        switched.filter_map(|one| Some(one.account.as_ref()?.as_str().to_ascii_lowercase())).collect();
    places.extend(accounts);
    places
}

impl Assessment {
    /// The same beside the runs of a journal: one that is not over, on its workspace or account, is told. `held` are those
    /// that somebody carries on right now.
    #[must_use]
    pub fn beside(self, runs: &[&Run], held: &[RunId]) -> Self {
        let places = std::iter::once(&self.workspace).chain(&self.account);
        let places = places.map(|id| id.as_str().to_ascii_lowercase()).collect();
        let unfinished =
            unfinished(&places, None, runs).map(|left| Unfinished::of(left, held.contains(&left.id)));
        Self { unfinished, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plans::{to_identity, to_keys};
    use super::super::world::*;
    use super::*;
    use crate::azure::resources::workspace::AuthMode;
    use crate::domain::plan::{Change, Record, inverse};
    use crate::domain::storage_access::Wish;

    /// A run of a plan that was stopped behind its first step.
    fn stopped(name: &str, plan: Plan, undoes: Option<&str>) -> Run {
        let mut run = ran(name, plan, &[0]);
        run.undoes = undoes.map(|id| RunId(id.to_owned()));
        run.apply(&Record { at: run.last, change: Change::Stopped });
        run
    }

    fn to(world: &World) -> Plan {
        to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap()
    }

    #[test]
    fn a_run_that_is_not_over_is_in_the_way_on_its_workspace_and_account_and_nowhere_else() {
        let left = stopped("1", to(&World::default()), None);
        let places = places(&left.plan);
        assert_eq!(places.len(), 2, "{places:?}");
        let id = |places: &Places| unfinished(places, None, &[&left]).map(|run| run.id.0.as_str());
        for place in [workspace_id(), account_id()] {
            assert_eq!(id(&Places::from([place.as_str().to_ascii_lowercase()])), Some("1"));
        }
        assert_eq!(id(&Places::from([neighbour_id().as_str().to_ascii_lowercase()])), None);
        assert_eq!(World::default().assess().beside(&[&left], &[]).unfinished.unwrap().run.0, "1");
        let held = World::default().assess().beside(&[&left], &[RunId("1".to_owned())]);
        let words = held.unfinished.unwrap().words();
        assert!(words.ends_with("is under way: wait until it is over"), "{words}");
        let mut over = left.clone();
        over.apply(&Record { at: over.last, change: Change::Kept });
        assert_eq!(unfinished(&places, None, &[&over]), None);
    }

    #[test]
    fn the_undo_of_a_run_and_the_undo_of_that_are_not_in_each_others_way() {
        let left = stopped("1", to(&World::default()), None);
        let back = stopped("2", inverse(&left, &[]).unwrap(), Some("1"));
        let runs = [&left, &back];
        let again = inverse(&back, &[]).unwrap();
        // Its roles alone are no switch, and those of a switch are.
        assert!(places(&again).is_empty(), "{:?}", places(&again));
        let all = places(&left.plan);
        let id =
            |but: &str| unfinished(&all, Some(&RunId(but.to_owned())), &runs).map(|run| run.id.0.as_str());
        assert_eq!((id("1"), id("2")), (None, None));
        assert_eq!(unfinished(&all, None, &runs).map(|run| run.id.0.as_str()), Some("1"));
        let keys = to_keys(&switched().assess(), &Wish::default()).unwrap();
        assert_eq!(unfinished(&places(&keys), None, &runs).map(|run| run.id.0.as_str()), Some("1"));
    }
}

//! What is not begun beside a run that is not over: whatever changes the same workspace or storage account.

use std::collections::BTreeSet;

use super::order::Deed;
use super::{Kind, Plan, Run, RunId};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;

/// What plans get into each other's way at, in paths of ids.
const KINDS: [&str; 2] = [
    "/providers/microsoft.machinelearningservices/workspaces/",
    "/providers/microsoft.storage/storageaccounts/",
];

/// Workspaces and accounts, by id in small letters.
pub type Places = BTreeSet<String>;

/// The workspaces and storage accounts that a plan changes or makes. Roles count where it switches the way to data as well:
/// those of a plan that only gives roles are not waited for by anybody. The purge of a deleted workspace is what the run in
/// its way waits for.
#[must_use]
pub fn places(plan: &Plan) -> Places {
    if plan.kind == Kind::Purge {
        return Places::new();
    }
    let sent = || plan.chosen().flat_map(|(_, step)| &step.requests).filter(|request| !request.only_reads());
    let made =
        plan.chosen().filter_map(|(_, step)| step.deployment()).flat_map(|deployment| &deployment.makes);
    let paths = sent().chain(made).map(|request| request.path.as_str());
    let mut places: Places = paths.filter_map(place_of).collect();
    let is_switch = |request: &Request| {
        matches!(Deed::of(request), Some(Deed::LeavesKeys | Deed::ToKeys | Deed::KeysOn | Deed::KeysOff))
    };
    if plan.kind == Kind::StorageAccess || sent().any(is_switch) {
        places.extend(sent().filter_map(scope_of_role));
    }
    if matches!(plan.kind, Kind::StorageAccess | Kind::SetUp | Kind::Edit) {
        places.insert(plan.subject.as_str().to_ascii_lowercase());
    }
    places
}

/// The workspace or account that a path is in; none for what is only attached to it, such as a role.
fn place_of(path: &str) -> Option<String> {
    let path = path.to_ascii_lowercase();
    let end = KINDS.iter().find_map(|kind| Some(path.find(*kind)? + kind.len()))?;
    let name = path[end..].split('/').next()?;
    let (place, rest) = path.split_at(end + name.len());
    (!rest.contains("/providers/")).then(|| place.to_owned())
}

/// Where a request gives or takes a role.
fn scope_of_role(request: &Request) -> Option<String> {
    matches!(Deed::of(request), Some(Deed::GivesRole | Deed::TakesRole))
        .then(|| Some(ArmId::parse(&request.path).ok()?.extended()?.as_str().to_ascii_lowercase()))?
}

/// The newest run that is not over and changes one of these. `but` is a run that is taken back: neither it nor what it
/// takes back itself is in the way of that.
#[must_use]
pub fn unfinished<'a>(places: &Places, but: Option<&RunId>, runs: &[&'a Run]) -> Option<&'a Run> {
    let mut spared: Vec<&RunId> = but.into_iter().collect();
    while let Some(last) = spared.last()
        && let Some(undone) = runs.iter().find(|run| run.id == **last).and_then(|run| run.undoes.as_ref())
        && !spared.contains(&undone)
    {
        spared.push(undone);
    }
    let is_open = |run: &&&Run| {
        run.is_unfinished() && !spared.contains(&&run.id) && run.undone_by(&runs.iter().copied()).is_none()
    };
    let open = runs.iter().filter(is_open).filter(|run| !self::places(&run.plan).is_disjoint(places));
    open.max_by(|a, b| a.id.cmp(&b.id)).copied()
}

/// A run that is in the way of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct InTheWay {
    /// The run.
    pub run: Run,
    /// Whether somebody carries it on right now.
    pub held: bool,
    /// Whether it is the run of another account than the one that is signed in.
    pub is_others: bool,
}

impl InTheWay {
    /// What is in the way, whose it is, and what to do about it; a clause.
    #[must_use]
    pub fn words(&self) -> String {
        let Run { id, account, plan, .. } = &self.run;
        let whose = if self.is_others { format!(" of {account}") } else { String::new() };
        let what = format!("on the same workspace or account run {id}{whose} (\"{}\") is", plan.title);
        if self.held {
            return format!("{what} under way: wait until it is over");
        }
        let state = self.run.left_word();
        if self.is_others {
            return format!(
                "{what} {state}: signed in as {account} it can be gone on with or undone; `amldeck journal keep {id}` leaves it \
                 as it is"
            );
        }
        let ways = self.run.choices().into_iter();
        let ways: Vec<String> = ways
            .map(|choice| format!("`{}` to {}", self.run.command(choice), self.run.choice_words(choice).verb))
            .collect();
        format!("{what} {state}: {}", ways.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::request::Method;
    use crate::domain::plan::Step;

    const GROUP: &str = "/subscriptions/S/resourceGroups/rg/providers/";

    fn plan(kind: Kind, requests: &[(Method, &str)]) -> Plan {
        let mut plan = Plan::new(kind, "t", ArmId::subscription("s"));
        for (method, path) in requests {
            let request = Request::arm_path(*method, &format!("{GROUP}{path}"), "1");
            plan.steps.push(Step::send("a", "A", "A is so.", request));
        }
        plan
    }

    #[test]
    fn what_a_plan_changes_of_workspaces_and_accounts_is_its_place_and_what_is_attached_is_not() {
        let workspace = "Microsoft.MachineLearningServices/workspaces/MLW";
        let place = format!("{GROUP}{workspace}").to_ascii_lowercase();
        for (kind, method, path, expected) in [
            (Kind::Undo, Method::Patch, workspace.to_owned(), Some(&place)),
            (Kind::Undo, Method::Post, format!("{workspace}/provisionManagedNetwork"), Some(&place)),
            (Kind::Undo, Method::Get, workspace.to_owned(), None),
            (
                Kind::Grant,
                Method::Put,
                format!("{workspace}/providers/Microsoft.Authorization/roleAssignments/1"),
                None,
            ),
            (Kind::Purge, Method::Delete, workspace.to_owned(), None),
            (Kind::Undo, Method::Put, "Microsoft.KeyVault/vaults/kv".to_owned(), None),
        ] {
            let found = places(&plan(kind, &[(method, &path)]));
            assert_eq!(found.iter().next(), expected, "{kind:?} {path}");
        }
    }
}

//! What a way back leaves of what it would delete: what something else depends on by now, all that this stands on in turn, and
//! the roles and endpoints without which it would be of no use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};

/// What depends on others, or is depended on: workspaces and what they stand on.
const TYPES: [&str; 7] = [
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
];
const ROLES: &str = "/providers/microsoft.authorization/roleassignments/";
/// How many are told by name.
const NAMED: usize = 3;

/// Something, and what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What depends.
    pub by: ArmId,
    /// On what.
    pub on: Vec<ArmId>,
}

/// What stays, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    kept: BTreeMap<String, (ArmId, String)>,
    /// The object ids of identities that stay.
    principals: BTreeMap<String, ArmId>,
}

impl Left {
    /// What these requests delete that something can depend on.
    #[must_use]
    pub fn targets<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<ArmId> {
        let deleted = requests.filter(|one| one.method == Method::Delete);
        let ids = deleted.filter_map(|one| ArmId::parse(&one.path).ok());
        ids.filter(|id| TYPES.iter().any(|kind| id.is_type(kind))).collect()
    }

    /// What stays of these, `anew` because of a reason of its own. `uses` is who depends on what: somebody who would be
    /// deleted counts only once it stays itself.
    #[must_use]
    pub fn of(targets: &[ArmId], uses: &[Use], anew: Vec<(ArmId, String)>) -> Self {
        let mut kept: BTreeMap<String, (ArmId, String)> =
            anew.into_iter().map(|(id, why)| (key(&id), (id, why))).collect();
        let goes: BTreeSet<String> = targets.iter().map(key).collect();
        loop {
            let mut news: Vec<(ArmId, String)> = Vec::new();
            for target in targets.iter().filter(|id| !kept.contains_key(&key(id))) {
                let stays = |one: &ArmId| !goes.contains(&key(one)) || kept.contains_key(&key(one));
                let by = uses.iter().filter(|one| one.on.contains(target) && stays(&one.by));
                let by: BTreeSet<&str> = by.map(|one| one.by.name()).collect();
                if !by.is_empty() {
                    let depend = if by.len() == 1 { "depends" } else { "depend" };
                    let why = format!("{} stays: {} {depend} on it.", target.name(), some(&by));
                    news.push((target.clone(), why));
                }
            }
            if news.is_empty() {
                return Self { kept, principals: BTreeMap::new() };
            }
            kept.extend(news.into_iter().map(|(id, why)| (key(&id), (id, why))));
        }
    }

    /// The identities that stay.
    pub fn identities(&self) -> impl Iterator<Item = &ArmId> {
        let all = self.kept.values().map(|(id, _)| id);
        all.filter(|id| id.is_type("Microsoft.ManagedIdentity/userAssignedIdentities"))
    }

    /// Takes in the object id of an identity that stays.
    pub fn know(&mut self, identity: ArmId, principal: &str) {
        self.principals.insert(principal.to_ascii_lowercase(), identity);
    }

    /// Why something is left, as a sentence: it stays itself, or belongs to what stays. `found` is what it is like.
    #[must_use]
    pub fn why(&self, request: &Request, found: &Value) -> Option<String> {
        let path = request.path.to_ascii_lowercase();
        if let Some((_, why)) = self.kept.get(&path) {
            return Some(why.clone());
        }
        let text =
            |at: &str| found.pointer(at).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        if let Some((scope, _)) = path.split_once(ROLES) {
            let above = |kept: &str| {
                scope.strip_prefix(kept).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let on = self.kept.iter().find(|(kept, _)| above(kept)).map(|(_, (id, _))| id);
            let of = || self.principals.get(&text("/properties/principalId"));
            return on
                .map(|id| format!("What was granted on {} stays with it.", id.name()))
                .or_else(|| of().map(|id| format!("What was granted to {} stays with it.", id.name())));
        }
        let connections =
            found.pointer("/properties/privateLinkServiceConnections").and_then(Value::as_array);
        let leads = connections.into_iter().flatten().find_map(|one| {
            let to = one.pointer("/properties/privateLinkServiceId").and_then(Value::as_str)?;
            self.kept.get(&to.to_ascii_lowercase())
        });
        let name = path.rsplit('/').next().unwrap_or_default();
        leads.map(|(id, _)| format!("{name} stays: it leads to {}.", id.name()))
    }
}

fn key(id: &ArmId) -> String {
    id.as_str().to_ascii_lowercase()
}

fn some(names: &BTreeSet<&str>) -> String {
    let mut told: Vec<String> = names.iter().take(NAMED).map(|name| (*name).to_owned()).collect();
    if names.len() > NAMED {
        told.push(format!("{} more", names.len() - NAMED));
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::versions;
    use serde_json::json;

    fn of(path: &str) -> ArmId {
        ArmId::group("s", "g").join(&format!("providers/{path}"))
    }

    fn workspace(name: &str) -> ArmId {
        of(&format!("Microsoft.MachineLearningServices/workspaces/{name}"))
    }

    fn delete(id: &ArmId) -> Request {
        Request::arm(Method::Delete, id, versions::STORAGE)
    }

    #[test]
    fn what_something_else_depends_on_stays_with_all_that_it_stands_on() {
        let [account, insights, logs] = [
            "Microsoft.Storage/storageAccounts/st",
            "Microsoft.Insights/components/appi",
            "Microsoft.OperationalInsights/workspaces/log",
        ]
        .map(of);
        let own = workspace("mlw-own");
        let targets = [own.clone(), account.clone(), insights.clone(), logs.clone()];
        let on = |by: &ArmId, on: &[&ArmId]| Use {
            by: by.clone(),
            on: on.iter().map(|id| (*id).clone()).collect(),
        };
        let uses = [on(&own, &[&account, &insights]), on(&insights, &[&logs])];
        let why = |left: &Left, id: &ArmId| left.why(&delete(id), &Value::Null).unwrap_or_default();
        let nobody = Left::of(&targets, &uses, Vec::new());
        assert_eq!(nobody, Left::default(), "what goes as well counts for nothing");
        let other = [uses.to_vec(), vec![on(&workspace("mlw-other"), &[&insights])]].concat();
        let left = Left::of(&targets, &other, Vec::new());
        assert_eq!(why(&left, &insights), "appi stays: mlw-other depends on it.");
        assert_eq!(why(&left, &logs), "log stays: appi depends on it.");
        assert_eq!((why(&left, &account), why(&left, &own)), (String::new(), String::new()));
        let left = Left::of(&targets, &uses, vec![(own.clone(), "mlw-own is another one.".into())]);
        assert_eq!(why(&left, &own), "mlw-own is another one.");
        assert_eq!(why(&left, &account), "st stays: mlw-own depends on it.");
        assert_eq!(why(&left, &logs), "log stays: appi depends on it.");
        let many: Vec<Use> = ('a'..='e').map(|name| on(&workspace(&name.to_string()), &[&account])).collect();
        assert_eq!(
            why(&Left::of(&targets, &many, Vec::new()), &account),
            "st stays: a, b, c, 2 more depend on it."
        );
    }

    #[test]
    fn roles_and_endpoints_stay_with_what_stays() {
        let account = of("Microsoft.Storage/storageAccounts/st");
        let identity = of("Microsoft.ManagedIdentity/userAssignedIdentities/id");
        let uses = [Use { by: workspace("mlw-other"), on: vec![account.clone(), identity.clone()] }];
        let mut left = Left::of(&[account.clone(), identity.clone()], &uses, Vec::new());
        assert_eq!(left.identities().collect::<Vec<_>>(), [&identity]);
        left.know(identity, "ABC");
        let role = |scope: &ArmId| delete(&scope.join("providers/Microsoft.Authorization/roleAssignments/1"));
        let why = |request: &Request, found: Value| left.why(request, &found).unwrap_or_default();
        assert_eq!(why(&role(&account), json!({})), "What was granted on st stays with it.");
        let vault = of("Microsoft.KeyVault/vaults/kv");
        assert_eq!(
            why(&role(&vault), json!({ "properties": { "principalId": "abc" } })),
            "What was granted to id stays with it."
        );
        assert_eq!(why(&role(&vault), json!({ "properties": { "principalId": "other" } })), "");
        let endpoint = delete(&of("Microsoft.Network/privateEndpoints/pe-st"));
        let to = |id: &ArmId| {
            json!({ "properties": { "privateLinkServiceConnections": [
                { "properties": { "privateLinkServiceId": id.as_str() } } ] } })
        };
        assert_eq!(why(&endpoint, to(&account)), "pe-st stays: it leads to st.");
        assert_eq!(why(&endpoint, to(&vault)), "");
    }
}

//! Large estates of plausible shape from a seed: few large subscriptions and many small ones, groups in
//! groups, roles that are inherited from above, most workspaces healthy and some not.

mod documents;
mod people;

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use fastrand::Rng;
use serde_json::{Value, json};

use super::estate::{Estate, Persona, built_in_roles};
use documents::{AssignmentFacts, Place, WorkspaceFacts};
use people::People;

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Subscriptions.
    pub subscriptions: usize,
    /// Workspaces over all subscriptions.
    pub workspaces: usize,
    /// Role assignments.
    pub assignments: usize,
    /// The same seed and counts give the same estate, byte for byte.
    pub seed: u64,
}

impl Default for Spec {
    fn default() -> Self {
        Self { subscriptions: 20, workspaces: 400, assignments: 2_000, seed: 1 }
    }
}

/// Why a text is not a [`Spec`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{part}' does not say what to generate: {message}; write for example subscriptions=500,workspaces=10000,assignments=50000,seed=7"
)]
pub struct SpecError {
    /// The part between commas.
    pub part: String,
    /// What is wrong with it.
    pub message: String,
}

impl FromStr for Spec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut spec = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = |message: &str| SpecError { part: part.to_owned(), message: message.to_owned() };
            let (key, value) = part.split_once('=').ok_or_else(|| wrong("it has no '='"))?;
            let number: u64 = value.trim().parse().map_err(|_| wrong("the value is not a whole number"))?;
            let count = || usize::try_from(number).map_err(|_| wrong("the number is too large"));
            match key.trim() {
                "subscriptions" if number == 0 => return Err(wrong("there is at least one subscription")),
                "subscriptions" => spec.subscriptions = count()?,
                "workspaces" => spec.workspaces = count()?,
                "assignments" => spec.assignments = count()?,
                "seed" => spec.seed = number,
                _ => return Err(wrong("the keys are subscriptions, workspaces, assignments and seed")),
            }
        }
        Ok(spec)
    }
}

/// Roles that are assigned, with how often; data roles are given on storage accounts only.
const MANAGEMENT_ROLES: &[(&str, u32)] = &[
    ("Reader", 30),
    ("Contributor", 18),
    ("AzureML Data Scientist", 30),
    ("AzureML Compute Operator", 8),
    ("Azure AI Developer", 5),
    ("Owner", 3),
    ("Monitoring Reader", 4),
    ("User Access Administrator", 2),
];
const DATA_ROLES: &[(&str, u32)] = &[
    ("Storage Blob Data Contributor", 40),
    ("Storage File Data Privileged Contributor", 30),
    ("Storage Blob Data Reader", 20),
    ("Storage Account Contributor", 10),
];
const REGIONS: &[&str] = &["westeurope", "northeurope", "eastus", "eastus2", "japaneast", "uksouth"];
const TEAMS: &[&str] = &[
    "fraud", "churn", "credit", "demand", "vision", "speech", "routing", "pricing", "search", "claims",
    "grid", "yield", "imaging", "support", "stock", "genome",
];
const ENVIRONMENTS: &[&str] = &["dev", "dev", "dev", "test", "staging", "prod"];

/// Makes the estate. Every document is consistent with the others, as in a written one.
#[must_use]
pub fn generate(spec: &Spec) -> Estate {
    let mut maker = Maker::new(spec);
    maker.containers(spec.subscriptions);
    maker.workspaces(spec.workspaces);
    maker.assignments(spec.assignments);
    maker.finish()
}

/// A hub, and what its projects share.
struct Hub {
    id: String,
    storage: String,
    vault: String,
}

/// The estate while it grows.
struct Maker {
    rng: Rng,
    tenant: String,
    people: People,
    management_groups: Vec<Value>,
    subscriptions: Vec<Value>,
    resources: Vec<Value>,
    /// Subscription ids, by position.
    subscription_ids: Vec<String>,
    /// Where a role may be given, from the widest to the narrowest.
    group_scopes: Vec<String>,
    workspace_scopes: Vec<String>,
    storage_scopes: Vec<String>,
    /// What a workspace's identity gets on its group: principal and scope.
    service_grants: Vec<(String, String)>,
}

impl Maker {
    fn new(spec: &Spec) -> Self {
        let mut rng = Rng::with_seed(spec.seed);
        let tenant = guid(&mut rng);
        let people = People::new(&mut rng, (spec.workspaces / 5).clamp(20, 4_000));
        let documents = spec.workspaces * 9 / 2 + spec.subscriptions * 3 + spec.assignments;
        Self {
            rng,
            tenant,
            people,
            management_groups: Vec::new(),
            subscriptions: Vec::with_capacity(spec.subscriptions),
            resources: Vec::with_capacity(documents),
            subscription_ids: Vec::with_capacity(spec.subscriptions),
            group_scopes: Vec::new(),
            workspace_scopes: Vec::with_capacity(spec.workspaces),
            storage_scopes: Vec::with_capacity(spec.workspaces),
            service_grants: Vec::with_capacity(spec.workspaces),
        }
    }

    /// The management groups, two levels below the root, and the subscriptions in them.
    fn containers(&mut self, count: usize) {
        let divisions = count.isqrt().clamp(1, 40);
        let mut children: Vec<Vec<Value>> = vec![Vec::new(); divisions];
        for number in 0..count {
            let id = guid(&mut self.rng);
            let team = TEAMS[number % TEAMS.len()];
            let name = format!("{team} {} {number:03}", ENVIRONMENTS[self.rng.usize(..ENVIRONMENTS.len())]);
            children[number % divisions].push(json!({
                "type": "/subscriptions", "id": format!("/subscriptions/{id}"), "name": id, "displayName": name,
            }));
            self.subscriptions.push(documents::subscription(&id, &self.tenant, &name));
            self.subscription_ids.push(id);
        }
        let divisions: Vec<(String, String, Vec<Value>)> = children
            .into_iter()
            .enumerate()
            .map(|(number, children)| {
                (format!("division-{number:02}"), format!("Division {number:02}"), children)
            })
            .collect();
        let listed: Vec<Value> =
            divisions.iter().map(|(name, display, _)| documents::child_group(name, display)).collect();
        let root = (self.tenant.as_str(), "Tenant Root Group");
        self.management_groups.push(documents::management_group(&self.tenant, root, None, &listed));
        for (name, display, children) in divisions {
            let group = documents::management_group(&self.tenant, (&name, &display), Some(root), &children);
            self.management_groups.push(group);
        }
    }

    /// The workspaces with what they depend on, in groups of one to four.
    fn workspaces(&mut self, count: usize) {
        let shares = skewed(count, self.subscription_ids.len());
        let mut number = 0;
        for (position, share) in shares.into_iter().enumerate() {
            let subscription = self.subscription_ids[position].clone();
            let log = self.log_analytics(&subscription, position);
            let mut hub = None;
            let mut left = share;
            while left > 0 {
                let in_group = left.min(1 + self.rng.usize(..4));
                left -= in_group;
                let team = TEAMS[self.rng.usize(..TEAMS.len())];
                let environment = ENVIRONMENTS[self.rng.usize(..ENVIRONMENTS.len())];
                let location = REGIONS[self.rng.usize(..REGIONS.len())];
                let group = format!("rg-{team}-{environment}-{number:05}");
                let place = Place { subscription: &subscription, group: &group, location };
                self.resources.push(place.group_document(environment));
                self.group_scopes.push(place.group_id());
                for _ in 0..in_group {
                    hub = self.workspace(&place, &log, (team, environment), number, hub);
                    number += 1;
                }
            }
        }
    }

    fn log_analytics(&mut self, subscription: &str, position: usize) -> String {
        let place = Place { subscription, group: "rg-monitoring", location: REGIONS[0] };
        self.resources.push(place.group_document("shared"));
        let document = place.log_analytics(&format!("log-{position:03}"), &guid(&mut self.rng));
        let id = document["id"].as_str().unwrap_or_default().to_owned();
        self.resources.push(document);
        id
    }

    /// One workspace; gives the hub that later projects of the subscription belong to.
    fn workspace(
        &mut self,
        place: &Place<'_>,
        log: &str,
        (team, environment): (&str, &str),
        number: usize,
        hub: Option<Hub>,
    ) -> Option<Hub> {
        let rng = &mut self.rng;
        let kind = match rng.u32(..100) {
            0..5 => "Hub",
            5..17 if hub.is_some() => "Project",
            17..20 => "FeatureStore",
            _ => "Default",
        };
        let name = format!("mlw-{team}-{environment}-{number:05}");
        // A project takes its dependents from its hub.
        let of_hub = hub.as_ref().filter(|_| kind == "Project");
        let (storage, vault) = match of_hub {
            Some(hub) => (hub.storage.clone(), hub.vault.clone()),
            None => (
                place.id("Microsoft.Storage/storageAccounts", &format!("st{team}{number:05}")),
                place.id("Microsoft.KeyVault/vaults", &format!("kv-{team}-{number:05}")),
            ),
        };
        let facts = WorkspaceFacts {
            id: place.id("Microsoft.MachineLearningServices/workspaces", &name),
            storage,
            vault,
            insights: place.id("Microsoft.Insights/components", &format!("appi-{team}-{number:05}")),
            hub: of_hub.map(|hub| hub.id.clone()),
            principal: guid(rng),
            guid: guid(rng),
            created: date(rng),
            state: pick(rng, &[("Succeeded", 970), ("Updating", 12), ("Failed", 12), ("Creating", 6)]),
            isolation: pick(
                rng,
                &[("Disabled", 55), ("AllowInternetOutbound", 25), ("AllowOnlyApprovedOutbound", 20)],
            ),
            provisioned: rng.u8(..4) > 0,
            public: pick(rng, &[("Enabled", 65), ("Disabled", 35)]),
            auth: pick(rng, &[("accesskey", 70), ("identity", 30)]),
            key_access: pick(rng, &[(None, 50), (Some(true), 20), (Some(false), 30)]),
            created_by: self.people.user_name(rng),
            name,
            kind,
            environment,
            team,
        };
        if facts.hub.is_none() {
            self.resources.push(place.storage(&facts));
            self.resources.push(place.vault(&facts, &self.tenant));
            if kind != "Hub" {
                self.resources.push(place.insights(&facts, log));
            }
            self.storage_scopes.push(facts.storage.clone());
        }
        self.resources.push(place.workspace(&facts, &self.tenant));
        self.people.add_identity(&facts.principal, &facts.name, &facts.id);
        self.service_grants.push((facts.principal, place.group_id()));
        self.workspace_scopes.push(facts.id.clone());
        if kind == "Hub" {
            Some(Hub { id: facts.id, storage: facts.storage, vault: facts.vault })
        } else {
            hub
        }
    }

    /// Role assignments: the service's own ones first, then people's, most of them to groups and most of
    /// them narrow.
    fn assignments(&mut self, count: usize) {
        let roles = role_guids();
        let owner = self.people.owner().to_owned();
        let root = format!("/providers/Microsoft.Management/managementGroups/{}", self.tenant);
        // Hashes of what was given: the texts themselves would take as much as the assignments.
        let mut made: HashSet<u64> = HashSet::with_capacity(count);
        let mut fixed = vec![
            (owner.clone(), "User", "Owner", root.clone()),
            (self.people.users()[1].clone(), "User", "Reader", root),
            (
                self.people.users()[2].clone(),
                "User",
                "AzureML Data Scientist",
                format!("/subscriptions/{}", self.subscription_ids[0]),
            ),
        ];
        fixed.extend(self.service_grants.iter().map(|(principal, scope)| {
            (principal.clone(), "ServicePrincipal", "Azure AI Administrator", scope.clone())
        }));
        for (principal, kind, role, scope) in fixed.into_iter().take(count) {
            made.insert(mark(&principal, role, &scope));
            self.assign(&AssignmentFacts {
                principal: &principal,
                kind,
                role: &roles[role],
                scope: &scope,
                by: &owner,
            });
        }
        // Tuples that came up before are drawn again; an estate too small for the count ends with fewer.
        let mut attempts = count.saturating_mul(4);
        while made.len() < count && attempts > 0 {
            attempts -= 1;
            let (scope, data) = self.scope();
            let (principal, kind) = self.people.principal(&mut self.rng);
            let role = pick(&mut self.rng, if data { DATA_ROLES } else { MANAGEMENT_ROLES });
            if made.insert(mark(&principal, role, &scope)) {
                self.assign(&AssignmentFacts {
                    principal: &principal,
                    kind,
                    role: &roles[role],
                    scope: &scope,
                    by: &owner,
                });
            }
        }
    }

    fn assign(&mut self, facts: &AssignmentFacts<'_>) {
        let name = guid(&mut self.rng);
        let on = date(&mut self.rng);
        self.resources.push(documents::role_assignment(facts, &name, &on));
    }

    /// A scope to give a role at, and whether it is a storage account.
    fn scope(&mut self) -> (String, bool) {
        let rng = &mut self.rng;
        let wide = |rng: &mut Rng, subscriptions: &[String]| {
            format!("/subscriptions/{}", subscriptions[rng.usize(..subscriptions.len())])
        };
        let choice = rng.u32(..100);
        let narrow = match choice {
            0..2 => {
                let group = &self.management_groups[rng.usize(..self.management_groups.len())];
                return (group["id"].as_str().unwrap_or("/").to_owned(), false);
            }
            2..12 => return (wide(rng, &self.subscription_ids), false),
            12..40 => &self.group_scopes,
            40..60 => &self.storage_scopes,
            _ => &self.workspace_scopes,
        };
        if narrow.is_empty() {
            return (wide(rng, &self.subscription_ids), false);
        }
        (narrow[rng.usize(..narrow.len())].clone(), (40..60).contains(&choice))
    }

    fn finish(self) -> Estate {
        let persona = |position: usize| Persona {
            object_id: self.people.users()[position].clone(),
            directory_access: true,
            multi_factor: true,
        };
        let personas = BTreeMap::from([
            ("owner".to_owned(), persona(0)),
            ("reader".to_owned(), persona(1)),
            ("data-scientist".to_owned(), persona(2)),
            (
                "nobody".to_owned(),
                Persona {
                    object_id: self.people.outsider().to_owned(),
                    directory_access: true,
                    multi_factor: true,
                },
            ),
        ]);
        Estate {
            clock: None,
            tenant: documents::tenant(&self.tenant),
            owner: self.people.owner().to_owned(),
            personas,
            management_groups: self.management_groups,
            subscriptions: self.subscriptions,
            resources: self.resources,
            role_definitions: Vec::new(),
            directory: self.people.into_directory(),
            refusals: Vec::new(),
            deleted: Vec::new(),
        }
    }
}

/// A number that stands for a principal, a role and a scope.
fn mark(principal: &str, role: &str, scope: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (principal, role, scope).hash(&mut hasher);
    hasher.finish()
}

/// The GUIDs of the built-in roles by name.
fn role_guids() -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    built_in_roles().iter().map(|role| (text(&role["properties"]["roleName"]), text(&role["name"]))).collect()
}

/// Divides a count so that the first part is the largest and the last ones may be empty.
fn skewed(count: usize, parts: usize) -> Vec<usize> {
    let weights: Vec<usize> = (0..parts).map(|part| 1_000_000 / (part + 4)).collect();
    let total: usize = weights.iter().sum();
    let mut shares: Vec<usize> = weights.iter().map(|weight| count * weight / total).collect();
    let given: usize = shares.iter().sum();
    for index in 0..count - given {
        shares[index % parts] += 1;
    }
    shares
}

/// One of several values, each as often as its weight says.
fn pick<T: Copy>(rng: &mut Rng, choices: &[(T, u32)]) -> T {
    let total: u32 = choices.iter().map(|(_, weight)| weight).sum();
    let mut at = rng.u32(..total);
    for (value, weight) in choices {
        if at < *weight {
            return *value;
        }
        at -= weight;
    }
    choices[0].0
}

fn guid(rng: &mut Rng) -> String {
    uuid::Builder::from_random_bytes(rng.u128(..).to_le_bytes()).into_uuid().to_string()
}

/// A time in the last years.
fn date(rng: &mut Rng) -> String {
    let (year, month, day) = (rng.u32(2022..2026), rng.u32(1..13), rng.u32(1..29));
    let (hour, minute, second) = (rng.u32(6..20), rng.u32(..60), rng.u32(..60));
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.0000000Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::access::{Facts, judge};

    fn small() -> Spec {
        "subscriptions=7,workspaces=60,assignments=300,seed=7".parse().unwrap()
    }

    #[test]
    fn a_spec_takes_any_of_its_keys() {
        assert_eq!("".parse(), Ok(Spec::default()));
        assert_eq!("seed=9".parse(), Ok(Spec { seed: 9, ..Spec::default() }));
        let all = "subscriptions=500, workspaces=10000,assignments=50000,seed=7".parse();
        assert_eq!(all, Ok(Spec { subscriptions: 500, workspaces: 10_000, assignments: 50_000, seed: 7 }));
        for wrong in ["workspaces", "workspaces=many", "tenants=2", "seed=-1", "subscriptions=0"] {
            let error = wrong.parse::<Spec>().unwrap_err();
            assert_eq!(error.part, wrong);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_estate_and_another_seed_another() {
        let text = |spec: &Spec| serde_json::to_string(&generate(spec)).unwrap();
        assert_eq!(text(&small()), text(&small()));
        assert_ne!(text(&small()), text(&Spec { seed: 8, ..small() }));
    }

    #[test]
    fn it_has_what_was_asked_for_and_reads_back_as_an_estate() {
        let estate = generate(&small());
        let count = |kind: &str| estate.resources.iter().filter(|document| document["type"] == kind).count();
        assert_eq!(estate.subscriptions.len(), 7);
        assert_eq!(count("Microsoft.MachineLearningServices/workspaces"), 60);
        assert_eq!(count("Microsoft.Authorization/roleAssignments"), 300);
        let text = serde_json::to_string(&estate).unwrap();
        assert_eq!(Estate::from_json(&text).unwrap(), estate);
        for (spec, workspaces) in
            [("workspaces=0,assignments=5", 0), ("subscriptions=3,workspaces=1,assignments=0", 1)]
        {
            let estate = generate(&spec.parse().unwrap());
            let found = estate
                .resources
                .iter()
                .filter(|one| one["type"] == "Microsoft.MachineLearningServices/workspaces");
            assert_eq!(found.count(), workspaces);
        }
    }

    #[test]
    fn every_principal_and_dependent_exists() {
        let estate = generate(&small());
        let directory = &estate.directory;
        let principals: HashSet<&str> = directory
            .users
            .iter()
            .chain(&directory.groups)
            .chain(&directory.service_principals)
            .filter_map(|principal| principal["id"].as_str())
            .collect();
        let ids: HashSet<&str> =
            estate.resources.iter().filter_map(|document| document["id"].as_str()).collect();
        for document in &estate.resources {
            let properties = &document["properties"];
            if let Some(principal) = properties["principalId"].as_str() {
                assert!(principals.contains(principal), "{principal}");
            }
            for dependent in ["storageAccount", "WorkspaceResourceId", "hubResourceId"] {
                if let Some(id) = properties[dependent].as_str() {
                    assert!(ids.contains(id), "{dependent} {id}");
                }
            }
        }
        assert!(directory.members.values().flatten().all(|member| principals.contains(member.as_str())));
    }

    #[test]
    fn sizes_are_skewed_and_nothing_is_lost() {
        for (count, parts) in [(10_000, 500), (3, 5), (0, 2), (7, 1)] {
            let shares = skewed(count, parts);
            assert_eq!(shares.iter().sum::<usize>(), count);
            assert!(shares.is_sorted_by(|a, b| a >= b), "{shares:?}");
        }
    }

    #[test]
    fn the_owner_may_everything_and_nobody_nothing() {
        let estate = generate(&small());
        let facts = Facts::of(&estate);
        let workspace = estate
            .resources
            .iter()
            .find(|one| one["type"] == "Microsoft.MachineLearningServices/workspaces")
            .and_then(|one| one["id"].as_str())
            .unwrap();
        let write = "Microsoft.MachineLearningServices/workspaces/write";
        assert!(judge(&facts, &estate.owner, write, workspace, false).is_allowed());
        let nobody = &estate.personas["nobody"].object_id;
        assert!(
            !judge(&facts, nobody, "Microsoft.MachineLearningServices/workspaces/read", workspace, false)
                .is_allowed()
        );
    }
}

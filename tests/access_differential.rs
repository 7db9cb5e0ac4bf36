//! Two evaluations of access that were written apart agree: the console's, over what it reads through its
//! client, and the emulator's own, over the estate that it holds. Estates are random: management groups,
//! nested groups and groups in circles, custom roles with stars anywhere, conditions, deny assignments,
//! eligible roles. Every caller is asked about every action at every scope.

// Helpers may unwrap like the tests they serve.
#![cfg(test)]

#[path = "support/emulator.rs"]
mod emulator;

use std::sync::Arc;

use amldeck::azure::arm::Client;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::directory::{self, Principal};
use amldeck::azure::resources::{deny_assignment, pim, role_assignment, role_definition};
use amldeck::domain::access::permission::Plane;
use amldeck::domain::access::{
    Access, Act, Asked, Evidence, Member, Person, Place, Refusal, Targets, Verdict, answer, who_can,
};
use amldeck::emulator::access::{Facts, Verdict as Judged};
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{Clock, Options};
use fastrand::Rng;
use serde_json::{Value, json};

const NOW: &str = "2026-11-22T12:00:00Z";
const OWNER: &str = "00000000-0000-4000-8000-00000000000f";
const OWNER_ROLE: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";
const SUBSCRIPTIONS: [&str; 2] =
    ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];

/// Owner, Contributor, Reader, Data Scientist, Compute Operator, RBAC Administrator, Key Vault Data Access Administrator,
/// which carries a condition, and three data roles.
const BUILT_IN: &[&str] = &[
    OWNER_ROLE,
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "f6c7c914-8db3-469d-8ca1-694a8f32e121",
    "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "8b54135c-b56d-4d72-a534-26097cfdc8d8",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "4633458b-17de-408a-b874-0445c86b69e6",
];

const BLOB: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

/// What is asked, and what conditions are about.
fn acts() -> Vec<Act> {
    let ml = "Microsoft.MachineLearningServices/workspaces";
    let mut acts: Vec<Act> = [
        "read",
        "write",
        "delete",
        "listKeys/action",
        "computes/write",
        "computes/start/action",
        "jobs/write",
        "models/versions/write",
    ]
    .iter()
    .map(|end| Act::control(format!("{ml}/{end}")))
    .collect();
    acts.extend(
        [
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Storage/storageAccounts/listKeys/action",
            "microsoft.storage/STORAGEACCOUNTS/read",
        ]
        .map(Act::control),
    );
    acts.extend(["read", "write", "delete"].map(|verb| Act::data(format!("{BLOB}/{verb}"))));
    acts.push(Act::data("Microsoft.KeyVault/vaults/secrets/getSecret/action"));
    acts.push(Act::data(format!("{ml}/read")));
    acts
}

/// Patterns of custom roles and deny assignments, management and data.
const PATTERNS: &[&str] = &[
    "*",
    "*/read",
    "*/write",
    "*/action",
    "Microsoft.MachineLearningServices/*",
    "Microsoft.MachineLearningServices/workspaces/*/read",
    "Microsoft.MachineLearningServices/workspaces/*/write",
    "microsoft.machinelearningservices/workspaces/computes/*/WRITE",
    "Microsoft.MachineLearningServices/*/computes/*",
    "*/workspaces/*/start/action",
    "Microsoft.*/write",
    "Microsoft.MachineLearningServices/workspaces/read",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Storage/*/listKeys/action",
    "*Keys/action",
];
const DATA_PATTERNS: &[&str] = &[
    "*",
    "*/read",
    "Microsoft.Storage/*/blobs/*",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "Microsoft.Storage/storageAccounts/blobServices/*/write",
    "Microsoft.KeyVault/vaults/*",
    "Microsoft.KeyVault/vaults/secrets/getSecret/action",
];

/// Conditions in the form that the portal writes: not this action, or these attributes.
const CONDITIONS: &[&str] = &[
    "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'out'))",
    "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike 'a/*'))",
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7})) AND ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR (@Resource[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'User'))",
];

fn guid(kind: char, number: usize) -> String {
    format!("{kind}0000000-0000-4000-8000-{number:012}")
}

fn management_group(name: &str) -> String {
    format!("/providers/Microsoft.Management/managementGroups/{name}")
}

fn some<T: Clone>(rng: &mut Rng, from: &[T], most: usize) -> Vec<T> {
    (0..rng.usize(..=most)).map(|_| from[rng.usize(..from.len())].clone()).collect()
}

fn one<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}

/// An estate, who is in it, and where questions are asked.
struct World {
    estate: Estate,
    callers: Vec<String>,
    groups: Vec<String>,
    scopes: Vec<String>,
    /// The eligible roles in force, as if they were assigned.
    activated: Vec<Value>,
}

fn resource(id: &str, kind: &str) -> Value {
    let name = id.rsplit('/').next().unwrap();
    json!({"id": id, "name": name, "type": kind, "location": "westeurope", "properties": {"provisioningState": "Succeeded"}})
}

fn subscription(at: usize) -> String {
    format!("/subscriptions/{}", SUBSCRIPTIONS[at])
}

fn group(at: usize, name: &str) -> String {
    format!("{}/resourceGroups/rg-{name}", subscription(at))
}

fn workspace(at: usize) -> String {
    format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw", group(at, "a"))
}

fn hung(place: &str, kind: &str, name: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/{kind}/{name}", place.trim_end_matches('/'))
}

fn kind(principal: &str) -> &'static str {
    match principal.as_bytes()[0] {
        b'a' => "User",
        b'b' => "ServicePrincipal",
        _ => "Group",
    }
}

/// `top` over `left` and `right`, `deep` under `left`; the subscriptions are in `deep` and `right`.
fn management_groups(tenant: &str) -> Vec<Value> {
    let child = |id: &str, kind: &str| json!({"id": id, "type": kind, "name": id.rsplit('/').next(), "displayName": id});
    let below = |name: &str| child(&management_group(name), "Microsoft.Management/managementGroups");
    let holds = |at: usize| child(&subscription(at), "/subscriptions");
    let made = |name: &str, parent: Option<&str>, children: Vec<Value>| {
        let parent =
            parent.map(|name| json!({"id": management_group(name), "name": name, "displayName": name}));
        json!({"id": management_group(name), "name": name, "type": "Microsoft.Management/managementGroups",
            "properties": {"tenantId": tenant, "displayName": name, "details": {"version": 1, "parent": parent}, "children": children}})
    };
    vec![
        made("top", None, vec![below("left"), below("right")]),
        made("left", Some("top"), vec![below("deep")]),
        made("right", Some("top"), vec![holds(1)]),
        made("deep", Some("left"), vec![holds(0)]),
    ]
}

/// Custom roles, and the ids by which they and built-in ones are assigned: in any case, with the prefix of any scope.
fn roles(rng: &mut Rng) -> (Vec<Value>, Vec<String>) {
    let mut definitions = Vec::new();
    let mut ids: Vec<String> = BUILT_IN.iter().map(ToString::to_string).collect();
    for number in 0..5 {
        let name = guid('d', number);
        let permissions: Vec<Value> = (0..1 + rng.usize(..2)).map(|_| of_role(rng)).collect();
        definitions.push(json!({
            "id": hung(&subscription(0), "roleDefinitions", &name), "name": name,
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {"roleName": format!("Custom {number}"), "type": "CustomRole", "description": "",
                "assignableScopes": [subscription(0), subscription(1)], "permissions": permissions}}));
        ids.push(name.to_uppercase());
    }
    (definitions, ids)
}

/// What is drawn from where access is given and denied.
struct Stock {
    places: Vec<String>,
    anybody: Vec<String>,
    roles: Vec<String>,
}

impl Stock {
    fn assignment(&self, rng: &mut Rng, number: usize) -> Value {
        let (place, principal) = (one(rng, &self.places).clone(), one(rng, &self.anybody).clone());
        let condition = (rng.u8(..4) == 0).then(|| *one(rng, CONDITIONS));
        json!({"id": hung(&place, "roleAssignments", &guid('e', number)), "name": guid('e', number),
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": format!("/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}", one(rng, &SUBSCRIPTIONS), one(rng, &self.roles)),
                "principalId": principal, "principalType": kind(&principal), "scope": place,
                "condition": condition, "conditionVersion": condition.map(|_| "2.0")}})
    }

    /// An eligible role, and the assignment that it would be once activated; none where it is not in force.
    fn eligibility(&self, rng: &mut Rng, number: usize) -> (Value, Option<Value>) {
        let assignment = self.assignment(rng, number);
        let place = assignment["properties"]["scope"].as_str().unwrap().to_owned();
        let mut instance = assignment.clone();
        instance["id"] = hung(&place, "roleEligibilityScheduleInstances", &guid('e', number)).into();
        instance["type"] = "Microsoft.Authorization/roleEligibilityScheduleInstances".into();
        let (begins, ends) = *one(
            rng,
            &[
                ("2026-01-01T00:00:00Z", Some("2027-01-01T00:00:00Z")),
                ("2026-01-01T00:00:00Z", None),
                ("2026-01-01T00:00:00Z", Some("2026-11-01T00:00:00Z")),
                ("2026-12-01T00:00:00Z", None),
            ],
        );
        instance["properties"]["startDateTime"] = begins.into();
        instance["properties"]["endDateTime"] = ends.into();
        instance["properties"]["status"] = "Provisioned".into();
        let in_force = begins < NOW && ends.is_none_or(|end| end > NOW);
        (instance, in_force.then_some(assignment))
    }

    fn deny(&self, rng: &mut Rng, number: usize) -> Value {
        let place = one(rng, &self.places).clone();
        let of = |ids: &[String]| -> Vec<Value> {
            ids.iter().map(|id| json!({"id": id, "type": kind(id)})).collect()
        };
        let mut principals = of(&some(rng, &self.anybody, 3));
        if principals.is_empty() {
            principals.push(json!({"id": EVERYBODY, "type": "SystemDefined"}));
        }
        // The owner reads everything for the console, whatever is denied.
        let mut excluded = of(&some(rng, &self.anybody, 2));
        excluded.push(json!({"id": OWNER, "type": "User"}));
        json!({"id": hung(&place, "denyAssignments", &guid('f', number)), "name": guid('f', number),
            "type": "Microsoft.Authorization/denyAssignments",
            "properties": {"denyAssignmentName": format!("Deny {number}"), "scope": place, "permissions": [permission(rng)],
                "doNotApplyToChildScopes": rng.bool(), "principals": principals, "excludePrincipals": excluded}})
    }
}

fn world(seed: u64) -> World {
    let rng = &mut Rng::with_seed(seed);
    let tenant = guid('9', 1);
    let storage = format!("{}/providers/Microsoft.Storage/storageAccounts/st", group(0, "b"));
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv", group(0, "a"));
    let compute = format!("{}/computes/gpu", workspace(0));
    let resource_groups = [group(0, "a"), group(0, "b"), group(1, "a")];
    let mut resources: Vec<Value> =
        resource_groups.iter().map(|id| resource(id, "Microsoft.Resources/resourceGroups")).collect();
    resources
        .extend([0, 1].map(|at| resource(&workspace(at), "Microsoft.MachineLearningServices/workspaces")));
    resources.push(resource(&storage, "Microsoft.Storage/storageAccounts"));
    resources.push(resource(&vault, "Microsoft.KeyVault/vaults"));
    resources.push(resource(&compute, "Microsoft.MachineLearningServices/workspaces/computes"));
    let scopes: Vec<String> = [subscription(0), subscription(1)]
        .into_iter()
        .chain(resource_groups)
        .chain([workspace(0), workspace(1), storage, vault, compute])
        .chain(["deep", "top"].map(management_group))
        .collect();
    let mut places = scopes.clone();
    places.extend(["top", "left", "right", "deep"].map(management_group));
    places.push("/".to_owned());

    let [users, applications, groups]: [Vec<String>; 3] = [('a', 6), ('b', 2), ('c', 6)]
        .map(|(kind, count)| (0..count).map(|number| guid(kind, number)).collect());
    let anybody: Vec<String> = [&users[..], &applications, &groups].concat();
    let members: serde_json::Map<String, Value> =
        groups.iter().map(|group| (group.clone(), json!(some(rng, &anybody, 4)))).collect();

    let (role_definitions, roles) = roles(rng);
    let stock = Stock { places, anybody, roles };
    for number in 0..6 + rng.usize(..14) {
        resources.push(stock.assignment(rng, number));
    }
    let mut activated = Vec::new();
    for number in 0..rng.usize(..4) {
        let (instance, assignment) = stock.eligibility(rng, 100 + number);
        resources.push(instance);
        activated.extend(assignment);
    }
    for number in 0..rng.usize(..4) {
        resources.push(stock.deny(rng, number));
    }
    resources.push(json!({"id": hung("/", "roleAssignments", &guid('e', 999)), "name": guid('e', 999),
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {"roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{OWNER_ROLE}"),
            "principalId": OWNER, "principalType": "User", "scope": "/"}}));

    let personas: serde_json::Map<String, Value> =
        users.iter().map(|id| (id.clone(), json!({"objectId": id}))).collect();
    let document = json!({
        "tenant": {"id": format!("/tenants/{tenant}"), "tenantId": tenant, "displayName": "Contoso", "defaultDomain": "contoso.example", "tenantCategory": "Home"},
        "owner": OWNER, "personas": personas, "managementGroups": management_groups(&tenant),
        "subscriptions": SUBSCRIPTIONS.map(|id| json!({"id": format!("/subscriptions/{id}"), "subscriptionId": id, "displayName": id, "state": "Enabled", "tenantId": tenant})),
        "resources": resources, "roleDefinitions": role_definitions,
        "directory": directory(&users, &groups, &applications, &members),
    });
    let estate = Estate::from_json(&document.to_string()).unwrap();
    World { estate, callers: stock.anybody, groups, scopes, activated }
}

/// Everybody, the owner too, as the directory of an estate.
fn directory(
    users: &[String],
    groups: &[String],
    applications: &[String],
    members: &serde_json::Map<String, Value>,
) -> Value {
    let person = |id: &String| json!({"id": id, "displayName": id, "userPrincipalName": format!("{id}@contoso.example")});
    let owner = OWNER.to_owned();
    json!({
        "users": users.iter().chain([&owner]).map(person).collect::<Vec<_>>(),
        "groups": groups.iter().map(|id| json!({"id": id, "displayName": id})).collect::<Vec<_>>(),
        "servicePrincipals": applications.iter().map(|id| json!({"id": id, "appId": id, "displayName": id, "servicePrincipalType": "Application"})).collect::<Vec<_>>(),
        "members": members
    })
}

fn permission(rng: &mut Rng) -> Value {
    json!({
        "actions": some(rng, PATTERNS, 3), "notActions": some(rng, PATTERNS, 2),
        "dataActions": some(rng, DATA_PATTERNS, 2), "notDataActions": some(rng, DATA_PATTERNS, 1),
    })
}

/// A permission of a role, some of them under a condition of their own.
fn of_role(rng: &mut Rng) -> Value {
    let mut permission = permission(rng);
    if rng.u8(..3) == 0 {
        permission["condition"] = (*one(rng, CONDITIONS)).into();
        permission["conditionVersion"] = "2.0".into();
    }
    permission
}

/// What the console reads: the lists of every scope, the role definitions, and who is in which group.
async fn gather(client: &Client, world: &World) -> Evidence {
    let mut evidence = Evidence::default();
    for scope in world.scopes.iter().map(|scope| ArmId::parse(scope).unwrap()) {
        evidence.add_assignments(&scope, client.list(&role_assignment::list_at(&scope)).await.unwrap());
        evidence.add_denies(&scope, client.list(&deny_assignment::list_at(&scope)).await.unwrap());
        evidence.add_eligible(&scope, client.list(&pim::eligible_at(&scope)).await.unwrap());
        if scope.subscription_id().is_some() && scope.resource_group().is_none() {
            evidence.roles.add(client.list(&role_definition::list(&scope)).await.unwrap());
        }
    }
    for group in &world.groups {
        let members: Vec<Principal> = client.list(&directory::members(group)).await.unwrap();
        evidence.members.know(group, members.iter().map(Member::from));
    }
    evidence
}

#[tokio::test]
async fn the_console_and_the_emulator_agree_on_every_caller_action_and_scope() {
    let mut met = std::collections::BTreeMap::new();
    for seed in 0..24 {
        let world = world(seed);
        let facts = Facts::of(&world.estate);
        let mut after = facts.clone();
        world.activated.iter().for_each(|document| after.put(document));
        let options = Options { clock: Clock::Fixed(NOW.parse().unwrap()), ..emulator::options() };
        let running = emulator::start(Options { estate: world.estate.clone(), ..options }).await;
        let client = emulator::client(&running.url(), "owner");
        let access = Access::new(Arc::new(gather(&client, &world).await), NOW.parse().unwrap());
        for caller in &world.callers {
            let (reader, after) = (facts.reader(caller), after.reader(caller));
            for (act, scope) in
                acts().iter().flat_map(|act| world.scopes.iter().map(move |scope| (act, scope)))
            {
                let data = act.plane == Plane::Data;
                let at = ArmId::parse(scope).unwrap();
                let own = access.decide(caller, act, &at);
                let theirs = reader.judge(&act.action, scope, data);
                let expected = match &theirs {
                    Judged::Allowed => Verdict::Allowed,
                    Judged::AllowedIf { .. } => Verdict::Conditional,
                    Judged::Denied { .. } => Verdict::Denied(Refusal::DenyAssignment),
                    // Applications cannot activate a role.
                    Judged::NotGranted
                        if !caller.starts_with('b') && after.judge(&act.action, scope, data).is_allowed() =>
                    {
                        Verdict::AfterActivation
                    }
                    Judged::NotGranted | Judged::Refused => Verdict::Denied(Refusal::NoGrant),
                };
                let about =
                    format!("seed {seed}: {caller} {} at {scope}: {theirs:?} {:?}", act.action, own.reasons);
                assert_eq!(own.verdict, expected, "{about}");
                assert_eq!(access.verdict(caller, act, &at), expected, "{about}");
                *met.entry(format!("{expected:?}")).or_insert(0) += 1;
            }
        }
        lists_agree(&world, &access);
        reads_agree(&world, &access, &running.url()).await;
    }
    assert_eq!(met.len(), 5, "every answer came up: {met:?}");
}

/// Who can is everybody of whom the single answer says so, and nobody else.
fn lists_agree(world: &World, access: &Access) {
    let workspace = world.scopes.iter().find(|scope| scope.ends_with("/workspaces/mlw")).unwrap();
    let targets = Targets::new(ArmId::parse(workspace).unwrap());
    for act in acts() {
        let asked = Asked::Action { on: Place::Workspace, act };
        let who = who_can(access, &targets, &asked);
        assert!(who.complete && who.cannot_tell.is_empty(), "{:?}", who.gaps);
        for caller in world.callers.iter().filter(|caller| !world.groups.contains(caller)) {
            let of = answer(access, &targets, &asked, caller);
            let (verdict, granting) = (of.verdict, of.granting());
            let is_in = |list: &[Person]| {
                list.iter().any(|person| *person.principal == **caller && person.verdict == verdict)
            };
            let can = matches!(verdict, Verdict::Allowed | Verdict::Conditional);
            assert_eq!(is_in(&who.can), can, "{caller} {asked:?}: {verdict:?}");
            assert_eq!(
                is_in(&who.after_activation),
                verdict == Verdict::AfterActivation,
                "{caller} {asked:?}"
            );
            let could = who.by_granting.iter().find(|person| *person.principal == **caller);
            let expected =
                granting <= Verdict::AfterActivation && verdict > granting.max(Verdict::Conditional);
            let expected = expected.then_some(granting);
            assert_eq!(could.map(|person| person.verdict), expected, "{caller} {asked:?} by granting");
        }
    }
}

/// Over HTTP a resource is read by whom the console says that they can.
async fn reads_agree(world: &World, access: &Access, url: &str) {
    for caller in world.callers.iter().filter(|caller| caller.starts_with('a')).take(3) {
        let client = emulator::client(url, caller);
        for scope in world
            .scopes
            .iter()
            .filter(|scope| scope.contains("/workspaces/mlw") && !scope.contains("/computes/"))
        {
            let at = ArmId::parse(scope).unwrap();
            let act = Act::control("Microsoft.MachineLearningServices/workspaces/read");
            let verdict = access.verdict(caller, &act, &at);
            let read = client.value(&Request::arm(Method::Get, &at, "2024-10-01")).await;
            let can = matches!(verdict, Verdict::Allowed | Verdict::Conditional);
            assert_eq!(read.is_ok(), can, "{caller} reads {scope}: {verdict:?}, {read:?}");
        }
    }
}

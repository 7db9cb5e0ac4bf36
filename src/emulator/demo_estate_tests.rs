//! A walk through the demo estate: it is consistent, and everything it promises is in it.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::access::{Facts, Verdict, judge};
use super::estate::{Estate, built_in_roles};

/// An assignment of this principal outlived it.
const DELETED_PRINCIPALS: usize = 1;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn lower(value: &Value) -> String {
    text(value).to_lowercase()
}

struct Walk {
    estate: Estate,
    /// Every id that exists, in lower case.
    ids: HashSet<String>,
}

impl Walk {
    fn start() -> Self {
        let estate = Estate::demo().unwrap();
        let mut ids = HashSet::from(["/".to_owned()]);
        for list in
            [&estate.management_groups, &estate.subscriptions, &estate.resources, &estate.role_definitions]
        {
            ids.extend(list.iter().map(|document| lower(&document["id"])));
        }
        Self { estate, ids }
    }

    fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.estate.resources.iter().filter(move |document| lower(&document["type"]) == kind.to_lowercase())
    }

    fn workspaces(&self) -> impl Iterator<Item = &Value> {
        self.of_type("Microsoft.MachineLearningServices/workspaces")
    }

    fn workspace(&self, name: &str) -> &Value {
        self.workspaces().find(|workspace| workspace["name"] == name).unwrap()
    }

    fn principals(&self) -> HashSet<String> {
        let directory = &self.estate.directory;
        let all = directory.users.iter().chain(&directory.groups).chain(&directory.service_principals);
        all.map(|principal| lower(&principal["id"])).collect()
    }
}

/// The id that something hangs on: a child's parent, an extension's target.
fn owner_of(id: &str) -> String {
    let id = id.to_lowercase();
    if let Some((target, _)) = id.split_once("/providers/microsoft.authorization/") {
        return if target.is_empty() { "/".to_owned() } else { target.to_owned() };
    }
    if id.contains("/privatelinkserviceconnections/") || !id.contains("/providers/") {
        return id.rsplitn(3, '/').last().unwrap_or_default().to_owned();
    }
    let (group, resource) = id.split_once("/providers/").unwrap();
    let segments: Vec<&str> = resource.split('/').collect();
    if segments.len() > 3 {
        id.rsplitn(3, '/').last().unwrap_or_default().to_owned()
    } else {
        group.to_owned()
    }
}

#[test]
fn everything_hangs_on_something_that_exists() {
    let walk = Walk::start();
    for document in &walk.estate.resources {
        let id = text(&document["id"]);
        if lower(&document["type"]).contains("eventtypes") {
            // The log outlives what it tells of.
            continue;
        }
        assert!(id.ends_with(&format!("/{}", text(&document["name"]))), "{id} does not end with its name");
        let owner = owner_of(id);
        let rooted =
            owner == "/subscriptions" || walk.ids.contains(&owner) || owner.ends_with("/resourcegroups");
        assert!(rooted, "{id} hangs on {owner}, which is not there");
    }
}

#[test]
fn every_assignment_has_a_role_and_a_principal() {
    let walk = Walk::start();
    let principals = walk.principals();
    let roles: HashSet<String> = built_in_roles()
        .iter()
        .chain(&walk.estate.role_definitions)
        .map(|role| lower(&role["name"]))
        .collect();
    let mut deleted = BTreeSet::new();
    let mut tuples = HashSet::new();
    for assignment in walk.of_type("Microsoft.Authorization/roleAssignments") {
        let properties = &assignment["properties"];
        let role = lower(&properties["roleDefinitionId"]);
        let role = role.rsplit('/').next().unwrap();
        assert!(roles.contains(role), "{}: {role}", assignment["id"]);
        let principal = lower(&properties["principalId"]);
        assert!(
            tuples.insert((principal.clone(), role.to_owned(), lower(&properties["scope"]))),
            "{}",
            assignment["id"]
        );
        assert!(walk.ids.contains(&lower(&properties["scope"])), "{}", properties["scope"]);
        if !principals.contains(&principal) {
            deleted.insert(principal);
        }
        assert!(principals.contains(&lower(&properties["createdBy"])), "{}", assignment["id"]);
    }
    assert_eq!(deleted.len(), DELETED_PRINCIPALS);
    assert!((60..=100).contains(&tuples.len()), "{}", tuples.len());
}

#[test]
fn the_directory_is_closed_and_its_groups_nest_three_deep() {
    let walk = Walk::start();
    let directory = &walk.estate.directory;
    let principals = walk.principals();
    for (group, members) in &directory.members {
        assert!(principals.contains(group), "{group}");
        assert!(members.iter().all(|member| principals.contains(member)), "{group}");
    }
    fn depth(members: &std::collections::BTreeMap<String, Vec<String>>, group: &str) -> usize {
        members
            .get(group)
            .map_or(0, |direct| 1 + direct.iter().map(|member| depth(members, member)).max().unwrap_or(0))
    }
    assert!(directory.members.keys().any(|group| depth(&directory.members, group) >= 3));
    assert!(directory.users.len() >= 25);
    assert!(
        directory
            .users
            .iter()
            .any(|user| user["userType"] == "Guest" && text(&user["userPrincipalName"]).contains("#EXT#"))
    );
    for identity in
        directory.service_principals.iter().filter(|sp| sp["servicePrincipalType"] == "ManagedIdentity")
    {
        let resource = lower(&identity["alternativeNames"][1]);
        assert!(walk.ids.contains(&resource), "{resource}");
    }
    for persona in walk.estate.personas.values() {
        assert!(principals.contains(&persona.object_id), "{persona:?}");
    }
}

#[test]
fn every_identity_of_a_resource_is_in_the_directory() {
    let walk = Walk::start();
    let principals = walk.principals();
    for document in &walk.estate.resources {
        let identity = &document["identity"];
        let assigned = identity["userAssignedIdentities"].as_object().into_iter().flatten();
        for (id, principal) in assigned {
            assert!(walk.ids.contains(&id.to_lowercase()), "{id}");
            assert!(principals.contains(text(&principal["principalId"])), "{id}");
        }
        if let Some(principal) = identity["principalId"].as_str() {
            assert!(principals.contains(principal), "{}", document["id"]);
        }
    }
}

#[test]
fn children_repeat_what_the_body_of_their_workspace_says() {
    let walk = Walk::start();
    let bodies: HashMap<String, &Value> =
        walk.workspaces().map(|workspace| (lower(&workspace["id"]), &workspace["properties"])).collect();
    for rule in walk.of_type("Microsoft.MachineLearningServices/workspaces/outboundRules") {
        let body = bodies[&owner_of(text(&rule["id"]))];
        assert_eq!(
            body["managedNetwork"]["outboundRules"][text(&rule["name"])],
            rule["properties"],
            "{}",
            rule["id"]
        );
    }
    let rules: usize = bodies
        .values()
        .filter_map(|body| body["managedNetwork"]["outboundRules"].as_object())
        .map(serde_json::Map::len)
        .sum();
    assert_eq!(rules, walk.of_type("Microsoft.MachineLearningServices/workspaces/outboundRules").count());
}

/// All values that a path has over documents.
fn values<'a>(documents: impl Iterator<Item = &'a Value>, pointer: &str) -> BTreeSet<String> {
    documents
        .filter_map(|document| document.pointer(pointer))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn every_kind_mode_and_state_is_there() {
    let walk = Walk::start();
    let workspaces = || walk.workspaces();
    assert_eq!(workspaces().count(), 14);
    assert_eq!(walk.estate.subscriptions.len(), 3);
    let cases: &[(&str, &[&str])] = &[
        ("/kind", &["Default", "FeatureStore", "Hub", "Project"]),
        ("/properties/provisioningState", &["Creating", "Failed", "Succeeded", "Updating"]),
        (
            "/properties/managedNetwork/isolationMode",
            &["AllowInternetOutbound", "AllowOnlyApprovedOutbound", "Disabled"],
        ),
        ("/properties/managedNetwork/status/status", &["Active", "Inactive"]),
        ("/properties/managedNetwork/firewallSku", &["Basic", "Standard"]),
        ("/properties/publicNetworkAccess", &["Disabled", "Enabled"]),
        ("/properties/systemDatastoresAuthMode", &["UserDelegationSAS", "accesskey", "identity"]),
        ("/identity/type", &["SystemAssigned", "SystemAssigned,UserAssigned"]),
        ("/properties/encryption/status", &["Enabled"]),
    ];
    for (pointer, expected) in cases {
        assert_eq!(values(workspaces(), pointer), set(expected), "{pointer}");
    }
    let rules = || walk.of_type("Microsoft.MachineLearningServices/workspaces/outboundRules");
    assert_eq!(values(rules(), "/properties/type"), set(&["FQDN", "PrivateEndpoint", "ServiceTag"]));
    assert_eq!(
        values(rules(), "/properties/category"),
        set(&["Dependency", "Recommended", "Required", "UserDefined"])
    );
    let connections = walk.of_type("Microsoft.MachineLearningServices/workspaces/privateEndpointConnections");
    assert_eq!(
        values(connections, "/properties/privateLinkServiceConnectionState/status"),
        set(&["Approved", "Pending", "Rejected"])
    );
    let computes = || walk.of_type("Microsoft.MachineLearningServices/workspaces/computes");
    assert_eq!(values(computes(), "/properties/computeType"), set(&["AmlCompute", "ComputeInstance"]));
    assert_eq!(values(computes(), "/properties/properties/state"), set(&["Running", "Stopped"]));
    let registries = walk.of_type("Microsoft.ContainerRegistry/registries");
    assert_eq!(values(registries, "/sku/name"), set(&["Basic", "Premium"]));
    let accounts = walk.of_type("Microsoft.Storage/storageAccounts");
    assert!(values(accounts, "/sku/name").len() >= 4);
    assert!(workspaces().any(|workspace| workspace["properties"]["v1LegacyMode"] == true));
    assert!(workspaces().any(|workspace| {
        workspace["properties"]["ipAllowlist"].as_array().is_some_and(|list| !list.is_empty())
    }));
    assert!(workspaces().any(|workspace| workspace["properties"].get("containerRegistry").is_none()));
    assert!(
        walk.of_type("Microsoft.KeyVault/vaults")
            .any(|vault| vault["properties"].get("enableRbacAuthorization").is_none())
    );
    let purge = walk
        .of_type("Microsoft.KeyVault/vaults")
        .filter(|vault| vault["properties"]["enablePurgeProtection"] == true)
        .count();
    assert!((1..walk.of_type("Microsoft.KeyVault/vaults").count()).contains(&purge));
    for kind in [
        "Microsoft.Authorization/denyAssignments",
        "Microsoft.Authorization/roleEligibilityScheduleInstances",
        "Microsoft.Authorization/roleAssignmentScheduleInstances",
        "Microsoft.Authorization/locks",
        "Microsoft.Insights/eventtypes/values",
        "Microsoft.MachineLearningServices/workspaces/datastores",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    ] {
        assert!(walk.of_type(kind).next().is_some(), "{kind}");
    }
    assert_eq!(walk.estate.role_definitions.len(), 2);
    let conditions = walk
        .of_type("Microsoft.Authorization/roleAssignments")
        .filter(|one| one["properties"]["condition"].is_string());
    assert_eq!(conditions.count(), 1);
}

#[test]
fn dependents_are_there_gone_elsewhere_or_refused() {
    let walk = Walk::start();
    let storage = |name: &str| lower(&walk.workspace(name)["properties"]["storageAccount"]);
    assert!(walk.ids.contains(&storage("mlw-fraud-prod")));
    assert!(!walk.ids.contains(&storage("mlw-sandbox-ada")), "gone");
    let churn = walk.workspace("mlw-churn-dev");
    let account = storage("mlw-churn-dev");
    assert_ne!(account.split('/').nth(2), text(&churn["id"]).split('/').nth(2), "another subscription");
    let found = walk.estate.resources.iter().find(|document| lower(&document["id"]) == account).unwrap();
    assert_eq!(found["properties"]["allowSharedKeyAccess"], false);
    assert_eq!(churn["properties"]["systemDatastoresAuthMode"], "accesskey");
    let vault = lower(&walk.workspace("mlw-playground")["properties"]["keyVault"])
        .replace("microsoft.keyvault", "Microsoft.KeyVault");
    let facts = Facts::of(&walk.estate);
    assert_eq!(
        judge(&facts, &walk.estate.owner, "Microsoft.KeyVault/vaults/read", &vault, false),
        Verdict::Refused
    );
    let groups = walk.of_type("Microsoft.Resources/resourceGroups");
    let empty = groups.filter(|group| {
        let prefix = format!("{}/", lower(&group["id"]));
        !walk.workspaces().any(|workspace| lower(&workspace["id"]).starts_with(&prefix))
    });
    assert!(empty.count() >= 3);
}

#[test]
fn names_come_in_many_scripts_and_some_are_hostile() {
    let walk = Walk::start();
    let everything = serde_json::to_string(&walk.estate).unwrap();
    for (what, present) in [
        ("Greek", everything.contains("Πρόβλεψη")),
        ("Japanese", everything.contains("佐藤")),
        ("Arabic", everything.contains("ليلى")),
        ("Devanagari", everything.contains("अनन्या")),
        ("combining", everything.contains('\u{308}')),
        ("emoji", everything.contains('\u{1f680}')),
    ] {
        assert!(present, "{what}");
    }
    let hostile = walk.workspace("mlw-sandbox-ada").to_string();
    for character in ["\\u001b", "\u{202e}", "\u{200b}", "\u{9b}", "\\u0007", "=HYPERLINK"] {
        assert!(hostile.contains(character), "{character}");
    }
}

#[test]
fn every_persona_can_what_its_name_says() {
    let walk = Walk::start();
    let facts = Facts::of(&walk.estate);
    let workspace = text(&walk.workspace("mlw-fraud-prod")["id"]);
    const READ: &str = "Microsoft.MachineLearningServices/workspaces/read";
    const WRITE: &str = "Microsoft.MachineLearningServices/workspaces/write";
    const JOBS: &str = "Microsoft.MachineLearningServices/workspaces/jobs/write";
    const COMPUTE: &str = "Microsoft.MachineLearningServices/workspaces/computes/write";
    const GRANT: &str = "Microsoft.Authorization/roleAssignments/write";
    let cases: &[(&str, &[&str])] = &[
        ("owner", &[READ, WRITE, JOBS, COMPUTE, GRANT]),
        ("contributor", &[READ, WRITE, JOBS, COMPUTE]),
        ("data-scientist", &[READ, JOBS]),
        ("compute-operator", &[READ, COMPUTE]),
        ("reader", &[READ]),
        ("access-admin", &[READ, GRANT]),
        ("no-directory", &[READ, WRITE, JOBS, COMPUTE]),
        ("nobody", &[]),
    ];
    for (persona, allowed) in cases {
        let caller = &walk.estate.personas[*persona];
        assert_eq!(caller.directory_access, *persona != "no-directory");
        for action in [READ, WRITE, JOBS, COMPUTE, GRANT] {
            let verdict = judge(&facts, &caller.object_id, action, workspace, false);
            assert_eq!(verdict.is_allowed(), allowed.contains(&action), "{persona} {action}: {verdict:?}");
        }
    }
    assert_eq!(walk.estate.personas.len(), cases.len());
    let delete = "Microsoft.MachineLearningServices/workspaces/delete";
    let contributor = &walk.estate.personas["contributor"].object_id;
    assert!(matches!(judge(&facts, contributor, delete, workspace, false), Verdict::Denied { .. }));
    assert!(
        judge(&facts, &walk.estate.owner, delete, workspace, false).is_allowed(),
        "excluded from the denial"
    );
}

#[test]
fn one_activation_takes_a_ticket_and_one_an_approval() {
    let walk = Walk::start();
    let of = |kind: &str| {
        let kind = format!("Microsoft.Authorization/{kind}");
        let found = walk.estate.resources.iter().filter(|document| text(&document["type"]) == kind);
        found.cloned().collect::<Vec<Value>>()
    };
    let policies = of("roleManagementPolicies");
    let eligible = of("roleEligibilityScheduleInstances");
    for assignment in of("roleManagementPolicyAssignments") {
        let properties = &assignment["properties"];
        assert!(policies.iter().any(|policy| policy["id"] == properties["policyId"]), "{}", assignment["id"]);
        let same = |one: &Value| {
            one["properties"]["scope"] == properties["scope"]
                && one["properties"]["roleDefinitionId"] == properties["roleDefinitionId"]
        };
        assert!(eligible.iter().any(same), "nobody can activate what {} is about", assignment["id"]);
    }
    let rules = || policies.iter().flat_map(|policy| policy["properties"]["rules"].as_array().unwrap());
    assert!(rules().any(|rule| rule["enabledRules"].to_string().contains("Ticketing")));
    let approvals = rules().find(|rule| rule["setting"]["isApprovalRequired"] == true).unwrap();
    let approver = &approvals["setting"]["approvalStages"][0]["primaryApprovers"][0]["id"];
    assert!(walk.estate.directory.members[text(approver)].contains(&walk.estate.owner));
}

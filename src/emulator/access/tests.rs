//! Who may do what, by example.

use super::*;

const GROUP: &str = "/providers/Microsoft.Management/managementGroups/contoso";
const SUBSCRIPTION: &str = "/subscriptions/S1";
const WORKSPACE: &str =
    "/subscriptions/s1/resourceGroups/RG/providers/Microsoft.MachineLearningServices/workspaces/mlw";
const STORAGE: &str = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st";
const READ: &str = "Microsoft.MachineLearningServices/workspaces/read";
const READ_BLOB: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const WRITE_BLOB: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";

fn role(name: &str) -> String {
    let roles = built_in_roles();
    let found = roles.iter().find(|role| role["properties"]["roleName"] == name).unwrap();
    found["name"].as_str().unwrap().to_owned()
}

fn assignment(principal: &str, name: &str, scope: &str) -> Value {
    let scope = if scope == "/" { "" } else { scope };
    json!({
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{principal}-{}", role(name)),
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "principalId": principal,
            "roleDefinitionId": format!("/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{}", role(name).to_uppercase()),
            "scope": if scope.is_empty() { "/" } else { scope },
        },
    })
}

fn facts(documents: &[Value]) -> Facts {
    let mut facts = Facts::default();
    built_in_roles().iter().for_each(|role| facts.put(role));
    facts.put(&json!({
        "id": GROUP, "type": "Microsoft.Management/managementGroups",
        "properties": {
            "details": {"parent": {"id": "/providers/Microsoft.Management/managementGroups/root"}},
            "children": [{"id": "/subscriptions/s1"}],
        },
    }));
    let members =
        [("team", vec!["ada"]), ("all", vec!["team"]), ("loop", vec!["all"]), ("team2", vec!["loop"])];
    let mut directory = Directory::default();
    for (group, of) in members {
        directory.members.insert(group.to_owned(), of.into_iter().map(str::to_owned).collect());
    }
    directory.members.entry("all".to_owned()).or_default().push("team2".to_owned());
    facts.put_directory(&directory);
    documents.iter().for_each(|document| facts.put(document));
    facts
}

#[test]
fn patterns_take_a_star_anywhere_and_no_case() {
    let cases = [
        ("*", READ, true),
        ("*/read", READ, true),
        ("*/READ", "Microsoft.Storage/storageAccounts/Read", true),
        ("Microsoft.MachineLearningServices/workspaces/*/read", READ, true),
        ("Microsoft.MachineLearningServices/workspaces/*/write", READ, false),
        ("a/*/b/*/c", "a/b/c", true),
        ("a/*/b/*/c", "a/x/b/y/z/c", true),
        ("a/*/c", "ac", false),
        ("a/*", "a", false),
        ("Microsoft.MachineLearningServices/workspaces/*", READ, true),
        ("Microsoft.Authorization/*/Write", "microsoft.authorization/roleAssignments/write", true),
        ("Microsoft.Authorization/*/Write", "Microsoft.Authorization/write", true),
        ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false),
        ("", "a", false),
        ("a**", "a", true),
    ];
    for (pattern, action, expected) in cases {
        assert_eq!(fits(pattern, action), expected, "{pattern} {action}");
    }
}

#[test]
fn a_scope_has_its_parents() {
    let mut above = Vec::new();
    let child = format!("{WORKSPACE}/computes/c").to_lowercase();
    facts(&[]).climb(&child, |at| {
        above.push(at.to_owned());
        None::<()>
    });
    assert_eq!(
        above,
        [
            child.as_str(),
            &WORKSPACE.to_lowercase(),
            "/subscriptions/s1/resourcegroups/rg",
            "/subscriptions/s1",
            &GROUP.to_lowercase(),
            "/providers/microsoft.management/managementgroups/root",
            "/",
        ]
    );
}

#[test]
fn a_role_holds_at_its_scope_and_below_and_nowhere_else() {
    for scope in ["/", GROUP, SUBSCRIPTION, "/subscriptions/s1/resourcegroups/rg", WORKSPACE] {
        let facts = facts(&[assignment("eve", "Reader", scope)]);
        assert_eq!(judge(&facts, "EVE", READ, WORKSPACE, false), Verdict::Allowed, "{scope}");
        assert_eq!(judge(&facts, "bob", READ, WORKSPACE, false), Verdict::NotGranted, "{scope}");
    }
    let facts = facts(&[assignment("eve", "Reader", WORKSPACE)]);
    for scope in
        [STORAGE, SUBSCRIPTION, GROUP, "/subscriptions/s1/resourceGroups/RG", &format!("{WORKSPACE}2")]
    {
        assert_eq!(judge(&facts, "eve", READ, scope, false), Verdict::NotGranted, "{scope}");
    }
    assert!(facts.reader("eve").touches(SUBSCRIPTION));
    assert!(!facts.reader("eve").touches("/subscriptions/s2"));
    assert!(!facts.reader("bob").touches(SUBSCRIPTION));
}

#[test]
fn nested_groups_grant_even_in_a_circle() {
    let facts = facts(&[assignment("all", "Reader", SUBSCRIPTION)]);
    assert_eq!(judge(&facts, "ada", READ, WORKSPACE, false), Verdict::Allowed);
    assert_eq!(facts.reader("ada").principals(), ["ada", "team", "all", "loop", "team2"]);
}

#[test]
fn a_role_takes_away_what_its_not_actions_name_and_another_role_gives_it() {
    let write = "Microsoft.MachineLearningServices/workspaces/computes/write";
    let scientist = assignment("eve", "AzureML Data Scientist", WORKSPACE);
    let operator = assignment("eve", "AzureML Compute Operator", WORKSPACE);
    assert_eq!(
        judge(&facts(std::slice::from_ref(&scientist)), "eve", write, WORKSPACE, false),
        Verdict::NotGranted
    );
    assert_eq!(judge(&facts(&[scientist, operator]), "eve", write, WORKSPACE, false), Verdict::Allowed);
}

#[test]
fn owners_of_everything_have_no_data_actions() {
    let facts =
        facts(&[assignment("eve", "Owner", "/"), assignment("bob", "Storage Blob Data Reader", STORAGE)]);
    assert_eq!(judge(&facts, "eve", READ_BLOB, STORAGE, true), Verdict::NotGranted);
    assert_eq!(judge(&facts, "bob", READ_BLOB, STORAGE, true), Verdict::Allowed);
    assert_eq!(judge(&facts, "bob", WRITE_BLOB, STORAGE, true), Verdict::NotGranted);
    assert_eq!(judge(&facts, "bob", READ_BLOB, STORAGE, false), Verdict::NotGranted);
}

#[test]
fn a_deny_assignment_wins_over_any_role_but_spares_the_excluded() {
    let denial = |more: Value| {
        let mut document = json!({
            "id": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/denyAssignments/d1"),
            "type": "Microsoft.Authorization/denyAssignments",
            "properties": {
                "scope": "/subscriptions/s1", "principals": [{"id": EVERYBODY, "type": "SystemDefined"}],
                "excludePrincipals": [{"id": "team", "type": "Group"}],
                "permissions": [{"actions": ["*/delete"], "notActions": []}],
            },
        });
        for (key, value) in more.as_object().unwrap() {
            document["properties"][key] = value.clone();
        }
        document
    };
    let owners = [assignment("eve", "Owner", "/"), assignment("ada", "Owner", "/")];
    let delete = "Microsoft.MachineLearningServices/workspaces/delete";
    let mut with = facts(&[&owners[..], &[denial(json!({}))]].concat());
    assert!(matches!(judge(&with, "eve", delete, WORKSPACE, false), Verdict::Denied { .. }));
    assert_eq!(judge(&with, "eve", READ, WORKSPACE, false), Verdict::Allowed);
    assert_eq!(judge(&with, "ada", delete, WORKSPACE, false), Verdict::Allowed, "excluded through a group");
    with.put(&denial(json!({"doNotApplyToChildScopes": true})));
    assert_eq!(judge(&with, "eve", delete, WORKSPACE, false), Verdict::Allowed);
    assert!(!judge(&with, "eve", delete, SUBSCRIPTION, false).is_allowed());
}

#[test]
fn a_condition_concerns_the_actions_that_it_names() {
    let mut conditional = assignment("eve", "Storage Blob Data Contributor", STORAGE);
    conditional["properties"]["condition"] = json!(format!(
        "((!(ActionMatches{{'{WRITE_BLOB}'}})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'out'))"
    ));
    let facts = facts(std::slice::from_ref(&conditional));
    assert_eq!(judge(&facts, "eve", READ_BLOB, STORAGE, true), Verdict::Allowed);
    assert!(matches!(judge(&facts, "eve", WRITE_BLOB, STORAGE, true), Verdict::AllowedIf { .. }));
}

#[test]
fn facts_follow_what_is_written_and_deleted() {
    let mut facts = facts(&[]);
    let grant = assignment("eve", "Reader", WORKSPACE);
    facts.put(&grant);
    facts.put(&grant);
    assert!(judge(&facts, "eve", READ, WORKSPACE, false).is_allowed());
    assert_eq!(facts.reader("eve").permissions(WORKSPACE)[0]["actions"], json!(["*/read"]));
    facts.remove(&grant["id"].as_str().unwrap().to_uppercase());
    assert_eq!(judge(&facts, "eve", READ, WORKSPACE, false), Verdict::NotGranted);
    assert!(facts.reader("eve").permissions(WORKSPACE).is_empty());
}

#[test]
fn what_the_estate_refuses_nobody_reads() {
    let mut facts = facts(&[assignment("eve", "Owner", "/")]);
    facts.put_refusals(&[Refusal {
        scope: STORAGE.to_owned(),
        kind: super::super::estate::RefusalKind::Forbidden,
    }]);
    assert_eq!(
        judge(&facts, "eve", "Microsoft.Storage/storageAccounts/read", STORAGE, false),
        Verdict::Refused
    );
    assert_eq!(judge(&facts, "eve", READ, WORKSPACE, false), Verdict::Allowed);
}

#[test]
fn an_action_of_many_scopes_is_asked_once() {
    let facts = facts(&[assignment("eve", "Reader", WORKSPACE)]);
    let reader = facts.reader("eve");
    let question = reader.asking(READ, false);
    assert!(question.is_allowed(WORKSPACE));
    assert!(!question.is_allowed(STORAGE));
}

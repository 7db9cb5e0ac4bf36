use super::super::permission::Plane;
use super::*;
use serde_json::json;

const READ: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const WRITE: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
const GRANT: &str = "Microsoft.Authorization/roleAssignments/write";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn data(action: &'static str) -> Act {
    Act { plane: Plane::Data, action: action.into() }
}

fn roles() -> Roles {
    let mut roles = Roles::default();
    let id = format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}");
    roles.add([serde_json::from_value(
        json!({"id": id, "name": READER, "properties": {"roleName": "Reader", "type": "BuiltInRole"}}),
    )
    .unwrap()]);
    roles
}

/// A condition, an action, what the one does to the other, and the words.
fn cases() -> Vec<(String, &'static str, Bearing, &'static str)> {
    use Bearing::{Depends, Fails, Holds};
    let container =
        "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'out'";
    let standard = format!("((!(ActionMatches{{'{READ}'}})) OR ({container}))");
    let listing = format!(
        "((!(ActionMatches{{'{READ}'}} AND NOT SubOperationMatches{{'Blob.List'}})) OR ({container}))"
    );
    let tag = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags:Project<$key_case_sensitive$>] StringEqualsIgnoreCase 'Cascade'";
    let delegation = format!(
        "((!(ActionMatches{{'{GRANT}'}})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}, 8e3af657-a8ff-443c-a75c-2fe8c4bcb635}} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User', 'ServicePrincipal'}}))"
    );
    vec![
        (standard.clone(), READ, Depends, "the container's name is out"),
        (standard.clone(), WRITE, Holds, "always"),
        (standard.to_lowercase().replace("or", "||").replace("stringequals", "StringEquals"), WRITE, Holds, "always"),
        (listing.clone(), READ, Depends, "the operation is Blob.List or the container's name is out"),
        (listing, WRITE, Holds, "always"),
        ("ActionMatches{'*/read'}".to_owned(), READ, Holds, "always"),
        ("ActionMatches{'*/read'}".to_owned(), WRITE, Fails, "never for this action"),
        ("NOT ActionMatches{'*'}".to_owned(), WRITE, Fails, "never for this action"),
        (format!("{tag} AND ActionMatches{{'*/read'}}"), READ, Depends, "the blob's tag Project is Cascade"),
        (format!("{tag} && ActionMatches{{'*/read'}}"), WRITE, Fails, "never for this action"),
        (delegation.clone(), GRANT, Depends, "the role is one of Reader, 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 and the type of the principal is one of User, ServicePrincipal"),
        (delegation, READ, Holds, "always"),
        (
            "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {8e3af657-a8ff-443c-a75c-2fe8c4bcb635}".to_owned(),
            GRANT, Depends, "the role is none of 8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        ),
        (
            "@Environment[UtcNow] DateTimeGreaterThan '2027-01-01T00:00:00.0Z' OR @Environment[isPrivateLink] BoolEquals true".to_owned(),
            READ, Depends, "the time is after 2027-01-01T00:00:00.0Z or the use of a private link is true",
        ),
        (
            "Exists @Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Team_Name] AND !(@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Team_Name] StringLike 'x*')".to_owned(),
            READ, Depends, "the principal's Team_Name is there and not (the principal's Team_Name is like x*)",
        ),
    ]
}

#[test]
fn what_a_condition_does_follows_from_the_action_as_far_as_it_decides() {
    for (text, action, bearing, words) in cases() {
        let condition = Condition::parse(&text);
        assert_eq!(condition.bearing(&data(action)), bearing, "{text} on {action}");
        assert_eq!(condition.words(&data(action), &roles()), words, "{text} on {action}");
    }
}

#[test]
fn what_is_not_understood_is_given_as_it_was_written_and_may_do_anything() {
    for text in [
        "",
        "(",
        "@Resource[x",
        "a b",
        "ActionMatches{}",
        "'open",
        "x StringEquals 'y' and",
        "() #",
        "{,} Equals 'a'",
    ] {
        let condition = Condition::parse(text);
        assert_eq!(condition.bearing(&data(READ)), Bearing::Depends, "{text}");
        assert!(condition.words(&data(READ), &roles()).ends_with(text.trim()), "{text}");
    }
    let deep = format!("{}ActionMatches{{'*'}}{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(Condition::parse(&deep).bearing(&data(READ)), Bearing::Depends);
    let long = vec!["ActionMatches{'*'}"; 5_000].join(" OR ");
    assert_eq!(Condition::parse(&long).bearing(&data(READ)), Bearing::Depends);
}

#[test]
fn a_condition_lets_give_the_roles_that_it_names_or_all_but_those() {
    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    const OTHER: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    let role = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";
    let of = |what: &str| Condition::parse(&format!("((!(ActionMatches{{'{GRANT}'}})) OR ({role} {what}))"));
    let act = Act::control(GRANT);
    let admits = |condition: &Condition| {
        [Some(READER), Some(OWNER), Some(OTHER), None].map(|role| condition.admits(&act, role))
    };
    let only = of(&format!("ForAnyOfAnyValues:GuidEquals {{{READER}, {OWNER}}}"));
    assert_eq!((admits(&only), only.roles()), ([true, true, false, false], vec![READER, OWNER]));
    let but = of(&format!("ForAnyOfAllValues:GuidNotEquals {{{READER}, {OWNER}}}"));
    assert_eq!(admits(&but), [false, false, true, true]);
    let unclear = of(&format!("ForAnyOfAnyValues:GuidNotEquals {{{READER}, {OWNER}}}"));
    assert_eq!(admits(&unclear), [true; 4], "what is not understood may hold");
    assert!(only.admits(&Act::control("x/delete"), Some(OTHER)), "another action is left alone");
}

//! Azure's documented rules, case by case, and what must hold of any evidence.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::testing::{ALL, NOW, OWNER, World, id, storage, workspace};
use super::{Act, Gap, GapKind, Reason, Refusal, Verdict};
use crate::azure::arm::id::ArmId;

const ML: &str = "Microsoft.MachineLearningServices/workspaces";
const BLOB_READ: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const BLOB_WRITE: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const NO: Verdict = Verdict::Denied(Refusal::NoGrant);
const FORBIDDEN: Verdict = Verdict::Denied(Refusal::DenyAssignment);

fn ml(action: &str) -> Act {
    Act::control(format!("{ML}/{action}"))
}

fn scientist() -> Value {
    let actions = ["read", "action", "delete", "write"].map(|verb| format!("{ML}/*/{verb}"));
    json!({
        "actions": actions,
        "notActions": [format!("{ML}/delete"), format!("{ML}/write"), format!("{ML}/computes/*/write"), format!("{ML}/computes/*/delete"), format!("{ML}/listKeys/action")],
    })
}

/// A world with the roles of the cases.
fn world() -> World {
    World::new()
        .role("scientist", "AzureML Data Scientist", &scientist())
        .role("operator", "AzureML Compute Operator", &json!({"actions": [format!("{ML}/computes/*")]}))
        .role("blobs", "Storage Blob Data Reader", &json!({"dataActions": [BLOB_READ]}))
        .role("both", "Two permissions", &json!({"actions": []}))
        .role_of(
            "two",
            "Two permissions",
            &json!([{"actions": ["*"], "notActions": ["*/write"]}, {"actions": [format!("{ML}/jobs/write")]}]),
        )
}

fn group() -> ArmId {
    id("/subscriptions/s1/resourceGroups/rg")
}

#[test]
fn azures_documented_rules() {
    let w = world;
    let everybody = json!([{"id": ALL, "type": "SystemDefined"}]);
    let jobs = ml("jobs/write");
    let cases: Vec<(&str, World, &str, Act, ArmId, Verdict)> = vec![
        ("nothing is allowed by itself", w(), "ada", ml("read"), workspace(), NO),
        ("a role at the scope", w().assign("ada", READER, &workspace()), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("ids have no case", w().assign("ADA", &READER.to_uppercase(), &id(&workspace().as_str().to_uppercase())), "Ada", Act::control(format!("{ML}/READ").to_uppercase()), workspace(), Verdict::Allowed),
        ("what is above holds below", w().assign("ada", READER, &id("/subscriptions/S1")), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("... the group", w().assign("ada", READER, &group()), "ada", ml("computes/read"), workspace(), Verdict::Allowed),
        ("... the root", w().assign("ada", READER, &id("/")), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("... a management group that the list showed", w().assign("ada", READER, &ArmId::management_group("top")), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("what is below does not hold above", w().assign("ada", READER, &workspace()), "ada", ml("read"), group(), NO),
        ("... nor beside it", w().assign("ada", READER, &workspace()), "ada", ml("read"), storage(), NO),
        ("a name that begins alike is another one", w().assign("ada", READER, &id(&format!("{}2", workspace()))), "ada", ml("read"), workspace(), NO),
        ("the definition takes out what its notActions name", w().assign("ada", "scientist", &workspace()), "ada", ml("computes/write"), workspace(), NO),
        ("... but not from another role", w().assign("ada", "scientist", &workspace()).assign("ada", "operator", &group()), "ada", ml("computes/write"), workspace(), Verdict::Allowed),
        ("... whichever comes first", w().assign("ada", "operator", &group()).assign("ada", "scientist", &workspace()), "ada", ml("computes/write"), workspace(), Verdict::Allowed),
        ("... nor from another permission of the same role", w().assign("ada", "two", &workspace()), "ada", jobs.clone(), workspace(), Verdict::Allowed),
        ("... of the same permission it does", w().assign("ada", "two", &workspace()), "ada", ml("write"), workspace(), NO),
        ("a star between slashes stands for nothing too", w().assign("ada", "scientist", &workspace()), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("a star in the middle", w().assign("ada", "scientist", &workspace()), "ada", ml("onlineEndpoints/deployments/write"), workspace(), Verdict::Allowed),
        ("data actions are never implied", w().assign("ada", OWNER, &id("/")), "ada", Act::data(BLOB_READ), storage(), NO),
        ("... they are allowed as such", w().assign("ada", "blobs", &storage()), "ada", Act::data(BLOB_READ), storage(), Verdict::Allowed),
        ("... and imply no action", w().assign("ada", "blobs", &storage()), "ada", Act::control(BLOB_READ), storage(), NO),
        ("a role through a group", w().assign("g1", READER, &workspace()).group("g1", &["ada"]), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("... for its members only", w().assign("g1", READER, &workspace()).group("g1", &["ada"]), "bob", ml("read"), workspace(), NO),
        ("... for the group itself", w().assign("g1", READER, &workspace()).group("g1", &["ada"]), "g1", ml("read"), workspace(), Verdict::Allowed),
        ("deny beats allow", w().assign("ada", OWNER, &workspace()).deny(&group(), json!({"permissions": [{"actions": ["*/write"]}], "principals": [{"id": "ada", "type": "User"}]})), "ada", jobs.clone(), workspace(), FORBIDDEN),
        ("... only what it covers", w().assign("ada", OWNER, &workspace()).deny(&group(), json!({"permissions": [{"actions": ["*/write"]}], "principals": everybody})), "ada", ml("delete"), workspace(), Verdict::Allowed),
        ("... less its own notActions", w().assign("ada", OWNER, &workspace()).deny(&group(), json!({"permissions": [{"actions": ["*"], "notActions": ["*/write"]}], "principals": everybody})), "ada", jobs.clone(), workspace(), Verdict::Allowed),
        ("... of its plane", w().assign("ada", OWNER, &workspace()).deny(&group(), json!({"permissions": [{"dataActions": ["*"]}], "principals": everybody})), "ada", jobs.clone(), workspace(), Verdict::Allowed),
        ("... everybody", w().assign("ada", OWNER, &workspace()).deny(&group(), json!({"permissions": [{"actions": ["*/write"]}], "principals": everybody})), "ada", jobs.clone(), workspace(), FORBIDDEN),
        ("... but the excluded", w().assign("ada", OWNER, &workspace()).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": everybody, "excludePrincipals": [{"id": "ADA"}]})), "ada", jobs.clone(), workspace(), Verdict::Allowed),
        ("... and their groups", w().assign("ada", OWNER, &workspace()).group("g1", &["ada"]).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": everybody, "excludePrincipals": [{"id": "g1", "type": "Group"}]})), "ada", jobs.clone(), workspace(), Verdict::Allowed),
        ("... through a group", w().assign("ada", OWNER, &workspace()).group("g1", &["ada"]).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": [{"id": "g1", "type": "Group"}]})), "ada", jobs.clone(), workspace(), FORBIDDEN),
        ("a deny assignment that is for its own scope only", w().assign("ada", OWNER, &id("/")).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": everybody, "doNotApplyToChildScopes": true})), "ada", jobs.clone(), workspace(), Verdict::Allowed),
        ("... there", w().assign("ada", OWNER, &id("/")).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": everybody, "doNotApplyToChildScopes": true})), "ada", jobs.clone(), group(), FORBIDDEN),
        ("a deny assignment gives nothing", w().deny(&group(), json!({"permissions": [{"notActions": ["*"]}], "principals": everybody})), "ada", jobs.clone(), workspace(), NO),
        ("an eligible role is not held", w().eligible("ada", READER, &group(), json!({})), "ada", ml("read"), workspace(), Verdict::AfterActivation),
        ("... nor could be after its end", w().eligible("ada", READER, &group(), json!({"endDateTime": NOW})), "ada", ml("read"), workspace(), NO),
        ("... nor before it begins", w().eligible("ada", READER, &group(), json!({"startDateTime": "2026-12-01T00:00:00Z"})), "ada", ml("read"), workspace(), NO),
        ("... through a group", w().eligible("g1", READER, &group(), json!({})).group("g1", &["ada"]), "ada", ml("read"), workspace(), Verdict::AfterActivation),
        ("... and a role that is held is better", w().eligible("ada", READER, &group(), json!({})).assign("ada", OWNER, &workspace()), "ada", ml("read"), workspace(), Verdict::Allowed),
        ("... no activation beats a deny assignment", w().eligible("ada", OWNER, &group(), json!({})).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": everybody})), "ada", ml("read"), workspace(), FORBIDDEN),
        ("a condition on the action", w().assign_with("ada", "blobs", &storage(), json!({"condition": format!("@Resource[{ML}:name] StringEquals 'a'")})), "ada", Act::data(BLOB_READ), storage(), Verdict::Conditional),
        ("... on another one", w().assign_with("ada", "blobs", &storage(), json!({"condition": format!("!(ActionMatches{{'{BLOB_WRITE}'}}) OR @Resource[x:y] StringEquals 'a'")})), "ada", Act::data(BLOB_READ), storage(), Verdict::Allowed),
        ("... that never holds", w().assign_with("ada", "blobs", &storage(), json!({"condition": format!("ActionMatches{{'{BLOB_WRITE}'}}")})), "ada", Act::data(BLOB_READ), storage(), NO),
        ("... beside a role without one", w().assign_with("ada", "blobs", &storage(), json!({"condition": "@Resource[x:y] StringEquals 'a'"})).assign("ada", "blobs", &storage()), "ada", Act::data(BLOB_READ), storage(), Verdict::Allowed),
        ("... of a deny assignment", w().assign("ada", OWNER, &group()).deny(&group(), json!({"permissions": [{"actions": ["*"]}], "principals": everybody, "condition": "@Resource[x:y] StringEquals 'a'"})), "ada", jobs, workspace(), Verdict::Conditional),
    ];
    for (name, world, principal, act, scope, expected) in cases {
        let decision = world.decide(principal, &act, &scope);
        assert_eq!(decision.verdict, expected, "{name}: {:?}", decision.reasons);
    }
}

#[test]
fn an_assignment_that_has_ended_does_not_count() {
    for (ends, expected) in [("2026-11-22T13:00:00Z", Verdict::Allowed), (NOW, NO)] {
        let mut world = world().assign("ada", READER, &group());
        let active = json!({"id": "/a", "properties": {
            "originRoleAssignmentId": world.evidence.assignments()[0].id, "assignmentType": "Activated", "endDateTime": ends}});
        world.evidence.add_active(&workspace(), [serde_json::from_value(active).unwrap()]);
        assert_eq!(world.verdict("ada", &ml("read"), &workspace()), expected, "{ends}");
    }
}

#[test]
fn what_could_not_be_read_is_never_a_no_and_never_a_yes() {
    let gap = |what| Gap::new(what, Some(workspace()), "you may not");
    let unread_members = || world().assign("g1", READER, &workspace());
    let mut refused = unread_members();
    refused.evidence.members.refuse("g1", "Authorization_RequestDenied");
    let mut no_denies = World::unread();
    no_denies.evidence.roles = world().evidence.roles;
    no_denies.evidence.add_assignments(&workspace(), []);
    no_denies.evidence.add_gap(gap(GapKind::Denies));
    let no_denies = no_denies.assign("ada", READER, &workspace());
    let mut no_assignments = World::unread();
    no_assignments.evidence.add_denies(&workspace(), []);
    no_assignments.evidence.add_gap(gap(GapKind::Assignments));
    let mut hidden = world();
    hidden.evidence.add_gap(Gap::new(GapKind::Above, None, "they are hidden"));
    let denied_group = world().assign("ada", OWNER, &workspace()).deny(
        &group(),
        json!({"permissions": [{"actions": ["*"]}], "principals": [{"id": "g9", "type": "Group"}]}),
    );
    let spared_group = world().assign("ada", OWNER, &workspace()).deny(
        &group(),
        json!({"permissions": [{"actions": ["*"]}], "principals": [{"id": ALL}], "excludePrincipals": [{"id": "g9", "type": "Group"}]}),
    );
    let cases: Vec<(&str, World, GapKind)> = vec![
        ("an unread group", unread_members(), GapKind::Members("g1".into())),
        ("a refused group", refused, GapKind::Members("g1".into())),
        ("an unread role", world().assign("ada", "secret", &workspace()), GapKind::Definitions),
        ("unread deny assignments", no_denies, GapKind::Denies),
        ("unread role assignments", no_assignments, GapKind::Assignments),
        ("what is hidden above", hidden, GapKind::Above),
        ("a group that may be denied", denied_group, GapKind::Members("g9".into())),
        ("a group that may be spared", spared_group, GapKind::Members("g9".into())),
    ];
    for (name, world, what) in cases {
        let decision = world.decide("ada", &ml("read"), &workspace());
        assert_eq!(decision.verdict, Verdict::CannotTell, "{name}: {:?}", decision.reasons);
        let gaps: Vec<&GapKind> =
            decision.reasons.iter().filter_map(Reason::gap).map(|gap| &gap.what).collect();
        assert!(gaps.contains(&&what), "{name}: {gaps:?}");
    }
}

#[test]
fn what_could_not_be_read_and_decides_nothing_keeps_from_no_answer() {
    let held = world().assign("ada", READER, &workspace());
    let unread = |world: World| world.assign("g1", READER, &workspace());
    assert_eq!(
        unread(held.clone()).verdict("ada", &ml("read"), &workspace()),
        Verdict::Allowed,
        "held anyway"
    );
    assert_eq!(
        unread(world()).verdict("ada", &ml("write"), &workspace()),
        NO,
        "the group's role does not say so"
    );
    let mut pim = held;
    pim.evidence.add_gap(Gap::new(GapKind::Active, None, "no licence"));
    assert_eq!(pim.verdict("ada", &ml("read"), &workspace()), Verdict::Allowed);
    let nested = world().assign("g1", READER, &workspace()).group("g2", &["bob", "g1"]);
    assert_eq!(
        nested.verdict("ada", &ml("read"), &workspace()),
        NO,
        "who is not in the outer group is not in it"
    );
    assert_eq!(nested.verdict("bob", &ml("read"), &workspace()), Verdict::CannotTell);
}

#[test]
fn a_management_group_counts_only_where_a_list_showed_it() {
    let other = id("/subscriptions/s2/resourceGroups/rg");
    let mut world = world().assign("ada", READER, &ArmId::management_group("top"));
    world.evidence.add_assignments(&other, []);
    world.evidence.add_denies(&other, []);
    world.evidence.add_eligible(&other, []);
    assert_eq!(world.verdict("ada", &ml("read"), &storage()), Verdict::Allowed, "the same subscription");
    assert_eq!(world.verdict("ada", &ml("read"), &other), NO);
}

#[test]
fn a_path_of_groups_is_told_only_where_nothing_else_can_be_between() {
    let held = || world().assign("g9", READER, &group());
    let path = |world: &World| match &world.decide("ada", &ml("read"), &workspace()).reasons[0] {
        Reason::Granted { chain, .. } => {
            let nested = if chain.path.nested { "nested in " } else { "" };
            format!("{nested}{}", chain.path.groups.join(" > "))
        }
        other => panic!("{other:?}"),
    };
    for (name, world, expected) in [
        ("in it herself", held().group("g9", &["ada", "bob"]), "g9"),
        ("in a group in it", held().group("g9", &["ada", "g1"]).group("g1", &["ada"]), "g1 > g9"),
        (
            "five deep",
            held()
                .group("g9", &["ada", "g1", "g2", "g3", "g4"])
                .group("g4", &["ada", "g1", "g2", "g3"])
                .group("g3", &["ada", "g1", "g2"])
                .group("g2", &["ada", "g1"])
                .group("g1", &["ada"]),
            "g1 > g2 > g3 > g4 > g9",
        ),
        (
            "a group beside, without her",
            held().group("g9", &["ada", "g1", "bob"]).group("g1", &["bob"]),
            "g9",
        ),
        ("a group in it that was not read", held().group("g9", &["ada", "g1"]), "nested in g9"),
        (
            "... that cannot be on the way",
            held().group("g9", &["ada", "g1", "g2"]).group("g1", &["ada", "g2"]),
            "nested in g9",
        ),
        (
            "groups in a circle",
            held().group("g9", &["ada", "g1", "g2"]).group("g1", &["ada", "g2"]).group("g2", &["ada", "g1"]),
            "nested in g9",
        ),
        (
            "two ways: one of them",
            held().group("g9", &["ada", "g1", "g2"]).group("g1", &["ada"]).group("g2", &["ada"]),
            "g1 > g9",
        ),
    ] {
        assert_eq!(path(&world), expected, "{name}");
    }
}

#[test]
fn an_answer_has_the_chain_that_decides_it() {
    let world = world()
        .assign("g3", "scientist", &group())
        .assign("g1", "blobs", &workspace())
        .group("g1", &["ada"])
        .group("g2", &["ada", "g1"])
        .group("g3", &["ada", "g1", "g2"]);
    let decision = world.decide("Ada", &ml("jobs/write"), &workspace());
    let Reason::Granted { chain, pattern, until: None } = &decision.reasons[0] else {
        panic!("{:?}", decision.reasons);
    };
    assert_eq!(
        (chain.principal.as_str(), &chain.path.groups[..]),
        ("ada", &["g1", "g2", "g3"].map(String::from)[..])
    );
    assert_eq!((chain.role.label(), &chain.scope), ("AzureML Data Scientist", &group()));
    assert_eq!(pattern, &format!("{ML}/*/write"));
    let decision = world.decide("ada", &ml("computes/write"), &workspace());
    assert!(
        matches!(&decision.reasons[0], Reason::TakenOut { out, .. } if out.ends_with("computes/*/write"))
    );
}

const ACTS: [&str; 5] = ["read", "write", "delete", "computes/write", "jobs/write"];
const PRINCIPALS: [&str; 5] = ["ada", "bob", "g1", "g2", "g3"];

fn scope(number: usize) -> ArmId {
    [id("/"), ArmId::management_group("top"), id("/subscriptions/s1"), group(), workspace(), storage()]
        [number % 6]
        .clone()
}

/// Something that is added to a world.
#[derive(Debug, Clone)]
enum Fact {
    Assign(usize, usize, usize, bool),
    Eligible(usize, usize, usize),
    Deny(usize, usize, Option<usize>, usize, bool),
    Group(usize, Vec<usize>),
}

const ROLES: [&str; 5] = [OWNER, READER, "scientist", "operator", "unread"];

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        4 => (0..5_usize, 0..5_usize, 0..6_usize, any::<bool>()).prop_map(|(p, r, s, c)| Fact::Assign(p, r, s, c)),
        1 => (0..5_usize, 0..5_usize, 0..6_usize).prop_map(|(p, r, s)| Fact::Eligible(p, r, s)),
        2 => (0..6_usize, 0..5_usize, proptest::option::of(0..5_usize), 0..6_usize, any::<bool>()).prop_map(|(p, a, x, s, h)| Fact::Deny(p, a, x, s, h)),
        2 => (2..5_usize, proptest::collection::vec(0..5_usize, 0..4)).prop_map(|(g, m)| Fact::Group(g, m)),
    ]
}

fn add(world: World, fact: &Fact, upper: bool) -> World {
    let case = |text: &str| if upper { text.to_uppercase() } else { text.to_owned() };
    match fact {
        Fact::Assign(principal, role, at, condition) => {
            let more = match condition {
                true => {
                    json!({"condition": format!("!(ActionMatches{{'{ML}/write'}}) OR @Resource[x:y] StringEquals 'a'")})
                }
                false => json!({}),
            };
            world.assign_with(&case(PRINCIPALS[*principal]), &case(ROLES[*role]), &scope(*at), more)
        }
        Fact::Eligible(principal, role, at) => {
            world.eligible(&case(PRINCIPALS[*principal]), &case(ROLES[*role]), &scope(*at), json!({}))
        }
        Fact::Deny(principal, act, excluded, at, here) => {
            let principal = PRINCIPALS.get(*principal).copied().unwrap_or(ALL);
            let kind = |id: &str| if id.starts_with('g') { "Group" } else { "User" };
            let named = |id: &str| json!({"id": case(id), "type": kind(id)});
            let excluded: Vec<Value> = excluded.iter().map(|at| named(PRINCIPALS[*at])).collect();
            world.deny(&scope(*at), json!({
                "permissions": [{"actions": [case(&format!("{ML}/{}", ACTS[*act]))]}],
                "principals": [named(principal)], "excludePrincipals": excluded, "doNotApplyToChildScopes": here}))
        }
        Fact::Group(group, members) => {
            let members: Vec<String> = members.iter().map(|member| case(PRINCIPALS[*member])).collect();
            world.group(&case(PRINCIPALS[*group]), &members.iter().map(String::as_str).collect::<Vec<_>>())
        }
    }
}

fn of(facts: &[Fact], upper: bool) -> World {
    facts.iter().fold(world(), |world, fact| add(world, fact, upper))
}

fn answers(world: &World) -> Vec<Verdict> {
    let access = world.access();
    let mut found = Vec::new();
    for principal in PRINCIPALS {
        for act in ACTS {
            for at in 0..6 {
                found.push(access.verdict(principal, &ml(act), &scope(at)));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_added_assignment_never_takes_away(facts in proptest::collection::vec(fact(), 0..10), principal in 0..5_usize, role in 0..5_usize, at in 0..6_usize) {
        let before = of(&facts, false);
        let after = answers(&add(before.clone(), &Fact::Assign(principal, role, at, false), false));
        for (before, after) in answers(&before).into_iter().zip(after) {
            // Where a role is added that was not read, whatever is no yes becomes "cannot tell".
            prop_assert!(after <= before || after == Verdict::CannotTell && before > Verdict::Allowed, "{before:?} {after:?}");
        }
    }

    #[test]
    fn an_added_deny_assignment_never_gives(facts in proptest::collection::vec(fact(), 0..10), principal in 0..6_usize, act in 0..5_usize, at in 0..6_usize, here in any::<bool>()) {
        let before = of(&facts, false);
        let after = answers(&add(before.clone(), &Fact::Deny(principal, act, None, at, here), false));
        for (before, after) in answers(&before).into_iter().zip(after) {
            prop_assert!(after >= before, "{before:?} {after:?}");
        }
    }

    #[test]
    fn order_and_case_do_not_matter(facts in proptest::collection::vec(fact(), 0..10)) {
        let mut turned: Vec<Fact> = facts.clone();
        // Of two readings of one group the last one counts: their order is kept.
        turned.sort_by_key(|fact| !matches!(fact, Fact::Group(..)));
        let groups = turned.iter().filter(|fact| matches!(fact, Fact::Group(..))).count();
        turned[groups..].reverse();
        prop_assert_eq!(answers(&of(&facts, false)), answers(&of(&turned, true)));
    }
}

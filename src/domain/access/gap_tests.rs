//! What could not be read: what it does to every kind of answer, and that it never makes one up.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::testing::{ALL, OWNER, World, id, now, storage, targets, vault, workspace};
use super::*;
use crate::azure::arm::id::ArmId;

const ML: &str = "Microsoft.MachineLearningServices/workspaces";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const NO: Verdict = Verdict::Denied(Refusal::NoGrant);
const FORBIDDEN: Verdict = Verdict::Denied(Refusal::DenyAssignment);

fn subscription() -> ArmId {
    id("/subscriptions/s1")
}

fn read() -> Act {
    Act::control(format!("{ML}/read"))
}

/// Something that was not read.
#[derive(Debug, Clone)]
enum Lack {
    /// The lists of one kind at the workspace; what others showed is known all the same.
    Assignments,
    Denies,
    Eligible,
    /// Those lists, and all that was in them.
    AllAssignments,
    AllDenies,
    AllEligible,
    /// Who is in a group.
    Members(&'static str),
    /// A role definition.
    Definition(&'static str),
    /// Only that something else could not be read.
    Gap(GapKind),
}

/// The evidence of a world without what lacks.
fn without(world: &World, lack: &Lack) -> Evidence {
    let whole = &world.evidence;
    let mut left = Evidence::default();
    let roles = whole
        .roles
        .iter()
        .filter(|role| !matches!(lack, Lack::Definition(guid) if role.id.name().eq_ignore_ascii_case(guid)));
    left.roles.add(roles.cloned());
    for (group, membership) in whole.members.iter() {
        match membership {
            Membership::Known(members) if !matches!(lack, Lack::Members(lost) if *lost == group) => {
                left.members.know(group, members.iter().cloned());
            }
            _ => left.members.refuse(group, "you may not"),
        }
    }
    for at in [workspace(), storage(), vault()] {
        let here = at == workspace();
        if !(here && matches!(lack, Lack::Assignments) || matches!(lack, Lack::AllAssignments)) {
            left.add_assignments(&at, whole.assignments().iter().cloned());
        }
        if !(here && matches!(lack, Lack::Denies) || matches!(lack, Lack::AllDenies)) {
            left.add_denies(&at, whole.denies().iter().cloned());
        }
        if !(here && matches!(lack, Lack::Eligible) || matches!(lack, Lack::AllEligible)) {
            left.add_eligible(&at, whole.eligible().iter().cloned());
        }
    }
    if let Lack::Gap(kind) = lack {
        left.add_gap(Gap::new(kind.clone(), None, "you may not"));
    }
    left
}

fn ask(evidence: Evidence, principal: &str, act: &Act) -> Decision {
    Access::new(Arc::new(evidence), now()).decide(principal, act, &workspace())
}

#[test]
fn every_kind_of_gap_keeps_from_those_answers_that_it_could_change_and_from_no_other() {
    let condition = json!({"condition": "@Resource[x:y] StringEquals 'a'"});
    let everybody = json!({"permissions": [{"actions": ["*"]}], "principals": [{"id": ALL}]});
    let empty = World::new;
    let answers: [(Verdict, World); 5] = [
        (Verdict::Allowed, empty().assign("ada", READER, &subscription())),
        (Verdict::Conditional, empty().assign_with("ada", READER, &subscription(), condition)),
        (Verdict::AfterActivation, empty().eligible("ada", READER, &subscription(), json!({}))),
        (NO, empty()),
        (FORBIDDEN, empty().assign("ada", READER, &subscription()).deny(&subscription(), everybody)),
    ];
    let of_group = |deny: &str| {
        let named = json!([{"id": "g1", "type": "Group"}]);
        json!({"permissions": [{"actions": ["*"]}], deny: named})
    };
    let plain = |world: World| world;
    let holds = |world: World| world.assign("g1", READER, &subscription()).group("g1", &["bob"]);
    let could = |world: World| world.eligible("g1", READER, &subscription(), json!({})).group("g1", &["bob"]);
    let denied =
        move |world: World| world.deny(&subscription(), of_group("principals")).group("g1", &["bob"]);
    let custom = |world: World| world.role("custom", "Custom", &json!({"actions": []}));
    let role = move |world: World| custom(world).assign("ada", "custom", &subscription());
    let eligible_role =
        move |world: World| custom(world).eligible("ada", "custom", &subscription(), json!({}));
    type Add<'a> = &'a dyn Fn(World) -> World;
    // For each gap, whether yes, under a condition, after activation, no, denied can still be told.
    let cases: [(&str, Add<'_>, Lack, [bool; 5]); 13] = [
        ("role assignments", &plain, Lack::Assignments, [true, false, false, false, true]),
        ("deny assignments", &plain, Lack::Denies, [false, false, false, true, true]),
        ("eligible roles", &plain, Lack::Eligible, [true, true, true, false, true]),
        ("ends of assignments", &plain, Lack::Gap(GapKind::Active), [true; 5]),
        ("a group that holds a role", &holds, Lack::Members("g1"), [true, false, false, false, true]),
        ("a group that could activate one", &could, Lack::Members("g1"), [true, true, true, false, true]),
        ("a group that is denied", &denied, Lack::Members("g1"), [false, false, false, true, true]),
        ("a role that is held", &role, Lack::Definition("custom"), [true, false, false, false, true]),
        ("a role to activate", &eligible_role, Lack::Definition("custom"), [true, true, true, false, true]),
        ("a role that nobody holds", &custom, Lack::Definition("custom"), [true; 5]),
        ("names", &plain, Lack::Gap(GapKind::Names), [true; 5]),
        ("a setting, which roles do not ask", &plain, Lack::Gap(GapKind::Setting), [true; 5]),
        ("what is above", &plain, Lack::Gap(GapKind::Above), [false, false, false, false, true]),
    ];
    for (name, add, lack, told) in cases {
        for ((before, world), is_told) in answers.iter().zip(told) {
            let world = add(world.clone());
            assert_eq!(world.verdict("ada", &read(), &workspace()), *before, "{name}, all read");
            let decision = ask(without(&world, &lack), "ada", &read());
            let expected = if is_told { *before } else { Verdict::CannotTell };
            assert_eq!(decision.verdict, expected, "{name}: {before:?} {:?}", decision.reasons);
            let names_gap = decision.reasons.iter().any(|reason| reason.gap().is_some());
            assert!(names_gap || is_told, "{name} says why: {before:?} {:?}", decision.reasons);
        }
    }
}

#[test]
fn applications_and_identities_have_nothing_to_activate() {
    let bare = World::new().assign("mjob", READER, &storage());
    let left = without(&bare, &Lack::Eligible);
    assert_eq!(ask(left.clone(), "mjob", &read()).verdict, NO, "its assignment says what it is");
    assert_eq!(ask(left.clone(), "mother", &read()).verdict, Verdict::CannotTell);
    let mut told = left;
    told.add_machine("MOTHER");
    assert_eq!(ask(told, "mother", &read()).verdict, NO);
}

#[test]
fn what_a_hub_that_was_not_read_has_is_not_said_to_be_missing() {
    let asked = Asked::parse("read-blobs").unwrap();
    let access = World::new().access();
    let gap = Gap::new(GapKind::Setting, None, "you lack x on the hub");
    let project = Targets { storage: None, hub: Some(gap.clone()), ..targets() };
    let answer = answer(&access, &project, &asked, "ada");
    assert_eq!((answer.verdict, answer.missing, answer.gap), (Verdict::CannotTell, None, Some(gap.clone())));
    let who = who_can(&access, &project, &asked);
    assert_eq!((who.complete, who.missing, who.gaps), (false, None, vec![gap]));
}

#[test]
fn a_vault_that_was_not_read_may_have_a_policy_for_anybody() {
    let asked = Asked::parse("read-secrets").unwrap();
    let access = World::new().access();
    let unread = Targets { vault_rbac: Switch::Unknown, ..targets() };
    assert_eq!(answer(&access, &unread, &asked, "ada").verdict, Verdict::CannotTell);
    assert!(!who_can(&access, &unread, &asked).complete);
    let read = Targets { vault_rbac: Switch::Off, ..targets() };
    assert_eq!(answer(&access, &read, &asked, "ada").verdict, NO);
}

#[test]
fn a_way_that_cannot_be_told_keeps_a_weaker_answer_from_being_the_last_word() {
    let blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
    let world = World::new()
        .role("keys", "Keys", &json!({"actions": ["Microsoft.Storage/storageAccounts/listKeys/action"]}))
        .role("blobs", "Blobs", &json!({"dataActions": [format!("{blobs}/read")]}))
        .assign("ada", "keys", &storage())
        .eligible("ada", "blobs", &storage(), json!({}));
    let asked = Asked::parse("read-blobs").unwrap();
    let with = |shared_key| Targets { shared_key, ..targets() };
    for (keys, expected) in [
        (Switch::On, Verdict::Allowed),
        (Switch::Off, Verdict::AfterActivation),
        (Switch::Unknown, Verdict::CannotTell),
    ] {
        let access = world.access();
        assert_eq!(answer(&access, &with(keys), &asked, "ada").verdict, expected, "{keys:?}");
        let who = who_can(&access, &with(keys), &asked);
        let lists = [&who.can, &who.after_activation, &who.cannot_tell];
        let found: Vec<usize> = lists.map(Vec::len).to_vec();
        let place = [Verdict::Allowed, Verdict::AfterActivation, Verdict::CannotTell];
        assert_eq!(found, place.map(|verdict| usize::from(verdict == expected)), "{keys:?}");
    }
}

const PEOPLE: [&str; 3] = ["ada", "bob", "mjob"];
const GROUPS: [&str; 3] = ["g1", "g2", "g3"];
const HOLDERS: [&str; 6] = ["ada", "bob", "mjob", "g1", "g2", "g3"];
const ROLES: [&str; 5] = [OWNER, READER, "keys", "blobs", "secrets"];

/// Something that is in a world.
#[derive(Debug, Clone)]
enum Fact {
    Assign { holder: usize, role: usize, at: usize, condition: bool },
    Eligible { holder: usize, role: usize, at: usize },
    Deny { whom: usize, spared: Option<usize>, at: usize, condition: bool },
}

fn place(number: usize) -> ArmId {
    [subscription(), workspace(), storage(), vault()][number % 4].clone()
}

fn fact() -> impl Strategy<Value = Fact> {
    let (holder, role, at) = (0..6_usize, 0..5_usize, 0..4_usize);
    prop_oneof![
        4 => (holder.clone(), role.clone(), at.clone(), any::<bool>()).prop_map(|(holder, role, at, condition)| Fact::Assign { holder, role, at, condition }),
        2 => (holder.clone(), role, at.clone()).prop_map(|(holder, role, at)| Fact::Eligible { holder, role, at }),
        1 => (0..7_usize, proptest::option::of(holder), at, any::<bool>()).prop_map(|(whom, spared, at, condition)| Fact::Deny { whom, spared, at, condition }),
    ]
}

/// Who is directly in which group; later groups are never in earlier ones, so that there are no circles.
fn memberships() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let of = |group: usize| proptest::collection::vec(0..PEOPLE.len() + group, 0..4);
    (of(0), of(1), of(2)).prop_map(|(first, second, third)| vec![first, second, third])
}

/// A world of these facts; each group lists all that is nested in it, as the directory does.
fn world(facts: &[Fact], direct: &[Vec<usize>]) -> World {
    let data = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
    let mut world = World::new()
        .role("keys", "Keys", &json!({"actions": ["Microsoft.Storage/storageAccounts/listKeys/action"]}))
        .role("blobs", "Blobs", &json!({"dataActions": [format!("{data}/*")]}))
        .role("secrets", "Secrets", &json!({"dataActions": ["Microsoft.KeyVault/*"]}));
    let mut all: Vec<Vec<&str>> = Vec::new();
    for members in direct {
        let mut list: Vec<&str> = Vec::new();
        for member in members {
            list.push(HOLDERS[*member]);
            list.extend(member.checked_sub(PEOPLE.len()).into_iter().flat_map(|inner| all[inner].clone()));
        }
        list.sort_unstable();
        list.dedup();
        all.push(list);
    }
    for (group, members) in GROUPS.iter().zip(&all) {
        world = world.group(group, members);
    }
    let condition =
        |is: bool| if is { json!({"condition": "@Resource[x:y] StringEquals 'a'"}) } else { json!({}) };
    for fact in facts {
        world = match fact {
            Fact::Assign { holder, role, at, condition: is } => {
                world.assign_with(HOLDERS[*holder], ROLES[*role], &place(*at), condition(*is))
            }
            Fact::Eligible { holder, role, at } => {
                world.eligible(HOLDERS[*holder], ROLES[*role], &place(*at), json!({}))
            }
            Fact::Deny { whom, spared, at, condition: is } => {
                let kind = |id: &str| if id.starts_with('g') { "Group" } else { "User" };
                let named = |id: &str| json!({"id": id, "type": kind(id)});
                let spared: Vec<_> = spared.iter().map(|at| named(HOLDERS[*at])).collect();
                let mut deny = condition(*is);
                deny["permissions"] = json!([{"actions": ["*"], "dataActions": ["*"]}]);
                deny["principals"] = json!([named(HOLDERS.get(*whom).copied().unwrap_or(ALL))]);
                deny["excludePrincipals"] = json!(spared);
                world.deny(&place(*at), deny)
            }
        };
    }
    world
}

fn lack() -> impl Strategy<Value = Lack> {
    prop_oneof![
        Just(Lack::Assignments),
        Just(Lack::Denies),
        Just(Lack::Eligible),
        Just(Lack::AllAssignments),
        Just(Lack::AllDenies),
        Just(Lack::AllEligible),
        (0..3_usize).prop_map(|group| Lack::Members(GROUPS[group])),
        (0..5_usize).prop_map(|role| Lack::Definition(ROLES[role])),
        Just(Lack::Gap(GapKind::Above)),
        Just(Lack::Gap(GapKind::Active)),
        Just(Lack::Gap(GapKind::Names)),
    ]
}

/// Questions of each shape: one action, two, a way by key, a way by policy.
const ASKED: [&str; 5] =
    ["read-workspace", "start-stop-compute", "read-blobs", "read-secrets", "grant-access"];

/// What each can do, and what they could by granting it to themselves.
fn answers(evidence: Evidence, targets: &Targets) -> BTreeMap<(&'static str, &'static str), [Verdict; 2]> {
    let access = Access::new(Arc::new(evidence), now());
    let mut found = BTreeMap::new();
    for name in ASKED {
        let asked = Asked::parse(name).unwrap();
        let who = who_can(&access, targets, &asked);
        for principal in PEOPLE {
            let of = answer(&access, targets, &asked, principal);
            let (verdict, granting) = (of.verdict, of.granting());
            found.insert((name, principal), [verdict, granting]);
            let is_in = |list: &[Person]| {
                list.iter().find(|person| *person.principal == *principal).map(|person| person.verdict)
            };
            let listed = [&who.can, &who.after_activation, &who.cannot_tell].map(|list| is_in(list));
            let expected = match verdict {
                Verdict::Allowed | Verdict::Conditional => [Some(verdict), None, None],
                Verdict::AfterActivation => [None, Some(verdict), None],
                // Who holds nothing is not listed: anybody may be such a one.
                Verdict::CannotTell => [None, None, listed[2]],
                Verdict::Denied(_) => [None; 3],
            };
            assert_eq!(listed, expected, "{principal} {name}: {verdict:?} {who:?}");
            let is_named = listed.iter().any(Option::is_some);
            let is_told = match verdict {
                Verdict::CannotTell => is_named || !who.complete_after_activation,
                _ => true,
            };
            assert!(is_told, "{principal} {name}: the list hides that it cannot tell: {who:?}");
            let by_granting = is_in(&who.by_granting);
            let expected = match granting {
                Verdict::Denied(_) => None,
                // Once: among those of whom it cannot be told anyway, or here.
                Verdict::CannotTell => by_granting.filter(|_| listed[2].is_none()).map(|_| granting),
                _ => (verdict > granting.max(Verdict::Conditional)).then_some(granting),
            };
            assert_eq!(by_granting, expected, "{principal} {name}: {verdict:?} {granting:?} {who:?}");
            let is_told = granting != Verdict::CannotTell || by_granting.is_some() || is_named;
            assert!(
                is_told || !who.complete_by_granting,
                "{principal} {name}: nor who could grant it: {who:?}"
            );
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_gap_leaves_an_answer_as_it_is_or_makes_it_cannot_tell(
        facts in proptest::collection::vec(fact(), 0..8),
        direct in memberships(),
        lack in lack(),
        keys in 0..2_usize,
        policy in any::<bool>(),
        unread in 0..4_usize,
    ) {
        let world = world(&facts, &direct);
        let vault_policies = match policy {
            true => vec![VaultPolicy { principal: "g2".into(), gets_secrets: true }],
            false => Vec::new(),
        };
        let whole = Targets {
            shared_key: [Switch::On, Switch::Off][keys],
            vault_rbac: if policy { Switch::Off } else { Switch::On },
            vault_policies,
            ..targets()
        };
        let partly = match unread {
            0 => Targets { shared_key: Switch::Unknown, ..whole.clone() },
            1 => Targets { vault_rbac: Switch::Unknown, vault_policies: Vec::new(), ..whole.clone() },
            _ => whole.clone(),
        };
        let before = answers(world.evidence.clone(), &whole);
        let after = answers(without(&world, &lack), &partly);
        for (question, [before, could]) in before {
            prop_assert_ne!(before, Verdict::CannotTell, "{:?}: all was read", question);
            let [after, could_after] = after[&question];
            let same = after == before || after.is_denied() && before.is_denied();
            prop_assert!(same || after == Verdict::CannotTell, "{:?} without {:?}: {:?} became {:?}", question, lack, before, after);
            // Who could at once could after activating a role, too.
            let holds = match could_after {
                Verdict::CannotTell => true,
                Verdict::Denied(_) => could.is_denied(),
                _ => could <= could_after,
            };
            prop_assert!(holds, "{:?} by granting, without {:?}: {:?} became {:?}", question, lack, could, could_after);
        }
    }
}

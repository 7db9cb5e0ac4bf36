//! Changes of access as plans: what they send, what they warn of, and that they can be taken back.

use serde_json::json;

use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::domain::access::Targets;
use crate::domain::personas::{Persona, Stage};
use crate::domain::plan::{Confirmation, Kind, Undo, Weight};
use crate::domain::roles;

const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/mlw-a";

fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

fn who(name: &str, kind: PrincipalKind) -> Who {
    Who { id: format!("id-of-{name}"), name: name.to_owned(), kind }
}

fn one(role: roles::BuiltIn, who: Who) -> Grant {
    Grant::standing(who, role, Place::of(&id(WORKSPACE)))
}

fn plan_of(grants: &[Grant]) -> Plan {
    grant(Kind::Grant, "t", id(WORKSPACE), grants, &Setting::default())
}

fn existing(role: roles::BuiltIn, name: &str, kind: PrincipalKind) -> Existing {
    let who = who(name, kind);
    let assignment: RoleAssignment = serde_json::from_value(json!({
        "id": format!("{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/11111111-0000-0000-0000-000000000000"),
        "name": "11111111-0000-0000-0000-000000000000",
        "properties": {"principalId": who.id, "principalType": "User", "scope": WORKSPACE, "condition": "(x)",
            "conditionVersion": "2.0", "description": "for the audit",
            "roleDefinitionId": format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{}", role.guid)}
    }))
    .unwrap();
    Existing {
        assignment,
        who,
        role: role.name.to_owned(),
        place: "mlw-a".to_owned(),
        pim: None,
        one_way: None,
        requests: Default::default(),
    }
}

#[test]
fn a_grant_has_a_name_that_follows_from_it_and_says_what_the_principal_is() {
    let kinds = [
        (PrincipalKind::Guest, "User"),
        (PrincipalKind::Group, "Group"),
        (PrincipalKind::ManagedIdentity, "ServicePrincipal"),
    ];
    for (kind, expected) in kinds {
        let grant = one(roles::READER, who("ada", kind));
        let step = grant_step("g", &grant);
        assert_eq!(step, grant_step("g", &grant));
        let request = &step.requests[0];
        assert_eq!(request.path, grant.id().as_str());
        let properties = &request.body.as_ref().unwrap()["properties"];
        assert_eq!(properties["principalType"], expected);
        assert!(request.is_repeatable());
    }
}

#[test]
fn every_grant_can_be_taken_back_and_a_repeat_finds_it_there() {
    let standing = one(roles::READER, who("ada", PrincipalKind::User));
    let timed = Grant {
        end: "2026-12-01T00:00:00Z".parse().ok(),
        requests: ["a".into(), "b".into()],
        ..standing.clone()
    };
    let eligible = Grant { eligible: true, ..timed.clone() };
    for grant in [standing, timed, eligible] {
        let step = grant_step("g", &grant);
        let Undo::By(back) = &step.undo else { panic!("{step:?}") };
        assert_eq!(back.requests.len(), 1);
        assert!(step.already.is_some() && step.done_if.contains(&"RoleAssignmentExists".to_owned()));
    }
}

#[test]
fn what_was_not_read_whole_is_not_written_back_or_copied() {
    let mut masked = existing(roles::READER, "ada", PrincipalKind::User);
    masked.assignment.properties.condition = Some("@Resource[x] StringEquals 'a\u{2409}b'".to_owned());
    let plan = revoke(id(WORKSPACE), std::slice::from_ref(&masked), &Setting::default());
    let Undo::OneWay(why) = &plan.steps[0].undo else { panic!("{:?}", plan.steps[0].undo) };
    assert!(why.contains("Grant Reader"), "{why}");
    let has = [Copied {
        assignment: masked.assignment,
        role: "Reader".into(),
        place: "mlw-a".into(),
        end: None,
        requests: Default::default(),
    }];
    let (from, to) = (who("ada", PrincipalKind::User), who("bob", PrincipalKind::User));
    let plan = copy(id(WORKSPACE), &from, &to, &has, &[], &Setting::default());
    assert!(plan.steps.iter().all(|step| step.requests.is_empty()), "{:?}", plan.steps);
    assert!(plan.warnings.iter().any(|warning| warning.text.contains("Reader on mlw-a")));
}

#[test]
fn grants_warn_of_what_is_easily_overlooked() {
    let weights = |grant: Grant| plan_of(&[grant]).warnings.iter().map(|w| w.weight).collect::<Vec<_>>();
    assert_eq!(weights(one(roles::READER, who("team", PrincipalKind::Group))), []);
    assert_eq!(weights(one(roles::OWNER, who("team", PrincipalKind::Group))), [Weight::Danger]);
    assert_eq!(weights(one(roles::READER, who("ada", PrincipalKind::User))), [Weight::Note]);
    let wide =
        Grant::standing(who("g", PrincipalKind::Guest), roles::OWNER, Place::of(&ArmId::subscription("s")));
    assert_eq!(weights(wide), [Weight::Danger, Weight::Caution, Weight::Caution, Weight::Note]);
}

#[test]
fn one_clock_runs_for_all_grants_and_each_can_be_left_out() {
    let two = [
        one(roles::READER, who("a", PrincipalKind::Group)),
        one(roles::DATA_SCIENTIST, who("a", PrincipalKind::Group)),
    ];
    let plan = plan_of(&two);
    let clock = plan.steps.last().unwrap();
    assert_eq!(clock.wait.as_ref().unwrap().after, ["grant-1", "grant-2"]);
    assert_eq!(clock.wait.as_ref().unwrap().at_most, 600);
    assert!(plan.steps[..2].iter().all(|step| step.optional && step.chosen));
    assert!(!plan_of(&two[..1]).steps[0].optional);
}

#[test]
fn a_revoked_assignment_comes_back_as_it_was() {
    let one = existing(roles::READER, "ada", PrincipalKind::User);
    let plan = revoke(id(WORKSPACE), std::slice::from_ref(&one), &Setting::default());
    let Undo::By(back) = &plan.steps[0].undo else { panic!("{plan:?}") };
    let request = &back.requests[0];
    assert_eq!(request.path, one.assignment.id.as_str());
    let properties = &request.body.as_ref().unwrap()["properties"];
    assert_eq!(
        (&properties["condition"], &properties["description"], &properties["conditionVersion"]),
        (&json!("(x)"), &json!("for the audit"), &json!("2.0"))
    );
}

#[test]
fn taking_ones_own_right_or_that_of_an_identity_is_told() {
    let me = Setting { me: Some("ID-OF-ADA".into()), ..Setting::default() };
    let own = revoke(id(WORKSPACE), &[existing(roles::OWNER, "ada", PrincipalKind::User)], &me);
    assert!(own.warnings[0].text.contains("cannot undo"), "{:?}", own.warnings);
    let identity = existing(roles::CONTRIBUTOR, "mlw-a", PrincipalKind::ManagedIdentity);
    let plan = revoke(id(WORKSPACE), &[identity], &me);
    assert_eq!(plan.warnings[0].weight, Weight::Danger);
}

#[test]
fn production_wants_its_name_typed() {
    let setting = Setting { production: true, ..Setting::default() };
    let plan = revoke(id(WORKSPACE), &[existing(roles::READER, "ada", PrincipalKind::User)], &setting);
    assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw-a"));
}

#[test]
fn the_name_to_type_is_that_of_the_widest_place_that_is_changed() {
    let setting = Setting { production: true, ..Setting::default() };
    let place = |path: &str, name: &str| Place { id: id(path), name: name.to_owned() };
    let subscription = place("/subscriptions/0001", "Contoso Production");
    let above = place("/providers/Microsoft.Management/managementGroups/mg", "Contoso");
    let granted = |places: &[&Place]| {
        let to = who("ada", PrincipalKind::User);
        let grants: Vec<Grant> =
            places.iter().map(|place| Grant::standing(to.clone(), roles::READER, (*place).clone())).collect();
        grant(Kind::Grant, "Grant", id(WORKSPACE), &grants, &setting).subject_name
    };
    assert_eq!(granted(&[&Place::of(&id(WORKSPACE))]), "mlw-a");
    assert_eq!(granted(&[&Place::of(&id(WORKSPACE)), &subscription]), "Contoso Production");
    assert_eq!(granted(&[&above, &subscription]), "Contoso");
    let mut taken = existing(roles::READER, "ada", PrincipalKind::User);
    taken.assignment.properties.scope = Some(subscription.id.clone());
    taken.place.clone_from(&subscription.name);
    assert_eq!(revoke(id(WORKSPACE), &[taken], &setting).subject_name, "Contoso Production");
}

#[test]
fn a_copy_takes_conditions_along_and_names_the_groups() {
    let from = existing(roles::READER, "ada", PrincipalKind::User);
    let copied = Copied {
        assignment: from.assignment.clone(),
        role: from.role.clone(),
        place: from.place.clone(),
        end: None,
        requests: Default::default(),
    };
    let to = who("bob", PrincipalKind::User);
    let twice = [copied.clone(), copied];
    let plan = copy(id(WORKSPACE), &from.who, &to, &twice, &["Fraud team".to_owned()], &Setting::default());
    assert_eq!(plan.kind, Kind::Copy);
    let puts: Vec<_> = plan.steps.iter().flat_map(|step| &step.requests).collect();
    assert_eq!(puts.len(), 1, "the same role twice is one grant");
    let properties = &puts[0].body.as_ref().unwrap()["properties"];
    assert_eq!((&properties["principalId"], &properties["condition"]), (&json!("id-of-bob"), &json!("(x)")));
    assert!(plan.warnings.iter().any(|warning| warning.text.contains("Fraud team")));
    assert!(plan.steps[0].effect.contains("only where"), "{}", plan.steps[0].effect);
}

#[test]
fn what_is_copied_ends_when_it_does() {
    let from = existing(roles::READER, "ada", PrincipalKind::User);
    let to = who("bob", PrincipalKind::User);
    let copied = |end: Option<&str>, condition: Option<&str>| {
        let mut assignment = from.assignment.clone();
        assignment.properties.condition = condition.map(str::to_owned);
        let end = end.map(|end| end.parse().unwrap());
        let requests = ["request-1".to_owned(), "request-2".to_owned()];
        Copied { assignment, role: "Reader".to_owned(), place: "mlw-a".to_owned(), end, requests }
    };
    let plan = |has: &[Copied]| copy(id(WORKSPACE), &from.who, &to, has, &[], &Setting::default());
    let until = Some("2026-12-01T00:00:00Z");
    let ending = plan(&[copied(until, None)]);
    let request = &ending.steps[0].requests[0];
    assert!(request.path.ends_with("/roleAssignmentScheduleRequests/request-1"), "{}", request.path);
    let expiration = &request.body.as_ref().unwrap()["properties"]["scheduleInfo"]["expiration"];
    assert_eq!(expiration["endDateTime"], "2026-12-01T00:00:00Z");
    assert!(ending.steps[0].effect.contains("until 2026-12-01"), "{}", ending.steps[0].effect);
    let lasting = plan(&[copied(until, None), copied(None, None)]);
    assert!(lasting.steps[0].requests[0].path.contains("/roleAssignments/"), "the longer of two is given");
    assert_eq!(lasting.chosen().filter(|(_, step)| !step.requests.is_empty()).count(), 1);
    let both = plan(&[copied(until, Some("(x)"))]);
    assert!(
        both.is_empty() && both.warnings[0].text.contains("an end and a condition"),
        "{:?}",
        both.warnings
    );
}

#[test]
fn personas_get_what_the_table_says() {
    let mut targets = Targets::new(id(WORKSPACE));
    targets.storage =
        Some(id("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"));
    let given = |name: &str, stage| {
        let persona = Persona::named(name).unwrap();
        let mut count = 0;
        let mut names = || {
            count += 1;
            format!("request-{count}")
        };
        let team = who("team", PrincipalKind::Group);
        let plan = apply(persona, stage, &team, &targets, &mut names, &Setting::default());
        let chosen = plan.chosen().filter(|(_, step)| !step.requests.is_empty());
        chosen.map(|(_, step)| step.title.clone()).collect::<Vec<_>>()
    };
    use Stage::{Development, Production as InProduction, Staging};
    assert_eq!(
        given("data-scientist", Development),
        [
            "Give AzureML Data Scientist on mlw-a to team",
            "Give Storage Blob Data Contributor on st to team",
            "Give Storage File Data Privileged Contributor on st to team"
        ]
    );
    assert_eq!(given("data-scientist", Staging), [] as [&str; 0]);
    assert_eq!(given("data-scientist", InProduction), ["Give Reader on mlw-a to team"]);
    assert_eq!(
        given("project-lead", InProduction),
        ["Give Reader on mlw-a to team", "Make team eligible for Contributor on mlw-a"]
    );
    assert_eq!(
        given("ci-cd", Staging),
        ["Give AzureML Data Scientist on mlw-a to team"],
        "no registry, no AcrPush"
    );
    assert_eq!(given("model-end-user", InProduction), [] as [&str; 0]);
}

#[test]
fn an_activation_is_asked_for_waited_for_and_given_back() {
    let activation = Activation {
        me: "me".into(),
        role: roles::CONTRIBUTOR.into(),
        place: Place::of(&id(WORKSPACE)),
        eligibility: Some(id(WORKSPACE).join("providers/Microsoft.Authorization/roleEligibilitySchedules/e")),
        duration: "PT4H".into(),
        until: "2026-11-22T16:00:00Z".parse().unwrap(),
        justification: "incident 12".into(),
        ticket: None,
        approval: true,
        requests: ["n1".into(), "n2".into()],
    };
    let plan = activate(&activation, &Setting::default());
    let step = &plan.steps[0];
    assert_eq!(step.title, "Activate Contributor on mlw-a for 4 h");
    assert!(plan.warnings[0].text.starts_with("Somebody has to approve it"));
    let none = activate(&Activation { approval: false, ..activation.clone() }, &Setting::default());
    assert!(none.warnings.is_empty());
    assert!(step.requests[0].path.ends_with("/roleAssignmentScheduleRequests/n1"));
    let until = step.wait.as_ref().unwrap().until.as_ref().unwrap();
    let answer = |status: &str| json!({"value": [{"name": "n1", "properties": {"status": status}}]});
    assert!(until.judge(Some(&answer("Provisioned"))).holds);
    let pending = until.judge(Some(&answer("PendingApproval")));
    assert!(!pending.holds && !pending.never);
    assert!(until.judge(Some(&answer("AdminDenied"))).never);
    let Undo::By(back) = &step.undo else { panic!("{step:?}") };
    assert_eq!(back.requests[0].body.as_ref().unwrap()["properties"]["requestType"], "SelfDeactivate");
}

#[test]
fn a_role_that_ends_too_early_is_not_there_already() {
    let standing = Grant { ends_are_told: true, ..one(roles::READER, who("ada", PrincipalKind::User)) };
    let timed = Grant {
        end: "2026-12-22T12:00:00Z".parse().ok(),
        requests: ["a".into(), "b".into()],
        ..standing.clone()
    };
    let eligible = Grant { eligible: true, ..timed.clone() };
    let instance = |kind: &str, end: Option<&str>| {
        json!({"value": [{"properties": {"scope": WORKSPACE, "principalId": "id-of-ada", "assignmentType": kind,
            "roleDefinitionId": format!("/x/{}", roles::READER.guid), "endDateTime": end}}]})
    };
    let soon = Some("2026-11-22T12:10:00Z");
    let later = Some("2026-12-22T12:00:00.5Z");
    for (grant, kind, end, enough) in [
        (&timed, "Assigned", soon, false),
        (&timed, "Assigned", later, true),
        (&timed, "Assigned", None, true),
        (&timed, "Activated", later, false),
        (&eligible, "Assigned", soon, false),
        (&eligible, "Assigned", later, true),
        (&standing, "Assigned", later, false),
        (&standing, "Activated", None, false),
        (&standing, "Assigned", None, true),
    ] {
        let step = grant_step("g", grant);
        let answer = instance(kind, end);
        let guard = step.guard.as_ref().unwrap().each().last().unwrap();
        assert_eq!(guard.judge(Some(&answer)).holds, enough, "{kind} {end:?} {grant:?}");
        let already = step.already.as_ref().unwrap();
        let by_end = already.and.first().unwrap_or(already);
        assert_eq!(by_end.judge(Some(&answer)).holds, enough, "{kind} {end:?} {grant:?}");
        assert!(guard.judge(Some(&json!({"value": []}))).holds, "who has nothing gets it");
        let Undo::By(back) = &step.undo else { panic!("{step:?}") };
        if grant.end.is_some() {
            let taken = back.already.as_ref().unwrap().judge(Some(&answer)).holds;
            assert!(!taken, "what ends early is not taken away yet");
        }
    }
}

#[test]
fn what_cannot_be_given_back_as_it_was_is_told_and_not_undone() {
    let why = "Whether it ends could not be read.";
    for pim in [None, Some(crate::azure::resources::pim::End::Never)] {
        let mut one = existing(roles::READER, "ada", PrincipalKind::User);
        (one.one_way, one.pim) = (Some(why.to_owned()), pim);
        let plan = revoke(id(WORKSPACE), &[one], &Setting::default());
        assert_eq!(plan.steps[0].undo, Undo::OneWay(why.to_owned()));
        assert!(plan.warnings.iter().any(|w| w.weight == Weight::Danger && w.text == why), "{plan:?}");
    }
}

#[test]
fn an_activation_that_ends_sooner_is_not_what_was_asked_for() {
    let activation = Activation {
        me: "me".into(),
        role: roles::CONTRIBUTOR.into(),
        place: Place::of(&id(WORKSPACE)),
        eligibility: None,
        duration: "PT8H".into(),
        until: "2026-11-22T20:00:00Z".parse().unwrap(),
        justification: String::new(),
        ticket: None,
        approval: false,
        requests: Default::default(),
    };
    let step = activate(&activation, &Setting::default()).steps.remove(0);
    for (end, enough) in [("2026-11-22T12:10:00Z", false), ("2026-11-22T19:59:00Z", true)] {
        let answer = json!({"value": [{"properties": {"scope": WORKSPACE, "principalId": "me",
            "roleDefinitionId": format!("/x/{}", roles::CONTRIBUTOR.guid), "assignmentType": "Activated",
            "endDateTime": end}}]});
        assert_eq!(step.already.as_ref().unwrap().judge(Some(&answer)).holds, enough, "{end}");
        assert!(!step.guard.as_ref().unwrap().judge(Some(&answer)).holds);
        let Undo::By(back) = &step.undo else { panic!("{step:?}") };
        assert!(!back.verify.as_ref().unwrap().judge(Some(&answer)).holds);
    }
}

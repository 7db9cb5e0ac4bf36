//! Who is affected by a switch, what the plans give them, and what the ticket says of each direction, as statements.

use serde_json::json;

use super::plans::{plan_to, to_identity, to_keys};
use super::world::*;
use super::*;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Confirmation, Plan};

const WRITE_BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
const ONE_CONTAINER: &str = "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR \
    (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'azureml'))";

fn to(world: &World, wish: &Wish) -> Plan {
    to_identity(&world.assess(), &AuthMode::Identity, wish).unwrap()
}

fn said(plan: &Plan) -> String {
    plan.warnings.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join("\n")
}

fn given(plan: &Plan) -> Vec<(&str, bool)> {
    let grants = plan.steps.iter().filter(|step| step.id.starts_with("grant-"));
    grants.map(|step| (step.title.rsplit(' ').next().unwrap(), step.chosen)).collect()
}

#[test]
fn whom_a_deny_assignment_keeps_from_the_data_is_given_no_role_that_does_not_help_and_the_switch_is_not_advised()
 {
    let world = World { denied: vec![(ADA, WRITE_BLOBS), (BO, "*"), (CY, "*")], ..World::default() };
    let assessment = world.assess();
    let why =
        "deny assignments keep blobs and files from Bo, Cy, and blobs from Ada: no role helps against that";
    assert_eq!(assessment.verdict, Verdict::NotAdvised { because: vec![why.to_owned()] });
    assert_eq!(assessment.losing_words(), "3 people would lose access");
    let plan = to(&world, &Wish::default());
    assert_eq!(given(&plan), [("Ada", true)], "files only: {:?}", plan.steps);
    assert!(plan.steps[0].title.contains("Storage File Data"), "{}", plan.steps[0].title);
    assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"));
    assert!(said(&plan).contains(why), "{}", said(&plan));
    // Of a group those are named whom its role helps.
    let part = World { denied: vec![(BO, "*")], ..World::default() };
    let repairs = part.assess().repairs();
    assert_eq!((repairs[0].name.as_str(), &repairs[0].covers), ("Team", &vec!["Cy".to_owned()]));
    // Nobody is denied what they do not lose.
    let elsewhere = World { denied: vec![(SPARE, "*")], ..ready() };
    assert_eq!(elsewhere.assess().verdict, Verdict::Ready);
    // On identity already it is said that it stays so.
    let so = World { denied: vec![(ADA, "*"), (BO, "*"), (CY, "*")], ..switched() };
    let plan = to(&so, &Wish::default());
    assert_eq!((given(&plan), plan.title.as_str()), (vec![], "Turn shared key access of st off"));
    assert!(said(&plan).contains("It stays so that deny assignments keep blobs and files from Ada, Bo, Cy"));
}

#[test]
fn who_reaches_the_data_only_after_activation_or_under_a_condition_is_neither_lost_nor_kept() {
    let mut world = ready();
    // Bo's roles on the data wait to be activated, those of Cy on blobs hold for one container.
    world.grants.retain(|(who, _, at)| *who != TEAM || *at == workspace_id());
    world.eligible = vec![(BO, BLOBS, account_id()), (BO, FILES, account_id())];
    world.conditions = vec![(world.grants.len(), ONE_CONTAINER)];
    world.grants.extend([(CY, BLOBS, account_id()), (CY, FILES, account_id())]);
    let assessment = world.assess();
    assert_eq!(assessment.verdict, Verdict::Limited);
    assert_eq!(assessment.losing().count(), 0);
    let words = "Bo only after activating a role; Cy only under a condition";
    assert_eq!(assessment.limited_words().as_deref(), Some(words));
    let plan = to(&world, &Wish::default());
    assert!(given(&plan).is_empty());
    assert!(said(&plan).contains(words), "{}", said(&plan));
    assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"), "they lose something by it");
    let other = ready().assess();
    let both = [assessment.clone(), Assessment { workspace: workspace_id().join("other"), ..other }];
    let both = super::several(&both, &Goal::Mode(AuthMode::Identity), true, |_| Wish::default()).unwrap();
    assert_eq!(both.confirmation(), Confirmation::TypeName("2 workspaces"));
    // Under identity already nobody reaches less.
    world.workspace = switched().workspace;
    let so = to(&world, &Wish::default());
    assert_eq!(so.confirmation(), Confirmation::Yes);
    let text = ticket(std::slice::from_ref(&assessment), &plan, str::to_owned);
    assert!(text.contains(&format!("- mlw: under identity, {words}.")), "{text}");
    assert!(text.contains(&format!("| With limits | {words} |")), "{text}");
    let told = serde_json::to_value(&assessment).unwrap();
    assert_eq!(told["verdict"], json!("limited"));
    let reaches: Vec<&str> = assessment.users.iter().map(|one| one.reach.words()).collect();
    assert_eq!(reaches, ["only after activating a role", "only under a condition", "keeps access"]);
    let side = side_by_side(&[assessment.clone(), assessment.clone()]);
    assert_eq!(side[1].rows[0].0, ["mlw", words]);
    let several = |grants| {
        several(std::slice::from_ref(&assessment), &Goal::Mode(AuthMode::Identity), grants, |_| {
            Wish::default()
        })
    };
    assert!(several(true).is_ok() && several(false).is_err(), "it is not among those that are plainly ready");
}

#[test]
fn who_uses_the_workspace_only_after_activation_is_given_no_standing_role_unless_that_is_chosen() {
    let world = World { eligible: vec![(BO, SCIENTIST, workspace_id())], members: Some(vec![CY]), ..ready() };
    let assessment = world.assess();
    assert_eq!(assessment.verdict, Verdict::AfterGrants, "{:?}", assessment.users);
    assert_eq!(assessment.repairs()[0].apart, Some(Apart::AfterActivation));
    let plan = to(&world, &Wish::default());
    assert_eq!(given(&plan), [("Bo", false), ("Bo", false)]);
    let why = "Bo may use mlw only after activating a role, and this one would stand";
    assert!(said(&plan).contains(&format!("Given no role unless that is chosen: {why}.")), "{}", said(&plan));
    assert!(plan.steps[0].caution.as_ref().unwrap().starts_with(why), "{:?}", plan.steps[0].caution);
    let also = Wish { also: vec![BO.to_owned()], ..Wish::default() };
    let plan = to(&world, &also);
    assert_eq!(given(&plan), [("Bo", true), ("Bo", true)]);
    assert!(!said(&plan).contains("unless that is chosen"));
}

#[test]
fn the_identity_of_another_workspace_is_marked_and_given_no_role_unless_that_is_chosen() {
    let compute = neighbour_id().join("computes/cpu");
    for of in [neighbour_id(), compute] {
        let mut world = World { bo_is_of: Some(of), members: Some(vec![CY]), ..ready() };
        world.grants.push((BO, SCIENTIST, workspace_id()));
        let assessment = world.assess();
        assert_eq!(assessment.losing_words(), "1 identity would lose access");
        assert_eq!(assessment.repairs()[0].apart, Some(Apart::OtherWorkspace(neighbour_id())));
        let plan = to(&world, &Wish::default());
        assert_eq!(given(&plan), [("Bo", false), ("Bo", false)]);
        assert!(said(&plan).contains("Bo is an identity of the workspace other."), "{}", said(&plan));
        let text = assessment.markdown(str::to_owned);
        assert!(text.contains("jobs, notebooks (of the workspace other)"), "{text}");
    }
    let own = World { bo_is_of: Some(workspace_id().join("onlineEndpoints/e")), ..World::default() };
    assert!(own.assess().users.iter().all(|one| one.other_workspace.is_none()));
}

#[test]
fn what_is_not_known_is_not_told_as_none() {
    let cells = |world: &World| {
        let one = world.assess();
        (one.losing_cell(), one.losing_words())
    };
    let told = |cell: &str, words: &str| (cell.to_owned(), words.to_owned());
    assert_eq!(cells(&ready()), told("0", "nobody who is known would lose access"));
    assert_eq!(cells(&World::default()), told("3", "3 people would lose access"));
    let unopened = World { members: None, ..World::default() };
    assert_eq!(cells(&unopened), told("1+", "at least 1 person would lose access"));
    let unread = World { members: None, ..ready() };
    assert_eq!(cells(&unread), told("?", "it is not known who would lose access"));
    let gone = World { storage: Lookup::Gone, ..ready() };
    assert_eq!(cells(&gone).0, "?");
    let neighbours = World { neighbours_unread: Some("no"), ..ready() };
    assert_eq!(side_by_side(&[neighbours.assess()])[0].rows[0].0.last().unwrap(), "?");
}

#[test]
fn the_ticket_of_the_way_back_says_who_reaches_the_data_by_key_then() {
    let world = switched();
    let assessment = world.assess();
    let plan = to_keys(&assessment, &Wish::default()).unwrap();
    let text = ticket(&[assessment], &plan, str::to_owned);
    assert!(text.contains("Verdict on keys: ready."), "{text}");
    let who = "- mlw: nobody loses access. By the key 3 users who may run jobs or write notebooks reach all data; by their own \
               roles these do not reach all of it today: Ada, Bo, Cy.";
    assert!(text.contains(who), "{text}");
    let before = &text[..text.find("## Storage access of").unwrap()];
    assert!(!before.contains("lose access:") && !before.contains("Verdict on identity"), "{before}");
}

#[test]
fn the_ticket_of_a_key_sync_locks_nobody_out() {
    let assessment = World::default().assess();
    let plan = plan_to(&Goal::Resync, &assessment, &Wish::default()).unwrap();
    let text = ticket(&[assessment], &plan, str::to_owned);
    let before = &text[..text.find("## Storage access of").unwrap()];
    assert!(before.contains("- mlw: nobody loses or gains access"), "{before}");
    assert!(!before.contains("would lose access") && !before.contains("Verdict"), "{before}");
    assert!(before.contains("There is nothing to take back."), "{before}");
}

#[test]
fn the_ticket_to_identity_has_minutes_and_a_way_back_that_does_what_it_says() {
    let assessment = World::default().assess();
    let mut plan = to(&World::default(), &Wish::default());
    let text = ticket(std::slice::from_ref(&assessment), &plan, str::to_owned);
    assert!(text.contains("5. Wait until the roles are in force (usually 5 min, at most 10 min)."), "{text}");
    assert!(text.contains("`amldeck journal undo RUN --yes` takes back"), "{text}");
    assert!(text.contains("only while shared key access of st is on"), "{text}");
    assert!(text.contains("`amldeck storage-access mlw --to keys --take-roles-back --yes`"), "{text}");
    let undo = &text[text.find("## How to undo").unwrap()..];
    let keys = undo.find("2. Synchronise the keys of mlw\n");
    assert!(keys.is_some_and(|at| at < undo.find("3. Take ").unwrap()), "as the undo does it: {undo}");
    let kept = plan.chosen().filter(|(_, step)| step.id.starts_with("grant-")).count();
    assert_eq!(undo.matches(". Take ").count(), kept, "{undo}");
    plan.production = true;
    let text = ticket(std::slice::from_ref(&assessment), &plan, str::to_owned);
    assert!(text.contains("`amldeck journal undo RUN --yes --name mlw` takes back"), "{text}");
    let sas = to_identity(&assessment, &AuthMode::UserDelegationSas, &Wish::default()).unwrap();
    let text = ticket(&[assessment], &sas, str::to_owned);
    assert!(text.contains("Verdict on user delegation SAS: ready after these grants"), "{text}");
    assert!(
        text.contains(
            "under user delegation SAS without new roles, 3 people would lose access: Ada, Bo, Cy."
        )
    );
}

#[test]
fn who_has_the_reader_pair_can_then_only_read_and_loses_no_access() {
    let mut world = ready();
    world.grants.retain(|(who, _, at)| *who != ADA || *at != account_id());
    world.grants.extend([(ADA, READS_BLOBS, account_id()), (ADA, READS_FILES, account_id())]);
    let assessment = world.assess();
    assert_eq!(assessment.losing_words(), "1 person could then only read");
    let ada = assessment.users.iter().find(|one| one.name == "Ada").unwrap();
    assert_eq!((ada.words(true), ada.words(false)), ("can then only read".into(), "only reads".into()));
    // Given the pair that writes, the role that reads is no choice any more, and what stays without it is said.
    let plan = to(&world, &Wish::default());
    assert_eq!(given(&plan), [("Ada", true), ("Ada", true)]);
    assert!(plan.steps[..2].iter().all(|step| step.instead.is_none()));
    assert_eq!(plan.steps[0].left_out.as_deref(), Some("Ada can only read the blobs of st under identity."));
    let text = ticket(std::slice::from_ref(&assessment), &plan, str::to_owned);
    assert!(text.contains("under identity without new roles, 1 person could then only read: Ada."), "{text}");
    // Given the pair that reads, nothing of it is missing.
    let readers = to(&world, &Wish { pair: Pair::Reader, ..Wish::default() });
    assert!(given(&readers).is_empty());
    assert!(said(&readers).contains("1 person could then only read."), "{}", said(&readers));
    // Under identity whoever was given that pair lacks nothing.
    world.workspace = switched().workspace;
    let so = world.assess();
    assert_eq!((so.losing().count(), so.repairs()), (0, Vec::new()));
    assert_eq!(so.losing_words(), "nobody who is known lacks a role");
    // Half of it is said as such.
    let mut half = World::default();
    half.grants.push((ADA, READS_BLOBS, account_id()));
    let half = half.assess();
    let ada = half.users.iter().find(|one| one.name == "Ada").unwrap();
    assert_eq!(ada.words(true), "loses files, can then only read blobs");
    assert_eq!(half.losing_words(), "3 people would lose access");
}

#[test]
fn who_is_in_a_group_that_is_given_the_roles_is_given_none_besides() {
    // Ada has a role of her own in the workspace, and is in the group that is given roles for Bo.
    let world = World { members: Some(vec![ADA, BO]), ..World::default() };
    let assessment = world.assess();
    let repairs = assessment.repairs();
    let of: Vec<(&str, &[String])> =
        repairs.iter().map(|one| (one.name.as_str(), one.covers.as_slice())).collect();
    assert_eq!(of, [("Team", &["Bo".to_owned(), "Ada".to_owned()][..])]);
    assert_eq!(given(&to(&world, &Wish::default())), [("Team", true), ("Team", true)]);
    // What the group is not given stays hers.
    let mut part = World { members: Some(vec![ADA, BO]), ..World::default() };
    part.grants.push((BO, FILES, account_id()));
    let titles: Vec<String> = to(&part, &Wish::default()).steps.into_iter().map(|step| step.title).collect();
    assert_eq!(
        titles[..2],
        [
            "Give Storage Blob Data Contributor on st to Team",
            "Give Storage File Data Privileged Contributor on st to Ada"
        ]
    );
    // Each by themselves where that is wanted.
    let each = assessment.granting(By::Person).repairs();
    assert_eq!(each.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Ada", "Bo"]);
}

#[test]
fn the_ticket_of_the_way_back_takes_back_no_keys_that_were_on_before() {
    let back_of = |world: &World| {
        let assessment = world.assess();
        let plan = to_keys(&assessment, &Wish::default()).unwrap();
        ticket(&[assessment], &plan, str::to_owned)
    };
    let text = back_of(&switched());
    assert!(text.contains("1. Turn shared key access of st on: it is so already."), "{text}");
    assert!(
        text.contains("2. Wait until the account takes its keys everywhere: it is so already."),
        "{text}"
    );
    let undo = text.split("## How to undo").nth(1).unwrap().split("## ").next().unwrap();
    assert!(undo.contains("1. Switch mlw back to identity") && !undo.contains("off again"), "{undo}");
    let off = World { storage: Lookup::Found(json!({"allowSharedKeyAccess": false})), ..switched() };
    let text = back_of(&off);
    assert!(text.contains("1. Turn shared key access of st on. st takes its keys again."), "{text}");
    assert!(text.contains("Turn shared key access of st off again"), "{text}");
}

#[test]
fn who_only_opens_notebooks_is_named_as_left_out() {
    let mut world = World { members: Some(vec![BO]), ..ready() };
    world.grants.push((CY, READS, workspace_id()));
    let assessment = world.assess();
    assert!(assessment.users.iter().all(|one| one.name != "Cy"));
    let words = "These only open notebooks, which are files: they have no role that reads those under identity, and none is \
                 planned: Cy.";
    assert_eq!(assessment.openers_words().as_deref(), Some(words));
    assert!(said(&to(&world, &Wish::default())).contains(words));
    let text = assessment.markdown(str::to_owned);
    assert!(
        text.contains("### Who only opens notebooks") && text.contains("| Cy | User | cannot read files |"),
        "{text}"
    );
    world.grants.push((CY, READS_FILES, account_id()));
    let reads = world.assess();
    assert_eq!((reads.openers[0].reads_files, reads.openers_words()), (true, None));
    assert_eq!(ready().assess().openers, []);
}

#[test]
fn a_ticket_has_one_title_lines_to_type_and_only_what_its_direction_is_about() {
    let escape = |text: &str| text.replace('`', "\\`");
    let of = |goal: Goal, world: &World| {
        let assessment = world.assess();
        let plan = plan_to(&goal, &assessment, &Wish::default()).unwrap();
        ticket(&[assessment], &plan, escape)
    };
    let broken = World { storage: Lookup::Found(json!({"allowSharedKeyAccess": false})), ..World::default() };
    let identity = of(Goal::Mode(AuthMode::Identity), &broken);
    let titles = |text: &str| text.lines().filter(|line| line.starts_with("# ")).count();
    assert_eq!(titles(&identity), 1);
    assert!(identity.contains("\n## The plan with its requests\n") && identity.contains("\n### 1. Give "));
    assert!(identity.contains("`amldeck storage-access mlw --to keys --take-roles-back`"), "{identity}");
    assert!(!identity.contains("\\`amldeck"), "{identity}");
    let resync = of(Goal::Resync, &World::default());
    let keys = of(Goal::Mode(AuthMode::AccessKey), &switched());
    for text in [&resync, &keys] {
        assert!(!text.contains("Grants that are missing") && !text.contains("| Affected |"), "{text}");
        assert_eq!(titles(text), 1);
    }
    assert!(!resync.contains("loses blobs") && keys.contains("lacks blobs and files"), "{resync}");
}

//! Questions about access over the emulator: what is read for them and when, the matrix, the answers, and
//! what becomes of them when something may not be read.

use crate::support::console::Desk;
use crate::support::emulator;
use amldeck::app::access::assessment::Assessment;
use amldeck::app::access::grid;
use amldeck::app::access::question::Answered;
use amldeck::app::access_rows;
use amldeck::app::effect::Host;
use amldeck::app::listing::Listed;
use amldeck::app::message::Message;
use amldeck::app::overlay::Overlay;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::config::input::Input;
use amldeck::domain::access::{Asked, Verdict, answer};
use amldeck::emulator::{Fault, Running};

const JONAS: &str = "0d6e5de0-d55e-4145-b0e3-49b5fadff995";
const YUKI: &str = "2f39abdc-b0cb-4555-b2e5-570d7f78632f";
const PRIYA: &str = "a17a9900-4618-48cd-b30b-220128b4f19b";

async fn desk(running: &Running, persona: &str, workspace: &str) -> Desk {
    let mut desk = Desk::open(&emulator::client(&running.url(), persona), Some(workspace));
    desk.settle().await;
    assert_eq!(desk.selected(), workspace);
    desk
}

fn assessment(desk: &Desk) -> &Assessment {
    desk.model().page().unwrap().assessment.as_ref().unwrap()
}

/// Whether somebody can do something.
fn can(desk: &Desk, principal: &str, what: &str) -> Verdict {
    let made = assessment(desk);
    answer(&made.access, &made.targets, &Asked::parse(what).unwrap(), principal).verdict
}

/// The lines of the answer on screen, each with what it answers and about whom.
fn rows(desk: &Desk) -> Vec<(String, String)> {
    answered(desk).rows.iter().map(|row| (row.cells[0].clone(), row.cells[1].clone())).collect()
}

/// The answer on screen.
fn answered(desk: &Desk) -> &Answered {
    match desk.model().overlays.last() {
        Some(Overlay::List(list)) => match &list.what {
            Listed::Answer { answered: Some(answered), .. } => answered,
            other => panic!("no answer is on screen: {other:?}"),
        },
        other => panic!("no answer is on screen: {other:?}"),
    }
}

#[tokio::test]
async fn whoever_holds_nothing_is_found_in_the_directory_and_asked_about() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("wnoah").await;
    let screen = desk.screen();
    assert!(screen.contains("What can Noah Feldmann do?") && !screen.contains("Hugo"), "{screen}");
    desk.press("<enter>").await;
    let rows = rows(&desk);
    assert!(rows.iter().any(|(said, what)| said == "no" && what == "create compute"), "{rows:?}");
    assert!(desk.screen().contains("What can Noah Feldmann do?"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_filter_of_the_matrix_leaves_whom_it_names_and_stands_on_them() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4z/tomas<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Tomás Ibáñez") && !screen.contains("Priya Raman"), "{screen}");
    let (_, row) = grid::current(desk.model()).expect("a row is under the cursor");
    assert!(row.label.contains("Tomás"), "{}", row.label);
    desk.press("<esc>/colour:red").await;
    assert!(desk.screen().contains("there is no column 'colour'"), "{}", desk.screen());
    desk.press("<esc>/type:usr").await;
    assert!(desk.screen().contains("Types here: "), "{}", desk.screen());
    desk.press("<esc>m/colour:red").await;
    assert!(desk.screen().contains("there is no column 'colour'"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_lock_that_stands_in_the_way_is_told_with_who_can() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    for (what, stands) in [("delete the", true), ("create compute", false)] {
        desk.press(&format!("w{}<enter>", what.replace(' ', "<space>"))).await;
        let screen = desk.screen();
        assert_eq!(
            screen.contains("the lock keep on group rg-fraud-prod stands in the way"),
            stands,
            "{screen}"
        );
        desk.press("Yc").await;
        let Some(Host::Copy(text)) = desk.hosts.last() else { panic!("nothing was copied") };
        assert_eq!(text.contains("the lock keep on group rg-fraud-prod stands in the way"), stands, "{text}");
        assert_eq!(text.lines().next().is_some_and(|head| head.contains(",lock")), stands, "{text}");
        desk.press("<esc>").await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_lock_stands_in_the_way_of_what_somebody_can_do_and_one_that_was_not_read_may() {
    let running = emulator::start(emulator::options()).await;
    let mut hub = desk(&running, "owner", "hub-vision").await;
    hub.press("wwhat<space>can<space>ada<enter>").await;
    let locks = &answered(&hub).locks;
    let frozen =
        "the lock freeze on the workspace stands in the way of everybody until it is removed: create compute";
    assert!(locks.iter().any(|lock| lock.starts_with(frozen)), "{locks:?}");
    running.stop().await;
    let options = amldeck::emulator::Options { faults: vec![denied("locks", "")], ..emulator::options() };
    let running = emulator::start(options).await;
    let mut prod = desk(&running, "owner", "mlw-fraud-prod").await;
    for (what, may) in
        [("delete<space>the", true), ("list<space>the<space>storage", true), ("read<space>blobs", false)]
    {
        prod.press(&format!("w{what}<enter>")).await;
        let told = answered(&prod)
            .gaps
            .iter()
            .any(|gap| gap.contains("whether a lock stands in the way could not be read"));
        assert_eq!(told, may, "{what}: {:?}", answered(&prod).gaps);
        prod.press("<esc>").await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_role_that_lets_give_only_some_roles_gives_no_more_and_is_not_what_is_offered() {
    const NOAH: &str = "df197dba-c690-432f-b693-077e74ae1470";
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "owner");
    let group = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-fraud-prod");
    let roles = "providers/Microsoft.Authorization";
    let body = serde_json::json!({"properties": {"principalId": NOAH, "principalType": "User",
        "roleDefinitionId": group.join(&format!("{roles}/roleDefinitions/8b54135c-b56d-4d72-a534-26097cfdc8d8"))}});
    let id = group.join(&format!("{roles}/roleAssignments/5c1f9d0e-6b61-4b0e-8b6b-0a5f0f6c2d11"));
    client.value(&Request::arm(Method::Put, &id, "2022-04-01").body(body)).await.unwrap();
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4z").await;
    assert_eq!(can(&desk, NOAH, "grant-access"), Verdict::Conditional);
    let made = assessment(&desk);
    let of = |what: &str| answer(&made.access, &made.targets, &Asked::parse(what).unwrap(), NOAH);
    assert!(!of("read-blobs").could_grant() && of("read-secrets").could_grant());
    assert!(desk.screen().contains("Noah Feldmann"), "{}", desk.screen());
    running.stop().await;
}

fn denied(name: &str, scope: &str) -> Fault {
    let body = serde_json::json!({"error": {"code": "AuthorizationFailed", "message": format!(
        "The client 'x' with object id 'x' does not have authorization to perform action \
         'Microsoft.Authorization/{name}/read' over scope '{scope}' or the scope is invalid.")}});
    Fault { status: Some(403), body: Some(body), ..Fault::on("GET", &format!("{scope}/*/{name}")) }
}

fn beside(running: &Running) -> usize {
    let lists = ["roleassignment", "roleeligibility", "denyassignments"];
    let is_beside = |url: &str| {
        let url = url.to_lowercase();
        lists.iter().any(|list| url.contains(list)) && !url.contains("/workspaces/")
    };
    running.requests().iter().filter(|request| is_beside(&request.url)).count()
}

#[tokio::test]
async fn what_questions_need_is_read_when_somebody_looks_and_once() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    assert_eq!(beside(&running), 0, "the first screen does without");
    desk.press("4z").await;
    assert_eq!(beside(&running), 12, "four lists of storage, vault and Application Insights");
    desk.press("zzwpriya<enter><esc>").await;
    assert_eq!(beside(&running), 12);
    desk.press("4r").await;
    assert_eq!(beside(&running), 24, "r reads them again");
    running.stop().await;
}

#[tokio::test]
async fn findings_on_access_need_no_question_first() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    let report = |desk: &Desk| {
        let report = &desk.model().page().unwrap().report;
        let found: Vec<&str> = report.findings.iter().map(|finding| finding.id).collect();
        (
            found.contains(&"subscription-role-on-production"),
            report.unchecked.contains(&"identity-lacks-role"),
        )
    };
    assert_eq!(report(&desk), (true, true), "of what is there anyway, without a request");
    assert_eq!(beside(&running), 0);
    desk.press("f").await;
    assert_eq!(report(&desk), (true, false), "the list reads what its checks lack");
    assert_eq!(beside(&running), 12);
    let screen = desk.screen();
    assert!(screen.contains("Production is changed by roles of the subscr"), "{screen}");
    assert!(!screen.contains("not possible with what was read"), "{screen}");
    running.stop().await;
}

#[tokio::test]
async fn leaving_and_coming_back_keeps_what_was_read() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4z<esc>").await;
    desk.go_to("mlw-staging").await;
    desk.go_to("mlw-fraud-prod").await;
    let before = running.requests().len();
    desk.press("4z").await;
    assert!(grid::is_shown(desk.model()));
    assert_eq!(running.requests().len(), before);
    running.stop().await;
}

#[tokio::test]
async fn groups_open_to_their_people_and_the_cursor_stays_with_its_row() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4z/type:group cloud<enter>").await;
    assert_eq!(desk.model().matrix.lines().len(), 1, "{}", desk.screen());
    desk.press("l").await;
    let screen = desk.screen();
    assert!(screen.contains("    Ada Novak") && screen.contains("    Priya Raman"), "{screen}");
    desk.press("jh").await;
    assert_eq!(desk.model().matrix.lines().len(), 1, "h on somebody in a group closes it");
    desk.press("<enter>").await;
    assert_eq!(desk.model().matrix.lines().len(), 3, "Enter opens a closed group");
    desk.press("<enter>").await;
    assert!(
        matches!(desk.model().overlays.last(), Some(Overlay::Text(view)) if view.title == "Cloud owners")
    );
    running.stop().await;
}

#[tokio::test]
async fn the_cursor_stays_with_its_principal_between_table_and_matrix() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4/sam oka<enter>").await;
    desk.press("<esc>").await;
    let row = |desk: &Desk| {
        access_rows::current(desk.model()).map(|row| (row.label().to_owned(), row.role.label().to_owned()))
    };
    desk.press("jjjjjj").await;
    let before = row(&desk).unwrap();
    desk.press("<enter>").await;
    assert!(grid::is_shown(desk.model()));
    let named = grid::current(desk.model()).map(|(_, row)| row.principal.to_string()).unwrap();
    desk.press("<esc>").await;
    assert_eq!(row(&desk), Some(before), "X would take the same role as before");
    let same = access_rows::current(desk.model()).unwrap();
    assert_eq!(same.principal_id, named, "and the matrix stood on the same principal");
    // Moved in the matrix, the table stands on whoever was chosen there.
    desk.press("<enter>jj").await;
    let named = grid::current(desk.model()).map(|(_, row)| row.principal.to_string()).unwrap();
    desk.press("m").await;
    let same = access_rows::current(desk.model()).map(|row| row.principal_id.clone());
    assert_eq!(same, Some(named), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_no_that_somebody_could_turn_into_a_yes_says_so_everywhere() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4wmaeve<enter>").await;
    let rows = rows(&desk);
    let of = |what: &str| rows.iter().find(|(_, name)| name == what).map(|(said, _)| said.as_str());
    assert_eq!(of("run jobs"), Some("could grant it"));
    assert_eq!(of("delete the workspace"), Some("denied"), "no role beats a deny assignment");
    desk.press("/run jobs<enter><enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("but could grant it to themselves: Role Based Access Control"), "{screen}");
    running.stop().await;
}

#[tokio::test]
async fn the_filter_looks_at_one_role_at_a_time_and_into_closed_groups() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    let mut shown = Vec::new();
    for filter in [
        "type:user role:owner from:sub",
        "custom:yes type:group",
        "yuki.tanabe",
        "orphan:yes",
        "conditional:yes type:guest",
    ] {
        desk.press(&format!("4<esc><esc>4z/{filter}<enter>")).await;
        let matrix = &assessment(&desk).matrix;
        let lines = desk.model().matrix.lines().iter();
        let names: Vec<String> = lines
            .filter_map(|line| line.row(matrix, &desk.model().principals))
            .map(|row| grid::label(&row).into_owned())
            .collect();
        shown.push((filter, names.join(", ")));
    }
    assert_eq!(
        shown,
        [
            ("type:user role:owner from:sub", "Jonas Lindqvist, Priya Raman".to_owned()),
            ("custom:yes type:group", "Compliance".to_owned()),
            ("yuki.tanabe", "Fraud data scientists, 田辺 ゆき".to_owned()),
            ("orphan:yes", String::new()),
            (
                "conditional:yes type:guest",
                "Fraud analysts, Marta Kowalczyk (Fabrikam), Marta Kowalczyk (Fabrikam)".to_owned()
            ),
        ]
    );
    running.stop().await;
}

#[tokio::test]
async fn the_matrix_is_copied_with_roles_in_full() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4z/sam<enter>Yc").await;
    let Some(Host::Copy(text)) = desk.hosts.last() else { panic!("nothing was copied") };
    assert!(
        text.starts_with("principal,type,workspace,resourceGroup,subscription,storage,vault,insights,"),
        "{text}"
    );
    assert!(text.contains("Contributor, here, activated until 2026-11-22"), "{text}");
    assert!(text.contains("Contributor, sub Contoso Production, through ML platform engineers"), "{text}");
    // As text it is read, so that it has lines of a length that can be.
    desk.press("<esc><esc>4z/<c-u>fraud analysts<enter>lYt").await;
    let Some(Host::Copy(text)) = desk.hosts.last() else { panic!("nothing was copied") };
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let block: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(block[..2], ["Fraud analysts (Group 2)", "  - Reader, here: Workspace"], "{text}");
    assert!(
        block[2].starts_with("  - Storage Blob Data Contributor, storage stfraudprod, under a condition"),
        "{text}"
    );
    assert!(text.contains("\n    Marta Kowalczyk (Fabrikam) (Guest, "), "its people stand below it: {text}");
    desk.press("<esc><esc>4z/<c-u>ada novak<enter>bYt").await;
    let Some(Host::Copy(text)) = desk.hosts.last() else { panic!("nothing was copied") };
    assert!(text.starts_with("Owner\n=====\n\nAda Novak (User, ada@contoso.com)\n"), "{text}");
    assert!(text.contains("  - Owner, mg Contoso: everywhere\n"), "{text}");
    running.stop().await;
}

#[tokio::test]
async fn an_answer_is_worked_out_beside_the_screen_and_one_that_nobody_waits_for_is_dropped() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4").await;
    desk.rush("w");
    let Some(Overlay::Picker(picker)) = desk.model().overlays.last() else { panic!("no questions") };
    assert!(
        picker.more.is_some() && picker.items.len() > 15,
        "capabilities are there at once, people come later"
    );
    desk.rush("read secrets<enter>");
    assert!(desk.screen().contains("The answer is being worked out."), "{}", desk.screen());
    assert!(desk.model().is_waiting(), "a spinner turns meanwhile");
    // Another question before the first one is answered: the answer to that one is not taken for it.
    desk.rush("wrun jobs<enter>");
    desk.settle().await;
    let screen = desk.screen();
    assert!(screen.contains("Who can run jobs?"), "{screen}");
    let all = rows(&desk);
    assert!(all.iter().any(|(_, who)| who == "Tomás Ibáñez") && !desk.model().is_waiting(), "{screen}");
    // Closed before it is answered: nothing comes back over the screen.
    desk.rush("wread secrets<enter><esc>");
    desk.settle().await;
    assert!(desk.model().overlays.is_empty(), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn the_cursor_of_the_matrix_stays_with_whom_it_is_on_when_more_is_read() {
    let running = emulator::start(emulator::options()).await;
    let scope = "/subscriptions/*/storageAccounts/stfraudprod";
    running.add_fault(denied("roleAssignments", scope));
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4zGkk").await;
    let under = |desk: &Desk| grid::current(desk.model()).map(|(_, row)| row.label.to_string());
    let (before, rows_before) = (under(&desk), desk.model().matrix.lines().len());
    running.clear_faults();
    desk.press("r").await;
    assert_ne!(desk.model().matrix.lines().len(), rows_before, "{}", desk.screen());
    assert_eq!(under(&desk), before);
    running.stop().await;
}

#[tokio::test]
async fn at_80_columns_the_table_says_which_roles_end_and_when_and_sorts_by_it() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.handle(Message::Input(Input::Resize { width: 80, height: 24 }));
    desk.terminal.backend_mut().resize(80, 24);
    desk.press("4S/end<enter>").await;
    let screen = desk.screen();
    let lines: Vec<&str> = screen.lines().skip(3).take(4).collect();
    assert!(lines[0].contains(" End↑ Since"), "{screen}");
    assert!(lines[1].contains("Sam Okafor") && lines[1].contains(" 3h "), "{screen}");
    assert!(lines[2].contains("Jonas Lindqvist") && lines[2].contains(" 8d "), "{screen}");
    desk.press("<enter>m<enter>").await;
    assert!(desk.screen().contains("Ends          2026-11-22 18:02"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn who_can_tells_the_ways_and_what_is_only_possible_apart() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("wread secrets<enter>").await;
    let rows = rows(&desk);
    assert_eq!(
        rows.iter().map(|(said, who)| format!("{who}: {said}")).collect::<Vec<_>>(),
        [
            "mlw-fraud-prod: yes",
            "Priya Raman: yes",
            "Ada Novak: could grant it",
            "Jonas Lindqvist: could activate",
            "Maeve Gallagher: could grant it"
        ]
    );
    // From an answer to the next question.
    desk.press("jw<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("What can Priya Raman do?"), "{screen}");
    desk.press("/read-blobs<enter><enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Storage Blob Data Reader on the storage account stfraudprod"), "{screen}");
    assert_eq!(can(&desk, JONAS, "grant-access"), Verdict::AfterActivation);
    running.stop().await;
}

#[tokio::test]
async fn from_what_would_make_it_a_yes_a_key_leads_to_the_plan_that_does_it() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    for keys in ["/read-blobs<enter><enter>A", "/read-blobs<enter>A"] {
        desk.press("4wpriya<enter>").await;
        desk.press(keys).await;
        let screen = desk.screen();
        assert!(screen.contains("Priya Raman gets Storage Blob Data"), "{screen}");
        desk.press("<c-r>").await;
        let screen = desk.screen();
        assert!(screen.contains("Grant Storage Blob Data Reader on stfraudprod to Priya Raman"), "{screen}");
        assert!(screen.contains("PUT "), "{screen}");
        // Nobody typed anything, so nobody is asked whether to keep it.
        desk.press("<esc><esc>").await;
        assert!(!matches!(desk.model().overlays.last(), Some(Overlay::Form(_) | Overlay::Picker(_))));
        desk.press("<esc><esc><esc><esc>").await;
    }
    // What is a yes, and what no role helps with, opens nothing.
    desk.press("wpriya<enter>/read-workspace<enter>A").await;
    assert!(desk.screen().contains("it is a yes already"), "{}", desk.screen());
    desk.press("<esc><esc>wmaeve<enter>/delete-workspace<enter>A").await;
    assert!(desk.screen().contains("there is no role to grant for this"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn any_action_can_be_asked_about() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("wMicrosoft.MachineLearningServices/workspaces/diagnose/action<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Who can do Microsoft.MachineLearningServices/workspaces/"), "{screen}");
    assert!(screen.contains("Who can do Microsoft.MachineLearningServices/"), "{screen}");
    assert!(rows(&desk).contains(&("yes".to_owned(), "Priya Raman".to_owned())));
    running.stop().await;
}

#[tokio::test]
async fn without_the_directory_nobody_is_said_to_have_nothing() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "no-directory", "mlw-fraud-prod").await;
    desk.press("wrun jobs<enter>").await;
    assert_eq!(can(&desk, YUKI, "run-jobs"), Verdict::CannotTell, "she may be in the group that can");
    assert_eq!(can(&desk, PRIYA, "run-jobs"), Verdict::Allowed, "a role of her own needs no directory");
    let screen = desk.screen();
    assert!(screen.contains("at least") && screen.contains("groups could not be read"), "{screen}");
    desk.press("<esc>4z").await;
    let screen = desk.screen();
    assert!(screen.contains("AzureML Data Scien") || screen.contains("DataSci"), "roles are shown: {screen}");
    assert!(
        screen.contains("names are not shown") || screen.contains("groups could not be read"),
        "{screen}"
    );
    running.stop().await;
}

#[tokio::test]
async fn where_pim_may_not_be_read_a_no_may_be_a_not_yet() {
    let running = emulator::start(emulator::options()).await;
    running.add_fault(denied("roleEligibilityScheduleInstances", "*"));
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("wgrant access<enter>").await;
    assert_eq!(can(&desk, JONAS, "grant-access"), Verdict::CannotTell);
    assert_eq!(can(&desk, PRIYA, "grant-access"), Verdict::Allowed);
    let screen = desk.screen();
    assert!(screen.contains("roleEligibilityScheduleInstances/read"), "{screen}");
    running.stop().await;
}

#[tokio::test]
async fn a_tenant_without_a_licence_for_pim_has_nobody_who_could_activate() {
    let running = emulator::start(emulator::options()).await;
    let body = serde_json::json!({"error": {"code": "AadPremiumLicenseRequired", "message": "No licence."}});
    let fault = Fault::on("GET", "*/roleEligibilityScheduleInstances");
    running.add_fault(Fault { status: Some(400), body: Some(body), ..fault });
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("wgrant access<enter>").await;
    assert!(can(&desk, JONAS, "grant-access").is_denied());
    desk.press("<esc>4z").await;
    let screen = desk.screen();
    assert!(screen.contains("no Privileged Identity Management in this tenant"), "{screen}");
    assert!(!screen.contains("AadPremium"), "{screen}");
    running.stop().await;
}

#[tokio::test]
async fn management_groups_without_names_take_nothing_from_the_answer() {
    let running = emulator::start(emulator::options()).await;
    running.add_fault(Fault {
        status: Some(403),
        ..Fault::on("GET", "*/microsoft.management/managementgroups*")
    });
    running.add_fault(Fault { status: Some(403), ..Fault::on("POST", "*/microsoft.resourcegraph/*") });
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("4z/ada<enter>gg").await;
    let screen = desk.screen();
    assert!(screen.contains("Owner, mg "), "what comes from above is there: {screen}");
    assert_eq!(can(&desk, PRIYA, "read-workspace"), Verdict::Allowed);
    running.stop().await;
}

#[tokio::test]
async fn one_forbidden_scope_hides_only_itself() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-playground").await;
    desk.press("4z").await;
    assert_eq!(can(&desk, PRIYA, "read-secrets"), Verdict::CannotTell);
    assert!(can(&desk, YUKI, "delete-workspace").is_denied(), "{:?}", can(&desk, YUKI, "delete-workspace"));
    let screen = desk.screen();
    assert!(screen.contains("Vault (?)") && screen.contains("Storage"), "{screen}");
    assert!(screen.contains("vault kv-legal-hold: role assignments"), "{screen}");
    assert!(screen.contains("you lack Microsoft.Authorization/"), "{screen}");
    running.stop().await;
}

#[tokio::test]
async fn refused_role_assignments_are_a_gap_and_no_no() {
    let running = emulator::start(emulator::options()).await;
    running.add_fault(denied("roleAssignments", "*"));
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("wchange the workspace<enter>").await;
    assert_eq!(can(&desk, YUKI, "change-workspace"), Verdict::CannotTell);
    assert!(
        can(&desk, YUKI, "delete-workspace").is_denied(),
        "the deny assignment was read, and beats any role"
    );
    desk.press("wcreate compute<enter>").await;
    assert_eq!(can(&desk, YUKI, "create-compute"), Verdict::CannotTell);
    let screen = desk.screen();
    assert!(screen.contains("nobody is known to"), "{screen}");
    assert!(screen.contains("roleAssignments/read"), "{screen}");
    running.stop().await;
}

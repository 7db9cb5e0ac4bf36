//! Access changed over the emulator, without a terminal: the forms, the review, the run, and what becomes of them.

use crate::support::console::Desk;
use crate::support::emulator;
use amldeck::app::console::Console;
use amldeck::app::effect::Host;
use amldeck::app::message::Message;
use amldeck::app::overlay::Overlay;
use amldeck::app::page::Pane;
use amldeck::app::review::Rights;
use amldeck::app::runtime::Drafts;
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::config::input::Input;

use amldeck::domain::lookup::Lookup;
use amldeck::domain::plan::{Phase, StepState, Warning};
use amldeck::emulator::{Fault, Running};
use serde_json::Value;

const WORKSPACE: &str = "mlw-fraud-prod";
/// The first role of the list for a workspace.
const ROLE: &str = "AzureML Data Scientist";

async fn demo() -> Running {
    emulator::start(emulator::options()).await
}

async fn desk(running: &Running, persona: &str) -> Desk {
    desk_of(&emulator::client(&running.url(), persona)).await
}

/// The same, with clocks that run longer than any test: five minutes are one.
async fn unhurried(running: &Running, persona: &str) -> Desk {
    let options = emulator::client_options(&running.url(), persona);
    desk_of(&Client::new(ClientOptions { pace: Pace::divided_by(5.0), ..options })).await
}

async fn desk_of(client: &Client) -> Desk {
    let mut desk = Desk::open(client, Some(WORKSPACE));
    desk.settle().await;
    assert_eq!(desk.selected(), WORKSPACE);
    desk
}

/// The writes that were sent: method, path, body and the answer's status.
fn writes(running: &Running) -> Vec<(String, String, Value, u16)> {
    let of = |request: amldeck::emulator::LoggedRequest| {
        let path = request.url.split('?').next().unwrap_or_default().to_owned();
        (request.method, path, request.body, request.status)
    };
    let is_write =
        |(method, ..): &(String, String, Value, u16)| ["PUT", "PATCH", "DELETE"].contains(&method.as_str());
    running.requests().into_iter().map(of).filter(is_write).collect()
}

/// The roles that somebody has on the page on screen, in order.
fn roles_of(desk: &Desk, name: &str) -> Vec<String> {
    let Lookup::Found(table) = &desk.model().page().unwrap().opened.access else { panic!("no access table") };
    let mut roles: Vec<String> =
        table.rows.iter().filter(|row| row.label() == name).map(|row| row.role.label().to_owned()).collect();
    roles.sort_unstable();
    roles
}

/// Whether the run that was begun last stands in a phase.
fn stands(console: &Console, phase: Phase) -> bool {
    console.model.runs.all().first().is_some_and(|known| known.run.phase == phase)
}

/// Whether the run that was begun last waits until its roles are in force.
fn waits(console: &Console) -> bool {
    console
        .model
        .runs
        .all()
        .first()
        .is_some_and(|known| known.run.steps.iter().any(|step| step.state == StepState::Waiting))
}

/// A role with an end is waited for itself, and behind it, in the last step, until it is in force.
fn waits_at_the_end(console: &Console) -> bool {
    let first = console.model.runs.all().first();
    first.is_some_and(|known| known.run.steps.last().is_some_and(|step| step.state == StepState::Waiting))
}

/// Fills the form in: the data scientist's role on the workspace for Priya, and asks for the plan.
async fn grant_to_priya(desk: &mut Desk) {
    desk.press("Apriya<enter><enter><down><enter><c-r>").await;
    assert!(matches!(desk.model().overlays.last(), Some(Overlay::Review(_))), "{}", desk.screen());
}

#[tokio::test]
async fn a_role_is_granted_once_its_production_name_is_typed_and_can_be_left_while_it_runs() {
    let running = demo().await;
    let mut desk = unhurried(&running, "owner").await;
    assert_eq!(roles_of(&desk, "Priya Raman"), ["Owner"]);
    grant_to_priya(&mut desk).await;
    assert!(writes(&running).is_empty(), "a plan is no change");
    let screen = desk.screen();
    assert!(screen.contains("PRODUCTION") && screen.contains("roleAssignments"), "{screen}");
    desk.press("<enter>yes<enter>").await;
    assert!(writes(&running).is_empty(), "yes is not its name");
    desk.press("<c-u>mlw-fraud-prod<enter>").await;
    desk.until(waits).await;
    let sent = writes(&running);
    let [(method, path, body, status)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((method.as_str(), *status), ("PUT", 201));
    assert!(path.contains("/workspaces/mlw-fraud-prod/providers/Microsoft.Authorization/roleAssignments/"));
    assert_eq!(body["properties"]["principalType"], "User");
    // It goes on when it is left, is found again, and can be taken up from there.
    desk.press("<esc>").await;
    assert!(desk.model().overlays.is_empty());
    desk.press("!").await;
    assert!(desk.screen().contains("Grant AzureML Data Scientist on mlw-fraud-prod to Priya Raman"));
    desk.press("<enter>").await;
    assert!(desk.screen().contains("do not wait"), "{}", desk.screen());
    let hosts = desk.press_item("do not wait").await;
    assert!(hosts.is_empty());
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    assert_eq!(roles_of(&desk, "Priya Raman"), [ROLE, "Owner"], "the pane is read again");
    running.stop().await;
}

#[tokio::test]
async fn a_grant_is_taken_back_by_a_plan_of_its_own() {
    let running = demo().await;
    let mut desk = unhurried(&running, "owner").await;
    // Nothing is locked here, and it is no production.
    desk.go_to("mlw-fraud-dev").await;
    grant_to_priya(&mut desk).await;
    desk.press("<enter>y").await;
    desk.until(waits).await;
    desk.press("<enter>").await;
    desk.press_item("do not wait").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    assert!(roles_of(&desk, "Priya Raman").contains(&ROLE.to_owned()));
    // Undo is a plan of its own: reviewed, confirmed, run.
    desk.press("<esc>:with its undo<enter>").await;
    desk.press("<enter>u").await;
    assert!(
        matches!(desk.model().overlays.last(), Some(Overlay::Review(review)) if review.undoes.is_some()),
        "{}",
        desk.screen()
    );
    desk.press("<enter>y").await;
    let undone = |console: &Console| {
        let newest = console.model.runs.all().first();
        newest.is_some_and(|known| known.run.undoes.is_some() && known.run.phase == Phase::Done)
    };
    desk.until(undone).await;
    desk.settle().await;
    assert_eq!(
        writes(&running).last().map(|(method, _, _, status)| (method.as_str(), *status)),
        Some(("DELETE", 200))
    );
    assert!(!roles_of(&desk, "Priya Raman").contains(&ROLE.to_owned()));
    running.stop().await;
}

#[tokio::test]
async fn a_lock_that_keeps_a_grant_from_being_undone_is_named_before() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.go_to("hub-vision").await;
    grant_to_priya(&mut desk).await;
    assert!(desk.screen().contains("A lock is in force (freeze on hub-vision)"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_reader_is_told_before_that_it_may_not_grant_and_nothing_is_sent() {
    let running = demo().await;
    let mut desk = desk(&running, "reader").await;
    desk.press("Apriya<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("you lack") && screen.contains("roleAssignments/write"), "{screen}");
    desk.press("<enter><down><enter><c-r>").await;
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{}", desk.screen()) };
    assert!(matches!(&review.rights, Rights::Lacking(lacking) if lacking.len() == 1), "{:?}", review.rights);
    assert!(desk.screen().contains("it does not run until you have it"), "{}", desk.screen());
    desk.press("<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("You lack 1 right for it") && screen.contains("look again"), "{screen}");
    desk.press("r").await;
    assert!(desk.screen().contains("it does not run until you have it"), "{}", desk.screen());
    assert!(writes(&running).is_empty());
    running.stop().await;
}

#[tokio::test]
async fn without_the_directory_the_object_id_and_its_type_are_typed() {
    let running = demo().await;
    let mut desk = desk(&running, "no-directory").await;
    desk.press("Apriya").await;
    let screen = desk.screen();
    assert!(screen.contains("may not read the directory") && screen.contains("Object id"), "{screen}");
    desk.press("<tab>7cda5749").await;
    assert!(desk.screen().contains("an object id looks like"), "what is wrong is said while it is typed");
    desk.press("-f444-4935-8a2e-929dc8a53b5d<enter>").await;
    assert!(desk.screen().contains("could not be checked"), "{}", desk.screen());
    // Its type, then the place, then the first role.
    desk.press("<down><enter><tab><enter><down><enter><c-r>").await;
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{}", desk.screen()) };
    let body = review.plan.steps[0].requests[0].body.clone().unwrap();
    assert_eq!(body["properties"]["principalId"], "7cda5749-f444-4935-8a2e-929dc8a53b5d");
    assert_eq!(body["properties"]["principalType"], "User");
    running.stop().await;
}

#[tokio::test]
async fn a_read_only_console_makes_plans_and_runs_none() {
    let running = demo().await;
    let mut options = emulator::client_options(&running.url(), "owner");
    options.read_only = true;
    let mut desk = Desk::open(&Client::new(options), Some(WORKSPACE));
    desk.settle().await;
    grant_to_priya(&mut desk).await;
    assert!(desk.screen().contains("This console is read-only"));
    desk.press("<enter>").await;
    assert!(desk.screen().contains("it cannot run"), "{}", desk.screen());
    desk.press("<tab>y").await;
    let copied = desk.hosts.iter().find_map(|host| match host {
        Host::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert!(copied.is_some_and(|text| text.contains("az ")), "the az lines are on the clipboard");
    assert!(writes(&running).is_empty());
    running.stop().await;
}

#[tokio::test]
async fn an_inherited_role_is_taken_where_it_was_given_and_the_reach_is_named() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("X").await;
    assert!(desk.screen().contains("choose a row of the access pane"), "{}", desk.screen());
    desk.press("4/farid<enter>X").await;
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{}", desk.screen()) };
    assert!(review.plan.warnings[0].text.contains("mlw-forecast"), "{:?}", review.plan.warnings);
    desk.press("<enter>mlw-fraud-prod<enter>").await;
    assert!(writes(&running).is_empty(), "not the workspace on screen is changed");
    desk.press("<c-u>Contoso<space>Production<enter>").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    let sent = writes(&running);
    let [(method, path, _, 200)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(method, "DELETE");
    assert!(!path.contains("resourceGroups"), "the subscription's assignment: {path}");
    running.stop().await;
}

#[tokio::test]
async fn a_role_that_a_group_gives_too_is_said_to_stay_before_it_is_taken() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.go_to("mlw-fraud-dev").await;
    // Findings read who is in the groups.
    desk.press("f<esc>4/tomás<enter>X").await;
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{}", desk.screen()) };
    let told = |warning: &Warning| {
        warning.text.contains("all the same: Fraud data scientists has it (rg-fraud-dev (group))")
    };
    assert!(review.plan.warnings.iter().any(told), "{:?}", review.plan.warnings);
    running.stop().await;
}

#[tokio::test]
async fn a_persona_is_a_handful_of_roles_of_which_each_can_be_left_out() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.go_to("mlw-fraud-dev").await;
    desk.press("Ppriya<enter><down><tab>").await;
    let screen = desk.screen();
    assert!(screen.contains("(x) development"), "its name says so:\n{screen}");
    desk.press("<c-r>").await;
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{}", desk.screen()) };
    let chosen = review.plan.chosen().count();
    assert!(chosen > 2 && !review.plan.production, "{:?}", review.plan);
    desk.press("<space>").await;
    assert!(
        matches!(desk.model().overlays.last(), Some(Overlay::Review(review)) if review.plan.chosen().count() == chosen - 1)
    );
    // Not production: a question, and Enter alone is a No.
    desk.press("<enter><enter>").await;
    assert!(writes(&running).is_empty() && matches!(desk.model().overlays.last(), Some(Overlay::Review(_))));
    desk.press("<enter>y").await;
    desk.until(waits).await;
    assert_eq!(
        writes(&running).len(),
        chosen - 2,
        "one for each role that was not left out, none for the wait"
    );
    running.stop().await;
}

#[tokio::test]
async fn an_eligible_role_of_ones_own_is_activated_within_its_rules() {
    let running = demo().await;
    let mut desk = unhurried(&running, "contributor").await;
    desk.press("E<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Owner") && desk.model().overlays.len() == 1, "{screen}");
    desk.press("<c-u>9 h").await;
    assert!(desk.screen().contains("at most 4 h"), "what it takes is said:\n{}", desk.screen());
    assert!(desk.screen().contains("to 4 h"), "the policy's longest time is the rule:\n{}", desk.screen());
    desk.press("<c-u>2 h<enter><enter>").await;
    assert!(desk.screen().contains("it cannot be empty"), "the policy wants a reason");
    desk.press("incident 42<c-r>").await;
    assert!(matches!(desk.model().overlays.last(), Some(Overlay::Review(_))), "{}", desk.screen());
    let name = match desk.model().overlays.last() {
        Some(Overlay::Review(review)) => review.plan.subject_name.clone(),
        _ => String::new(),
    };
    desk.press("<enter>").await;
    desk.press(&name.replace(' ', "<space>")).await;
    desk.press("<enter>").await;
    // The policy wants an approval, which nobody here gives: the run says that it waits for it.
    desk.until(waits).await;
    assert!(desk.screen().contains("until somebody has approved it"), "{}", desk.screen());
    let told = |console: &Console| {
        let steps =
            console.model.runs.all().first().map(|known| known.run.steps.as_slice()).unwrap_or_default();
        steps.iter().any(|step| step.status.is_some())
    };
    desk.until(told).await;
    let screen = desk.screen();
    assert!(screen.contains("for 2 h") && screen.contains("it waits for somebody to approve it"), "{screen}");
    let sent = writes(&running);
    let [(method, path, body, 201)] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(method == "PUT" && path.contains("roleAssignmentScheduleRequests"), "{path}");
    assert_eq!(body["properties"]["requestType"], "SelfActivate");
    assert_eq!(body["properties"]["justification"], "incident 42");
    // Whoever asks for it again is told that it waits.
    desk.press("<esc>").await;
    assert!(desk.screen().contains("the run goes on; ! shows it again"), "{}", desk.screen());
    assert!(desk.screen().contains("◐ 1 run"), "the header says that a run goes on:\n{}", desk.screen());
    desk.press("E").await;
    assert!(desk.screen().contains("asked for already"), "{}", desk.screen());
    desk.press("<esc>!<enter>x").await;
    desk.until(|console| stands(console, Phase::Stopped)).await;
    desk.settle().await;
    // What nobody granted is withdrawn, not given back.
    desk.press("<enter>u").await;
    assert!(desk.screen().contains("Withdraw the request for Owner"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_role_with_an_end_that_a_lock_keeps_is_said_to_be_kept() {
    let running = demo().await;
    let mut desk = unhurried(&running, "owner").await;
    desk.press("Apriya<enter><enter><down><enter><space><c-r>").await;
    let screen = desk.screen();
    assert!(
        screen.contains("A lock is in force (keep on rg-fraud-prod)"),
        "the group's lock holds here too:\n{screen}"
    );
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{screen}") };
    let effect = &review.plan.steps[0].effect;
    assert!(effect.contains("until 2026-12-22 14:03 UTC") && screen.contains("until 2026-12-22"), "{screen}");
    desk.press("<enter>mlw-fraud-prod<enter>").await;
    desk.until(waits_at_the_end).await;
    desk.press("<enter>").await;
    desk.press_item("do not wait").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    desk.press("<enter>u<enter>mlw-fraud-prod<enter>").await;
    desk.until(|console| stands(console, Phase::Failed)).await;
    desk.settle().await;
    assert!(desk.screen().contains("a lock on the scope or above it"), "{}", desk.screen());
    assert_eq!(roles_of(&desk, "Priya Raman"), [ROLE, "Owner"], "it is still there, and shown");
    running.stop().await;
}

#[tokio::test]
async fn what_somebody_has_already_is_said_before_anything_runs() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("4/tomás<enter>C<tab>ingrid<enter><c-r>").await;
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{}", desk.screen()) };
    let said = "Ingrid Solberg has Reader on Contoso Production already: nothing is changed there.";
    assert!(review.plan.warnings.iter().any(|warning| warning.text == said), "{:?}", review.plan.warnings);
    running.stop().await;
}

#[tokio::test]
async fn a_name_with_an_apostrophe_is_searched_for_like_any_other() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("Ao'br").await;
    assert!(desk.screen().contains("nothing fits"), "{}", desk.screen());
    desk.press("<enter>").await;
    assert!(desk.screen().contains("change what was typed"), "what was typed stays:\n{}", desk.screen());
    desk.press("<c-u>priya").await;
    assert!(desk.screen().contains("priya.raman@contoso.com"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn what_has_to_be_typed_is_in_sight_however_narrow_the_screen() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    grant_to_priya(&mut desk).await;
    desk.console.input(Input::Resize { width: 50, height: 12 });
    desk.terminal.backend_mut().resize(50, 12);
    desk.press("<enter>").await;
    assert!(desk.screen().contains("plan: mlw-fraud-prod"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn what_one_has_is_copied_to_another() {
    let running = demo().await;
    let mut desk = unhurried(&running, "owner").await;
    desk.press("4/wanjiru<enter>C").await;
    assert!(
        desk.screen().contains("Wanjiru Kamau"),
        "the row under the cursor is suggested:\n{}",
        desk.screen()
    );
    desk.press("<tab>noah<enter><c-r>").await;
    let screen = desk.screen();
    assert!(screen.contains("Give Noah Feldmann what Wanjiru Kamau has"), "{screen}");
    desk.press("<enter>mlw-fraud-prod<enter>").await;
    assert!(writes(&running).is_empty(), "one of the roles is on the whole group: that is the name to type");
    desk.press("<c-u>rg-fraud-prod<enter>").await;
    desk.until(waits).await;
    desk.press("<enter>").await;
    desk.press_item("do not wait").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    assert_eq!(roles_of(&desk, "Noah Feldmann"), roles_of(&desk, "Wanjiru Kamau"));
    running.stop().await;
}

#[tokio::test]
async fn what_azure_refuses_is_told_in_our_words_first_and_what_is_so_now_stays_in_sight() {
    let running = demo().await;
    let message = "The client 'x' with object id 'x' does not have authorization to perform action \
        'Microsoft.Authorization/roleAssignments/write' over scope '/subscriptions/s/resourceGroups/rg/providers/\
        Microsoft.MachineLearningServices/workspaces/mlw-fraud-dev/providers/Microsoft.Authorization/roleAssignments/x' or \
        the scope is invalid. If access was recently granted, please refresh your credentials.";
    let body = serde_json::json!({"error": {"code": "AuthorizationFailed", "message": message}});
    let put = Fault::on("PUT", "*/roleAssignments/*");
    running.add_fault(Fault { status: Some(403), body: Some(body), ..put });
    let mut desk = desk(&running, "owner").await;
    desk.go_to("mlw-fraud-dev").await;
    desk.press("Anoah<enter><enter><down><enter><c-r><enter>y").await;
    desk.until(|console| stands(console, Phase::Failed)).await;
    desk.settle().await;
    let screen = desk.screen();
    let place = |words: &str| screen.find(words).unwrap_or_else(|| panic!("no '{words}' in {screen}"));
    assert!(place("You lack") < place("Azure: 403"), "{screen}");
    assert!(place("shows all of it") < place("What is so now"), "{screen}");
    assert!(!screen.contains("please refresh"), "{screen}");
    desk.press("l").await;
    assert!(desk.screen().contains("please refresh"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn what_ends_by_itself_is_left_out_of_a_copy_or_ends_there_too() {
    let running = demo().await;
    let mut desk = unhurried(&running, "owner").await;
    desk.go_to("mlw-fraud-dev").await;
    desk.press("Apriya<enter><enter><down><enter><space><c-r><enter>y").await;
    desk.until(waits_at_the_end).await;
    desk.press("<enter>").await;
    desk.press_item("do not wait").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    desk.press("<esc>4/priya<enter>C<tab>noah<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("[ ] AzureML Data Scientist  ends  here, until 2026-12-22"), "{screen}");
    assert!(screen.contains("[x] Owner  built-in"), "{screen}");
    desk.press("<up><space><c-r>").await;
    desk.press("j").await;
    let screen = desk.screen();
    assert!(screen.contains("Give AzureML Data Scientist on"), "{screen}");
    assert!(
        screen.contains("2026-12-22 14:03 UTC") && screen.contains("roleAssignmentScheduleRequests"),
        "{screen}"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_draft_outlives_the_console_and_is_offered_again() {
    let running = demo().await;
    let client = emulator::client(&running.url(), "owner");
    let state = tempfile::tempdir().unwrap();
    let drafts = || Some(Drafts::at(state.path(), &running.url()));
    let mut desk = Desk::open_keeping(&client, Some(WORKSPACE), drafts());
    desk.settle().await;
    desk.press("Apriya<enter><enter><down>").await;
    // Ctrl-c ends it from anywhere; what was entered is on disk by then.
    desk.press("<c-c>").await;
    assert!(desk.hosts.contains(&Host::Quit));
    let mut desk = Desk::open_keeping(&client, Some(WORKSPACE), drafts());
    desk.until(|console| !console.model.drafts.is_empty()).await;
    desk.settle().await;
    let told = desk.model().notices.newest_first();
    assert!(told.iter().any(|notice| notice.text.contains("Grant access on mlw-fraud-prod")), "{told:?}");
    desk.press("A").await;
    assert!(desk.screen().contains("go on with the draft"), "{}", desk.screen());
    desk.press("y<c-r>").await;
    assert!(desk.screen().contains("Grant AzureML Data Scientist on mlw-fraud-prod to Priya Raman"));
    running.stop().await;
}

#[tokio::test]
async fn the_mouse_fills_a_form_in_too() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("Apriya").await;
    desk.click_on("( ) Priya Raman").await;
    desk.click_on("Role and place").await;
    desk.click_on("Role    ").await;
    desk.click_on("( ) Reader").await;
    let screen = desk.screen();
    assert!(screen.contains("Priya Raman gets Reader on"), "{screen}");
    assert_eq!(desk.model().focus, Pane::Browser, "what lies below is not clicked");
    running.stop().await;
}

impl Desk {
    /// Presses Down until a choice of the picker on top is under the cursor, and takes it.
    async fn press_item(&mut self, label: &str) -> Vec<Host> {
        let Some(Overlay::Picker(picker)) = self.model().overlays.last() else { panic!("{}", self.screen()) };
        let at = picker.items.iter().position(|item| &*item.label == label).unwrap();
        let before = self.hosts.len();
        for _ in 0..at {
            self.press("<down>").await;
        }
        // What runs goes on for ever but for this; one does not wait for the screen to settle.
        self.rush("<enter>");
        self.hosts.split_off(before)
    }

    /// Clicks on the first cell of a text on screen.
    async fn click_on(&mut self, text: &str) {
        let screen = self.screen();
        let (row, line) = screen
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(text))
            .unwrap_or_else(|| panic!("{text} is not on screen:\n{screen}"));
        let column = line[..line.find(text).unwrap()].chars().count();
        let (column, row) = (u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
        self.handle(Message::Input(Input::Click { column, row }));
        self.settle().await;
    }
}

//! A set-up that was cut off, found by the next console and watched to its end.

use amldeck::app::console::{Clock, Console};
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner};
use amldeck::azure::arm::id::ArmId;
use amldeck::domain::changes::Production;
use amldeck::domain::plan::{Change, Phase};
use amldeck::domain::setup::people::Directory;
use amldeck::domain::setup::plan::{Known, plan};
use amldeck::domain::setup::resolve::SetUp;
use amldeck::domain::setup::spec::PlanFile;

use crate::support::console::{Desk, now};
use crate::support::emulator;

const PLAN: &str = include_str!("../plans/one.toml");

#[tokio::test]
async fn a_console_finds_a_deployment_that_was_left_and_goes_on_watching_to_the_new_workspace() {
    let place = JournalPlace::Memory(Memory::default());
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "owner");
    let runner = Runner::open(client.clone(), &place, Clock::Fixed(now())).await.unwrap();
    let set_up = SetUp::of(&PlanFile::read(PLAN).unwrap(), &Directory::new());
    let plan =
        plan(&set_up, &Known::only_today("2026-11-22".parse().unwrap()), &Production::default()).unwrap();
    let workspace: ArmId = set_up.environments[0].workspace_id();
    // The one that began it dies as soon as Azure has taken the deployment.
    let died = tokio::spawn(async move {
        let mut emit = |event: RunEvent| {
            if let RunEvent::Recorded { record, .. } = event
                && matches!(record.change, Change::Accepted { .. })
            {
                panic!("killed");
            }
        };
        runner.run(plan, None, &Control::default(), &mut emit).await.unwrap()
    });
    assert!(died.await.is_err());
    let mut desk = Desk::open_with(&client, None, None, place);
    desk.settle().await;
    assert!(desk.screen().contains("a change was left unfinished: Set up mlw-tiny"), "{}", desk.screen());
    desk.press("!<enter>").await;
    running.forget_requests();
    desk.press("o").await;
    let done = |console: &Console| {
        console.model.runs.all().first().is_some_and(|known| known.run.phase == Phase::Done)
    };
    desk.until(done).await;
    desk.until(|console| console.model.browser.workspace() == Some(&workspace)).await;
    desk.settle().await;
    let writes = running.requests().into_iter().filter(|one| one.method == "PUT").count();
    assert_eq!(writes, 0, "it was only watched");
    assert_eq!(desk.selected(), "mlw-tiny");
    assert!(desk.model().page().is_some_and(|page| page.id == workspace), "its panes are filled");
    let screen = desk.screen();
    for shown in [
        "What to do next",
        "Succeeded  stmlwtinye4b734  storage account",
        "Azure AI Administrator of rg-tiny",
    ] {
        assert!(screen.contains(shown), "{shown}: {screen}");
    }
    running.stop().await;
}

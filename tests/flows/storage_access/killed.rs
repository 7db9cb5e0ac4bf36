//! The binary carries a switch on and is killed behind each single request; an emulator that was killed with it starts
//! again from its state file. The next console goes on to the same end, or takes back what was done.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use amldeck::app::console::Clock;
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::{Control, JournalPlace, RunError, Runner};
use amldeck::azure::arm::Client;
use amldeck::azure::arm::id::ArmId;
use amldeck::domain::plan::{Phase, Plan, Run, RunId, Undo, inverse};
use futures_util::FutureExt;

use super::stage::{Truth, account, plan, truth, with, words, workspace};
use crate::binary::Emulator;
use crate::support::console::{Desk, now};
use crate::support::emulator;

/// How many requests synchronising keys takes at least, which changes nothing that can be seen.
const RESYNC: usize = 3;
/// No request takes as long.
const LONGEST: Duration = Duration::from_secs(60);

/// An emulator with a state file, and a journal, both of which can be put back to where they were.
struct Scene {
    emulator: Option<Emulator>,
    folder: tempfile::TempDir,
    /// The workspaces that are watched, each with its account.
    watched: Vec<(ArmId, ArmId)>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Self { emulator: None, folder, watched: vec![(workspace(), account())] };
        scene.emulator =
            Some(Emulator::start(&scene.flags(None).iter().map(String::as_str).collect::<Vec<_>>()));
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The emulator's flags; with a number it lets so many requests through and holds the next one.
    fn flags(&self, through: Option<usize>) -> Vec<String> {
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let mut flags = vec!["--speed".into(), "100000".into()];
        flags.extend(["--state".into(), text(self.path("state.json"))]);
        // Whoever asks how an operation is getting on need not wait two seconds first, as Azure leaves them to.
        let mut faults = "[[fault]]\npath = '*'\nheaders = { Retry-After = '0' }\n".to_owned();
        if let Some(through) = through {
            let hold = format!("[[fault]]\npath = '*'\ndelay_ms = 600000\nafter = {through}\n\n");
            faults.insert_str(0, &hold);
            flags.extend(["--request-log".into(), text(self.path("requests.jsonl"))]);
        }
        std::fs::write(self.path("faults.toml"), faults).unwrap();
        flags.extend(["--faults".into(), text(self.path("faults.toml"))]);
        flags
    }

    fn restart(&mut self, through: Option<usize>) {
        let flags = self.flags(through);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        self.emulator = Some(self.emulator.take().unwrap().again(&flags));
    }

    fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().unwrap()
    }

    fn client(&self) -> Client {
        emulator::client(&self.emulator().url, "owner")
    }

    fn journal(&self) -> PathBuf {
        self.emulator().home.path().join(".local/state/amldeck")
    }

    /// Keeps estate and journal as they are now, under a name.
    fn keep(&self, name: &str) {
        copy(&self.journal(), &self.path(name).join("journal"));
        // There is no state before the first change.
        let _ = std::fs::copy(self.path("state.json"), self.path(name).join("state.json"));
    }

    /// Puts estate and journal back; the emulator holds what comes behind so many requests.
    fn put_back(&mut self, name: &str, through: Option<usize>) {
        // What runs would write its own state once more.
        self.emulator.as_mut().unwrap().child.kill().unwrap();
        self.emulator.as_mut().unwrap().child.wait().unwrap();
        std::fs::remove_dir_all(self.journal()).unwrap();
        copy(&self.path(name).join("journal"), &self.journal());
        let _ = std::fs::remove_file(self.path("state.json"));
        let _ = std::fs::copy(self.path(name).join("state.json"), self.path("state.json"));
        let _ = std::fs::remove_file(self.path("requests.jsonl"));
        self.restart(through);
    }

    async fn truth(&self) -> Vec<Truth> {
        let mut all = Vec::new();
        for (workspace, account) in &self.watched {
            all.push(truth(&self.client(), workspace, account).await);
        }
        all
    }

    /// The plan that some keys lead to, with clocks that have run out: the binary goes at the pace of Azure.
    async fn plan(&self, keys: &str) -> Plan {
        let mut desk = Desk::open(&self.client(), Some("mlw-fraud-dev"));
        desk.settle().await;
        desk.press(keys).await;
        timeless(plan(&mut desk))
    }

    /// The same of another workspace, which is watched besides; `mark` marks both.
    async fn plan_on(&mut self, name: &str, mark: &str, keys: &str) -> Plan {
        let mut desk = Desk::open(&self.client(), Some("mlw-fraud-dev"));
        desk.settle().await;
        desk.press(mark).await;
        desk.go_to(name).await;
        let id = desk.model().browser.workspace().unwrap().clone();
        let account = desk.model().page().unwrap().opened.storage_id().unwrap().clone();
        self.watched.push((id, account));
        desk.press(&format!("{mark}{keys}")).await;
        timeless(plan(&mut desk))
    }

    /// Begins a run and dies before its first request; gives its name.
    async fn begin(&self, plan: Plan) -> String {
        let place = JournalPlace::Folder(self.journal());
        let runner = Runner::open(self.client(), &place, Clock::Fixed(now())).await.unwrap();
        let mut name = None;
        let mut emit = |event: RunEvent| {
            if let RunEvent::Recorded { run, .. } = event {
                name = Some(run.0);
                std::panic::resume_unwind(Box::new(()));
            }
        };
        let control = Control::default();
        let died = AssertUnwindSafe(runner.run(plan, None, &control, &mut emit)).catch_unwind().await;
        assert!(died.is_err());
        name.unwrap()
    }

    /// Takes a run back, here: the way back has clocks of its own, and the binary goes at the pace of Azure.
    async fn undo(&self, run: &str) -> Result<Run, RunError> {
        let place = JournalPlace::Folder(self.journal());
        let runner = Runner::open(self.client(), &place, Clock::Fixed(now())).await?;
        runner.undo(&RunId(run.to_owned()), &[], &Control::default(), &mut |_| {}).await
    }

    /// Lets the binary carry a run on and kills it behind so many requests; false when it came to the end.
    fn kill_behind(&self, requests: usize, run: &str) -> bool {
        let mut command = self.emulator().command("owner", &["journal", "resume", run, "--yes"]);
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{requests} requests: {status}");
                return false;
            }
            if lines(&self.path("requests.jsonl")) >= requests {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            assert!(begun.elapsed() < LONGEST, "{requests} requests never came");
            std::thread::yield_now();
        }
    }
}

/// A plan whose clocks have run out, which nobody has to confirm by name.
fn timeless(mut plan: Plan) -> Plan {
    plan.production = false;
    for step in &mut plan.steps {
        let back = match &mut step.undo {
            Undo::By(back) => back.wait.as_mut(),
            _ => None,
        };
        step.wait.iter_mut().chain(back).for_each(|wait| wait.typical = 0);
    }
    plan
}

/// Only these of the roles that a plan gives: some are as good as all.
fn giving(mut plan: Plan, grants: &[&str]) -> Plan {
    plan.steps.retain(|step| !step.id.contains("grant-") || grants.contains(&&*step.id));
    for wait in plan.steps.iter_mut().filter_map(|step| step.wait.as_mut()) {
        wait.after.retain(|id| !id.contains("grant-") || grants.contains(&&**id));
    }
    plan
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Kills the run of a plan behind each request and goes on from there, and behind every `undone_at`th of them undoes it from there, too.
async fn killed_everywhere(scene: &mut Scene, plan: Plan, least: usize, undone_at: usize) {
    let before = scene.truth().await;
    let run = scene.begin(plan).await;
    scene.keep("begun");
    let whole = scene.emulator().run("owner", &["journal", "resume", &run, "--yes"]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let after = scene.truth().await;

    let mut requests = 0;
    loop {
        scene.put_back("begun", Some(requests));
        if !scene.kill_behind(requests, &run) {
            break;
        }
        let at = format!("killed behind {requests} requests");
        let _ = std::fs::remove_dir_all(scene.path("killed"));
        scene.keep("killed");
        scene.put_back("killed", None);
        let resumed = scene.emulator().run("owner", &["journal", "resume", &run, "--yes"]);
        // Behind the last request the run may have come to its end before it was killed.
        let is_over = resumed.code == Some(2) && resumed.err.contains("is over");
        assert!(resumed.code == Some(0) || is_over, "{at}: {resumed:?}");
        assert_eq!(scene.truth().await, after, "{at}, gone on with");

        // Whether it is taken back from there as well is looked at for some of them: each takes its time.
        if requests.is_multiple_of(undone_at) {
            scene.put_back("killed", None);
            match scene.undo(&run).await {
                Ok(undone) => {
                    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()), "{at}");
                }
                Err(RunError::NoWayBack(_)) => {}
                Err(other) => panic!("{at}: {other}"),
            }
            assert_eq!(scene.truth().await, before, "{at}, undone");
        }
        requests += 1;
    }
    assert!(requests >= least, "only {requests} requests");
    assert!(before != after || least <= RESYNC, "it changes something");
}

#[tokio::test]
async fn a_switch_to_identity_killed_behind_each_request_comes_to_the_same_end_or_back() {
    let mut scene = Scene::new();
    let plan = giving(with(scene.plan("s<enter>i").await, "keys-off"), &["grant-1", "grant-2"]);
    killed_everywhere(&mut scene, plan, 15, 1).await;
}

#[tokio::test]
async fn the_way_back_to_keys_killed_behind_each_request_comes_to_the_same_end_or_back() {
    let mut scene = Scene::new();
    let there = giving(with(scene.plan("s<enter>i").await, "keys-off"), &["grant-1"]);
    let place = JournalPlace::Folder(scene.journal());
    let runner = Runner::open(scene.client(), &place, Clock::Fixed(now())).await.unwrap();
    let run = runner.run(there, None, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!(run.phase, Phase::Done);
    let mut back = scene.plan("s<enter>b").await;
    back.steps.extend(amldeck::domain::storage_access::made([&run], &account()));
    back.steps.iter_mut().for_each(|step| step.chosen = true);
    killed_everywhere(&mut scene, back, 15, 1).await;
}

#[tokio::test]
async fn a_switch_of_several_killed_behind_each_request_comes_to_the_same_end_or_back() {
    let mut scene = Scene::new();
    let both = scene.plan_on("mlw-staging", "<space>", "s<enter>a").await;
    let plan = giving(both, &["1-grant-1"]);
    let switches = plan.steps.iter().filter(|step| step.id.ends_with("-switch")).count();
    assert_eq!((switches, plan.chosen().count()), (2, 5), "{:?}", plan.steps);
    killed_everywhere(&mut scene, plan, 14, 3).await;
}

#[tokio::test]
async fn roles_alone_killed_behind_each_request_come_to_the_same_end_or_back() {
    let mut scene = Scene::new();
    let plan = scene.plan_on("fs-customer-dev", "", "s<enter>i").await;
    let plan = giving(plan, &["grant-1", "grant-2"]);
    assert_eq!(plan.chosen().count(), 3, "two roles and their clock, and no switch: {:?}", plan.steps);
    killed_everywhere(&mut scene, plan, 6, 3).await;
}

#[tokio::test]
async fn the_synchronising_of_keys_killed_behind_each_request_comes_to_its_end() {
    let mut scene = Scene::new();
    let plan = scene.plan("s<enter>s").await;
    killed_everywhere(&mut scene, plan, RESYNC, 3).await;
}

#[tokio::test]
async fn an_undo_killed_behind_each_request_comes_to_the_same_end_or_is_taken_back() {
    let mut scene = Scene::new();
    let there = giving(with(scene.plan("s<enter>i").await, "keys-off"), &["grant-1"]);
    let place = JournalPlace::Folder(scene.journal());
    let runner = Runner::open(scene.client(), &place, Clock::Fixed(now())).await.unwrap();
    let run = runner.run(there, None, &Control::default(), &mut |_| {}).await.unwrap();
    let back = timeless(inverse(&run, &[]).unwrap());
    assert_eq!(back.steps.len(), 4, "keys, the switch, the keys in step, the role");
    killed_everywhere(&mut scene, back, 10, 3).await;
}

#[tokio::test]
async fn a_console_that_starts_again_offers_to_go_on_or_undo_what_was_cut_off() {
    let mut scene = Scene::new();
    let plan = scene.plan("s<enter>i").await;
    let run = scene.begin(plan).await;
    scene.restart(Some(6));
    assert!(scene.kill_behind(6, &run));
    scene.restart(None);
    let shown = scene.emulator().run("owner", &["--print", "80x24"]);
    assert!(
        shown.out.contains("a change was left unfinished: Switch mlw-fraud-dev to identity"),
        "{shown:?}"
    );
    let line = ["--print", "80x24", "--keys", "!<enter>"];
    let shown = scene.emulator().run("owner", &line);
    for words in ["go on", "undo", "leave it", "left in the middle"] {
        assert!(shown.out.contains(words), "{words}: {shown:?}");
    }
}

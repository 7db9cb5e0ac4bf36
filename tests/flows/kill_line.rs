//! The real binary killed after each of its requests, and gone on with.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amldeck::emulator::{Options, Running};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use reqwest::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::binary::amldeck;
use super::support::emulator;

/// A line between the binary and the emulator that goes dead behind a certain request: it was carried out, and nobody
/// learns of it.
struct Line {
    url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    target: Mutex<String>,
    http: reqwest::Client,
    home: std::path::PathBuf,
    /// How many requests of a run were carried out.
    seen: AtomicUsize,
    /// Behind which of them it goes dead; 0 is never.
    dead_behind: AtomicUsize,
    dead: Notify,
}

impl Line {
    async fn to(target: &str, home: &Path, dead_behind: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            target: Mutex::new(target.to_owned()),
            http: reqwest::Client::builder().no_proxy().gzip(false).build().unwrap(),
            home: home.to_owned(),
            seen: AtomicUsize::new(0),
            dead_behind: AtomicUsize::new(dead_behind),
            dead: Notify::new(),
        });
        let service = Router::new().fallback(pass).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { url, shared, task }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether a run was begun: its file is there before its first request.
fn has_begun(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let path = entry.path();
            path.extension().is_some_and(|end| end == "jsonl") || path.is_dir() && has_begun(&path)
        })
    })
}

async fn pass(State(line): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let counts = has_begun(&line.home.join(".local/state/amldeck"));
    let sent: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    for header in [ACCEPT_ENCODING, CONTENT_LENGTH, CONNECTION] {
        headers.remove(header);
    }
    let target = format!("{}{}", line.target.lock().unwrap(), parts.uri);
    let answer =
        line.http.request(parts.method.clone(), target).headers(headers).body(sent).send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    if counts {
        let seen = line.seen.fetch_add(1, Ordering::SeqCst) + 1;
        if seen == line.dead_behind.load(Ordering::SeqCst) {
            line.dead.notify_one();
            std::future::pending::<()>().await;
        }
    }
    for header in [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION] {
        headers.remove(header);
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A home folder, an emulator that keeps its documents in a file of it, and the line between them.
struct Scene {
    home: TempDir,
    running: Running,
    line: Line,
}

impl Scene {
    async fn open(dead_behind: usize) -> Self {
        let home = tempfile::tempdir().unwrap();
        let running = emulator::start(Self::options(&home)).await;
        let line = Line::to(&running.url(), home.path(), dead_behind).await;
        Self { home, running, line }
    }

    fn options(home: &TempDir) -> Options {
        Options { state: Some(home.path().join("estate.json")), ..emulator::options() }
    }

    /// Ends the emulator and starts another one on what it kept.
    async fn restart(self) -> Self {
        let Self { home, running, line } = self;
        running.stop().await;
        let running = emulator::start(Self::options(&home)).await;
        *line.shared.target.lock().unwrap() = running.url();
        line.shared.dead_behind.store(0, Ordering::SeqCst);
        Self { home, running, line }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = amldeck(self.home.path());
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments)
            .args(["--arm-endpoint", &self.line.url]);
        command.env("AMLDECK_ACCESS_TOKEN", "owner").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// Applies the small plan until the line is dead; `None` when it came to its end before.
    async fn apply_until_dead(&self) -> Option<Child> {
        let mut child = self.command(&["apply", "tests/plans/one.toml", "--yes"]).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        // What it writes ends when it does.
        let ended = tokio::task::spawn_blocking(move || std::io::copy(&mut out, &mut std::io::sink()));
        let dead = tokio::select! {
            () = self.line.shared.dead.notified() => true,
            _ = ended => false,
        };
        dead.then_some(child)
    }

    /// The one run of the journal.
    async fn left(&self) -> serde_json::Value {
        let (_, out, error) = self.run(&["journal", "list", "-o", "json"]).await;
        let all: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}"));
        assert_eq!(all.as_array().unwrap().len(), 1, "{all:#}");
        all[0].clone()
    }

    /// Goes on with what was left, and sees that it came to the same end as if nothing had happened.
    async fn goes_on(&self, at: &str) {
        let left = self.left().await;
        assert_eq!((&left["held"], &left["title"]), (&false.into(), &"Set up mlw-tiny".into()), "{at}");
        if left["phase"] != "done" {
            let run = left["run"].as_str().unwrap();
            let (exit, _, error) = self.run(&["journal", "resume", run, "--yes"]).await;
            assert_eq!(exit, 0, "{at}: {error}");
        }
        assert_eq!(self.left().await["phase"], "done", "{at}");
        // Nothing is missing, and nothing was made twice.
        let (exit, _, error) = self.run(&["apply", "tests/plans/one.toml", "--yes"]).await;
        assert!(exit == 0 && error.contains("nothing was changed"), "{at}: {error}");
    }
}

/// Kills the binary behind a request, and goes on with what it left.
async fn killed_behind(request: usize) {
    let scene = Scene::open(request).await;
    // How often an operation is polled differs a little: there may be one request less.
    let Some(mut child) = scene.apply_until_dead().await else { return };
    // SIGKILL: nothing is tidied up.
    child.kill().unwrap();
    child.wait().unwrap();
    let scene = scene.restart().await;
    scene.goes_on(&format!("killed behind request {request}")).await;
    scene.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_killed_behind_each_single_request_is_gone_on_with_to_the_same_end() {
    let scene = Scene::open(0).await;
    let (exit, _, error) = scene.run(&["apply", "tests/plans/one.toml", "--yes"]).await;
    assert_eq!(exit, 0, "{error}");
    let requests = scene.line.shared.seen.load(Ordering::SeqCst);
    assert!(requests > 8, "{requests} requests");
    scene.running.stop().await;
    let all = stream::iter(1..=requests).for_each_concurrent(3, killed_behind);
    all.await;
}

/// Sends a signal to the binary; gives its exit code and what it said.
async fn ended_by(signal: &str, mut child: Child) -> (Option<i32>, String) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let status = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        (child.wait().unwrap().code(), said)
    });
    status.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_that_is_ended_while_azure_does_not_answer_leaves_a_run_that_is_gone_on_with() {
    for signal in ["-HUP", "-TERM"] {
        let scene = Scene::open(8).await;
        let child = scene.apply_until_dead().await.unwrap();
        let (code, said) = ended_by(signal, child).await;
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("`amldeck journal resume 2"), "{said}");
        let scene = scene.restart().await;
        scene.goes_on(signal).await;
        scene.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_whose_terminal_is_closed_writes_down_that_it_was_stopped_and_leaves_its_deployment_to_azure() {
    for signal in ["-HUP", "-TERM"] {
        let scene = Scene::open(0).await;
        scene.running.hold();
        let sent = |method: &str, path: &str| {
            let log = scene.running.requests();
            log.iter().any(|one| one.method == method && one.url.to_lowercase().contains(path))
        };
        let child = scene.command(&["apply", "tests/plans/one.toml", "--yes"]).spawn().unwrap();
        while !sent("PUT", "/resourcegroups/rg-tiny?") {
            // What is asked beforehand takes its time; the deployment comes behind its group and does not end.
            scene.running.pass(Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        while !sent("GET", "/operationstatuses/") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (code, said) = ended_by(signal, child).await;
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("stopped; what is so now:") && said.contains("Taken by Azure"), "{said}");
        assert_eq!(scene.left().await["phase"], "stopped", "{said}");
        assert!(!sent("POST", "/cancel?"), "it goes on there");
        scene.running.go_on();
        scene.goes_on(signal).await;
        scene.running.stop().await;
    }
}

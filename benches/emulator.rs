//! What the emulator takes for a large estate: making it, holding it, and answering a page of Resource Graph.
//!
//! `cargo bench --bench emulator` prints a table. Memory is read from `/proc`, so it is zero where there is none.

use std::time::{Duration, Instant};

use amldeck::emulator::generate::{Spec, generate};
use amldeck::emulator::{self, Options};
use anyhow::Context;
use serde_json::{Value, json};

const LARGE: &str = "subscriptions=500,workspaces=10000,assignments=50000,seed=7";

/// Queries whose pages are measured: the console's own kind of list, a bare list of everything, assignments, a join.
const QUERIES: [(&str, &str); 5] = [
    (
        "workspaces, with properties, by name",
        "resources | where type =~ 'microsoft.machinelearningservices/workspaces' | project id, name, location, resourceGroup, subscriptionId, kind, tags, properties | order by name asc",
    ),
    (
        "workspaces, ids and names",
        "resources | where type =~ 'microsoft.machinelearningservices/workspaces' | project id, name | order by id asc",
    ),
    ("everything, by id", "resources | project id, name, type | order by id asc"),
    (
        "role assignments",
        "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | project id, properties.principalId | order by id asc",
    ),
    (
        "workspaces with their subscription",
        "resources | where type =~ 'microsoft.machinelearningservices/workspaces' | join kind=leftouter (resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project subscriptionId, subscription = name) on subscriptionId | project id, name, subscription | order by id asc",
    ),
];

/// A line of `/proc/self/status` in MiB.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    found.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// What was taken, from a shuffled many.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

async fn pages() -> anyhow::Result<()> {
    let spec: Spec = LARGE.parse()?;
    let before = memory("VmRSS");
    let started = Instant::now();
    let estate = generate(&spec);
    let made = started.elapsed();
    let options = Options { throttle: false, remembered: 0, ..Options::new(estate) };
    let running = emulator::start(options).await?;
    let ready = started.elapsed();
    row("generate", made);
    row("generate and start", ready);
    line("resident memory more than before, MiB", memory("VmRSS").saturating_sub(before));
    let http = reqwest::Client::builder().no_proxy().no_gzip().build()?;
    let url = format!("{}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", running.url());
    for (name, query) in QUERIES {
        let mut first = Vec::new();
        let mut later = Vec::new();
        let mut bytes = 0;
        for round in 0..8 {
            // A comment makes it another query, of which nothing is kept.
            let query = format!("{query} // {round}");
            let mut token = Value::Null;
            for page in 0..6 {
                let mut options = json!({ "$top": 1000 });
                if token.is_string() {
                    options["$skipToken"] = token.clone();
                }
                let body = json!({ "query": query, "options": options });
                let started = Instant::now();
                let response = http.post(&url).bearer_auth("owner").json(&body).send().await?;
                let answer = response.error_for_status()?.bytes().await?;
                if page == 0 { &mut first } else { &mut later }.push(started.elapsed());
                bytes = bytes.max(answer.len());
                let answer: Value = serde_json::from_slice(&answer)?;
                anyhow::ensure!(answer["data"].is_array(), "no page of {name}");
                token = answer["$skipToken"].clone();
            }
        }
        let worst = later.iter().max().copied().unwrap_or_default();
        let what = format!("{name} ({} kB)", bytes / 1000);
        row(&format!("first page of 1,000: {what}"), median(first));
        row(&format!("... later ones: {what}"), median(later));
        row(&format!("... the slowest of those: {what}"), worst);
    }
    line("resident memory at the end, MiB", memory("VmRSS"));
    line("... at the most, MiB", memory("VmHWM"));
    running.stop().await;
    Ok(())
}

fn row(what: &str, time: Duration) {
    line(what, format!("{:.1} ms", time.as_secs_f64() * 1000.0));
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn line(what: &str, value: impl std::fmt::Display) {
    println!("| {what} | {value} |");
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("no runtime")?.block_on(pages())
}

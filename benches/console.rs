//! The parts that a key, a frame and a start are made of, one by one.

mod shared;

use std::hint::black_box;

use amldeck::app::browser::Browser;
use amldeck::app::filter::{Filter, Searchable};
use amldeck::app::haystack::{Haystack, Haystacks};
use amldeck::azure::resource_graph::{Page, WorkspaceRow};
use amldeck::config::key::Key;
use amldeck::domain::inventory::Inventory;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use serde_json::json;
use shared::{FULL, Load, Stage, inventory, now, rows};

struct Line<'a>(Haystack<'a>);

impl Searchable for Line<'_> {
    fn haystack(&self) -> Haystack<'_> {
        self.0
    }

    fn column(&self, _: &str) -> Option<std::borrow::Cow<'_, str>> {
        None
    }
}

fn frames(c: &mut Criterion) -> anyhow::Result<()> {
    let mut stage = Stage::loaded(FULL)?;
    c.bench_function("frame 200x60, nothing changed", |b| b.iter(|| stage.draw()));
    c.bench_function("frame 200x60, every cell sent", |b| b.iter(|| stage.draw_whole()));
    let mut down = true;
    c.bench_function("key j or k, and the frame", |b| {
        b.iter(|| {
            down = !down;
            stage.key_to_frame(Key::char(if down { 'j' } else { 'k' }))
        });
    });
    c.bench_function("tree or table, and the frame", |b| b.iter(|| stage.key_to_frame(Key::char('t'))));
    Ok(())
}

fn starts(c: &mut Criterion) -> anyhow::Result<()> {
    let inventory = inventory(FULL)?;
    let bytes = inventory.to_cache(now()?)?;
    c.bench_function("cached inventory of 10,000: read", |b| {
        b.iter_with_large_drop(|| Inventory::from_cache(black_box(&bytes)));
    });
    c.bench_function("cached inventory of 10,000: read its outline", |b| {
        b.iter_with_large_drop(|| Inventory::outline(black_box(&bytes)));
    });
    c.bench_function("cached inventory of 10,000: write", |b| {
        b.iter(|| inventory.to_cache(black_box(jiff::Timestamp::UNIX_EPOCH)));
    });
    for (table, what) in [(false, "tree"), (true, "table")] {
        c.bench_function(&format!("inventory of 10,000: into the {what}"), |b| {
            b.iter_batched_ref(
                || Browser::new(table),
                |browser| browser.inventory_changed(&inventory),
                BatchSize::LargeInput,
            );
        });
    }
    let page = json!({"totalRecords": 10_000, "count": 1_000, "resultTruncated": "false", "facets": [],
        "data": rows(Load { workspaces: 1_000, ..FULL }), "$skipToken": "ew0KICAi"});
    c.bench_function("page of 1,000 rows: decode", |b| {
        b.iter_batched(|| page.clone(), Page::<WorkspaceRow>::decode, BatchSize::LargeInput);
    });
    let page: Page<WorkspaceRow> = Page::decode(page)?;
    c.bench_function("page of 1,000 rows: into the inventory", |b| {
        b.iter_batched_ref(
            Inventory::default,
            |inventory| inventory.add_rows(&page.rows),
            BatchSize::LargeInput,
        );
    });
    Ok(())
}

fn filters(c: &mut Criterion) {
    let mut lines = Haystacks::default();
    for n in 0..50_000 {
        let name = format!("Person {n} of the team");
        lines.add(&[
            &name,
            &format!("person{n}@contoso.example"),
            &format!("Role number {}", n % 60),
            "here",
        ]);
    }
    for text in ["p", "person 49", "nosrep", "'number 12", "!here"] {
        c.bench_function(&format!("filter of 50,000 rows: {text}"), |b| {
            b.iter(|| {
                let mut filter = Filter::parse(text);
                (0..lines.len()).filter(|row| filter.matches(&Line(lines.get(*row)))).count()
            });
        });
    }
}

fn all(c: &mut Criterion) {
    // A bench that cannot be set up has nothing to measure; the message says why.
    if let Err(error) = frames(c).and_then(|()| starts(c)) {
        c.bench_function(&format!("not measured: {error:#}"), |b| b.iter(|| ()));
    }
    filters(c);
}

criterion_group!(benches, all);
criterion_main!(benches);

//! Questions about access over evidence of the largest size: making it ready, the matrix, one question; and
//! how much memory each takes.

#[path = "shared/access.rs"]
mod large;

use std::hint::black_box;
use std::sync::Arc;

use amldeck::azure::arm::id::ArmId;
use amldeck::domain::access::{
    Access, Act, Asked, Matrix, MatrixSort, Place, Principals, answer, what_can, who_can, why_not,
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use large::Nameless;

/// Resident memory of this process, in MiB; none where the system does not tell.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn questions(c: &mut Criterion) -> anyhow::Result<()> {
    let before = resident();
    let evidence = large::shared()?;
    let gathered = resident();
    let targets = large::targets();
    let access = Arc::new(Access::new(Arc::clone(&evidence), Timestamp::UNIX_EPOCH));
    let ready = resident();
    let principals = Principals::default();
    let matrix = Matrix::new(Arc::clone(&access), &targets, &principals, &Nameless);
    let (memberships, widest, deepest) = large::shape(&evidence);
    let groups = format!("{memberships} memberships, {widest} in the widest group, {deepest} deep");
    let memory = [before, gathered, ready, resident()].map(Option::unwrap_or_default);
    c.bench_function(
        &format!(
            "memory in MiB before, evidence, index, matrix of {} rows: {memory:?}; {groups}",
            matrix.rows.len()
        ),
        |b| b.iter(|| ()),
    );
    c.bench_function("access of 50,000: make ready", |b| {
        b.iter_with_large_drop(|| Access::new(Arc::clone(&evidence), Timestamp::UNIX_EPOCH));
    });
    c.bench_function("access of 50,000: the matrix", |b| {
        b.iter_batched(
            || Arc::clone(&access),
            |access| Matrix::new(access, &targets, &principals, &Nameless),
            BatchSize::PerIteration,
        );
    });
    c.bench_function("access of 50,000: sort the matrix by a column", |b| {
        b.iter(|| matrix.order(MatrixSort::Column(Place::Workspace), false));
    });
    // Both together are the full matrix, from what was read.
    c.bench_function("access of 50,000: make ready and the matrix", |b| {
        b.iter_with_large_drop(|| {
            let access = Arc::new(Access::new(Arc::clone(&evidence), Timestamp::UNIX_EPOCH));
            Matrix::new(access, &targets, &principals, &Nameless)
        });
    });
    let person = large::id('a', 13);
    let act = Act::control("Microsoft.MachineLearningServices/workspaces/jobs/write");
    let at: &ArmId = &targets.workspace;
    c.bench_function("access of 50,000: may one do this", |b| {
        b.iter(|| access.decide(black_box(&person), &act, at));
    });
    for name in ["read-workspace", "run-jobs", "read-blobs"] {
        let asked = Asked::parse(name)?;
        let people = who_can(&access, &targets, &asked).can.len();
        c.bench_function(&format!("access of 50,000: who can {name} ({people} can)"), |b| {
            b.iter(|| who_can(&access, &targets, black_box(&asked)));
        });
    }
    let asked = Asked::parse("run-jobs")?;
    c.bench_function("access of 50,000: can one run jobs, with why", |b| {
        b.iter(|| answer(&access, &targets, &asked, black_box(&person)));
    });
    c.bench_function("access of 50,000: what can one do", |b| {
        b.iter(|| what_can(&access, &targets, black_box(&person)));
    });
    let nobody = large::id('a', 19_999);
    let asked = Asked::parse("create-compute")?;
    c.bench_function("access of 50,000: why not", |b| {
        b.iter(|| why_not(&access, &targets, &asked, black_box(&nobody)));
    });
    Ok(())
}

fn all(c: &mut Criterion) {
    // A bench that cannot be set up has nothing to measure; the message says why.
    if let Err(error) = questions(c) {
        c.bench_function(&format!("not measured: {error:#}"), |b| b.iter(|| ()));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = all
}
criterion_main!(benches);

//! The report in sections for a person.

use std::path::PathBuf;

use super::Report;
use super::checks::{Rights, State};
use crate::app::export::Sheet;
use crate::cli::output::Section;
use crate::domain::fact::Tone;

/// The sections of the report.
pub fn of(report: &Report) -> Vec<Section> {
    vec![
        files(report),
        azure(report),
        sign_in(report),
        checks(report),
        subscriptions(report),
        Section::facts(
            "What to type",
            report.to_type.iter().enumerate().map(|(at, command)| {
                let label = if at == 0 { "Type" } else { "then" };
                (label.to_owned(), command.clone(), Tone::Plain)
            }),
        ),
    ]
}

fn fact(label: &str, value: impl Into<String>) -> (String, String, Tone) {
    (label.to_owned(), value.into(), Tone::Plain)
}

fn files(report: &Report) -> Section {
    let files = &report.files;
    let path = |path: &Option<PathBuf>| {
        path.as_ref().map_or_else(|| "there is no home folder".to_owned(), |path| path.display().to_string())
    };
    let there = if files.settings_exist { "" } else { " (not there: defaults)" };
    let log = files
        .log
        .as_ref()
        .map_or_else(|| "none; --log-file writes one".to_owned(), |log| log.display().to_string());
    Section::facts(
        "This machine",
        [
            fact("Settings", format!("{}{there}", path(&files.settings))),
            fact("Cache", path(&files.cache)),
            fact("State", path(&files.state)),
            fact("Log", log),
            fact("Terminal", report.terminal.words()),
        ],
    )
}

fn azure(report: &Report) -> Section {
    let azure = &report.azure;
    let mut facts = vec![
        fact("Cloud", azure.cloud),
        fact("ARM", &*azure.arm_endpoint),
        fact("Graph", &*azure.graph_endpoint),
        fact("Credential", azure.credential),
        fact("Tenant", azure.tenant.as_deref().unwrap_or("the account's own")),
    ];
    if azure.read_only {
        facts.push(fact("Read-only", "yes: nothing that changes Azure is sent"));
    }
    Section::facts("Azure", facts)
}

fn sign_in(report: &Report) -> Section {
    let mut sheet = Sheet {
        names: vec!["token", "outcome", "detail"],
        titles: vec!["Token, and who was asked for it", "Outcome", "Detail"],
        rows: Vec::new(),
    };
    let mut tones = Vec::new();
    for audience in &report.sign_in {
        let (outcome, tone) =
            if audience.signed_in { ("signed in", Tone::Good) } else { ("failed", Tone::Bad) };
        sheet.rows.push([audience.service, outcome, &audience.words()].map(str::to_owned).into());
        tones.push(vec![Tone::Plain, tone, Tone::Plain]);
        for attempt in &audience.attempts {
            let detail = match attempt.outcome {
                "answered" => format!("in {} ms", attempt.milliseconds),
                _ => attempt.reasons.join(" "),
            };
            sheet.rows.push(vec![format!("  {}", attempt.credential), attempt.outcome.to_owned(), detail]);
            tones.push(vec![Tone::Muted; 3]);
        }
    }
    let mut section = Section::table("Sign-in", sheet, tones);
    section.whole = true;
    section
}

fn checks(report: &Report) -> Section {
    let tone = |state| match state {
        State::Ok => Tone::Good,
        State::Failed => Tone::Bad,
        State::Skipped => Tone::Muted,
    };
    let rows = report.checks.iter().map(|check| {
        let took = check.milliseconds.map_or_else(String::new, |ms| format!("{ms} ms"));
        vec![check.name.to_owned(), check.state.word().to_owned(), took, check.detail.clone()]
    });
    let sheet = Sheet {
        names: vec!["name", "state", "milliseconds", "detail"],
        titles: vec!["Check", "State", "Took", "Detail"],
        rows: rows.collect(),
    };
    let tones = report.checks.iter().map(|check| vec![Tone::Plain, tone(check.state), Tone::Muted]).collect();
    let mut section = Section::table("Checks", sheet, tones);
    section.whole = true;
    section
}

fn subscriptions(report: &Report) -> Section {
    let rows = report.subscriptions.iter().map(|s| {
        let rights = s.rights.as_ref().map_or_else(|| "not told".to_owned(), Rights::words);
        vec![s.display_name.clone(), s.id.clone(), s.state.clone().unwrap_or_default(), rights]
    });
    let sheet = Sheet {
        names: vec!["displayName", "id", "state", "rights"],
        titles: vec!["Subscription", "Id", "State", "You may, in the whole of it"],
        rows: rows.collect(),
    };
    Section::table("Subscriptions", sheet, Vec::new())
}

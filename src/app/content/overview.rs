//! The overview of a workspace: what it is, how it stands, what was found about it, and its ids.

use jiff::Timestamp;

use super::Line;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::resources::common::Identity;
use crate::azure::resources::lock::LockLevel;
use crate::azure::resources::workspace::Workspace;
use crate::domain::access::PrincipalName;
use crate::domain::fact::Tone;
use crate::domain::posture::Report;
use crate::domain::storage_access::{Health, StorageAccess};

/// What is worth a glance.
pub(super) fn brief(model: &Model, page: &Page) -> Vec<Line> {
    if !page.has_body() {
        return Vec::new();
    }
    let workspace = &page.opened.workspace;
    let storage = StorageAccess::of(workspace, &page.opened.storage());
    let created = format!("created {}", created(model, workspace, "%Y-%m-%d"));
    let how = vec![
        (storage.words(), storage.tone()),
        (encryption(workspace).to_owned(), Tone::Plain),
        (format!("identity {}", identity(workspace)), Tone::Plain),
    ];
    vec![
        Line::pieces(
            workspace.workspace_kind().as_str(),
            vec![(created, Tone::Plain), (tags(workspace).join(" "), Tone::Muted)],
        ),
        Line::pieces("Storage", how),
        worst(&page.report),
    ]
}

/// How many findings there are, and the worst of them.
pub(super) fn worst(report: &Report) -> Line {
    let gaps = gaps(report);
    let first = report.findings.first();
    let said = match (first, gaps.is_empty()) {
        (Some(worst), _) => (format!("{}: {}", report.findings.len(), worst.title), worst.severity.tone()),
        (None, true) => ("none".to_owned(), Tone::Good),
        (None, false) => ("none so far".to_owned(), Tone::Muted),
    };
    let line = Line::pieces("Findings", vec![said, (gaps, Tone::Muted)]);
    Line { finding: first.map(|worst| worst.id), ..line }
}

/// All that is known.
pub(super) fn full(model: &Model, page: &Page) -> Vec<Line> {
    if !page.has_body() {
        return Vec::new();
    }
    let mut lines = facts(model, page);
    lines.extend(locks(page));
    for (at, tag) in tags(&page.opened.workspace).iter().enumerate() {
        lines.push(Line::fact(if at == 0 { "Tags" } else { "" }, tag, Tone::Plain));
    }
    lines.extend(findings(&page.report));
    lines.extend(ids(&page.opened.workspace));
    lines
}

fn facts(model: &Model, page: &Page) -> Vec<Line> {
    const MINUTE: &str = "%Y-%m-%d %H:%M";
    let workspace = &page.opened.workspace;
    let properties = &workspace.properties;
    let storage = StorageAccess::of(workspace, &page.opened.storage());
    let mut lines = vec![Line::fact("Name", workspace.id.name(), Tone::Plain)];
    lines.extend(maybe("Friendly name", properties.friendly_name.as_deref()));
    lines.extend(maybe("Description", properties.description.as_deref()));
    lines.push(Line::fact("Kind", workspace.workspace_kind().as_str(), Tone::Plain));
    if let Some(entry) = model.inventory.get(&page.id) {
        lines.push(Line::fact("State", entry.state_word(), entry.state_tone()));
        let subscription = model.inventory.subscription_label(&entry.subscription);
        lines.push(Line::fact("Subscription", subscription, Tone::Plain));
        lines.push(Line::fact("Resource group", &*entry.group, Tone::Plain));
    }
    lines.push(Line::fact("Region", &workspace.location, Tone::Plain));
    lines.push(Line::fact("Created", created(model, workspace, MINUTE), Tone::Plain));
    let system = workspace.system_data.as_ref();
    if let Some(at) = system.and_then(|data| data.last_modified_at) {
        let by = system.and_then(|data| data.last_modified_by.as_deref());
        let by = by.map_or_else(|| "somebody".to_owned(), |by| who(model, by));
        lines.push(Line::fact("Changed", format!("{} by {by}", time(model, at, MINUTE)), Tone::Plain));
    }
    lines.push(Line::fact("Storage access", storage.words(), storage.tone()));
    if let Health::Broken { why } | Health::Unknown { why } = &storage.health {
        lines.push(Line::fact("", why.as_str(), storage.tone()));
    }
    lines.push(Line::fact("Encryption", encryption(workspace), Tone::Plain));
    lines.push(Line::fact("Identity", identity(workspace), Tone::Plain));
    for (label, value) in [
        ("High business impact", properties.hbi_workspace),
        ("Data isolation", properties.enable_data_isolation),
        ("Legacy mode", properties.v1_legacy_mode),
    ] {
        lines.extend(value.map(|value| Line::fact(label, if value { "on" } else { "off" }, Tone::Plain)));
    }
    lines.extend(maybe("Image build", properties.image_build_compute.as_deref()));
    lines
}

fn locks(page: &Page) -> Vec<Line> {
    match page.opened.locks.found() {
        Some(locks) if locks.is_empty() => vec![Line::fact("Lock", "none", Tone::Muted)],
        Some(locks) => {
            let line = |lock: &crate::azure::resources::lock::Lock| {
                let level = lock.properties.level.as_ref().map_or("", LockLevel::as_str);
                let notes = lock.properties.notes.as_deref().unwrap_or_default();
                Line::fact("Lock", format!("{level} {} {notes}", lock.name).trim(), Tone::Warn)
            };
            locks.iter().map(line).collect()
        }
        None => {
            let why = page.opened.locks.absence().unwrap_or_default();
            vec![Line::fact("Lock", why, Tone::Muted)]
        }
    }
}

fn findings(report: &Report) -> Vec<Line> {
    let gaps = gaps(report);
    if report.findings.is_empty() && gaps.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::heading("Findings")];
    if !gaps.is_empty() {
        lines.push(Line::fact("", gaps, Tone::Muted));
    }
    for finding in &report.findings {
        let text = if finding.detail.is_empty() {
            finding.title.to_owned()
        } else {
            format!("{}: {}", finding.title, finding.detail)
        };
        let line = Line::fact(finding.severity.word(), text, finding.severity.tone());
        lines.push(Line { finding: Some(finding.id), ..line });
    }
    lines
}

fn ids(workspace: &Workspace) -> Vec<Line> {
    let properties = &workspace.properties;
    let system = workspace.system_data.as_ref();
    let creator = system.and_then(|data| data.created_by.as_deref()).filter(|by| is_id(by));
    let mut lines = vec![Line::heading("Ids"), Line::fact("ARM id", workspace.id.as_str(), Tone::Muted)];
    lines.extend(maybe("Workspace id", properties.workspace_id.as_deref()));
    lines.extend(maybe("Principal id", workspace.identity.as_ref().and_then(|i| i.principal_id.as_deref())));
    lines.extend(maybe("Tenant id", properties.tenant_id.as_deref()));
    lines.extend(maybe("Created by", creator));
    lines
}

fn maybe(label: &'static str, value: Option<&str>) -> Option<Line> {
    value.filter(|value| !value.is_empty()).map(|value| Line::fact(label, value, Tone::Plain))
}

fn gaps(report: &Report) -> String {
    match report.unchecked.len() {
        0 => String::new(),
        1 => "1 check not possible yet".to_owned(),
        n => format!("{n} checks not possible with what was read"),
    }
}

fn tags(workspace: &Workspace) -> Vec<String> {
    workspace.tags.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

fn encryption(workspace: &Workspace) -> &'static str {
    if workspace.has_customer_key() { "customer-managed key" } else { "Microsoft-managed key" }
}

fn identity(workspace: &Workspace) -> String {
    workspace.identity.as_ref().map_or_else(|| "none".to_owned(), Identity::words)
}

fn time(model: &Model, at: Timestamp, form: &str) -> String {
    at.to_zoned(model.zone.clone()).strftime(form).to_string()
}

fn created(model: &Model, workspace: &Workspace, form: &str) -> String {
    let at = workspace.created_at().map(|at| time(model, at, form)).unwrap_or_default();
    match workspace.system_data.as_ref().and_then(|data| data.created_by.as_deref()) {
        Some(by) => format!("{at} by {}", who(model, by)),
        None => at,
    }
}

/// Whether somebody is written by the object id, as applications and identities are.
fn is_id(by: &str) -> bool {
    uuid::Uuid::try_parse(by).is_ok()
}

/// Somebody by the name that people know; ids stand below, where all of them do.
fn who(model: &Model, by: &str) -> String {
    if !is_id(by) {
        return by.to_owned();
    }
    match model.principals.name(by) {
        PrincipalName::Known(known) => known.name,
        PrincipalName::Loading => "…".to_owned(),
        PrincipalName::Deleted => "somebody who is gone".to_owned(),
        PrincipalName::Unreadable { .. } => "an application".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_is_told_from_a_name() {
        assert!(is_id("437df141-075d-44bb-ade6-def7212646e0"));
        assert!(!is_id("ada@contoso.com") && !is_id(""));
    }
}

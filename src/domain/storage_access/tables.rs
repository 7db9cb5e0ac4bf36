//! An assessment as tables of text: for the screen, the command line, and as Markdown.

use super::affected::Apart;
use super::assessment::{Assessment, Verdict};
use super::people::Reacher;
use super::{Health, plans};
use crate::domain::fact::Tone;

/// A headed table of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is about.
    pub title: &'static str,
    /// The headings; labels with values have none.
    pub heads: &'static [&'static str],
    /// The rows, and how each should strike the eye.
    pub rows: Vec<(Vec<String>, Tone)>,
}

impl Assessment {
    /// All of it, what matters most first. Tables without rows are left out.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let tables = vec![
            self.summary(),
            self.grants(),
            table(
                "Users",
                &["Who", "Type", "Uses", "Through", "Under identity"],
                self.users.iter().map(|one| user(one, self.keys_decide())),
            ),
            table(
                "Identities",
                &["Which", "Uses", "Under identity"],
                self.identities.iter().map(|one| identity(one, self.keys_decide())),
            ),
            table(
                "Who only opens notebooks",
                &["Who", "Type", "Under identity"],
                self.openers.iter().map(|one| {
                    let then = if one.reads_files { "reads files" } else { "cannot read files" };
                    (vec![one.name.clone(), one.kind.word().to_owned(), then.to_owned()], Tone::Plain)
                }),
            ),
            table(
                "Computes to look at",
                &["Compute", "What"],
                self.computes.iter().map(|one| {
                    let tone = if one.stands_against { Tone::Bad } else { Tone::Warn };
                    (vec![one.name.clone(), one.words.clone()], tone)
                }),
            ),
            table(
                "Other workspaces on the account",
                &["Workspace", "Mode", "When keys are off"],
                self.neighbours.iter().map(|one| {
                    let mode = one.mode.as_ref().map_or("unknown", |mode| plans::words(mode));
                    let (then, tone) =
                        if one.needs_key() { ("breaks", Tone::Bad) } else { ("not affected", Tone::Plain) };
                    (vec![one.id.name().to_owned(), mode.to_owned(), then.to_owned()], tone)
                }),
            ),
            table(
                "Scenarios",
                &["Use", "Whose identity", "Roles on the storage account", "Seen here"],
                self.scenarios.iter().map(|one| {
                    let cells = [one.name, one.identity, one.roles].map(str::to_owned).to_vec();
                    ([cells, vec![one.seen.words()]].concat(), Tone::Plain)
                }),
            ),
            table("Not known", &["What"], self.gaps.iter().map(|gap| (vec![gap.clone()], Tone::Warn))),
        ];
        tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
    }

    fn summary(&self) -> Table {
        let mut rows: Vec<(Vec<String>, Tone)> = Vec::new();
        let mut put = |label: &str, value: String, tone| rows.push((vec![label.to_owned(), value], tone));
        if let Some(left) = &self.unfinished {
            put("Unfinished", left.words(), Tone::Bad);
        }
        let tone = verdict_tone(&self.verdict);
        put("Verdict", self.verdict.words().to_owned(), tone);
        self.verdict.because().iter().for_each(|why| put("because", why.clone(), tone));
        put(
            "Affected",
            self.losing_words(),
            if self.losing().next().is_some() || !self.losing_known() { Tone::Warn } else { Tone::Plain },
        );
        if let Some(words) = self.limited_words() {
            put("With limits", words, Tone::Warn);
        }
        let denied = self.denied_words().filter(|words| !self.verdict.because().contains(words));
        if let Some(words) = denied {
            put("Beyond roles", words, Tone::Bad);
        }
        if self.is_repairable() {
            put(
                "Roles",
                "for blobs Storage Blob Data Contributor, for files Storage File Data Privileged Contributor"
                    .to_owned(),
                Tone::Plain,
            );
        }
        put("Mode today", plans::words(&self.mode).to_owned(), Tone::Plain);
        match &self.health {
            Health::Broken { why } => put("Broken today", why.clone(), Tone::Bad),
            Health::Unknown { why } => put("Works today", format!("cannot tell: {why}"), Tone::Warn),
            Health::Healthy => {}
        }
        let account = self.account.as_ref().map_or("none named", |id| id.name());
        let account =
            if self.account_gone { format!("{account}, which is gone") } else { account.to_owned() };
        put("Storage account", account, if self.account_gone { Tone::Bad } else { Tone::Plain });
        put(
            "Shared key",
            match self.shared_key {
                Some(true) => "on",
                Some(false) => "off",
                None => "not read",
            }
            .to_owned(),
            Tone::Plain,
        );
        if let Some(words) = self.keys.words() {
            put("Keys in step", words, self.keys.tone());
        }
        put("Network", self.network.clone(), Tone::Plain);
        rows.extend(self.around());
        let mut put = |label: &str, value: String, tone| rows.push((vec![label.to_owned(), value], tone));
        put("User delegation SAS", self.delegation.words(), Tone::Muted);
        put(
            "Preview",
            "Azure calls identity-based access a preview: no service-level agreement, not recommended for production"
                .to_owned(),
            Tone::Muted,
        );
        Table { title: "Storage access", heads: &[], rows }
    }

    /// What hangs on the account besides the workspace: locks, keys that were stored, endpoints.
    fn around(&self) -> Vec<(Vec<String>, Tone)> {
        let mut rows: Vec<(Vec<String>, Tone)> = Vec::new();
        let mut put = |label: &str, value: String, tone| rows.push((vec![label.to_owned(), value], tone));
        let policies = match self.policies.is_empty() {
            true => "none known".to_owned(),
            false => self.policies.join(", "),
        };
        let pins = self.policy_forbids_keys || !self.policies_keeping_on.is_empty();
        put("Policies on shared keys", policies, if pins { Tone::Warn } else { Tone::Plain });
        if self.neighbours.is_empty() && self.neighbours_known && self.account.is_some() {
            put("Other workspaces on it", "none that you may see".to_owned(), Tone::Plain);
        }
        for (names, what) in [
            (&self.read_only_locks, "nothing of the account can be changed, and its keys cannot be listed"),
            (&self.delete_locks, "roles that are given on the account cannot be taken back"),
        ] {
            if !names.is_empty() {
                put("Locks on the account", format!("{}: {what}", names.join(", ")), Tone::Warn);
            }
        }
        if !self.keyed_datastores.is_empty() {
            put("Datastores with a stored key", self.keyed_datastores.join(", "), Tone::Warn);
        }
        if !self.endpoints.is_empty() {
            put("Endpoints", self.endpoints.join(", "), Tone::Plain);
        }
        rows
    }

    fn grants(&self) -> Table {
        let repairs = self.repairs();
        let rows = repairs.iter().map(|repair| {
            let roles = match (repair.blobs, repair.files) {
                (true, true) => "blobs, files",
                (true, false) => "blobs",
                _ => "files",
            };
            let kind = repair.kind.word().to_owned();
            // Whom a grant to somebody helps is said already.
            let helps = (repair.covers != [repair.name.clone()]).then(|| repair.covers.join(", "));
            let apart = repair.apart.as_ref().map(Apart::word);
            let helps = helps.into_iter().chain(apart).collect::<Vec<_>>().join("; ");
            (vec![repair.name.clone(), kind, roles.to_owned(), helps], Tone::Plain)
        });
        table("Grants that are missing", &["To", "Type", "Role for", "Helps"], rows)
    }

    /// The assessment in Markdown.
    #[must_use]
    pub fn markdown(&self, escape: impl Fn(&str) -> String) -> String {
        self.markdown_of(|_| true, |_| true, escape)
    }

    /// Those tables of the assessment in Markdown whose titles pass, and of its summary the rows whose labels do.
    pub(super) fn markdown_of(
        &self,
        is_told: impl Fn(&str) -> bool,
        is_row: impl Fn(&str) -> bool,
        escape: impl Fn(&str) -> String,
    ) -> String {
        let mut text = format!("## Storage access of {}\n", escape(self.workspace.name()));
        for mut table in self.tables().into_iter().filter(|table| is_told(table.title)) {
            if table.heads.is_empty() {
                table.rows.retain(|(cells, _)| cells.first().is_none_or(|label| is_row(label)));
            }
            push_table(&mut text, &table, &escape);
        }
        text
    }
}

fn push_table(text: &mut String, table: &Table, escape: impl Fn(&str) -> String) {
    let heads: Vec<&str> = if table.heads.is_empty() { vec!["What", ""] } else { table.heads.to_vec() };
    text.push_str(&format!("\n### {}\n\n| {} |\n", table.title, heads.join(" | ")));
    text.push_str(&format!("|{}\n", " --- |".repeat(heads.len())));
    for (cells, _) in &table.rows {
        let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

fn table(
    title: &'static str,
    heads: &'static [&'static str],
    rows: impl Iterator<Item = (Vec<String>, Tone)>,
) -> Table {
    Table { title, heads, rows: rows.collect() }
}

/// How a verdict should strike the eye.
pub fn verdict_tone(verdict: &Verdict) -> Tone {
    match verdict {
        Verdict::Ready | Verdict::AlreadySo => Tone::Good,
        Verdict::Limited | Verdict::AfterGrants | Verdict::CannotTell { .. } => Tone::Warn,
        Verdict::NotAdvised { .. } => Tone::Bad,
    }
}

fn tone(one: &Reacher) -> Tone {
    match one.reach.rank() {
        0 if one.only_reads() => Tone::Warn,
        0 => Tone::Bad,
        1..=4 => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// What somebody does in the workspace, whether only after activating a role, and whether as another workspace.
fn does(one: &Reacher) -> String {
    let mut does = one.does.join(", ");
    if one.after_activation {
        does.push_str(" (after activation)");
    }
    if let Some(other) = &one.other_workspace {
        does.push_str(&format!(" (of the workspace {})", other.name()));
    }
    does
}

fn user(one: &Reacher, keys_decide: bool) -> (Vec<String>, Tone) {
    let through = one.through.as_ref().map_or_else(String::new, |group| group.name.clone());
    let cells =
        vec![one.name.clone(), one.kind.word().to_owned(), does(one), through, one.words(keys_decide)];
    (cells, tone(one))
}

fn identity(one: &Reacher, keys_decide: bool) -> (Vec<String>, Tone) {
    (vec![one.name.clone(), does(one), one.words(keys_decide)], tone(one))
}

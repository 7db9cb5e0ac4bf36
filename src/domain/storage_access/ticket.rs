//! An assessment as tables of text: for the screen, the command line, and as Markdown for a change ticket.

use super::assessment::{Assessment, Verdict};
use super::people::Reacher;
use super::plans;
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
                &["Who", "Type", "Does", "Through", "After the switch"],
                self.users.iter().map(user),
            ),
            table("Identities", &["Which", "After the switch"], self.identities.iter().map(identity)),
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
        let tone = match &self.verdict {
            Verdict::Ready | Verdict::AlreadySo => Tone::Good,
            Verdict::AfterGrants | Verdict::CannotTell { .. } => Tone::Warn,
            Verdict::NotAdvised { .. } => Tone::Bad,
        };
        put("Verdict", self.verdict.words().to_owned(), tone);
        if let Verdict::NotAdvised { because } | Verdict::CannotTell { because } = &self.verdict {
            because.iter().for_each(|why| put("because", why.clone(), tone));
        }
        put(
            "Affected",
            self.losing_words(),
            if self.losing().next().is_some() { Tone::Warn } else { Tone::Plain },
        );
        put("Mode today", plans::words(&self.mode).to_owned(), Tone::Plain);
        let account = self.account.as_ref().map_or("none named", |id| id.name());
        put("Storage account", account.to_owned(), Tone::Plain);
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
        put("Network", self.network.clone(), Tone::Plain);
        let policies =
            if self.policies.is_empty() { "none known".to_owned() } else { self.policies.join(", ") };
        put(
            "Policies on shared keys",
            policies,
            if self.policy_forbids_keys { Tone::Warn } else { Tone::Plain },
        );
        if !self.keyed_datastores.is_empty() {
            put("Datastores with a stored key", self.keyed_datastores.join(", "), Tone::Warn);
        }
        if !self.endpoints.is_empty() {
            put("Endpoints", self.endpoints.join(", "), Tone::Plain);
        }
        put(
            "Preview",
            "Azure calls identity-based access a preview: no service-level agreement, not recommended for production"
                .to_owned(),
            Tone::Muted,
        );
        Table { title: "Storage access", heads: &[], rows }
    }

    fn grants(&self) -> Table {
        let repairs = self.repairs();
        let rows = repairs.iter().map(|repair| {
            let roles = match (repair.blobs, repair.files) {
                (true, true) => "Storage Blob Data Contributor, Storage File Data Privileged Contributor",
                (true, false) => "Storage Blob Data Contributor",
                _ => "Storage File Data Privileged Contributor",
            };
            let kind = repair.kind.word().to_owned();
            // Whom a grant to somebody helps is said already.
            let helps =
                if repair.covers == [repair.name.clone()] { String::new() } else { repair.covers.join(", ") };
            (vec![repair.name.clone(), kind, roles.to_owned(), helps], Tone::Plain)
        });
        table("Grants that are missing", &["To", "Type", "Roles", "Helps"], rows)
    }

    /// A change ticket in Markdown: what, who is affected, what is not known.
    #[must_use]
    pub fn markdown(&self, escape: impl Fn(&str) -> String) -> String {
        let mut text = format!("## Storage access of {}\n", escape(self.workspace.name()));
        for table in self.tables() {
            let heads: Vec<&str> =
                if table.heads.is_empty() { vec!["What", ""] } else { table.heads.to_vec() };
            text.push_str(&format!("\n### {}\n\n| {} |\n", table.title, heads.join(" | ")));
            text.push_str(&format!("|{}\n", " --- |".repeat(heads.len())));
            for (cells, _) in &table.rows {
                let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
                text.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
        }
        text
    }
}

fn table(
    title: &'static str,
    heads: &'static [&'static str],
    rows: impl Iterator<Item = (Vec<String>, Tone)>,
) -> Table {
    Table { title, heads, rows: rows.collect() }
}

fn tone(one: &Reacher) -> Tone {
    match one.reach.rank() {
        0 => Tone::Bad,
        1 | 2 => Tone::Warn,
        _ => Tone::Plain,
    }
}

fn user(one: &Reacher) -> (Vec<String>, Tone) {
    let through = one.through.as_ref().map_or_else(String::new, |group| group.name.clone());
    let cells = vec![
        one.name.clone(),
        one.kind.word().to_owned(),
        one.does.join(", "),
        through,
        one.reach.words().to_owned(),
    ];
    (cells, tone(one))
}

fn identity(one: &Reacher) -> (Vec<String>, Tone) {
    (vec![one.name.clone(), one.reach.words().to_owned()], tone(one))
}

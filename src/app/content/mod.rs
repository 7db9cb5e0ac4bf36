//! The lines of the panes that are no tables: overview, dependent resources, network isolation. What
//! is drawn, moved over, copied and saved is the same lines.

use super::model::Model;
use super::page::{Page, Pane};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::outbound_rule::{OutboundRule, RuleCategory, RuleStatus, RuleType};
use crate::domain::dependents::{self, Dependent, Link};
use crate::domain::fact::{Fact, Tone};
use crate::domain::isolation::Verdict;
use crate::domain::lookup::Lookup;
use crate::ui::layout;

mod branch;
mod overview;
mod wrap;

pub use wrap::{label_width, name_width};

/// One line of a pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about; empty for a line that goes on.
    pub label: String,
    /// What is said, in pieces that strike the eye differently.
    pub pieces: Vec<(String, Tone)>,
    /// The resource that links, ids and JSON are about on this line.
    pub resource: Option<ArmId>,
    /// How it is laid out.
    pub shape: Shape,
    /// The finding that it tells, by its id.
    pub finding: Option<&'static str>,
}

/// How a line is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A label, and behind all labels what is said.
    Fact,
    /// The label alone, over what follows.
    Heading,
    /// What is said, over the whole width.
    Remark,
}

impl Line {
    fn fact(label: impl Into<String>, value: impl Into<String>, tone: Tone) -> Self {
        Self::pieces(label, vec![(value.into(), tone)])
    }

    fn pieces(label: impl Into<String>, pieces: Vec<(String, Tone)>) -> Self {
        Self { label: label.into(), pieces, resource: None, shape: Shape::Fact, finding: None }
    }

    fn remark(text: impl Into<String>, tone: Tone) -> Self {
        Self { shape: Shape::Remark, ..Self::fact("", text, tone) }
    }

    fn heading(text: impl Into<String>) -> Self {
        Self { shape: Shape::Heading, ..Self::pieces(text, Vec::new()) }
    }

    fn of(fact: Fact) -> Self {
        Self::fact(fact.label, fact.value, fact.tone)
    }

    fn about(mut self, resource: Option<&ArmId>) -> Self {
        self.resource = resource.cloned();
        self
    }

    /// The value as plain text.
    #[must_use]
    pub fn value(&self) -> String {
        self.pieces.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("  ")
    }
}

/// The lines of a pane; all that is known with `full`, else what is worth a glance. What is longer than
/// the pane is wide goes on in a line below; of the resources at a glance, as far as the pane is high enough.
#[must_use]
pub fn lines(model: &Model, page: &Page, pane: Pane, full: bool) -> Vec<Line> {
    let mut lines = unwrapped(model, page, pane, full);
    if pane == Pane::Overview && full && page.has_body() {
        // They stand below the facts; that there are some is seen before anybody scrolls.
        lines.insert(1, overview::worst(&page.report));
    }
    let room = layout::inner(model, pane);
    match pane {
        Pane::Dependents if !full => wrap::folded(lines, room),
        Pane::Overview if !full => lines,
        _ => wrap::wrapped(lines, room.width),
    }
}

/// Whether a pane shows all that it knows: zoomed, or the overview where it has the screen for itself, which has room for
/// more than a glance.
#[must_use]
pub fn is_full(model: &Model, pane: Pane) -> bool {
    let alone = || {
        let rooms = layout::rooms(model, layout::body(model));
        matches!(rooms.panes.as_slice(), [(shown, _)] if *shown == pane)
    };
    model.zoomed && model.focus == pane || pane == Pane::Overview && alone()
}

/// The lines of a pane while no workspace is selected, wrapped like those of one.
#[must_use]
pub fn of_branch(model: &Model, pane: Pane) -> Vec<Line> {
    wrap::wrapped(branch::lines(model, pane), layout::inner(model, pane).width)
}

/// All that a pane knows, a line for each fact however long: for files and other programs.
#[must_use]
pub fn everything(model: &Model, page: &Page, pane: Pane) -> Vec<Line> {
    unwrapped(model, page, pane, true)
}

fn unwrapped(model: &Model, page: &Page, pane: Pane, full: bool) -> Vec<Line> {
    match pane {
        Pane::Overview if full => overview::full(model, page),
        Pane::Overview => overview::brief(model, page),
        Pane::Dependents => dependent_lines(model, page, full),
        Pane::Network => network(page, full),
        Pane::Browser | Pane::Access => Vec::new(),
    }
}

fn dependent_lines(model: &Model, page: &Page, full: bool) -> Vec<Line> {
    let list = dependents::dependents(&page.opened);
    if !full {
        return list.iter().map(short_dependent).collect();
    }
    let mut lines = Vec::new();
    for dependent in &list {
        if !lines.is_empty() {
            lines.push(Line::fact("", "", Tone::Plain));
        }
        lines.push(
            Line::heading(format!("{}  {}", dependent.role.word(), dependent.label())).about(dependent.id()),
        );
        for fact in dependents::facts(dependent, true) {
            let mut line = Line::of(fact).about(dependent.id());
            if line.label == "Subscription"
                && let Some(there) = &dependent.elsewhere
            {
                line.pieces[0].0 = format!("another one: {}", model.inventory.subscription_label(there));
            }
            lines.push(line);
        }
        if let Some(id) = dependent.id() {
            lines.push(Line::fact("Id", id.as_str(), Tone::Muted).about(Some(id)));
        }
    }
    lines
}

fn short_dependent(dependent: &Dependent<'_>) -> Line {
    let tone = match &dependent.link {
        Link::To { state: Lookup::Gone, .. } => Tone::Bad,
        Link::To { .. } => Tone::Plain,
        Link::Absent(_) | Link::Unknown(_) => Tone::Muted,
        Link::Missing(_) => Tone::Warn,
    };
    let mut pieces = vec![(dependent.label().to_owned(), tone)];
    if matches!(&dependent.link, Link::To { state: Lookup::Pending, .. }) {
        pieces.push(("…".to_owned(), Tone::Muted));
    } else if !matches!(dependent.link, Link::Missing(_) | Link::Unknown(_)) {
        let mut facts = dependents::facts(dependent, false);
        // What is wrong comes first: the end of a line may be out of sight.
        facts.sort_by_key(|fact| fact.tone < Tone::Warn);
        pieces.extend(facts.into_iter().map(|fact| (fact.value, fact.tone)));
    }
    Line::pieces(dependent.role.word(), pieces).about(dependent.id())
}

fn network(page: &Page, full: bool) -> Vec<Line> {
    if !page.has_body() {
        return Vec::new();
    }
    let verdict = Verdict::of(&page.opened);
    if !full {
        // At a glance the verdict stands alone, what undoes it comes next, the rest in few words.
        let mut lines = vec![Line::heading(verdict.headline.clone())];
        lines.extend(verdict.warnings.iter().map(|w| Line::remark(format!("! {}", w.text), w.tone)));
        lines.extend(verdict.facts().into_iter().skip(1).map(|fact| brief(fact, &verdict)));
        return lines;
    }
    let mut lines: Vec<Line> = verdict.facts().into_iter().map(Line::of).collect();
    lines.extend(verdict.warnings.iter().map(|w| Line::fact("!", &w.text, w.tone)));
    for door in &verdict.one_way_doors {
        lines.push(Line::fact("One way", *door, Tone::Muted));
    }
    let connections = &page.opened.workspace.properties.private_endpoint_connections;
    if !connections.is_empty() {
        lines.push(Line::fact("", "", Tone::Plain));
        lines.push(Line::heading("Private endpoint connections"));
        for connection in connections {
            let name = connection
                .endpoint()
                .map_or_else(|| connection.name.clone().unwrap_or_default(), |id| id.name().to_owned());
            let state = connection.status().map_or("unknown", |status| status.as_str());
            let tone = if connection.is_approved() { Tone::Good } else { Tone::Warn };
            lines.push(Line::fact(state, name, tone).about(connection.endpoint()));
        }
    }
    if let Lookup::Found(rules) = &page.opened.rules
        && !rules.is_empty()
    {
        lines.push(Line::fact("", "", Tone::Plain));
        lines.push(Line::heading("Outbound rules"));
        lines.extend(rules.iter().map(rule));
    }
    lines
}

/// A fact in few words where there are many.
fn brief(mut fact: Fact, verdict: &Verdict) -> Line {
    if fact.label == "Outbound"
        && let Lookup::Found(counts) = &verdict.rules
    {
        let own = counts.by_category.get(RuleCategory::UserDefined.as_str()).copied().unwrap_or(0);
        fact.value = format!("{} rules, {own} own", counts.total);
    }
    if let Some(comma) = fact.value.find(',').filter(|_| fact.label == "Firewall") {
        fact.value.truncate(comma);
    }
    Line::of(fact)
}

fn rule(rule: &OutboundRule) -> Line {
    let properties = &rule.properties;
    let category = match &properties.category {
        Some(RuleCategory::UserDefined) => "Own",
        Some(category) => category.as_str(),
        None => "",
    };
    let kind = properties.rule_type.as_ref().map_or("", RuleType::as_str);
    let status = properties.status.as_ref().map_or("", RuleStatus::as_str);
    let tone = match (&properties.error_information, &properties.status) {
        (Some(_), _) | (_, Some(RuleStatus::Failed)) => Tone::Bad,
        (_, Some(RuleStatus::Active)) => Tone::Good,
        _ => Tone::Muted,
    };
    let mut pieces = vec![
        (rule.name.clone(), Tone::Plain),
        (format!("{kind} {}", properties.target()), Tone::Plain),
        (status.to_owned(), tone),
    ];
    pieces.extend(properties.error_information.clone().map(|error| (error, Tone::Bad)));
    Line::pieces(category, pieces)
}

//! Answers about access as JSON. Every field is described in `docs/output.md`.

use jiff::Timestamp;
use serde::Serialize;

use crate::app::access::assessment::Assessment;
use crate::app::access::question;
use crate::app::access::words::Names;
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;
use crate::domain::access::permission::Plane;
use crate::domain::access::{
    Answer, Asked, Cell, MatrixRow, Naming, Person, Place, PrincipalName, Reason, Remedy, Step, Tenure,
    Verdict, Way, WhoCan, WhyNot, answer, what_can,
};

/// What every answer begins with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Heading<'a> {
    /// The workspace.
    pub workspace: &'a ArmId,
    /// What could not be read and bears on it.
    pub unreadable: &'a [String],
    /// When it was read.
    pub read_at: Timestamp,
}

/// Somebody.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Who {
    principal_id: String,
    principal_name: Option<String>,
    principal_type: Option<String>,
    principal_address: Option<String>,
}

impl Who {
    fn of(names: &Names<'_>, id: &str) -> Self {
        let known = match names.principals.name(id) {
            PrincipalName::Known(known) => Some(known),
            _ => None,
        };
        Self {
            principal_id: id.to_owned(),
            principal_type: known.as_ref().map(|known| known.kind.word().to_owned()),
            principal_address: known.as_ref().and_then(|known| known.address.clone()),
            principal_name: known.map(|known| known.name),
        }
    }
}

/// The matrix.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixDocument<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    columns: Vec<ColumnView<'a>>,
    rows: Vec<RowView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ColumnView<'a> {
    place: Place,
    scope: &'a ArmId,
    unreadable: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowView {
    #[serde(flatten)]
    who: Who,
    orphaned: bool,
    members: Option<Vec<Who>>,
    roles: Vec<RoleView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleView {
    role_definition: String,
    role_name: Option<String>,
    custom_role: bool,
    scope: ArmId,
    in_force_on: Vec<Place>,
    through: Vec<Who>,
    through_nested_groups: bool,
    tenure: &'static str,
    end_date_time: Option<Timestamp>,
    condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_condition: Option<String>,
    created_on: Option<Timestamp>,
    created_by: Option<String>,
    created_by_name: Option<String>,
    assignment: ArmId,
}

impl<'a> MatrixDocument<'a> {
    /// The matrix of an assessment.
    #[must_use]
    pub fn of(heading: Heading<'a>, assessment: &'a Assessment, names: &Names<'_>, model: &Model) -> Self {
        let matrix = &assessment.matrix;
        let columns = matrix.columns.iter().map(|column| ColumnView {
            place: column.place,
            scope: &column.scope,
            unreadable: column.gap.as_ref().map(|gap| names.gap(gap)),
        });
        let lines = model.matrix.lines().iter();
        let rows = lines
            .filter_map(|line| line.row(matrix, names.principals))
            .map(|row| RowView::of(&row, assessment, names));
        Self { heading, columns: columns.collect(), rows: rows.collect() }
    }
}

impl RowView {
    fn of(row: &MatrixRow, assessment: &Assessment, names: &Names<'_>) -> Self {
        let matrix = &assessment.matrix;
        let members = row.members.map(|_| {
            let all = matrix.open(&row.principal, names.principals);
            all.iter().map(|member| Who::of(names, &member.principal)).collect()
        });
        let reach = |cell: &Cell<'_>| {
            // What has ended is in force nowhere.
            let columns = matrix.columns.iter().enumerate().filter(|_| !cell.has_ended());
            let here = columns
                .filter(|(at, _)| matrix.cell(row, *at).any(|other| other.assignment() == cell.assignment()));
            here.map(|(_, column)| column.place).collect()
        };
        Self {
            who: Who::of(names, &row.principal),
            orphaned: row.orphaned,
            members,
            roles: matrix.held(row).map(|cell| RoleView::of(&cell, row, names, reach(&cell))).collect(),
        }
    }
}

impl RoleView {
    fn of(cell: &Cell<'_>, row: &MatrixRow, names: &Names<'_>, in_force_on: Vec<Place>) -> Self {
        let role = cell.role();
        let (tenure, end_date_time) = match cell.tenure() {
            Tenure::Permanent => ("permanent", None),
            Tenure::Unknown => ("unknown", None),
            Tenure::Until(at) => ("timeBound", Some(at)),
            Tenure::Activated { until } => ("activated", until),
            Tenure::Eligible { until } => ("eligible", until),
        };
        let by = cell.created_by().filter(|id| !id.is_empty());
        let path = cell.path(row);
        Self {
            role_definition: role.id.clone(),
            role_name: role.name.clone(),
            custom_role: role.custom,
            scope: cell.scope(),
            in_force_on,
            through: path.groups.iter().map(|group| Who::of(names, group)).collect(),
            through_nested_groups: path.nested,
            tenure,
            end_date_time,
            condition: cell.condition().map(str::to_owned),
            role_condition: role.condition.clone(),
            created_on: cell.since(),
            created_by: by.map(str::to_owned),
            created_by_name: by.and_then(|id| Who::of(names, id).principal_name),
            assignment: cell.assignment().clone(),
        }
    }
}

/// What one principal can do.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhatDocument<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    principal: Who,
    capabilities: Vec<CapabilityView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CapabilityView {
    name: &'static str,
    #[serde(flatten)]
    answer: AnswerView,
    locks: Vec<String>,
}

impl<'a> WhatDocument<'a> {
    /// Every capability of a principal.
    #[must_use]
    pub fn of(heading: Heading<'a>, assessment: &Assessment, names: &Names<'_>, principal: &str) -> Self {
        let answers = what_can(&assessment.access, &assessment.targets, principal);
        let capabilities = answers.iter().map(|of| CapabilityView {
            name: of.capability.name,
            answer: AnswerView::of(&of.answer, assessment, names),
            locks: question::locks(assessment, names, &Asked::Capability(of.capability)),
        });
        Self { heading, principal: Who::of(names, principal), capabilities: capabilities.collect() }
    }
}

/// Who can do something.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CanDocument<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    asked: AskedView,
    complete: bool,
    complete_by_granting: bool,
    locks: Vec<String>,
    can: Vec<PersonView>,
    after_activation: Vec<PersonView>,
    by_granting: Vec<PersonView>,
    cannot_tell: Vec<PersonView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonView {
    #[serde(flatten)]
    who: Who,
    unread_group: bool,
    #[serde(flatten)]
    answer: AnswerView,
}

impl<'a> CanDocument<'a> {
    /// Who was found.
    #[must_use]
    pub fn of(
        heading: Heading<'a>,
        assessment: &Assessment,
        names: &Names<'_>,
        asked: &Asked,
        found: &WhoCan,
    ) -> Self {
        let list = |people: &[Person]| {
            let mut views: Vec<PersonView> = people
                .iter()
                .map(|person| {
                    let answer = answer(&assessment.access, &assessment.targets, asked, &person.principal);
                    PersonView {
                        who: Who::of(names, &person.principal),
                        unread_group: person.unread_group,
                        answer: AnswerView::of(&answer, assessment, names),
                    }
                })
                .collect();
            views.sort_by_cached_key(|view| view.who.principal_name.as_deref().map(str::to_lowercase));
            views
        };
        Self {
            heading,
            asked: AskedView::of(asked),
            complete: found.complete_after_activation,
            complete_by_granting: found.complete_by_granting,
            locks: question::locks(assessment, names, asked),
            can: list(&found.can),
            after_activation: list(&found.after_activation),
            by_granting: list(&found.by_granting),
            cannot_tell: list(&found.cannot_tell),
        }
    }
}

/// Whether one principal can do one thing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OneDocument<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    principal: Who,
    asked: AskedView,
    #[serde(flatten)]
    answer: AnswerView,
    locks: Vec<String>,
    remedies: Vec<RemedyView>,
}

impl<'a> OneDocument<'a> {
    /// The answer, and what would make a no a yes.
    #[must_use]
    pub fn of(
        heading: Heading<'a>,
        assessment: &Assessment,
        names: &Names<'_>,
        principal: &str,
        asked: &Asked,
        answered: &WhyNot,
    ) -> Self {
        Self {
            heading,
            principal: Who::of(names, principal),
            asked: AskedView::of(asked),
            answer: AnswerView::of(&answered.answer, assessment, names),
            locks: question::locks(assessment, names, asked),
            remedies: answered.remedies.iter().map(|remedy| RemedyView::of(remedy, names)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AskedView {
    capability: Option<&'static str>,
    words: String,
    needs: Vec<NeedView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NeedView {
    place: Place,
    action: String,
    is_data_action: bool,
}

impl AskedView {
    fn of(asked: &Asked) -> Self {
        let needs = asked.needs().into_iter().map(|(place, act)| NeedView {
            place,
            is_data_action: act.plane == Plane::Data,
            action: act.action.into_owned(),
        });
        let capability = match asked {
            Asked::Capability(capability) => Some(capability.name),
            Asked::Action { .. } => None,
        };
        Self { capability, words: asked.words(), needs: needs.collect() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerView {
    answer: &'static str,
    by_granting: &'static str,
    why: String,
    ways: Vec<WayView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WayView {
    way: Way,
    answer: &'static str,
    steps: Vec<StepView>,
    access_policy_of: Option<String>,
    unreadable: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepView {
    place: Place,
    scope: ArmId,
    action: String,
    is_data_action: bool,
    answer: &'static str,
    reasons: Vec<ReasonView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonView {
    words: String,
    role_definition: Option<String>,
    role_name: Option<String>,
    scope: Option<ArmId>,
    through: Vec<Who>,
    through_nested_groups: bool,
    assignment: Option<ArmId>,
    created_on: Option<Timestamp>,
    created_by: Option<String>,
}

/// An answer in a word that stays.
fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "yes",
        Verdict::Conditional => "conditional",
        Verdict::AfterActivation => "afterActivation",
        Verdict::CannotTell => "cannotTell",
        Verdict::Denied(_) => "no",
    }
}

impl AnswerView {
    fn of(answer: &Answer, assessment: &Assessment, names: &Names<'_>) -> Self {
        let ways = answer.ways.iter().map(|way| WayView {
            way: way.way,
            answer: name(way.verdict),
            steps: way.steps.iter().map(|step| StepView::of(step, assessment, names)).collect(),
            access_policy_of: way.policy.clone(),
            unreadable: way.gap.as_ref().map(|gap| names.gap(gap)),
        });
        Self {
            answer: name(answer.verdict),
            by_granting: name(answer.granting()),
            why: names.why(answer),
            ways: ways.collect(),
        }
    }
}

impl StepView {
    fn of(step: &Step, assessment: &Assessment, names: &Names<'_>) -> Self {
        let naming = Naming { principals: names.principals, scopes: names.places, at: &step.scope };
        let reason = |reason: &Reason| {
            let chain = reason.chain();
            let origin = chain.and_then(|chain| assessment.origin(&chain.assignment));
            ReasonView {
                words: reason.words(&naming),
                role_definition: chain.map(|chain| chain.role.id.clone()),
                role_name: chain.and_then(|chain| chain.role.name.clone()),
                scope: chain.map(|chain| chain.scope.clone()),
                through: chain
                    .map(|chain| chain.path.groups.iter().map(|group| Who::of(names, group)).collect())
                    .unwrap_or_default(),
                through_nested_groups: chain.is_some_and(|chain| chain.path.nested),
                assignment: chain.map(|chain| chain.assignment.clone()),
                created_on: origin.and_then(|origin| origin.since),
                created_by: origin.and_then(|origin| origin.by.clone()),
            }
        };
        Self {
            place: step.place,
            scope: step.scope.clone(),
            action: step.act.action.to_string(),
            is_data_action: step.act.plane == Plane::Data,
            answer: name(step.decision.verdict),
            reasons: step.decision.reasons.iter().map(reason).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemedyView {
    remedy: &'static str,
    role_definition: Option<String>,
    role_name: Option<String>,
    scope: Option<ArmId>,
    also_allows: Vec<&'static str>,
    usual_role: Option<UsualView>,
    who_could: Vec<Who>,
    words: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsualView {
    role_definition: String,
    role_name: Option<String>,
    also_allows: Vec<&'static str>,
}

impl RemedyView {
    fn of(remedy: &Remedy, names: &Names<'_>) -> Self {
        let words = names.remedy(remedy).split_whitespace().collect::<Vec<_>>().join(" ");
        let empty = Self {
            remedy: "none",
            role_definition: None,
            role_name: None,
            scope: None,
            also_allows: Vec::new(),
            usual_role: None,
            who_could: Vec::new(),
            words,
        };
        let people = |who: &WhoCan| who.can.iter().map(|person| Who::of(names, &person.principal)).collect();
        match remedy {
            Remedy::Activate { chains } => {
                let chain = chains.first();
                Self {
                    remedy: "activate",
                    role_definition: chain.map(|chain| chain.role.id.clone()),
                    role_name: chain.and_then(|chain| chain.role.name.clone()),
                    scope: chain.map(|chain| chain.scope.clone()),
                    ..empty
                }
            }
            Remedy::Assign { scope, role, also, usual, granters, .. } => Self {
                remedy: "assign",
                role_definition: Some(role.id.clone()),
                role_name: role.name.clone(),
                scope: Some(scope.clone()),
                also_allows: also.iter().map(|capability| capability.name).collect(),
                usual_role: usual.as_ref().map(|usual| UsualView {
                    role_definition: usual.role.id.clone(),
                    role_name: usual.role.name.clone(),
                    also_allows: usual.also.iter().map(|capability| capability.name).collect(),
                }),
                who_could: people(granters),
                ..empty
            },
            Remedy::AddPolicy { vault, writers } => Self {
                remedy: "addAccessPolicy",
                scope: Some(vault.clone()),
                who_could: people(writers),
                ..empty
            },
            Remedy::DenyAssignment { deny, .. } => {
                Self { remedy: "denyAssignment", scope: Some(deny.clone()), ..empty }
            }
            Remedy::NoRole { .. } => Self { remedy: "noBuiltInRole", ..empty },
        }
    }
}

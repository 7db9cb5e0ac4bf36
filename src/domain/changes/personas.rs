//! What the people and processes around a workspace usually get, by environment. Organisations differ: a persona is a
//! proposal of single grants, each of which can be left out.

use super::Setting;
use super::grant::{Grant, Place, Who, grant, grant_step};
use super::roles::{self, BuiltIn};
use crate::azure::arm::id::ArmId;
use crate::domain::plan::{Kind, Plan, Weight};

/// What a workspace is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Where experiments run.
    Development,
    /// Where only processes have access.
    Staging,
    /// Where what is used runs.
    Production,
}

impl Environment {
    /// All of them, in the order of promotion.
    pub const ALL: [Self; 3] = [Self::Development, Self::Staging, Self::Production];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// What a name or the value of a tag says; `None` when it says nothing.
    #[must_use]
    pub fn guess(text: &str) -> Option<Self> {
        const WORDS: [(&str, Environment); 8] = [
            ("prod", Environment::Production),
            ("stag", Environment::Staging),
            ("qa", Environment::Staging),
            ("test", Environment::Staging),
            ("uat", Environment::Staging),
            ("dev", Environment::Development),
            ("sandbox", Environment::Development),
            ("lab", Environment::Development),
        ];
        let lower = text.to_lowercase();
        let mut parts = lower.split(|c: char| !c.is_alphanumeric());
        parts.find_map(|part| {
            WORDS.iter().find(|(word, _)| part.starts_with(word)).map(|(_, environment)| *environment)
        })
    }
}

/// Which resource of a workspace a role is given on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The workspace itself.
    Workspace,
    /// Its storage account.
    Storage,
    /// Its container registry.
    Registry,
    /// Its Application Insights.
    Insights,
}

/// One role of a persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gift {
    /// The role.
    pub role: BuiltIn,
    /// Where.
    pub on: On,
    /// Eligible, to be activated for a limited time.
    pub eligible: bool,
    /// Whether it is chosen unless somebody decides otherwise.
    pub usual: bool,
}

const fn on(on: On, role: BuiltIn) -> Gift {
    Gift { role, on, eligible: false, usual: true }
}

const fn eligible(role: BuiltIn) -> Gift {
    Gift { role, on: On::Workspace, eligible: true, usual: true }
}

const fn perhaps(gift: Gift) -> Gift {
    Gift { usual: false, ..gift }
}

/// A persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persona {
    /// Its name on the command line.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Whether it is a process: a managed identity or an application, no person.
    pub process: bool,
    /// In development.
    pub development: &'static [Gift],
    /// In staging.
    pub staging: &'static [Gift],
    /// In production.
    pub production: &'static [Gift],
    /// What to know.
    pub note: &'static str,
}

const WORKS: Gift = on(On::Workspace, roles::DATA_SCIENTIST);
const READS: Gift = on(On::Workspace, roles::READER);
const BUILDS: &[Gift] =
    &[WORKS, perhaps(on(On::Workspace, roles::CONTRIBUTOR)), on(On::Registry, roles::ACR_PUSH)];
const MONITORS: &[Gift] =
    &[on(On::Insights, roles::MONITORING_READER), on(On::Insights, roles::LOG_ANALYTICS_READER)];
const OPERATES: &[Gift] = &[on(On::Workspace, roles::COMPUTE_OPERATOR)];
const SUPPORTS: &[Gift] = &[eligible(roles::CONTRIBUTOR)];

/// Every persona.
pub const PERSONAS: &[Persona] = &[
    Persona {
        name: "data-scientist",
        title: "Data scientist or ML engineer",
        process: false,
        development: &[
            WORKS,
            on(On::Storage, roles::BLOB_CONTRIBUTOR),
            on(On::Storage, roles::FILE_CONTRIBUTOR),
        ],
        staging: &[],
        production: &[READS],
        note: "The roles on the storage account are what identity-based access needs; by key they are not used.",
    },
    Persona {
        name: "data-analyst",
        title: "Data analyst",
        process: false,
        development: &[
            WORKS,
            perhaps(READS),
            on(On::Storage, roles::BLOB_READER),
            on(On::Storage, roles::FILE_READER),
        ],
        staging: &[],
        production: &[],
        note: "Who only looks gets Reader in place of AzureML Data Scientist.",
    },
    Persona {
        name: "model-tester",
        title: "Model tester",
        process: true,
        development: &[],
        staging: &[WORKS],
        production: &[],
        note: "A user-assigned identity under which tests run.",
    },
    Persona {
        name: "stakeholder",
        title: "Business stakeholder, project owner, compliance",
        process: false,
        development: &[READS],
        staging: &[],
        production: &[READS],
        note: "",
    },
    Persona {
        name: "project-lead",
        title: "Project lead",
        process: false,
        development: &[on(On::Workspace, roles::CONTRIBUTOR)],
        staging: &[READS],
        production: &[READS, eligible(roles::CONTRIBUTOR)],
        note: "In production more only for a limited time.",
    },
    Persona {
        name: "platform-support",
        title: "Platform support",
        process: false,
        development: SUPPORTS,
        staging: SUPPORTS,
        production: SUPPORTS,
        note: "Nothing stands: the role is activated when it is needed, which wants Privileged Identity Management.",
    },
    Persona {
        name: "ci-cd",
        title: "CI/CD process",
        process: true,
        development: BUILDS,
        staging: BUILDS,
        production: BUILDS,
        note: "A user-assigned identity. Contributor in place of AzureML Data Scientist only where it makes compute.",
    },
    Persona {
        name: "compute-operator",
        title: "Compute operator",
        process: false,
        development: OPERATES,
        staging: OPERATES,
        production: OPERATES,
        note: "",
    },
    Persona {
        name: "model-user",
        title: "Model end user",
        process: false,
        development: &[],
        staging: &[],
        production: &[],
        note: "Azure has no built-in role that only scores: hand out the endpoint's key, or make a custom role with \
               Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action.",
    },
    Persona {
        name: "monitoring",
        title: "Monitoring process",
        process: true,
        development: MONITORS,
        staging: MONITORS,
        production: MONITORS,
        note: "",
    },
];

impl Persona {
    /// The persona of this name on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PERSONAS.iter().find(|persona| persona.name.eq_ignore_ascii_case(name))
    }

    /// What it gets in an environment.
    #[must_use]
    pub fn gifts(&self, environment: Environment) -> &'static [Gift] {
        match environment {
            Environment::Development => self.development,
            Environment::Staging => self.staging,
            Environment::Production => self.production,
        }
    }
}

/// A workspace and what it depends on, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The workspace.
    pub workspace: ArmId,
    /// Its storage account.
    pub storage: Option<ArmId>,
    /// Its container registry.
    pub registry: Option<ArmId>,
    /// Its Application Insights.
    pub insights: Option<ArmId>,
}

impl Places {
    fn at(&self, on: On) -> Option<Place> {
        match on {
            On::Workspace => Some(&self.workspace),
            On::Storage => self.storage.as_ref(),
            On::Registry => self.registry.as_ref(),
            On::Insights => self.insights.as_ref(),
        }
        .map(Place::of)
    }
}

/// The plan that gives somebody what a persona gets. `requests` gives names for requests of PIM: GUIDs that nobody
/// used before.
#[must_use]
pub fn apply(
    persona: &Persona,
    environment: Environment,
    who: &Who,
    places: &Places,
    requests: &mut dyn FnMut() -> String,
    setting: &Setting,
) -> Plan {
    let gifts = persona.gifts(environment);
    let mut grants: Vec<(Grant, bool)> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for gift in gifts {
        match places.at(gift.on) {
            Some(place) => {
                let mut grant = Grant::standing(who.clone(), gift.role, place);
                if gift.eligible {
                    grant.eligible = true;
                    grant.requests = [requests(), requests()];
                }
                grants.push((grant, gift.usual));
            }
            None => missing.push(gift.role.name),
        }
    }
    let all: Vec<Grant> = grants.iter().map(|(grant, _)| grant.clone()).collect();
    let title = format!("{} as {} in {}", who.name, persona.title, environment.word());
    let mut plan = grant(Kind::Persona, title, places.workspace.clone(), &all, setting);
    // Each can be left out; what is only perhaps wanted is.
    for (step, (grant, usual)) in plan.steps.iter_mut().zip(&grants) {
        *step = grant_step(&step.id, grant).optional(*usual);
    }
    if gifts.is_empty() {
        plan.warn(
            Weight::Note,
            format!("A {} gets nothing in {}.", persona.title.to_lowercase(), environment.word()),
        );
    }
    if !missing.is_empty() {
        let text = format!(
            "Not given, because the workspace has no resource for it or it could not be read: {}.",
            missing.join(", ")
        );
        plan.warn(Weight::Caution, text);
    }
    if environment == Environment::Staging && who.kind.is_person() {
        plan.warn(
            Weight::Caution,
            "Staging is for processes: people with access there make its tests say less.",
        );
    }
    if persona.process && who.kind.is_person() {
        plan.warn(Weight::Caution, format!("{} is a person, and this persona is a process.", who.name));
    }
    if !persona.note.is_empty() {
        plan.warn(Weight::Note, persona.note);
    }
    plan
}

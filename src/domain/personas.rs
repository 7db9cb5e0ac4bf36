//! What the people and processes around a workspace usually get, by the stage that it is for. Organisations differ: a
//! persona is a proposal of single grants, each of which can be left out.

use serde::{Deserialize, Serialize};

use super::access::Place;
use super::roles::{self, BuiltIn};

/// What a workspace is for; decides what a persona gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Where people try things.
    Development,
    /// Where processes test what will be promoted.
    Staging,
    /// What others rely on.
    Production,
}

impl Stage {
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

    /// What a name or the value of a tag says: one of its words, with or without a number behind, is a usual name of a
    /// stage. `None` when it says nothing.
    #[must_use]
    pub fn guess(text: &str) -> Option<Self> {
        const WORDS: [(Stage, &[&str]); 3] = [
            (Stage::Production, &["prod", "prd", "production", "live"]),
            (Stage::Staging, &["staging", "stage", "stg", "qa", "test", "testing", "uat", "preprod"]),
            (Stage::Development, &["dev", "develop", "development", "sandbox", "sbx", "lab", "playground"]),
        ];
        let lower = text.to_lowercase();
        let mut parts = lower
            .split(|c: char| !c.is_alphanumeric())
            .map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()));
        parts.find_map(|part| WORDS.iter().find(|(_, words)| words.contains(&part)).map(|(stage, _)| *stage))
    }
}

/// One role of a persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gift {
    /// The role.
    pub role: BuiltIn,
    /// Where.
    pub on: Place,
    /// Eligible, to be activated for a limited time.
    pub eligible: bool,
    /// Whether it is chosen unless somebody decides otherwise.
    pub usual: bool,
}

const fn on(on: Place, role: BuiltIn) -> Gift {
    Gift { role, on, eligible: false, usual: true }
}

const fn eligible(role: BuiltIn) -> Gift {
    Gift { role, on: Place::Workspace, eligible: true, usual: true }
}

const fn perhaps(gift: Gift) -> Gift {
    Gift { usual: false, ..gift }
}

/// A persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persona {
    /// Its name in plan files and on the command line.
    pub name: &'static str,
    /// What people call it, in the middle of a sentence.
    pub words: &'static str,
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

const WORKS: Gift = on(Place::Workspace, roles::DATA_SCIENTIST);
const READS: Gift = on(Place::Workspace, roles::READER);
const BUILDS: &[Gift] =
    &[WORKS, perhaps(on(Place::Workspace, roles::CONTRIBUTOR)), on(Place::Registry, roles::ACR_PUSH)];
const MONITORS: &[Gift] =
    &[on(Place::Insights, roles::MONITORING_READER), on(Place::Insights, roles::LOG_ANALYTICS_READER)];
const OPERATES: &[Gift] = &[on(Place::Workspace, roles::COMPUTE_OPERATOR)];
const SUPPORTS: &[Gift] = &[eligible(roles::CONTRIBUTOR)];

/// Every persona.
pub const PERSONAS: &[Persona] = &[
    Persona {
        name: "data-scientist",
        words: "data scientist or ML engineer",
        process: false,
        development: &[
            WORKS,
            on(Place::Storage, roles::BLOB_CONTRIBUTOR),
            on(Place::Storage, roles::FILE_CONTRIBUTOR),
        ],
        staging: &[],
        production: &[READS],
        note: "The roles on the storage account are what identity-based access needs; by key they are not used.",
    },
    Persona {
        name: "data-analyst",
        words: "data analyst",
        process: false,
        development: &[
            WORKS,
            perhaps(READS),
            on(Place::Storage, roles::BLOB_READER),
            on(Place::Storage, roles::FILE_READER),
        ],
        staging: &[],
        production: &[],
        note: "Who only looks gets Reader in place of AzureML Data Scientist.",
    },
    Persona {
        name: "model-tester",
        words: "model tester",
        process: true,
        development: &[],
        staging: &[WORKS],
        production: &[],
        note: "A user-assigned identity under which tests run.",
    },
    Persona {
        name: "stakeholder",
        words: "business stakeholder, project owner or compliance",
        process: false,
        development: &[READS],
        staging: &[],
        production: &[READS],
        note: "",
    },
    Persona {
        name: "project-lead",
        words: "project lead",
        process: false,
        development: &[on(Place::Workspace, roles::CONTRIBUTOR)],
        staging: &[READS],
        production: &[READS, eligible(roles::CONTRIBUTOR)],
        note: "In production more only for a limited time.",
    },
    Persona {
        name: "platform-support",
        words: "platform support",
        process: false,
        development: SUPPORTS,
        staging: SUPPORTS,
        production: SUPPORTS,
        note: "Nothing stands: the role is activated when it is needed, which wants Privileged Identity Management.",
    },
    Persona {
        name: "ci-cd",
        words: "CI/CD process",
        process: true,
        development: BUILDS,
        staging: BUILDS,
        production: BUILDS,
        note: "A user-assigned identity. Contributor in place of AzureML Data Scientist only where it makes compute.",
    },
    Persona {
        name: "compute-operator",
        words: "compute operator",
        process: false,
        development: OPERATES,
        staging: OPERATES,
        production: OPERATES,
        note: "",
    },
    Persona {
        name: "model-end-user",
        words: "model end user",
        process: false,
        development: &[],
        staging: &[],
        production: &[],
        note: "Nothing is given on a workspace. Azure has no built-in role that only scores: hand out the endpoint's key, or \
               make a custom role with Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action.",
    },
    Persona {
        name: "monitoring",
        words: "monitoring process",
        process: true,
        development: MONITORS,
        staging: MONITORS,
        production: MONITORS,
        note: "",
    },
];

impl Persona {
    /// The persona of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PERSONAS.iter().find(|persona| persona.name.eq_ignore_ascii_case(name))
    }

    /// What it gets at a stage.
    #[must_use]
    pub fn gifts(&self, stage: Stage) -> &'static [Gift] {
        match stage {
            Stage::Development => self.development,
            Stage::Staging => self.staging,
            Stage::Production => self.production,
        }
    }

    /// What people call it, at the beginning of a line.
    #[must_use]
    pub fn title(&self) -> String {
        let mut letters = self.words.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_persona_gets_something_or_says_why_not_and_only_processes_work_in_staging() {
        for persona in PERSONAS {
            let somewhere = Stage::ALL.iter().any(|stage| !persona.gifts(*stage).is_empty());
            assert!(somewhere || !persona.note.is_empty(), "{}", persona.name);
            let works = |gift: &Gift| {
                !gift.eligible && gift.role != roles::READER && gift.role != roles::COMPUTE_OPERATOR
            };
            assert!(persona.process || !persona.staging.iter().any(works), "{}", persona.name);
        }
        assert_eq!(Persona::named("CI-CD").map(Persona::title).as_deref(), Some("CI/CD process"));
        assert_eq!(Persona::named("project-lead").map(Persona::title).as_deref(), Some("Project lead"));
    }

    #[test]
    fn the_stage_is_guessed_from_names_and_tags() {
        for (text, expected) in [
            ("mlw-fraud-prod", Some(Stage::Production)),
            ("Production", Some(Stage::Production)),
            ("mlw-prod2-weu", Some(Stage::Production)),
            ("mlw-staging", Some(Stage::Staging)),
            ("mlw_qa_2", Some(Stage::Staging)),
            ("dev", Some(Stage::Development)),
            ("mlw-fraud", None),
            ("reproduce", None),
            ("products", None),
            ("labels", None),
        ] {
            assert_eq!(Stage::guess(text), expected, "{text}");
        }
    }
}

//! Whether the service has user delegation SAS, by the versions of its API.

use serde::Serialize;

use crate::domain::lookup::Lookup;

/// The first versions whose OpenAPI document has `UserDelegationSAS` among the values of `systemDatastoresAuthMode`:
/// of the stable ones, the oldest that has the property at all; of the previews, the oldest that could be looked into.
const STABLE: &str = "2025-06-01";
const PREVIEW: &str = "2024-10-01";

/// Whether the service has user delegation SAS where the workspace is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Delegation {
    /// It has a version with it. No document says that every region takes it.
    Had {
        /// The version.
        version: String,
    },
    /// None of its versions has it.
    NotHad {
        /// The newest that it has.
        newest: Option<String>,
    },
    /// Its versions were not read, for this reason.
    Unread(String),
}

impl Delegation {
    /// What the versions of the service say.
    #[must_use]
    pub fn of(versions: &Lookup<Vec<String>>) -> Self {
        let Lookup::Found(versions) = versions else {
            return Self::Unread(versions.absence().unwrap_or_default());
        };
        match versions.iter().filter(|version| knows(version)).max() {
            Some(version) => Self::Had { version: version.clone() },
            None => Self::NotHad { newest: versions.iter().max().cloned() },
        }
    }

    /// A few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Had { version } => {
                format!("the service has it ({version}); which regions take it no document says")
            }
            Self::NotHad { newest: Some(newest) } => {
                format!("the service does not have it: its newest version here is {newest}")
            }
            Self::NotHad { newest: None } => {
                "the service does not have it: it names no version here".to_owned()
            }
            Self::Unread(why) => format!("whether the service has it is not known; its versions: {why}"),
        }
    }
}

/// Versions are dates, previews with a word behind: as texts they sort by time.
fn knows(version: &str) -> bool {
    match version.split_once("-preview") {
        Some((date, _)) => date >= PREVIEW,
        None => version >= STABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_of_the_service_tell_whether_it_has_user_delegation_sas() {
        for (versions, has) in [
            (&["2023-04-01", "2024-10-01"][..], false),
            (&["2024-10-01", "2024-07-01-preview"], false),
            (&["2024-10-01", "2024-10-01-preview"], true),
            (&["2025-06-01", "2022-10-01"], true),
            (&[], false),
        ] {
            let versions = Lookup::Found(versions.iter().map(|one| (*one).to_owned()).collect());
            let found = Delegation::of(&versions);
            assert_eq!(matches!(found, Delegation::Had { .. }), has, "{found:?}");
        }
        let unread = Delegation::of(&Lookup::Forbidden { action: "x/read".to_owned() });
        assert!(
            unread.words().contains("not known") && unread.words().contains("x/read"),
            "{}",
            unread.words()
        );
    }
}

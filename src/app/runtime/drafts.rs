//! Forms that were not finished, on disk: one private file for each form and what it is about. They are kept
//! apart by the endpoint; whose they are stands in them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::app::form::Draft;
use crate::azure::arm::id::ArmId;
use crate::config::paths::write_private;

/// How long nothing must have been typed before a draft is written.
pub const REST: Duration = Duration::from_millis(500);

/// The drafts of one user at one endpoint.
#[derive(Debug, Clone)]
pub struct Drafts {
    folder: PathBuf,
    place: String,
}

impl Drafts {
    /// The drafts in a state folder, of an endpoint.
    #[must_use]
    pub fn at(state: &Path, place: &str) -> Self {
        let place = Uuid::new_v5(&Uuid::NAMESPACE_URL, place.to_lowercase().as_bytes()).simple().to_string();
        Self { folder: state.join("drafts"), place }
    }

    fn file(&self, kind: &str, subject: &ArmId) -> PathBuf {
        let text = format!("{kind}\n{}", subject.as_str().to_lowercase());
        // A name that tells nothing about what is done to who lists the folder.
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).simple().to_string();
        self.folder.join(format!("{}-{name}.json", self.place))
    }

    /// Keeps a draft in place of the one before.
    ///
    /// # Errors
    /// Those of the file system, in words.
    pub fn keep(&self, draft: &Draft) -> Result<(), String> {
        let bytes = serde_json::to_vec(draft).map_err(|error| error.to_string())?;
        write_private(&self.file(&draft.kind, &draft.subject), &bytes).map_err(|error| error.to_string())
    }

    /// Drops a draft, if there is one.
    pub fn drop_one(&self, kind: &str, subject: &ArmId) {
        // It may not be there, and one that stays is only offered once more.
        let _ = std::fs::remove_file(self.file(kind, subject));
    }

    /// Every draft that is kept; what cannot be read is left where it is.
    #[must_use]
    pub fn all(&self) -> Vec<Draft> {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mine = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with(&self.place) && name.ends_with(".json")
        };
        let files = folder.filter_map(|entry| Some(entry.ok()?.path())).filter(mine);
        files.filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::app::form::draft::Kept;

    fn draft(kind: &str, name: &str) -> Draft {
        Draft {
            kind: kind.into(),
            subject: ArmId::group("0001", name),
            title: "Grant access".into(),
            account: "ada@contoso.com".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            step: 1,
            values: BTreeMap::from([("why".to_owned(), Kept::Text("on call".into()))]),
        }
    }

    #[test]
    fn a_draft_comes_back_at_its_endpoint_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = Drafts::at(folder.path(), "https://management.azure.com/");
        drafts.keep(&draft("grant", "rg-a")).unwrap();
        drafts.keep(&draft("grant", "rg-b")).unwrap();
        drafts.keep(&Draft { step: 2, ..draft("grant", "rg-a") }).unwrap();
        let mut steps: Vec<usize> = drafts.all().iter().map(|draft| draft.step).collect();
        steps.sort_unstable();
        assert_eq!(steps, [1, 2], "one for each form and subject, the newer in place of the older");
        assert!(Drafts::at(folder.path(), "https://other.example/").all().is_empty());
        drafts.drop_one("grant", &ArmId::group("0001", "RG-A"));
        assert_eq!(drafts.all(), [draft("grant", "rg-b")]);
    }

    #[test]
    fn a_damaged_draft_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = Drafts::at(folder.path(), "x");
        drafts.keep(&draft("grant", "rg-a")).unwrap();
        std::fs::write(drafts.file("grant", &ArmId::group("0001", "rg-a")), b"{").unwrap();
        assert!(drafts.all().is_empty());
    }
}

//! Forms that were not finished, on disk: one private file for each form, what it is about and who filled it in.
//! They are kept apart by the endpoint.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::app::form::Draft;
use crate::config::paths::{remove_left_over, write_private};

/// How long nothing must have been typed before a draft is written.
pub const REST: Duration = Duration::from_millis(500);

/// The drafts of one user at one endpoint.
#[derive(Debug, Clone)]
pub struct Drafts {
    folder: PathBuf,
    place: String,
    turns: Arc<Mutex<HashMap<PathBuf, Turn>>>,
    /// Held by who works on the files. Never waited for while `turns` is held: a turn is taken between two frames.
    disk: Arc<Mutex<()>>,
}

/// Which of the writes of one draft it is. They come from threads that may be late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn(u64);

impl Drafts {
    /// The drafts in a state folder, of an endpoint.
    #[must_use]
    pub fn at(state: &Path, place: &str) -> Self {
        let place = Uuid::new_v5(&Uuid::NAMESPACE_URL, place.to_lowercase().as_bytes()).simple().to_string();
        Self { folder: state.join("drafts"), place, turns: Arc::default(), disk: Arc::default() }
    }

    fn file(&self, draft: &Draft) -> PathBuf {
        let text = format!("{}\n{}\n{}", draft.kind, draft.subject.as_str(), draft.account).to_lowercase();
        // A name that tells nothing about what is done to who lists the folder.
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).simple().to_string();
        self.folder.join(format!("{}-{name}.json", self.place))
    }

    /// Announces that a draft will be kept. What was announced before and is not written yet never will be.
    #[must_use]
    pub fn turn(&self, draft: &Draft) -> Turn {
        let mut turns = self.turns();
        let turn = turns.entry(self.file(draft)).or_default();
        turn.0 += 1;
        *turn
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<PathBuf, Turn>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a draft in place of the one before, unless a later turn was announced or it was dropped meanwhile.
    ///
    /// # Errors
    /// Those of the file system, in words.
    pub fn keep(&self, draft: &Draft, turn: Turn) -> Result<(), String> {
        let bytes = serde_json::to_vec(draft).map_err(|error| error.to_string())?;
        let file = self.file(draft);
        // Whoever drops it meanwhile waits for the file, and takes away what was written.
        let _disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.turns().get(&file).copied();
        if current != Some(turn) {
            return Ok(());
        }
        write_private(&file, &bytes).map_err(|error| error.to_string())
    }

    /// Drops a draft, if there is one. What was announced before is not written any more; one that is just being written
    /// is waited for.
    pub fn drop_one(&self, draft: &Draft) {
        let _ = self.turn(draft);
        let _disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        // It may not be there, and one that stays is only offered once more.
        let _ = std::fs::remove_file(self.file(draft));
    }

    /// Every draft that is kept; what cannot be read is left where it is.
    #[must_use]
    pub fn all(&self) -> Vec<Draft> {
        remove_left_over(&self.folder);
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
    use crate::azure::arm::id::ArmId;

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

    fn keep(drafts: &Drafts, draft: &Draft) {
        drafts.keep(draft, drafts.turn(draft)).unwrap();
    }

    #[test]
    fn a_draft_comes_back_at_its_endpoint_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = Drafts::at(folder.path(), "https://management.azure.com/");
        keep(&drafts, &draft("grant", "rg-a"));
        keep(&drafts, &draft("grant", "rg-b"));
        keep(&drafts, &Draft { step: 2, ..draft("grant", "rg-a") });
        let mut steps: Vec<usize> = drafts.all().iter().map(|draft| draft.step).collect();
        steps.sort_unstable();
        assert_eq!(steps, [1, 2], "one for each form and subject, the newer in place of the older");
        assert!(Drafts::at(folder.path(), "https://other.example/").all().is_empty());
        drafts.drop_one(&draft("grant", "RG-A"));
        assert_eq!(drafts.all(), [draft("grant", "rg-b")]);
    }

    #[test]
    fn two_accounts_have_a_draft_of_the_same_form_each() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = Drafts::at(folder.path(), "x");
        let of = |account: &str| Draft { account: account.into(), ..draft("grant", "rg-a") };
        keep(&drafts, &of("ada@contoso.com"));
        keep(&drafts, &of("bob@contoso.com"));
        drafts.drop_one(&of("Ada@contoso.com"));
        assert_eq!(drafts.all(), [of("bob@contoso.com")]);
    }

    #[test]
    fn what_is_late_is_not_written_over_what_is_newer_nor_after_it_was_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = Drafts::at(folder.path(), "x");
        let (older, newer) = (draft("grant", "rg-a"), Draft { step: 2, ..draft("grant", "rg-a") });
        let late = drafts.turn(&older);
        keep(&drafts, &newer);
        drafts.keep(&older, late).unwrap();
        assert_eq!(drafts.all(), std::slice::from_ref(&newer));
        let late = drafts.turn(&newer);
        drafts.drop_one(&newer);
        drafts.keep(&newer, late).unwrap();
        assert!(drafts.all().is_empty());
    }

    #[test]
    fn a_damaged_draft_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = Drafts::at(folder.path(), "x");
        keep(&drafts, &draft("grant", "rg-a"));
        std::fs::write(drafts.file(&draft("grant", "rg-a")), b"{").unwrap();
        assert!(drafts.all().is_empty());
    }
}

//! The inventory of the last session on disk, so that the next start shows it before the network
//! answers. One file for each endpoint, tenant and account; what cannot be read is dropped.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::paths::write_private;
use crate::domain::inventory::Inventory;

/// The cache of one user.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// Whose inventory a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The endpoint, or the cloud.
    pub place: String,
    /// The tenant's id, or what was asked for before it is known.
    pub tenant: String,
    /// The object id of the account; its name only where nothing tells the id: names change, and two may share one.
    pub principal: String,
}

/// Who saw what was kept: another account, or the same one in another tenant, may see less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The tenant, as [`Key::tenant`].
    pub tenant: String,
    /// The account, as [`Key::principal`].
    pub principal: String,
}

/// An inventory that was kept.
#[derive(Debug)]
pub struct Kept {
    /// The inventory.
    pub inventory: Inventory,
    /// When it was read from Azure.
    pub at: Timestamp,
    /// Whose it is.
    pub owner: Owner,
}

impl Key {
    fn file(&self) -> String {
        let text = format!("{}\n{}\n{}", self.place, self.tenant, self.principal).to_lowercase();
        // A name that tells nothing about the account to who lists the folder.
        format!("inventory-{}.bin", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, text.as_bytes()).simple())
    }
}

impl Cache {
    /// The cache in a folder, which is made when something is kept.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Gives the inventory last kept for a place and the tenant asked for, and whose it is. A large one is
    /// given twice: its outline, which is read at once, and then the whole of it.
    pub fn last(&self, place: &str, tenant: Option<&str>, mut give: impl FnMut(Kept)) {
        let Some((path, owner)) = self.find(place, tenant) else { return };
        let Ok(bytes) = std::fs::read(&path) else { return };
        let mut kept = |(inventory, at)| give(Kept { inventory, at, owner: owner.clone() });
        let given = Inventory::outline(&bytes).and_then(|outline| {
            outline.into_iter().for_each(&mut kept);
            Inventory::from_cache(&bytes)
        });
        match given {
            Ok(all) => kept(all),
            Err(error) => {
                tracing::info!(%error, "the cached inventory is dropped");
                // It is of no use to anybody; a failure to remove it changes nothing.
                let _ = std::fs::remove_file(path);
            }
        }
    }

    fn find(&self, place: &str, tenant: Option<&str>) -> Option<(PathBuf, Owner)> {
        let pointer = std::fs::read_to_string(self.folder.join(pointer(place, tenant))).ok()?;
        let mut lines = pointer.lines();
        let (file, tenant, principal) = (lines.next()?, lines.next()?, lines.next()?);
        let path = self.folder.join(Path::new(file).file_name()?);
        Some((path, Owner { tenant: tenant.to_owned(), principal: principal.to_owned() }))
    }

    /// Keeps an inventory for the next start.
    ///
    /// # Errors
    /// Those of the file system, in words.
    pub fn keep(
        &self,
        key: &Key,
        asked_tenant: Option<&str>,
        inventory: &Inventory,
        at: Timestamp,
    ) -> Result<(), String> {
        let bytes = inventory.to_cache(at).map_err(|error| error.to_string())?;
        let file = key.file();
        write_private(&self.folder.join(&file), &bytes).map_err(|error| error.to_string())?;
        let pointer = self.folder.join(pointer(&key.place, asked_tenant));
        write_private(&pointer, format!("{file}\n{}\n{}\n", key.tenant, key.principal).as_bytes())
            .map_err(|error| error.to_string())
    }
}

fn pointer(place: &str, tenant: Option<&str>) -> String {
    let text = format!("{place}\n{}", tenant.unwrap_or_default()).to_lowercase();
    format!("last-{}.txt", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, text.as_bytes()).simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(principal: &str) -> Key {
        Key { place: "AzureCloud".into(), tenant: "t".into(), principal: principal.into() }
    }

    fn all(cache: &Cache, place: &str, tenant: Option<&str>) -> Vec<Kept> {
        let mut all = Vec::new();
        cache.last(place, tenant, |kept| all.push(kept));
        all
    }

    #[test]
    fn what_was_kept_comes_back_for_the_same_place_and_tenant_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let mut inventory = Inventory::default();
        inventory.note("x", "y");
        let at = Timestamp::UNIX_EPOCH;
        cache.keep(&key("ada"), None, &inventory, at).unwrap();
        let kept = all(&cache, "AzureCloud", None).pop().unwrap();
        assert_eq!((kept.at, kept.owner), (at, Owner { tenant: "t".into(), principal: "ada".into() }));
        assert!(all(&cache, "AzureCloud", Some("other")).is_empty());
        assert!(all(&cache, "AzureChinaCloud", None).is_empty());
    }

    #[test]
    fn a_damaged_file_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        cache.keep(&key("ada"), None, &Inventory::default(), Timestamp::UNIX_EPOCH).unwrap();
        let file = folder.path().join(key("ada").file());
        std::fs::write(&file, b"amldeck inventory\n").unwrap();
        assert!(all(&cache, "AzureCloud", None).is_empty());
        assert!(!file.exists());
    }
}

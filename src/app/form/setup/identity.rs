//! The workspace's own identity, and how its datastores reach the storage account.

use super::basics::{NEW, SUBSCRIPTION, is_project};
use super::fill::{choose, put};
use super::words::{meant, word};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::azure::arm::id::ArmId;
use crate::domain::setup::environment::IDENTITIES;
use crate::domain::setup::spec::{Identity, StorageAccess};

pub(super) const WORKSPACE: &str = "identity.workspace";
pub(super) const NAME: &str = "identity.workspace.name";
pub(super) const STORAGE_ACCESS: &str = "identity.storage_access";
pub(super) const SHARED_KEY_OFF: &str = "identity.shared_key_off";
/// The key of the identity that Azure makes.
const SYSTEM: &str = "system";

/// The fields.
pub(super) fn fields() -> Vec<FormField> {
    let by_identity = StorageAccess::Identity;
    vec![
        FormField::one(WORKSPACE, "Identity", Source::Listed(identities), Vec::new())
            .help("Whose rights the workspace has towards storage, vault and registry.")
            .standing(vec![
                Choice::new(SYSTEM, "system-assigned").detail("Azure makes it and grants it what it needs"),
                Choice::new(NEW, "a new user-assigned one").detail("its roles join the plan"),
            ])
            .keeping()
            .with(SYSTEM),
        FormField::line(NAME, "  its name")
            .help("It follows from the workspace's name when empty.")
            .optional()
            .shown_if(|form| form.text(WORKSPACE) == NEW),
        FormField::one(
            STORAGE_ACCESS,
            "Storage access",
            Source::Fixed,
            vec![
                Choice::new(word(StorageAccess::Key), "by shared key").detail("Azure's default"),
                Choice::new(word(by_identity), "by identity").detail("a preview"),
            ],
        )
        .help("How the workspace's own datastores reach the storage account.")
        .with(&word(StorageAccess::Key))
        .shown_if(|form| !is_project(form)),
        FormField::toggle(SHARED_KEY_OFF, "Shared key off", false)
            .help("Space changes it: the account's shared keys are turned off at the end, so that only identities get in.")
            .shown_if(is_by_identity),
    ]
}

fn identities(form: &Form) -> Option<Ask> {
    let subscription = form.text(SUBSCRIPTION);
    (!subscription.is_empty()).then_some(Ask::Resources { subscription, kind: IDENTITIES })
}

fn is_by_identity(form: &Form) -> bool {
    meant(&form.text(STORAGE_ACCESS)) == Some(StorageAccess::Identity)
}

/// What the fields come to.
pub(super) fn wish(form: &Form) -> Identity {
    let name = form.text(NAME);
    let workspace = form.text(WORKSPACE);
    Identity {
        workspace: if workspace == NEW && !name.is_empty() { name } else { workspace },
        storage_access: meant(&form.text(STORAGE_ACCESS)).unwrap_or_default(),
        shared_key_off: form.is_on(SHARED_KEY_OFF),
    }
}

/// Puts it into the fields.
pub(super) fn fill(form: &mut Form, identity: &Identity) {
    match (identity.workspace.as_str(), ArmId::parse(&identity.workspace)) {
        (_, Ok(id)) => choose(form, WORKSPACE, vec![Choice::new(id.as_str(), id.name())]),
        (word @ ("" | SYSTEM | NEW), _) => put(form, WORKSPACE, if word.is_empty() { SYSTEM } else { word }),
        (name, _) => {
            put(form, WORKSPACE, NEW);
            put(form, NAME, name);
        }
    }
    put(form, STORAGE_ACCESS, &word(identity.storage_access));
    put(form, SHARED_KEY_OFF, &super::yes(identity.shared_key_off));
}

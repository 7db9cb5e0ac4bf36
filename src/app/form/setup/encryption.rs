//! Who holds the key, and what is decided once and for all.

use super::basics::SUBSCRIPTION;
use super::fill::{choose, put};
use super::{chosen_id, fact};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::azure::arm::id::ArmId;
use crate::domain::setup::environment::{IDENTITIES, VAULTS};
use crate::domain::setup::spec::Encryption;

pub(super) const HOLDER: &str = "encryption.holder";
pub(super) const VAULT: &str = "encryption.key_vault";
pub(super) const KEY_CHOICE: &str = "encryption.key.choice";
pub(super) const KEY: &str = "encryption.key";
pub(super) const IDENTITY: &str = "encryption.identity";
pub(super) const HIGH_IMPACT: &str = "encryption.high_business_impact";
pub(super) const DATA_ISOLATION: &str = "encryption.data_isolation";

const MICROSOFT: &str = "microsoft";
const CUSTOMER: &str = "customer";
/// The key of the workspace's own identity.
const OWN: &str = "own";

/// The fields.
pub(super) fn fields() -> Vec<FormField> {
    vec![
        FormField::one(
            HOLDER,
            "Key",
            Source::Fixed,
            vec![
                Choice::new(MICROSOFT, "Microsoft-managed").detail("nothing to look after"),
                Choice::new(CUSTOMER, "customer-managed").detail("one-way: for the highest data class"),
            ],
        )
        .help("Everything is encrypted either way. With a key of your own, who takes it away takes the data away.")
        .with(MICROSOFT),
        FormField::one(VAULT, "Vault", Source::Listed(|form| list(form, VAULTS)), Vec::new())
            .help("The vault that holds the key. It must have purge protection.")
            .keeping()
            .checked(vault)
            .shown_if(is_customers),
        FormField::one(KEY_CHOICE, "Keys there", Source::Listed(keys), Vec::new())
            .help("Those that may be listed; else the URI is typed below.")
            .optional()
            .shown_if(|form| is_customers(form) && chosen_id(form, VAULT).is_some()),
        FormField::line(KEY, "Key URI")
            .help("As the vault shows it: https://VAULT.vault.azure.net/keys/NAME/VERSION")
            .derived(|form| form.text(KEY_CHOICE))
            .shown_if(is_customers),
        FormField::one(IDENTITY, "Read by", Source::Listed(|form| list(form, IDENTITIES)), Vec::new())
            .help("The identity that reads the key: it needs Key Vault Crypto Service Encryption User on the vault before.")
            .standing(vec![Choice::new(OWN, "the workspace's own identity")])
            .keeping()
            .with(OWN)
            .shown_if(is_customers),
        FormField::toggle(HIGH_IMPACT, "High impact", false)
            .help("Space changes it: data of high business impact. Less telemetry, encrypted scratch disks; it cannot be changed later."),
        FormField::toggle(DATA_ISOLATION, "Data isolation", false)
            .help("Space changes it: a prefix for everything kept in shared dependents; it cannot be changed later."),
    ]
}

fn list(form: &Form, kind: &'static str) -> Option<Ask> {
    let subscription = form.text(SUBSCRIPTION);
    (!subscription.is_empty()).then_some(Ask::Resources { subscription, kind })
}

fn keys(form: &Form) -> Option<Ask> {
    let vault = ArmId::parse(&chosen_id(form, VAULT)?.key).ok()?;
    Some(Ask::Keys { vault })
}

/// Whether the key shall be the customer's.
pub(super) fn is_customers(form: &Form) -> bool {
    form.text(HOLDER) == CUSTOMER
}

fn vault(form: &Form, _: &str) -> Result<(), String> {
    match chosen_id(form, VAULT) {
        Some(vault) if vault.fact(fact::PURGE) == "no" => Err(format!(
            "{} has no purge protection: a customer's key must be in a vault that has it",
            vault.label
        )),
        _ => Ok(()),
    }
}

/// What the fields come to.
pub(super) fn wish(form: &Form) -> Encryption {
    let id = |field| chosen_id(form, field).map(|choice| choice.key.clone()).unwrap_or_default();
    Encryption {
        key_vault: id(VAULT),
        key: form.text(KEY),
        identity: id(IDENTITY),
        high_business_impact: form.is_on(HIGH_IMPACT),
        data_isolation: form.is_on(DATA_ISOLATION),
    }
}

/// Puts it into the fields.
pub(super) fn fill(form: &mut Form, encryption: &Encryption) {
    let customers = !encryption.key.is_empty() || !encryption.key_vault.is_empty();
    put(form, HOLDER, if customers { CUSTOMER } else { MICROSOFT });
    for (field, id) in [(VAULT, &encryption.key_vault), (IDENTITY, &encryption.identity)] {
        if let Ok(id) = ArmId::parse(id) {
            choose(form, field, vec![Choice::new(id.as_str(), id.name())]);
        }
    }
    put(form, KEY, &encryption.key);
    put(form, HIGH_IMPACT, &super::yes(encryption.high_business_impact));
    put(form, DATA_ISOLATION, &super::yes(encryption.data_isolation));
}

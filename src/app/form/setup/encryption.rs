//! Who holds the key, and what is decided once and for all.

use super::basics::{SUBSCRIPTION, is_project};
use super::fill::{choose, put};
use super::{chosen_id, fact};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::azure::arm::id::ArmId;
use crate::domain::setup::environment::IDENTITIES;
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
        .with(MICROSOFT)
        .shown_if(|form| !is_project(form)),
        FormField::one(VAULT, "Vault", Source::Listed(vaults), Vec::new())
            .help("The vault that holds the key: those that can serve stand first. It must have purge protection.")
            .nothing("There is no vault in this subscription: make one with purge protection, and a key in it.")
            .keeping()
            .checked(|form, _| serves(form, VAULT))
            .shown_if(is_customers),
        FormField::one(KEY_CHOICE, "Keys there", Source::Listed(keys), Vec::new())
            .help("Those that may be listed; else the URI is typed below.")
            .nothing("None that you may see: type its URI below.")
            .checked(|form, _| serves(form, KEY_CHOICE))
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
            .help("Space changes it: data of high business impact. Less telemetry, encrypted scratch disks; it cannot be changed later.")
            .shown_if(|form| !is_project(form)),
        FormField::toggle(DATA_ISOLATION, "Data isolation", false)
            .help("Space changes it: a prefix for everything kept in shared dependents; it cannot be changed later.")
            .shown_if(|form| !is_project(form)),
    ]
}

fn vaults(form: &Form) -> Option<Ask> {
    let subscription = form.text(SUBSCRIPTION);
    (!subscription.is_empty()).then_some(Ask::KeyHolders { subscription })
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

/// Whether what was chosen can serve.
fn serves(form: &Form, field: &str) -> Result<(), String> {
    match form.choice(field).map(|choice| choice.fact(fact::CANNOT)) {
        Some(why) if !why.is_empty() => Err(why.to_owned()),
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

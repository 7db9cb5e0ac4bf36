//! Dependents, and the key that they are encrypted with.

use super::super::environment::{CustomerKey, Dependent, Environment, OwnIdentity};
use super::super::finding::Findings;
use super::super::names::Named;
use super::super::regions;
use super::super::spec::Kind;

/// The SKUs that a workspace's storage account may have.
const STORAGE_SKUS: [&str; 6] =
    ["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS"];
const REGISTRY_SKUS: [&str; 3] = ["Basic", "Standard", "Premium"];

pub(super) fn check(environment: &Environment, found: &mut Findings) {
    if environment.kind != Kind::Project {
        storage(environment, found);
        registry(environment, found);
    }
    if !environment.image_build_compute.is_empty()
        && let Err(problem) = Named::Compute.check(&environment.image_build_compute)
    {
        found.refuse("dependents.image_build_compute", problem);
    }
    encryption(environment, found);
}

fn storage(environment: &Environment, found: &mut Findings) {
    let sku = environment.storage_sku.as_str();
    let key = "dependents.storage_sku";
    if !environment.storage.is_new() {
        return;
    }
    if sku.starts_with("Premium") {
        found.refuse(
            key,
            format!(
                "'{sku}': a workspace cannot use a premium account, because it needs blobs and files in one"
            ),
        );
    } else if !STORAGE_SKUS.contains(&sku) {
        found.refuse(
            key,
            format!("'{sku}' is no SKU of a storage account: auto, {}", STORAGE_SKUS.join(", ")),
        );
    } else if sku.contains("ZRS") && !regions::has_zones(&environment.region) {
        found.warn(
            key,
            format!("{} is not known to have availability zones, and {sku} needs them", environment.region),
        );
    } else if sku == "Standard_LRS" && regions::has_zones(&environment.region) {
        found.note(key, "locally redundant storage does not survive the loss of a zone; Standard_ZRS does");
    }
}

fn registry(environment: &Environment, found: &mut Findings) {
    let key = "dependents.container_registry";
    let sku = environment.registry_sku.as_str();
    if environment.registry.is_new() {
        if !REGISTRY_SKUS.contains(&sku) {
            found.refuse(
                "dependents.registry_sku",
                format!("'{sku}' is no SKU of a registry: auto, {}", REGISTRY_SKUS.join(", ")),
            );
        } else if environment.registry_needs_endpoints() && sku != "Premium" {
            found.refuse(
                "dependents.registry_sku",
                format!("a {sku} registry takes no private endpoints, and this set-up needs one: Premium"),
            );
        }
    }
    if !environment.registry_needs_endpoints() {
        return;
    }
    if environment.registry == Dependent::Absent {
        found.warn(
            key,
            "a registry that Azure makes on first use is open to the internet; for an isolated workspace choose 'new', \
             which is then Premium",
        );
    } else if environment.image_build_compute.is_empty() {
        found.warn(
            "dependents.image_build_compute",
            "a registry behind private endpoints cannot build images itself: make a CPU cluster in the workspace and \
             name it here, or later with `az ml workspace update --image-build-compute`",
        );
    }
}

fn encryption(environment: &Environment, found: &mut Findings) {
    if environment.high_business_impact {
        found.one_way(
            "encryption.high_business_impact",
            "high business impact: less is written to telemetry and logs, and scratch disks are encrypted. It cannot be \
             changed later",
        );
    }
    if environment.data_isolation {
        found.one_way(
            "encryption.data_isolation",
            "data isolation: containers, secrets and images get the workspace's id as a prefix, so that several \
             workspaces share dependents without seeing each other's data. It cannot be changed later",
        );
    }
    let Some(CustomerKey { vault, key, identity }) = &environment.customer_key else { return };
    found.one_way(
        "encryption.key",
        "a customer's key: it cannot be added to a workspace or taken from it later, only rotated; whoever loses the key \
         loses the workspace. The vault must have soft delete and purge protection",
    );
    let host = key.strip_prefix("https://").and_then(|rest| rest.split_once("/keys/"));
    match host {
        Some((host, name)) if !name.trim_matches('/').is_empty() && host.contains(".vault.") => {
            let own = host.split('.').next().unwrap_or_default();
            if !own.eq_ignore_ascii_case(vault.name()) {
                found.refuse(
                    "encryption.key",
                    format!("the key is in the vault '{own}', and the vault is '{}'", vault.name()),
                );
            }
        }
        _ => found.refuse(
            "encryption.key",
            format!(
                "'{key}' is no key's URI: https://{}.vault.azure.net/keys/{{key}}/{{version}}",
                vault.name()
            ),
        ),
    }
    if identity.is_none() && environment.identity == OwnIdentity::System {
        found.advise_against(
            "encryption.identity",
            "the workspace's system-assigned identity does not exist yet, so nobody can let it read the key beforehand, and \
             making the workspace will most likely fail: name a user-assigned identity that holds Key Vault Crypto Service \
             Encryption User on the vault",
        );
    }
}

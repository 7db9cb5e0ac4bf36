//! The table of findings. Adding one is a row here and a check beside it; a test walks the table and
//! wants to see every row fire and stay silent.

use super::Severity::{High, Info, Low, Medium};
use super::{Rule, checks};

/// Every finding that this console knows, in the order in which it looks.
#[rustfmt::skip]
pub const FINDINGS: &[Rule] = &[
    Rule { id: "workspace-failed", severity: High, title: "The workspace is in a failed state", why: "Its last operation did not finish; parts of it may be missing", remedy: "Look at the activity log for the failed operation, then repeat it", alone: true, check: checks::workspace_failed },
    Rule { id: "workspace-unfinished", severity: Info, title: "An operation on the workspace is running", why: "What is shown may change, and changes are refused meanwhile", remedy: "Wait until it is done", alone: true, check: checks::workspace_unfinished },
    Rule { id: "dependent-gone", severity: High, title: "A resource that it depends on is gone", why: "The workspace cannot work without it", remedy: "Recover the resource under its old name, or retire the workspace", alone: false, check: checks::dependent_gone },
    Rule { id: "storage-broken", severity: High, title: "Storage access is broken", why: "The workspace uses the account's keys, which the account refuses", remedy: "Switch the workspace to identity, or turn the account's keys on again", alone: false, check: checks::storage_broken },
    Rule { id: "storage-public", severity: High, title: "Isolated workspace, public storage", why: "The data can be reached around the isolation", remedy: "Refuse public access at the storage account and give it private endpoints", alone: false, check: checks::storage_public },
    Rule { id: "vault-public", severity: Medium, title: "Isolated workspace, public key vault", why: "The secrets can be reached around the isolation", remedy: "Refuse public access at the vault and give it a private endpoint", alone: false, check: checks::vault_public },
    Rule { id: "registry-public", severity: Medium, title: "Isolated workspace, public registry", why: "The images can be reached around the isolation", remedy: "Use the Premium SKU, refuse public access and give it a private endpoint", alone: false, check: checks::registry_public },
    Rule { id: "network-not-provisioned", severity: Medium, title: "Managed network configured, not provisioned", why: "Nothing is isolated until the network exists; the first compute will wait for it", remedy: "Provision the managed network", alone: true, check: checks::network_not_provisioned },
    Rule { id: "public-inbound", severity: Medium, title: "Isolated outbound, open inbound", why: "The workspace still answers to the whole internet", remedy: "Turn public network access off, or narrow it to addresses", alone: false, check: checks::public_inbound },
    Rule { id: "public-no-rules", severity: Low, title: "Public network access without any rule", why: "Only sign-in stands between the internet and the workspace", remedy: "Narrow it to addresses, or use private endpoints", alone: false, check: checks::public_no_rules },
    Rule { id: "endpoint-pending", severity: Medium, title: "A private endpoint waits for approval", why: "Whoever asked for it cannot reach the resource", remedy: "Approve or reject the connection", alone: false, check: checks::endpoint_pending },
    Rule { id: "legacy-mode", severity: Medium, title: "Legacy mode is on", why: "Clients of the old API go past private links", remedy: "Turn v1 legacy mode off once no client needs it", alone: true, check: checks::legacy_mode },
    Rule { id: "cmk-no-purge-protection", severity: High, title: "Customer's key in a vault without purge protection", why: "Who purges the vault destroys the workspace's data for good", remedy: "Turn purge protection on", alone: false, check: checks::cmk_no_purge_protection },
    Rule { id: "vault-policies", severity: Low, title: "The key vault uses access policies", why: "Who may change the vault can let themselves in, and roles do not show who reads secrets", remedy: "Move the vault to role-based access", alone: false, check: checks::vault_policies },
    Rule { id: "registry-admin-user", severity: Medium, title: "The registry's admin user is on", why: "One shared password, which no log ties to a person", remedy: "Turn the admin user off and use identities", alone: false, check: checks::registry_admin_user },
    Rule { id: "keys-still-on", severity: Low, title: "Identity mode, but the account's keys still work", why: "Who may list the keys reads everything, whatever role they lack", remedy: "Turn shared key access off, once nothing else uses it", alone: false, check: checks::keys_still_on },
    Rule { id: "access-key-mode", severity: Info, title: "Storage access by shared key", why: "The key opens the whole account, and cannot be granted or taken away per person", remedy: "Consider identity-based access", alone: true, check: checks::access_key_mode },
    Rule { id: "locally-redundant", severity: Low, title: "Production storage in one data centre", why: "A failing data centre takes the data with it", remedy: "Change the account to zone-redundant storage", alone: false, check: checks::locally_redundant },
    Rule { id: "no-tags", severity: Low, title: "No tags", why: "Policy, cost and ownership rest on tags", remedy: "Tag at least the environment, the owner and the cost centre", alone: true, check: checks::no_tags },
    Rule { id: "orphaned-assignments", severity: Low, title: "Role assignments of deleted principals", why: "Nobody can use them, but they hide who really has access", remedy: "Delete them", alone: false, check: checks::orphaned_assignments },
    Rule { id: "person-at-subscription", severity: Medium, title: "People with a role on the whole subscription", why: "It reaches every workspace in it, and outlives a change of team", remedy: "Give the role to a group, at the workspace or its group", alone: false, check: checks::person_at_subscription },
    Rule { id: "many-owners", severity: Medium, title: "More than three owners", why: "Each of them can grant anything to anybody", remedy: "Keep two or three owners, eligible rather than standing", alone: false, check: checks::many_owners },
    Rule { id: "guest-owner", severity: High, title: "A guest is owner", why: "Another organisation decides who that is", remedy: "Give guests a narrower role", alone: false, check: checks::guest_owner },
    Rule { id: "custom-roles", severity: Info, title: "Custom roles in use", why: "Their name does not say what they allow", remedy: "Prefer built-in roles; keep custom ones by exception", alone: false, check: checks::custom_roles },
];

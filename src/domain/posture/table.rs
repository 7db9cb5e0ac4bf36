//! The table of findings. Adding one is a row here and a check beside it; a test walks the table and
//! wants to see every row fire and stay silent.

use super::Severity::{High, Info, Low, Medium};
use super::{Rule, checks};

/// Every finding that this console knows, in the order in which it looks.
#[rustfmt::skip]
pub const FINDINGS: &[Rule] = &[
    Rule { id: "workspace-failed", severity: High, title: "the workspace is in a failed state", why: "its last operation did not finish; parts of it may be missing", remedy: "look at the activity log for the failed operation, then repeat it", check: checks::workspace_failed },
    Rule { id: "workspace-unfinished", severity: Info, title: "an operation on the workspace is running", why: "what is shown may change, and changes are refused meanwhile", remedy: "wait until it is done", check: checks::workspace_unfinished },
    Rule { id: "dependent-gone", severity: High, title: "a resource that it depends on is gone", why: "the workspace cannot work without it", remedy: "recover the resource under its old name, or retire the workspace", check: checks::dependent_gone },
    Rule { id: "storage-broken", severity: High, title: "storage access is broken", why: "the workspace uses the account's keys, which the account refuses", remedy: "switch the workspace to identity, or turn the account's keys on again", check: checks::storage_broken },
    Rule { id: "storage-public", severity: High, title: "isolated workspace, public storage", why: "the data can be reached around the isolation", remedy: "refuse public access at the storage account and give it private endpoints", check: checks::storage_public },
    Rule { id: "vault-public", severity: Medium, title: "isolated workspace, public key vault", why: "the secrets can be reached around the isolation", remedy: "refuse public access at the vault and give it a private endpoint", check: checks::vault_public },
    Rule { id: "registry-public", severity: Medium, title: "isolated workspace, public registry", why: "the images can be reached around the isolation", remedy: "use the Premium SKU, refuse public access and give it a private endpoint", check: checks::registry_public },
    Rule { id: "network-not-provisioned", severity: Medium, title: "managed network configured, not provisioned", why: "nothing is isolated until the network exists; the first compute will wait for it", remedy: "provision the managed network", check: checks::network_not_provisioned },
    Rule { id: "public-inbound", severity: Medium, title: "isolated outbound, open inbound", why: "the workspace still answers to the whole internet", remedy: "turn public network access off, or narrow it to addresses", check: checks::public_inbound },
    Rule { id: "public-no-rules", severity: Low, title: "public network access without any rule", why: "only sign-in stands between the internet and the workspace", remedy: "narrow it to addresses, or use private endpoints", check: checks::public_no_rules },
    Rule { id: "endpoint-pending", severity: Medium, title: "a private endpoint waits for approval", why: "whoever asked for it cannot reach the resource", remedy: "approve or reject the connection", check: checks::endpoint_pending },
    Rule { id: "legacy-mode", severity: Medium, title: "legacy mode is on", why: "clients of the old API go past private links", remedy: "turn v1 legacy mode off once no client needs it", check: checks::legacy_mode },
    Rule { id: "cmk-no-purge-protection", severity: High, title: "customer's key in a vault without purge protection", why: "who purges the vault destroys the workspace's data for good", remedy: "turn purge protection on", check: checks::cmk_no_purge_protection },
    Rule { id: "vault-policies", severity: Low, title: "the key vault uses access policies", why: "who may change the vault can let themselves in, and roles do not show who reads secrets", remedy: "move the vault to role-based access", check: checks::vault_policies },
    Rule { id: "registry-admin-user", severity: Medium, title: "the registry's admin user is on", why: "one shared password, which no log ties to a person", remedy: "turn the admin user off and use identities", check: checks::registry_admin_user },
    Rule { id: "keys-still-on", severity: Low, title: "identity mode, but the account's keys still work", why: "who may list the keys reads everything, whatever role they lack", remedy: "turn shared key access off, once nothing else uses it", check: checks::keys_still_on },
    Rule { id: "access-key-mode", severity: Info, title: "storage access by shared key", why: "the key opens the whole account, and cannot be granted or taken away per person", remedy: "consider identity-based access", check: checks::access_key_mode },
    Rule { id: "locally-redundant", severity: Low, title: "production storage in one data centre", why: "a failing data centre takes the data with it", remedy: "change the account to zone-redundant storage", check: checks::locally_redundant },
    Rule { id: "no-tags", severity: Low, title: "no tags", why: "policy, cost and ownership rest on tags", remedy: "tag at least the environment, the owner and the cost centre", check: checks::no_tags },
    Rule { id: "orphaned-assignments", severity: Low, title: "role assignments of deleted principals", why: "nobody can use them, but they hide who really has access", remedy: "delete them", check: checks::orphaned_assignments },
    Rule { id: "person-at-subscription", severity: Medium, title: "people with a role on the whole subscription", why: "it reaches every workspace in it, and outlives a change of team", remedy: "give the role to a group, at the workspace or its group", check: checks::person_at_subscription },
    Rule { id: "many-owners", severity: Medium, title: "more than three owners", why: "each of them can grant anything to anybody", remedy: "keep two or three owners, eligible rather than standing", check: checks::many_owners },
    Rule { id: "guest-owner", severity: High, title: "a guest is owner", why: "another organisation decides who that is", remedy: "give guests a narrower role", check: checks::guest_owner },
    Rule { id: "custom-roles", severity: Info, title: "custom roles in use", why: "their name does not say what they allow", remedy: "prefer built-in roles; keep custom ones by exception", check: checks::custom_roles },
];

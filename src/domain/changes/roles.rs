//! Built-in roles that changes of access speak of, by their GUIDs, which are the same in every tenant and cloud.

/// A built-in role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its GUID.
    pub guid: &'static str,
    /// Its name.
    pub name: &'static str,
}

const fn role(name: &'static str, guid: &'static str) -> BuiltIn {
    BuiltIn { guid, name }
}

/// May do everything, and give roles.
pub const OWNER: BuiltIn = role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
/// May do everything but give roles.
pub const CONTRIBUTOR: BuiltIn = role("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c");
/// May read the management plane.
pub const READER: BuiltIn = role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7");
/// May give any role.
pub const USER_ACCESS_ADMINISTRATOR: BuiltIn =
    role("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9");
/// May give any role.
pub const RBAC_ADMINISTRATOR: BuiltIn =
    role("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168");
/// Works in a workspace.
pub const DATA_SCIENTIST: BuiltIn = role("AzureML Data Scientist", "f6c7c914-8db3-469d-8ca1-694a8f32e121");
/// Creates and runs compute.
pub const COMPUTE_OPERATOR: BuiltIn =
    role("AzureML Compute Operator", "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815");
/// Reads and writes blobs.
pub const BLOB_CONTRIBUTOR: BuiltIn =
    role("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe");
/// Reads blobs.
pub const BLOB_READER: BuiltIn = role("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1");
/// Reads and writes files, whatever their own permissions say.
pub const FILE_CONTRIBUTOR: BuiltIn =
    role("Storage File Data Privileged Contributor", "69566ab7-960f-475b-8e7c-b3118f30c6bd");
/// Reads files, whatever their own permissions say.
pub const FILE_READER: BuiltIn =
    role("Storage File Data Privileged Reader", "b8eda974-7b85-4f76-af95-65846b26df6d");
/// Pushes and pulls images.
pub const ACR_PUSH: BuiltIn = role("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec");
/// Reads metrics, logs and alerts.
pub const MONITORING_READER: BuiltIn = role("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05");
/// Reads and searches logs.
pub const LOG_ANALYTICS_READER: BuiltIn =
    role("Log Analytics Reader", "73c42c96-874c-492b-b04d-ab87d138a893");

/// Whether whoever has this role may give roles, and so give themselves anything.
#[must_use]
pub fn gives_roles(guid: &str) -> bool {
    [OWNER, USER_ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR]
        .iter()
        .any(|role| role.guid.eq_ignore_ascii_case(guid))
}

/// All of them.
pub const ALL: &[BuiltIn] = &[
    OWNER,
    CONTRIBUTOR,
    READER,
    USER_ACCESS_ADMINISTRATOR,
    RBAC_ADMINISTRATOR,
    DATA_SCIENTIST,
    COMPUTE_OPERATOR,
    BLOB_CONTRIBUTOR,
    BLOB_READER,
    FILE_CONTRIBUTOR,
    FILE_READER,
    ACR_PUSH,
    MONITORING_READER,
    LOG_ANALYTICS_READER,
];

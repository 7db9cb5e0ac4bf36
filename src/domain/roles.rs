//! The built-in roles that are meant for workspaces and what they depend on, and the general ones, by their GUIDs, which are the
//! same in every tenant and cloud. Names and GUIDs are those of the list of role definitions that Azure answers
//! (`assets/built-in-roles.json`). Others happen to allow this or that besides a purpose of their own: a Reservations
//! Administrator may write role assignments, a DevTest Labs User may list storage keys.

/// A built-in role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BuiltIn {
    /// Its GUID, in lower case.
    pub guid: &'static str,
    /// Its name.
    pub name: &'static str,
}

impl BuiltIn {
    /// Whether this is the GUID of the role, in whatever case.
    #[must_use]
    pub fn is(self, guid: &str) -> bool {
        self.guid.eq_ignore_ascii_case(guid)
    }
}

macro_rules! roles {
    ($($constant:ident = $name:literal $guid:literal;)*) => {
        $(
            #[doc = $name]
            pub const $constant: BuiltIn = BuiltIn { guid: $guid, name: $name };
        )*
        /// All of them.
        pub const ALL: &[BuiltIn] = &[$($constant),*];
    };
}

#[rustfmt::skip]
roles! {
    OWNER = "Owner" "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    CONTRIBUTOR = "Contributor" "b24988ac-6180-42a0-ab88-20f7382dd24c";
    READER = "Reader" "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    USER_ACCESS_ADMINISTRATOR = "User Access Administrator" "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
    RBAC_ADMINISTRATOR = "Role Based Access Control Administrator" "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
    DATA_SCIENTIST = "AzureML Data Scientist" "f6c7c914-8db3-469d-8ca1-694a8f32e121";
    COMPUTE_OPERATOR = "AzureML Compute Operator" "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815";
    REGISTRY_USER = "AzureML Registry User" "1823dd4f-9b8c-4ab6-ab4e-7397a3684615";
    CONNECTION_SECRETS = "Azure Machine Learning Workspace Connection Secrets Reader" "ea01e6af-a1c1-4350-9563-ad00f8c72ec5";
    AI_DEVELOPER = "Azure AI Developer" "64702f94-c441-49e6-a78b-ef80e0188fee";
    AI_ADMINISTRATOR = "Azure AI Administrator" "b78c5d69-af96-48a3-bf8d-a8b4d589de94";
    NETWORK_APPROVER = "Azure AI Enterprise Network Connection Approver" "b556d68e-0be0-4f35-a333-ad7ee1ce17ea";
    BLOB_OWNER = "Storage Blob Data Owner" "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    BLOB_CONTRIBUTOR = "Storage Blob Data Contributor" "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    BLOB_READER = "Storage Blob Data Reader" "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
    FILE_CONTRIBUTOR = "Storage File Data Privileged Contributor" "69566ab7-960f-475b-8e7c-b3118f30c6bd";
    FILE_READER = "Storage File Data Privileged Reader" "b8eda974-7b85-4f76-af95-65846b26df6d";
    TABLE_CONTRIBUTOR = "Storage Table Data Contributor" "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    QUEUE_CONTRIBUTOR = "Storage Queue Data Contributor" "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
    STORAGE_CONTRIBUTOR = "Storage Account Contributor" "17d1049b-9a84-46fb-8f53-869881c3d3ab";
    KEY_OPERATOR = "Storage Account Key Operator Service Role" "81a9662b-bebf-436f-a333-f67b29880f12";
    READER_AND_DATA = "Reader and Data Access" "c12c1c16-33a1-487b-954d-41c89c60f349";
    ACR_PULL = "AcrPull" "7f951dda-4ed3-4680-a7ca-43fe172d538d";
    ACR_PUSH = "AcrPush" "8311e382-0749-4cb8-b61a-304f252e45ec";
    VAULT_ADMINISTRATOR = "Key Vault Administrator" "00482a5a-887f-4fb3-b363-3b7fe8e74483";
    VAULT_CONTRIBUTOR = "Key Vault Contributor" "f25e0fa2-a7c8-4377-a976-54943a77a395";
    VAULT_READER = "Key Vault Reader" "21090545-7ca7-4776-b22c-e363652d74d2";
    CRYPTO_USER = "Key Vault Crypto Service Encryption User" "e147488a-f6f5-4113-8e2d-b22465e65bf6";
    SECRETS_USER = "Key Vault Secrets User" "4633458b-17de-408a-b874-0445c86b69e6";
    SECRETS_OFFICER = "Key Vault Secrets Officer" "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
    LOG_ANALYTICS_READER = "Log Analytics Reader" "73c42c96-874c-492b-b04d-ab87d138a893";
    LOG_ANALYTICS_CONTRIBUTOR = "Log Analytics Contributor" "92aaf0da-9dab-42b6-94a3-d43ce8d16293";
    MONITORING_READER = "Monitoring Reader" "43d0d8ad-25c7-4714-9337-8ba259a9fe05";
    MONITORING_CONTRIBUTOR = "Monitoring Contributor" "749f88d5-cbae-40b8-bcfc-e573ddc772fa";
    IDENTITY_OPERATOR = "Managed Identity Operator" "f1a07417-d97a-45cb-824c-7a7467783830";
}

/// The role of this name, in whatever case.
#[must_use]
pub fn named(name: &str) -> Option<BuiltIn> {
    ALL.iter().copied().find(|role| role.name.eq_ignore_ascii_case(name))
}

/// Whether this is one of [`ALL`] that people are given: some are only for the identities of services.
#[must_use]
pub fn is_usual(guid: &str) -> bool {
    let only_for_services = [NETWORK_APPROVER, IDENTITY_OPERATOR];
    ALL.iter().any(|role| role.is(guid)) && !only_for_services.iter().any(|role| role.is(guid))
}

/// Whether whoever has this role may give roles, and so give themselves anything.
#[must_use]
pub fn gives_roles(guid: &str) -> bool {
    [OWNER, USER_ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR].iter().any(|role| role.is(guid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_those_of_azure() {
        let known: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../assets/built-in-roles.json")).unwrap();
        for role in ALL {
            let found = known.iter().find(|known| known["guid"] == role.guid);
            assert_eq!(found.and_then(|known| known["name"].as_str()), Some(role.name), "{}", role.guid);
        }
    }

    #[test]
    fn a_role_is_found_by_name_and_recognised_by_its_id() {
        assert_eq!(named("reader"), Some(READER));
        assert_eq!(named("Reeder"), None);
        assert!(gives_roles(&OWNER.guid.to_uppercase()));
        assert!(!gives_roles(CONTRIBUTOR.guid));
    }
}

//! The built-in roles that a set-up grants, by name. Ids: the list of role definitions that Azure answers.

use super::reading::nearest;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Role {
    /// Its name; the id again where it is a role of one's own.
    pub name: String,
    /// The GUID of its definition.
    pub guid: String,
}

macro_rules! roles {
    ($($constant:ident = $name:literal $guid:literal;)*) => {
        $(
            #[doc = $name]
            pub const $constant: &str = $name;
        )*
        /// Name and GUID of each.
        const TABLE: &[(&str, &str)] = &[$(($name, $guid)),*];
    };
}

roles! {
    OWNER = "Owner" "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    CONTRIBUTOR = "Contributor" "b24988ac-6180-42a0-ab88-20f7382dd24c";
    READER = "Reader" "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    USER_ACCESS_ADMINISTRATOR = "User Access Administrator" "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
    ACCESS_ADMINISTRATOR = "Role Based Access Control Administrator" "f58310d9-a9f6-439a-9e8d-f62e7b41a168";
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
    ACR_PULL = "AcrPull" "7f951dda-4ed3-4680-a7ca-43fe172d538d";
    ACR_PUSH = "AcrPush" "8311e382-0749-4cb8-b61a-304f252e45ec";
    VAULT_ADMINISTRATOR = "Key Vault Administrator" "00482a5a-887f-4fb3-b363-3b7fe8e74483";
    VAULT_READER = "Key Vault Reader" "21090545-7ca7-4776-b22c-e363652d74d2";
    SECRETS_USER = "Key Vault Secrets User" "4633458b-17de-408a-b874-0445c86b69e6";
    SECRETS_OFFICER = "Key Vault Secrets Officer" "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
    LOG_READER = "Log Analytics Reader" "73c42c96-874c-492b-b04d-ab87d138a893";
    LOG_CONTRIBUTOR = "Log Analytics Contributor" "92aaf0da-9dab-42b6-94a3-d43ce8d16293";
    MONITORING_READER = "Monitoring Reader" "43d0d8ad-25c7-4714-9337-8ba259a9fe05";
    MONITORING_CONTRIBUTOR = "Monitoring Contributor" "749f88d5-cbae-40b8-bcfc-e573ddc772fa";
    IDENTITY_OPERATOR = "Managed Identity Operator" "f1a07417-d97a-45cb-824c-7a7467783830";
}

/// The names of the roles that are known by name.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// The role of this name.
#[must_use]
pub fn named(name: &str) -> Option<Role> {
    let row = TABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(Role { name: row.0.to_owned(), guid: row.1.to_owned() })
}

/// The role that a plan file means: a name of the table, or the GUID of any role definition.
///
/// # Errors
/// A sentence with the nearest name.
pub fn meant(text: &str) -> Result<Role, String> {
    if let Ok(guid) = uuid::Uuid::try_parse(text) {
        let guid = guid.hyphenated().to_string();
        let name =
            TABLE.iter().find(|(_, known)| *known == guid).map_or(guid.clone(), |row| row.0.to_owned());
        return Ok(Role { name, guid });
    }
    named(text).ok_or_else(|| {
        let near = nearest(text, TABLE.iter().map(|row| row.0));
        let near = near.map_or_else(String::new, |near| format!(" Did you mean '{near}'?"));
        format!("'{text}' is no role that is known by name; give the id of its definition instead.{near}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_found_by_name_and_by_id() {
        let reader = meant("reader").unwrap();
        assert_eq!((reader.name.as_str(), &reader.guid[..8]), ("Reader", "acdd72a7"));
        assert_eq!(meant(&reader.guid.to_uppercase()).unwrap(), reader);
        let own = "11111111-2222-4333-8444-555555555555";
        assert_eq!(meant(own).unwrap(), Role { name: own.into(), guid: own.into() });
        assert!(meant("Reeder").unwrap_err().contains("Did you mean 'Reader'?"));
    }

    #[test]
    fn the_ids_are_those_of_the_built_in_roles() {
        let known: serde_json::Value =
            serde_json::from_str(include_str!("../../../assets/built-in-roles.json")).unwrap();
        for (name, guid) in TABLE {
            let row = known.as_array().unwrap().iter().find(|row| row["guid"] == *guid);
            assert_eq!(row.map(|row| row["name"].as_str().unwrap()), Some(*name));
        }
    }
}

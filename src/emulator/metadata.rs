//! What clients ask before they have a token: `/metadata/endpoints` for the endpoints of a cloud, and `/msi/token` for a
//! token of a managed identity, in the manner of App Service (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`).

use axum::http::Method;
use serde_json::{Value, json};

use super::base64::encode_url;
use super::reply::{ArmError, Reply};
use super::request::Query;
use super::world::World;

/// The name under which clients find this cloud.
const NAME: &str = "AmldeckEmulator";

/// Whether a request asks for the endpoints.
pub(super) fn is_asked(method: &Method, path: &str) -> bool {
    *method == Method::GET && path.trim_end_matches('/').eq_ignore_ascii_case("/metadata/endpoints")
}

/// The endpoints of the emulator at `base`: an array up to api-version 2020-06-01, one object from 2022-09-01 on.
pub(super) fn answer(base: &str, query: &Query) -> Reply {
    match query.get("api-version") {
        None | Some("") => ArmError::bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
        .into_reply(),
        Some(version) if version < "2019-01-01" => Reply::ok(&oldest(base)),
        Some(version) if version < "2022-01-01" => Reply::ok(&json!([cloud(base)])),
        Some(_) => Reply::ok(&cloud(base)),
    }
}

/// Whether a request asks for the token of a managed identity.
pub(super) fn is_token_asked(method: &Method, path: &str) -> bool {
    *method == Method::GET && path.eq_ignore_ascii_case("/msi/token")
}

/// The answer to a managed identity that is known by its header: the name of a persona, or anything for the owner.
pub(super) fn token(world: &World, header: Option<&str>, query: &Query, now: jiff::Timestamp) -> Reply {
    let Some(header) = header.filter(|header| !header.is_empty()) else {
        return ArmError::bad_request("invalid_request", "The X-IDENTITY-HEADER header is missing.")
            .into_reply();
    };
    let object_id = world.caller(header).object_id;
    Reply::ok(&json!({
        "access_token": token_of(world.store.tenant_id(), &object_id), "token_type": "Bearer",
        "expires_on": (now.as_second() + 3_600).to_string(), "resource": query.get("resource")
    }))
}

/// The token of a principal: claims that clients look into, and no signature. It is always the same.
pub(super) fn token_of(tenant: &str, object_id: &str) -> String {
    let header = json!({ "alg": "none", "typ": "JWT" });
    let claims = json!({
        "aud": "https://management.azure.com/", "iss": format!("https://sts.windows.net/{tenant}/"), "tid": tenant,
        "oid": object_id, "sub": object_id, "appid": object_id, "idtyp": "app", "exp": 4_102_444_800u64,
        "xms_mirid": format!("/principals/{object_id}"), "ver": "1.0"
    });
    format!(
        "{}.{}.AAAA",
        encode_url(header.to_string().as_bytes()),
        encode_url(claims.to_string().as_bytes())
    )
}

fn oldest(base: &str) -> Value {
    json!({
        "galleryEndpoint": "https://gallery.azure.com/", "graphEndpoint": "https://graph.windows.net/",
        "portalEndpoint": "https://portal.azure.com/",
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com/", "audiences": [format!("{base}/")]
        }
    })
}

fn cloud(base: &str) -> Value {
    json!({
        "name": NAME, "portal": "https://portal.azure.com", "resourceManager": format!("{base}/"),
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com", "tenant": "common", "identityProvider": "AAD",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"]
        },
        "gallery": "https://gallery.azure.com/", "media": "https://rest.media.azure.net",
        "graph": "https://graph.windows.net/", "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": format!("{base}/"), "batch": "https://batch.core.windows.net/",
        "sqlManagement": "https://management.core.windows.net:8443/", "ossrdbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "activeDirectoryDataLake": "https://datalake.azure.net/", "logAnalyticsResourceId": "https://api.loganalytics.io",
        "appInsightsResourceId": "https://api.applicationinsights.io", "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "attestationResourceId": "https://attest.azure.net", "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/main/arm-compute/quickstart-templates/aliases.json",
        "suffixes": {
            "storage": "core.windows.net", "keyVaultDns": "vault.azure.net", "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net", "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com", "mariadbServerEndpoint": "mariadb.database.azure.com",
            "mhsmDns": "managedhsm.azure.net", "synapseAnalytics": "dev.azuresynapse.net", "storageSyncEndpointSuffix": "afs.azure.net",
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net", "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "attestationEndpoint": "attest.azure.net"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_in_the_alphabet_of_urls() {
        assert_eq!(encode_url(b"{\"a\":1}"), "eyJhIjoxfQ");
        assert_eq!(encode_url(b"??>"), "Pz8-");
    }

    #[test]
    fn older_versions_get_a_list_and_newer_ones_an_object() {
        let body = |version: &str| format!("{:?}", answer("http://h", &Query::parse(version)));
        assert_ne!(body("api-version=2019-05-01"), body("api-version=2022-09-01"));
        assert!(body("").contains("400"));
        assert!(is_asked(&Method::GET, "/Metadata/Endpoints") && !is_asked(&Method::GET, "/metadata"));
    }
}

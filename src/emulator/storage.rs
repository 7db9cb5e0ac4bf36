//! What is particular to storage accounts: keys that can be made anew, signatures, and services that nobody creates.

use serde_json::{Value, json};

use super::actions::secret;
use super::defaults::guid;
use super::hierarchy::LOCATIONS;
use super::merge::fill;
use super::odata::{Filter, Term};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::id_of;
use super::world::World;

/// The services of an account, each with the one instance that is there with the account.
const SERVICES: [&str; 4] = ["blobServices", "fileServices", "queueServices", "tableServices"];
/// The keys of an account.
const KEYS: [&str; 2] = ["key1", "key2"];

/// The value of a key: another one each time that it is made anew.
fn key_value(account: &Value, name: &str) -> String {
    let properties = &account["properties"];
    let made = &properties["keyCreationTime"][name];
    match made.as_str().filter(|_| *made != properties["creationTime"]) {
        Some(made) => secret(id_of(account), &format!("{name}@{made}")),
        None => secret(id_of(account), name),
    }
}

/// What `listKeys` answers.
pub(super) fn keys(account: &Value) -> Value {
    let properties = &account["properties"];
    let key = |name: &str| {
        let made = &properties["keyCreationTime"][name];
        let made = if made.is_null() { &properties["creationTime"] } else { made };
        json!({ "creationTime": made, "keyName": name, "value": key_value(account, name), "permissions": "FULL" })
    };
    json!({ "keys": KEYS.map(key) })
}

/// The first key of the account with an id, as a workspace gets it; of one that is gone, the one that it had.
pub(super) fn first_key(world: &World, id: &str) -> String {
    world.store.get(id).map_or_else(|| secret(id, KEYS[0]), |account| key_value(account, KEYS[0]))
}

/// Answers `regenerateKey`: the keys, of which one is new.
///
/// # Errors
/// 400 for a key that there is none of.
pub(super) fn regenerate(world: &mut World, call: &Call, account: &Value) -> Answer {
    let wanted =
        call.object().get("keyName").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let Some(name) = KEYS.into_iter().find(|name| *name == wanted) else {
        return Err(ArmError::bad_request(
            "InvalidValuesForRequestParameters",
            "Values for request parameters are invalid: keyName.",
        ));
    };
    let mut document = account.clone();
    let properties = &mut document["properties"];
    if properties["keyCreationTime"].is_null() {
        let made = properties["creationTime"].clone();
        properties["keyCreationTime"] = json!({ "key1": made, "key2": made });
    }
    properties["keyCreationTime"][name] = Value::from(call.now.as_str());
    let reply = Reply::ok(&keys(&document));
    world.put(document);
    Ok(reply)
}

/// A signature that looks like one and opens nothing: for `ListAccountSas` and `ListServiceSas`.
pub(super) fn signature(account: &Value, call: &Call, member: &str) -> Value {
    let body = call.object();
    let part = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let token = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("sv", "2024-11-04")
        .append_pair("se", &part("signedExpiry"))
        .append_pair("sp", &part("signedPermission"))
        .append_pair("sig", &key_value(account, KEYS[0]))
        .finish();
    json!({ member: token })
}

/// What an account says of its copy in a second region.
const SECONDARY: [&str; 3] = ["secondaryLocation", "statusOfSecondary", "secondaryEndpoints"];

/// Where the copy of an account is whose kind keeps one in a second region, and whether it can be read.
fn copied(account: &Value) -> Option<(&'static str, bool)> {
    let sku = account["sku"]["name"].as_str()?;
    let at = account["properties"]["primaryLocation"].as_str().or(account["location"].as_str())?;
    let pair = |row: &&(&str, &str, &str, &str, &str)| row.0 == at || row.3 == at;
    let row = LOCATIONS.iter().find(pair)?;
    let there = if row.0 == at { row.3 } else { row.0 };
    let (_, how) = sku.split_once('_')?;
    matches!(how, "GRS" | "RAGRS" | "GZRS" | "RAGZRS").then(|| (there, how.starts_with("RA")))
}

/// What an account says of its copy in a second region: where it is, and where it can be read.
pub(super) fn complete(document: &mut Value) {
    if document["type"] != "Microsoft.Storage/storageAccounts" {
        return;
    }
    let copy = copied(document);
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let Some(properties) = document["properties"].as_object_mut() else { return };
    SECONDARY.iter().for_each(|member| drop(properties.remove(*member)));
    let Some((there, is_read)) = copy else { return };
    properties.insert("secondaryLocation".to_owned(), Value::from(there));
    properties.insert("statusOfSecondary".to_owned(), Value::from("available"));
    if is_read {
        let at = |service: &str| format!("https://{name}-secondary.{service}.core.windows.net/");
        let ends = json!({ "blob": at("blob"), "queue": at("queue"), "table": at("table"), "dfs": at("dfs"), "web": format!("https://{name}-secondary.z6.web.core.windows.net/") });
        properties.insert("secondaryEndpoints".to_owned(), ends);
    }
}

/// What `failover` makes of an account: the second region is the first one and the only one, or, for a failover that was
/// planned, both change places (`arm-specs`, `StorageAccounts_Failover`).
///
/// # Errors
/// 400 for an account that has no copy; the code is not published.
pub(super) fn failover(account: &Value, call: &Call) -> Result<Value, ArmError> {
    let Some((there, _)) = copied(account) else {
        return Err(ArmError::bad_request(
            "InvalidOperationForRedundancy",
            "The storage account has no copy in a second region that it could fail over to.",
        ));
    };
    let planned = call.query.get("failoverType").is_some_and(|kind| kind.eq_ignore_ascii_case("Planned"));
    let mut after = account.clone();
    if planned {
        after["properties"]["secondaryLocation"] = account["properties"]["primaryLocation"].clone();
    } else {
        after["sku"] = json!({ "name": "Standard_LRS", "tier": "Standard" });
        if let Some(properties) = after["properties"].as_object_mut() {
            SECONDARY.iter().for_each(|member| drop(properties.remove(*member)));
        }
    }
    after["properties"]["primaryLocation"] = Value::from(there);
    Ok(after)
}

/// What the names have to begin with that a list of containers, shares, queues or tables is asked for: the whole
/// `$filter` (`arm-specs`, `BlobContainers_List`, `Queue_List`), or `startswith(name, '..')` (`FileShares_List`).
///
/// # Errors
/// For a filter that says something else.
pub(super) fn wanted_names(call: &Call, kind: &str) -> Result<Option<String>, ArmError> {
    let inside = kind
        .strip_prefix("Microsoft.Storage/storageAccounts/")
        .is_some_and(|rest| rest.contains("Services/"));
    let Some(text) = call.query.get("$filter").filter(|text| inside && !text.trim().is_empty()) else {
        return Ok(None);
    };
    if !text.contains(['(', ' ', '\'']) {
        return Ok(Some(text.to_owned()));
    }
    match Filter::parse(text).as_ref().map(Filter::terms) {
        Ok(Some([Term::StartsWith(name, begins)])) if name.eq_ignore_ascii_case("name") => {
            Ok(Some(begins.clone()))
        }
        _ => Err(ArmError::bad_request(
            "InvalidValuesForRequestParameters",
            "Values for request parameters are invalid: $filter.",
        )),
    }
}

/// Whether a document's name begins with a text.
pub(super) fn name_begins(document: &Value, begins: &str) -> bool {
    document["name"].as_str().is_some_and(|name| name.starts_with(begins))
}

/// The account and the service of an id such as `{account}/blobServices/default`.
fn service_of(id: &str) -> Option<(&str, &'static str)> {
    let (above, name) = id.rsplit_once('/')?;
    let (account, service) = above.rsplit_once('/')?;
    let service = SERVICES.into_iter().find(|one| one.eq_ignore_ascii_case(service))?;
    name.eq_ignore_ascii_case("default").then_some((account, service))
}

/// Whether an id is that of a service which is there with its account.
pub(super) fn is_implied(world: &World, id: &str) -> bool {
    service_of(id).is_some_and(|(account, _)| world.exists(account))
}

/// What a service of an account says before anybody has set it.
fn usual(service: &str) -> Value {
    match service {
        "blobServices" => json!({
            "cors": { "corsRules": [] }, "deleteRetentionPolicy": { "allowPermanentDelete": false, "enabled": false }
        }),
        "fileServices" => json!({
            "cors": { "corsRules": [] }, "protocolSettings": { "smb": {} },
            "shareDeleteRetentionPolicy": { "enabled": true, "days": 7 }
        }),
        "queueServices" => json!({
            "cors": { "corsRules": [] },
            "logging": {
                "version": "1.0", "delete": false, "read": false, "write": false,
                "retentionPolicy": { "enabled": false }
            }
        }),
        _ => json!({ "cors": { "corsRules": [] } }),
    }
}

/// Whether a service says of which kind the account is.
fn has_sku(service: &str) -> bool {
    matches!(service, "blobServices" | "fileServices")
}

/// A service of an account that nobody has changed yet.
pub(super) fn implied(world: &World, id: &str) -> Option<Value> {
    let (account, service) = service_of(id)?;
    let account = world.store.get(account)?;
    let mut document = json!({
        "id": format!("{}/{service}/default", id_of(account)), "name": "default",
        "type": format!("Microsoft.Storage/storageAccounts/{service}"), "properties": usual(service)
    });
    if has_sku(service) {
        document["sku"] = account["sku"].clone();
    }
    Some(document)
}

/// Fills in what the service adds to what is in an account, as recorded and as its published examples have it.
pub(super) fn complete_child(world: &World, call: &Call, document: &mut Value) {
    let kind = document["type"].as_str().unwrap_or_default().to_owned();
    let Some(kind) = kind.strip_prefix("Microsoft.Storage/storageAccounts/") else { return };
    let now = call.now.as_str();
    let name = document["name"].clone();
    let more = match kind {
        "blobServices" | "fileServices" | "queueServices" | "tableServices" => {
            let account = service_of(id_of(document)).and_then(|(account, _)| world.store.get(account));
            if let Some(account) = account.filter(|_| has_sku(kind)) {
                document["sku"] = account["sku"].clone();
            }
            usual(kind)
        }
        "blobServices/containers" => json!({
            "deleted": false, "remainingRetentionDays": 0, "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": false, "publicAccess": "None", "leaseStatus": "Unlocked",
            "leaseState": "Available", "lastModifiedTime": now, "hasImmutabilityPolicy": false, "hasLegalHold": false
        }),
        "fileServices/shares" => json!({
            "shareQuota": 5120, "enabledProtocols": "SMB", "accessTier": "TransactionOptimized",
            "accessTierChangeTime": now, "leaseStatus": "unlocked", "leaseState": "available", "lastModifiedTime": now
        }),
        "queueServices/queues" => json!({ "metadata": {} }),
        "tableServices/tables" => json!({ "tableName": name }),
        "managementPolicies" => {
            document["name"] = Value::from("DefaultManagementPolicy");
            document["properties"]["lastModifiedTime"] = Value::from(now);
            return;
        }
        _ => return,
    };
    if matches!(kind, "blobServices/containers" | "fileServices/shares") {
        let tag = guid(id_of(document), now).replace('-', "").to_ascii_uppercase();
        document["etag"] = Value::from(format!("\"0x{}\"", &tag[..15]));
    }
    fill(&mut document["properties"], more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_made_anew_is_another_one() {
        let account = |made: &str| json!({ "id": "/a", "properties": { "creationTime": "1", "keyCreationTime": { "key1": made, "key2": "1" } } });
        assert_eq!(key_value(&account("1"), "key1"), secret("/a", "key1"));
        assert_ne!(key_value(&account("2"), "key1"), key_value(&account("1"), "key1"));
        assert_eq!(key_value(&account("2"), "key2"), key_value(&account("1"), "key2"));
    }

    #[test]
    fn only_the_default_instance_of_a_service_is_implied() {
        assert_eq!(service_of("/s/st/BLOBservices/Default"), Some(("/s/st", "blobServices")));
        assert_eq!(service_of("/s/st/blobServices/other"), None);
        assert_eq!(service_of("/s/st/localUsers/default"), None);
    }
}

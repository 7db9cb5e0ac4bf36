//! What is particular to storage accounts: keys that can be made anew, signatures, and services that nobody creates.

use serde_json::{Value, json};

use super::actions::secret;
use super::hierarchy::LOCATIONS;
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

/// A service of an account that nobody has changed yet.
pub(super) fn implied(world: &World, id: &str) -> Option<Value> {
    let (account, service) = service_of(id)?;
    let account = world.store.get(account)?;
    let properties = match service {
        "blobServices" => json!({
            "cors": { "corsRules": [] }, "deleteRetentionPolicy": { "allowPermanentDelete": false, "enabled": false }
        }),
        "fileServices" => json!({
            "cors": { "corsRules": [] }, "protocolSettings": { "smb": {} },
            "shareDeleteRetentionPolicy": { "enabled": true, "days": 7 }
        }),
        _ => json!({ "cors": { "corsRules": [] } }),
    };
    Some(json!({
        "sku": account["sku"], "id": format!("{}/{service}/default", id_of(account)), "name": "default",
        "type": format!("Microsoft.Storage/storageAccounts/{service}"), "properties": properties
    }))
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

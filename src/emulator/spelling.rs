//! The spelling that providers keep: the names of a body's properties are taken without regard to case, words out of a
//! list as well, and booleans and numbers also as texts, which is how templates and older clients send them.
//!
//! What each type has stands in `spelling.txt`: from the bodies of PUT and PATCH in the published OpenAPI documents, which
//! `tests/emulator_specs.rs` holds it against, and the members that newer answers have (`completions`). Of a type, a name has
//! one meaning wherever it stands below `properties`. Workspaces of Machine Learning have a spelling of their own, in
//! `ml::spelling`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Number, Value};

/// The table. `of` begins the lines of some types; `texts`, `booleans`, `numbers`, `free` (whose members the caller
/// names) and `words` (with those that there are) are properties at any depth; `beside` are members beside the properties.
const TABLE: &str = include_str!("spelling.txt");

/// Members of every resource beside its properties.
const MEMBERS: [&str; 9] =
    ["properties", "location", "tags", "sku", "kind", "identity", "zones", "plan", "extendedLocation"];

/// Members of `sku`, `identity` and `extendedLocation`.
const INNER: [&str; 5] = ["name", "tier", "capacity", "type", "userAssignedIdentities"];

/// Objects whose members the caller names, in every type.
const FREE: [&str; 2] = ["tags", "userAssignedIdentities"];

/// Kinds of identities; a list of two is left as it is, because the services write it in two ways.
const IDENTITIES: [&str; 3] = ["SystemAssigned", "UserAssigned", "None"];

/// What is known of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// A text, an object or a list.
    Plain,
    Boolean,
    Number,
    /// The caller names its members.
    Free,
    /// One of these, or a list of them.
    Words(Vec<&'static str>),
}

/// What the bodies of a type hold.
#[derive(Debug, Default)]
struct Spelling {
    /// Properties at any depth by their names in lower case, with the names as they are spelled.
    properties: HashMap<String, (&'static str, Rule)>,
    /// `kind`, `sku.name` and `sku.tier`.
    beside: Vec<(&'static str, Vec<&'static str>)>,
}

/// The spelling of a type, in any case.
fn spelling_of(kind: &str) -> Option<&'static Spelling> {
    static READ: OnceLock<HashMap<String, usize>> = OnceLock::new();
    static ALL: OnceLock<Vec<Spelling>> = OnceLock::new();
    let all = ALL.get_or_init(|| blocks().map(|(_, lines)| read(lines)).collect());
    let places = READ.get_or_init(|| {
        let of = blocks().enumerate();
        of.flat_map(|(at, (kinds, _))| kinds.split(' ').map(move |kind| (kind.to_ascii_lowercase(), at)))
            .collect()
    });
    all.get(*places.get(&kind.to_ascii_lowercase())?)
}

/// The blocks of the table: the types, and what is said of them.
fn blocks() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.split("\n\n").filter_map(|block| block.trim().strip_prefix("of ")?.split_once('\n'))
}

fn read(lines: &'static str) -> Spelling {
    let mut spelling = Spelling::default();
    for (what, items) in lines.lines().filter_map(|line| line.split_once(' ')) {
        for item in items.split(' ') {
            let (name, words) = item.split_once('=').unwrap_or((item, ""));
            let words = || words.split('|').collect();
            let rule = match what {
                "beside" => {
                    spelling.beside.push((name, words()));
                    continue;
                }
                "booleans" => Rule::Boolean,
                "numbers" => Rule::Number,
                "free" => Rule::Free,
                "words" => Rule::Words(words()),
                _ => Rule::Plain,
            };
            spelling.properties.insert(name.to_ascii_lowercase(), (name, rule));
        }
    }
    spelling
}

/// The name of a region: `West Europe`, as people see it, is `westeurope` in every answer.
pub(super) fn place(sent: &str) -> String {
    sent.split_whitespace().collect::<String>().to_lowercase()
}

/// Gives the body of a PUT or PATCH the spelling that its type is answered in. `kind` is the full type, in any case; of
/// one that is not in the table only the members beside the properties are known. What no table names is left alone.
pub(super) fn arriving(kind: &str, body: &mut Value) {
    let Some(body) = body.as_object_mut() else { return };
    rename(body, &MEMBERS);
    if let Some(Value::String(location)) = body.get_mut("location") {
        *location = place(location);
    }
    for member in ["sku", "identity", "extendedLocation"] {
        if let Some(inner) = body.get_mut(member).and_then(Value::as_object_mut) {
            rename(inner, &INNER);
        }
    }
    if let Some(kind) = body.get_mut("identity").and_then(|identity| identity.get_mut("type")) {
        word(kind, &IDENTITIES);
    }
    let Some(spelling) = spelling_of(kind) else { return };
    for (place, words) in &spelling.beside {
        let (outer, inner) =
            place.split_once('.').map_or((*place, None), |(outer, inner)| (outer, Some(inner)));
        let value = body.get_mut(outer);
        let value = match inner {
            Some(inner) => value.and_then(|value| value.get_mut(inner)),
            None => value,
        };
        if let Some(value) = value {
            word(value, words);
        }
    }
    if let Some(properties) = body.get_mut("properties") {
        respell(properties, spelling);
    }
}

fn respell(value: &mut Value, spelling: &Spelling) {
    match value {
        Value::Object(object) => {
            let names: Vec<&str> = object
                .keys()
                .filter_map(|key| Some(spelling.properties.get(&key.to_ascii_lowercase())?.0))
                .collect();
            rename(object, &names);
            for (name, value) in object.iter_mut().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                match spelling.properties.get(&name.to_ascii_lowercase()).map(|(_, rule)| rule) {
                    Some(Rule::Free) => continue,
                    Some(Rule::Boolean) => boolean(value),
                    Some(Rule::Number) => number(value),
                    Some(Rule::Words(words)) => word(value, words),
                    Some(Rule::Plain) | None => {}
                }
                respell(value, spelling);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| respell(one, spelling)),
        _ => {}
    }
}

/// Gives the members of an object the spelling of `names`. Of one that was sent twice, the one in the right spelling
/// stays.
pub(super) fn rename(object: &mut Map<String, Value>, names: &[&str]) {
    let wrong: Vec<(String, &str)> = object
        .keys()
        .filter_map(|key| {
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(key))?;
            (*name != key).then(|| (key.clone(), *name))
        })
        .collect();
    for (key, name) in wrong {
        if let Some(value) = object.remove(&key) {
            object.entry(name).or_insert(value);
        }
    }
}

/// Makes a text "true" or "false", in any case, the boolean that it says.
pub(super) fn boolean(value: &mut Value) {
    let read = value.as_str().and_then(|text| text.to_ascii_lowercase().parse::<bool>().ok());
    if let Some(read) = read {
        *value = Value::Bool(read);
    }
}

/// Makes a text such as "30", or a list of them, the number that it says.
pub(super) fn number(value: &mut Value) {
    if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(number);
    }
    let Some(text) = value.as_str() else { return };
    let whole = text.parse::<i64>().ok().map(Number::from);
    if let Some(read) = whole.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64)) {
        *value = Value::Number(read);
    }
}

/// Gives a word, or a list of them, the spelling of the one that it is.
pub(super) fn word(value: &mut Value, words: &[&str]) {
    match value {
        Value::String(text) => {
            if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
                *value = Value::from(*word);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| word(one, words)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::types;

    #[test]
    fn every_type_is_one_of_the_emulators_and_every_name_is_spelled_one_way() {
        for (kinds, lines) in blocks() {
            for kind in kinds.split(' ') {
                assert_eq!(types::find(kind).map(|found| found.name), Some(kind));
            }
            let mut names: Vec<String> = lines
                .lines()
                .filter(|line| !line.starts_with("beside "))
                .flat_map(|line| line.split(' ').skip(1))
                .map(|item| item.split('=').next().unwrap().to_ascii_lowercase())
                .collect();
            assert!(names.iter().all(|name| !name.is_empty()), "{kinds}");
            names.sort_unstable();
            assert_eq!(names.windows(2).find(|pair| pair[0] == pair[1]), None, "{kinds}");
        }
    }

    #[test]
    fn words_numbers_and_booleans_are_read_in_every_table_and_what_is_none_of_them_is_left() {
        for (kind, sent, kept) in [
            (
                "Microsoft.Insights/components",
                json!({ "properties": { "ingestionmode": "loganalytics", "RetentionInDays": "90" } }),
                json!({ "properties": { "IngestionMode": "LogAnalytics", "RetentionInDays": 90 } }),
            ),
            (
                "Microsoft.OperationalInsights/workspaces",
                json!({ "properties": { "workspaceCapping": { "dailyQuotaGb": "0.5" }, "sku": { "name": "pergb2018" } } }),
                json!({ "properties": { "workspaceCapping": { "dailyQuotaGb": 0.5 }, "sku": { "name": "PerGB2018" } } }),
            ),
            (
                "Microsoft.ContainerRegistry/registries",
                json!({ "sku": { "NAME": "premium" }, "properties": { "zoneRedundancy": "enabled" } }),
                json!({ "sku": { "name": "Premium" }, "properties": { "zoneRedundancy": "Enabled" } }),
            ),
            (
                "Microsoft.MachineLearningServices/workspaces/computes",
                json!({ "properties": { "computetype": "amlcompute", "properties": { "scaleSettings": { "maxNodeCount": "4" }, "osType": "linux" } } }),
                json!({ "properties": { "computeType": "AmlCompute", "properties": { "scaleSettings": { "maxNodeCount": 4 }, "osType": "Linux" } } }),
            ),
            (
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                json!({ "identity": { "type": "systemassigned" }, "properties": { "authMode": "amltoken", "properties": { "AuthMode": "own" } } }),
                json!({ "identity": { "type": "SystemAssigned" }, "properties": { "authMode": "AMLToken", "properties": { "AuthMode": "own" } } }),
            ),
            (
                "Microsoft.Storage/storageAccounts/blobServices",
                json!({ "properties": { "DeleteRetentionPolicy": { "enabled": "true", "days": "7" } } }),
                json!({ "properties": { "deleteRetentionPolicy": { "enabled": true, "days": 7 } } }),
            ),
            (
                "Microsoft.Storage/storageAccounts/blobServices/containers",
                json!({ "properties": { "publicaccess": "none", "metadata": { "PublicAccess": "x" } } }),
                json!({ "properties": { "publicAccess": "None", "metadata": { "PublicAccess": "x" } } }),
            ),
            (
                "Microsoft.KeyVault/vaults",
                json!({ "properties": { "sku": { "name": "STANDARD", "family": "a" }, "accessPolicies": [{ "permissions": { "secrets": ["GET", "own"] } }] } }),
                json!({ "properties": { "sku": { "name": "standard", "family": "A" }, "accessPolicies": [{ "permissions": { "secrets": ["get", "own"] } }] } }),
            ),
            (
                "Microsoft.Network/privateDnsZones/A",
                json!({ "properties": { "TTL": "10", "arecords": [{ "ipv4address": "10.0.0.4" }] } }),
                json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "10.0.0.4" }] } }),
            ),
            (
                "Microsoft.Network/networkSecurityGroups/securityRules",
                json!({ "properties": { "priority": "100", "access": "deny", "direction": "INBOUND", "description": "Deny" } }),
                json!({ "properties": { "priority": 100, "access": "Deny", "direction": "Inbound", "description": "Deny" } }),
            ),
        ] {
            let mut body = sent;
            arriving(kind, &mut body);
            assert_eq!(body, kept, "{kind}");
        }
    }

    #[test]
    fn names_and_booleans_are_mended_at_any_depth_and_what_the_caller_names_is_not() {
        let mut body = json!({
            "Tags": { "Enabled": "true" }, "SKU": { "Name": "Standard_LRS" }, "Own": { "enabled": "true" },
            "PROPERTIES": {
                "Encryption": { "SERVICES": { "Blob": { "Enabled": "True" } } }, "AllowSharedKeyAccess": "maybe",
                "networkacls": { "VirtualNetworkRules": [{ "ID": "/n", "Own": 1 }] }
            }
        });
        arriving("microsoft.storage/STORAGEACCOUNTS", &mut body);
        assert_eq!(
            body,
            json!({
                "tags": { "Enabled": "true" }, "sku": { "name": "Standard_LRS" }, "Own": { "enabled": "true" },
                "properties": {
                    "encryption": { "services": { "blob": { "enabled": true } } }, "allowSharedKeyAccess": "maybe",
                    "networkAcls": { "virtualNetworkRules": [{ "id": "/n", "Own": 1 }] }
                }
            })
        );
    }

    #[test]
    fn of_a_type_without_a_table_only_the_members_are_known() {
        let mut body = json!({ "Properties": { "Enabled": "true" }, "location": "a", "LOCATION": "b" });
        arriving("Microsoft.Search/searchServices", &mut body);
        assert_eq!(body, json!({ "properties": { "Enabled": "true" }, "location": "a" }));
    }

    #[test]
    fn a_region_is_answered_by_its_name_however_it_was_sent() {
        for (sent, name) in [
            ("West Europe", "westeurope"),
            ("WestCentralUS", "westcentralus"),
            (" global", "global"),
            ("", ""),
        ] {
            let mut body = json!({ "Location": sent });
            arriving("Microsoft.KeyVault/vaults", &mut body);
            assert_eq!(body, json!({ "location": name }));
        }
    }
}

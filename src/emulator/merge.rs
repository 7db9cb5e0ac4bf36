//! Laying one JSON document over another, the way resource providers do on PATCH, and one under another, the way they
//! add what was not sent.

use serde_json::{Map, Value};

use super::spelling::boolean;

/// Lays `patch` over `document`: objects are merged, everything else is replaced, null clears a property. Names
/// compare without case and keep the spelling that is there; a text "true" or "false" becomes a boolean where one
/// stood. `tags` are replaced as a whole, as ARM does.
pub(super) fn lay_over(document: &mut Value, patch: &Value) {
    let (Some(target), Some(source)) = (document.as_object_mut(), patch.as_object()) else {
        *document = patch.clone();
        return;
    };
    for (name, value) in source {
        let spelled = spelling(target, name);
        match target.get_mut(&spelled) {
            _ if spelled.eq_ignore_ascii_case("tags") || value.is_null() => {
                target.insert(spelled, value.clone());
            }
            Some(there) if there.is_object() && value.is_object() => lay_over(there, value),
            Some(there) if there.is_boolean() => {
                there.clone_from(value);
                boolean(there);
            }
            _ => {
                target.insert(spelled, value.clone());
            }
        }
    }
}

/// Puts in what is not there, at any depth: what is there stays, unless it is null. Names compare without case and keep
/// the spelling that is there. What is neither an object nor null is left alone.
pub(super) fn fill(document: &mut Value, more: Value) {
    if document.is_null() {
        *document = Value::Object(Map::new());
    }
    let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) else { return };
    for (name, value) in more {
        let spelled = spelling(document, &name);
        match document.entry(spelled).or_insert(Value::Null) {
            there @ Value::Null => *there = value,
            there if value.is_object() => fill(there, value),
            _ => {}
        }
    }
}

/// Lays an `identity` over another: the stored ids stay, a user-assigned identity that is null goes.
pub(super) fn lay_over_identity(document: &mut Value, identity: &Value) {
    lay_over(&mut document["identity"], identity);
    if let Some(assigned) = document["identity"]["userAssignedIdentities"].as_object_mut() {
        assigned.retain(|_, value| !value.is_null());
    }
}

/// A property under the name it already has, whatever its case.
pub(super) fn spelling(object: &Map<String, Value>, name: &str) -> String {
    if object.contains_key(name) {
        return name.to_owned();
    }
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_are_merged_and_tags_are_replaced() {
        let mut document =
            json!({ "tags": { "a": "1" }, "properties": { "isOn": false, "nested": { "x": 1, "y": 2 } } });
        lay_over(
            &mut document,
            &json!({ "tags": { "b": "2" }, "properties": { "ISON": "true", "nested": { "y": 3 } } }),
        );
        assert_eq!(
            document,
            json!({ "tags": { "b": "2" }, "properties": { "isOn": true, "nested": { "x": 1, "y": 3 } } })
        );
    }

    #[test]
    fn an_identity_keeps_its_principal_and_loses_what_is_null() {
        let mut document = json!({ "identity": { "type": "SystemAssigned", "principalId": "p", "userAssignedIdentities": { "/a": {}, "/b": {} } } });
        lay_over_identity(
            &mut document,
            &json!({ "type": "SystemAssigned", "userAssignedIdentities": { "/a": null } }),
        );
        assert_eq!(document["identity"]["principalId"], "p");
        assert_eq!(document["identity"]["userAssignedIdentities"], json!({ "/b": {} }));
    }

    #[test]
    fn what_was_sent_stays_and_what_was_not_comes() {
        let mut there = json!({ "sku": { "name": "x" }, "Ver": "v3", "gone": null, "odd": 7 });
        let more = json!({ "SKU": { "lastSkuUpdate": "now" }, "ver": "v2", "gone": 1, "new": {}, "odd": { "a": 1 } });
        fill(&mut there, more);
        assert_eq!(
            there,
            json!({ "sku": { "name": "x", "lastSkuUpdate": "now" }, "Ver": "v3", "gone": 1, "new": {}, "odd": 7 })
        );
    }

    const WORDS: &str = "[a-z]{0,4}";

    /// Documents of any shape, with texts of this pattern.
    pub(in crate::emulator) fn documents(texts: &'static str) -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            texts.prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map("[a-c]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn laying_the_same_over_twice_changes_nothing_more(mut document in documents(WORDS), patch in documents(WORDS)) {
            lay_over(&mut document, &patch);
            let once = document.clone();
            lay_over(&mut document, &patch);
            prop_assert_eq!(once, document);
        }

        #[test]
        fn what_a_patch_says_is_there_afterwards_and_the_rest_stays(
            document in documents(WORDS).prop_filter("an object", Value::is_object),
            patch in documents(WORDS).prop_filter("an object", Value::is_object),
        ) {
            let mut after = document.clone();
            lay_over(&mut after, &patch);
            for (name, value) in patch.as_object().unwrap().iter().filter(|(_, value)| !value.is_object()) {
                // A text may have become the boolean that stood there.
                let there = &after[name];
                prop_assert!(there == value || there.is_boolean(), "{name}: {there} {value}");
            }
            for (name, value) in document.as_object().unwrap() {
                if patch.get(name).is_none() {
                    prop_assert_eq!(&after[name], value);
                }
            }
        }

        #[test]
        fn filling_twice_changes_nothing_more(mut document in documents(WORDS), more in documents(WORDS)) {
            fill(&mut document, more.clone());
            let once = document.clone();
            fill(&mut document, more);
            prop_assert_eq!(once, document);
        }

        #[test]
        fn an_empty_patch_changes_nothing(mut document in documents(WORDS).prop_filter("an object", Value::is_object)) {
            let before = document.clone();
            lay_over(&mut document, &json!({}));
            prop_assert_eq!(before, document);
        }
    }
}

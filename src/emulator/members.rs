//! Members of JSON objects, ids and names, found without regard to case, which is how Azure Resource Manager compares
//! them all.

use serde_json::{Map, Value};

use super::store::{id_of, key};

/// The member of an object with a name, however it is spelled there; `None` for what is no object.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object: &Map<String, Value> = value.as_object()?;
    object
        .get(name)
        .or_else(|| object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Whether a document has an id.
pub(super) fn has_id(document: &Value, id: &str) -> bool {
    key(id_of(document)) == key(id)
}

/// The last segment of an id: a name, or the GUID of a role, which has an id under every scope.
pub(super) fn last_segment(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_exact_name_goes_before_one_in_another_case() {
        let object = json!({ "NAME": 1, "name": 2 });
        assert_eq!(member(&object, "name"), Some(&json!(2)));
        assert_eq!(member(&object, "Name").and_then(Value::as_i64), Some(1));
        assert_eq!(member(&json!([]), "name"), None);
    }

    #[test]
    fn ids_have_neither_case_nor_a_last_slash() {
        assert!(has_id(&json!({ "id": "/A/b/" }), "/a/B"));
        assert_eq!(last_segment("/a/b"), "b");
    }
}

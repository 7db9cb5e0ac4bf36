//! What the lists of Machine Learning leave out, and their order: the query parameters of its documents.

use serde_json::Value;

use crate::emulator::reply::ArmError;
use crate::emulator::request::Call;

/// Query parameters that a member of `properties` has to equal, without case.
const EQUAL: [(&str, &str); 5] = [
    ("jobType", "jobType"),
    ("computeType", "endpointComputeType"),
    ("target", "target"),
    ("category", "category"),
    ("stage", "stage"),
];

/// Whether a list shows a document: archived ones only when they are asked for, and those with the wanted names, tags and
/// properties.
pub(in crate::emulator) fn shows(call: &Call, document: &Value, kind: &str) -> bool {
    let properties = &document["properties"];
    let asked = |name: &str| call.query.get(name);
    let text = |value: &Value, wanted: &str| value.as_str().is_some_and(|of| of.eq_ignore_ascii_case(wanted));
    let name = document["name"].as_str().unwrap_or_default();
    let view = asked("listViewType").unwrap_or_default().to_ascii_lowercase();
    let seen = if kind.ends_with("/schedules") {
        let enabled = properties["isEnabled"] != false;
        match view.as_str() {
            "disabledonly" => !enabled,
            "all" => true,
            _ => enabled,
        }
    } else {
        let archived = properties["isArchived"] == true;
        match view.as_str() {
            "all" => true,
            "archivedonly" => archived,
            _ => !archived,
        }
    };
    let listed = |names: &str| names.split(',').any(|one| name.eq_ignore_ascii_case(one.trim()));
    let contains = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
    seen && asked("names").or_else(|| asked("name")).is_none_or(listed)
        && asked("version").is_none_or(|version| version == name)
        && asked("searchText").is_none_or(|part| contains(name, part))
        && asked("description")
            .is_none_or(|part| contains(properties["description"].as_str().unwrap_or_default(), part))
        && asked("isDefault")
            .is_none_or(|wanted| properties["isDefault"] == wanted.eq_ignore_ascii_case("true"))
        && EQUAL
            .iter()
            .all(|(parameter, member)| asked(parameter).is_none_or(|of| text(&properties[*member], of)))
        && asked("tag").is_none_or(|tags| has_all(&properties["tags"], tags))
        && asked("tags")
            .or_else(|| asked("$tags"))
            .is_none_or(|tags| has_all(&properties["tags"], tags) || has_all(&document["tags"], tags))
        && asked("properties").is_none_or(|wanted| has_all(&properties["properties"], wanted))
}

/// Whether an object has all of `name1,name2=value2`.
fn has_all(object: &Value, wanted: &str) -> bool {
    wanted.split(',').map(str::trim).filter(|one| !one.is_empty()).all(|one| match one.split_once('=') {
        Some((name, value)) => object[name].as_str().is_some_and(|of| of == value),
        None => object.get(one).is_some(),
    })
}

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Created,
    Modified,
    Name,
}

/// Puts the documents of a list into the order that `$orderBy`, or `orderBy` with `orderByAsc`, asks for; without it they
/// stay as they are.
///
/// # Errors
/// 400 for an order that the service does not have.
pub(in crate::emulator) fn order(call: &Call, documents: &mut [&Value]) -> Result<(), ArmError> {
    let Some(text) = call.query.get("$orderBy").or_else(|| call.query.get("orderBy")) else { return Ok(()) };
    let ascending = call.query.get("orderByAsc").map(|word| word.eq_ignore_ascii_case("true"));
    let (by, descending) = read(text, ascending).ok_or_else(|| {
        ArmError::bad_request(
            "UserError",
            format!(
                "The order '{text}' is not valid: it is 'createdtime', 'modifiedtime' or 'name', with 'asc' or 'desc' behind it."
            ),
        )
    })?;
    let key = |document: &&Value| {
        let system = &document["systemData"];
        let member = match by {
            By::Created => &system["createdAt"],
            By::Modified if system["lastModifiedAt"].is_null() => &system["createdAt"],
            By::Modified => &system["lastModifiedAt"],
            By::Name => &document["name"],
        };
        member.as_str().unwrap_or_default().to_owned()
    };
    documents.sort_by_cached_key(key);
    if descending {
        documents.reverse();
    }
    Ok(())
}

/// An order: `createdtime desc`, or `CreatedAtDesc` as endpoints spell it. The newest comes first unless it says otherwise.
fn read(text: &str, ascending: Option<bool>) -> Option<(By, bool)> {
    let words = text.trim().to_ascii_lowercase();
    let (what, way) = match words.split_once(' ') {
        Some((what, way)) => (what, Some(way.trim())),
        None => match (words.strip_suffix("desc"), words.strip_suffix("asc")) {
            (Some(what), _) => (what, Some("desc")),
            (None, Some(what)) => (what, Some("asc")),
            _ => (words.as_str(), None),
        },
    };
    let by = match what {
        "createdtime" | "createdat" => By::Created,
        "modifiedtime" | "updatedat" => By::Modified,
        "name" => By::Name,
        _ => return None,
    };
    let descending = match way {
        Some("desc") => true,
        Some("asc") => false,
        Some(_) => return None,
        None => !ascending.unwrap_or(by == By::Name),
    };
    Some((by, descending))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn orders_are_read_as_the_documents_spell_them() {
        for (text, ascending, order) in [
            ("createdtime desc", None, Some((By::Created, true))),
            ("createdtime", None, Some((By::Created, true))),
            ("modifiedtime asc", None, Some((By::Modified, false))),
            ("UpdatedAtAsc", None, Some((By::Modified, false))),
            ("CreatedAtDesc", None, Some((By::Created, true))),
            ("name", Some(false), Some((By::Name, true))),
            ("name", None, Some((By::Name, false))),
            ("size", None, None),
            ("createdtime sideways", None, None),
        ] {
            assert_eq!(read(text, ascending), order, "{text}");
        }
    }

    #[test]
    fn tags_are_wanted_by_name_or_with_their_value() {
        let tags = json!({ "a": "1", "b": "2" });
        for (wanted, has) in [("a", true), ("a,b=2", true), ("a=2", false), ("c", false), ("", true)] {
            assert_eq!(has_all(&tags, wanted), has, "{wanted}");
        }
    }
}

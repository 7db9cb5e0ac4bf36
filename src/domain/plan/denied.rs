//! What Azure Policy denies, in words: which policy, and which resources.

use serde_json::{Map, Value};

use crate::azure::arm::api_error::{ApiError, Detail};
use crate::azure::safe_text::one_line;

/// The code of a denial; a deployment has one for each resource, below an error of its own.
const CODE: &str = "RequestDisallowedByPolicy";

/// One resource that a policy denies.
struct Denial<'a> {
    /// The name of the policy, where Azure names it.
    policy: Option<&'a str>,
    /// The name of the resource, where Azure names it.
    resource: Option<&'a str>,
    /// What Azure says.
    message: &'a str,
}

/// Which policies deny what, and who can do something about it; `None` when no policy denies anything.
#[must_use]
pub fn denied(error: &ApiError) -> Option<String> {
    let mut found = Vec::new();
    if error.code.eq_ignore_ascii_case(CODE) {
        found.push(denial(error.target.as_deref(), &error.message, &error.additional));
    }
    collect(&error.details, &mut found);
    let [one] = found.as_slice() else { return several(&found) };
    let policy = one.policy.map_or_else(|| "a policy".to_owned(), |name| format!("the policy '{name}'"));
    Some(format!(
        "{policy} denies it; who owns the policy can exempt the resource. {}",
        one_line(without_identifiers(one.message))
    ))
}

fn several(found: &[Denial<'_>]) -> Option<String> {
    let mut policies: Vec<Option<&str>> = Vec::new();
    found.iter().for_each(|one| {
        if !policies.contains(&one.policy) {
            policies.push(one.policy);
        }
    });
    let words = policies.into_iter().map(|policy| {
        let of = found.iter().filter(|one| one.policy == policy).filter_map(|one| one.resource);
        let name = policy.map_or_else(|| "a policy".to_owned(), |name| format!("the policy '{name}'"));
        format!("{name} denies {}", of.collect::<Vec<_>>().join(", "))
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty())
        .then(|| format!("{}; who owns a policy can exempt what it denies", words.join(", and ")))
}

fn collect<'a>(details: &'a [Detail], found: &mut Vec<Denial<'a>>) {
    for detail in details {
        if detail.code.eq_ignore_ascii_case(CODE) {
            found.push(denial(detail.target.as_deref(), &detail.message, &detail.additional));
        } else {
            collect(&detail.details, found);
        }
    }
}

fn denial<'a>(target: Option<&'a str>, message: &'a str, additional: &'a Map<String, Value>) -> Denial<'a> {
    let quoted = || message.strip_prefix("Resource '").and_then(|rest| rest.split('\'').next());
    Denial { policy: additional.values().find_map(name_in), resource: target.or_else(quoted), message }
}

/// The name of a policy in what came along with a denial: that of its assignment, else of its definition.
fn name_in(value: &Value) -> Option<&str> {
    const NAMES: [&str; 2] = ["policyAssignmentDisplayName", "policyDefinitionDisplayName"];
    match value {
        Value::Object(object) => NAMES
            .iter()
            .find_map(|name| object.get(*name).and_then(Value::as_str))
            .or_else(|| object.values().find_map(name_in)),
        Value::Array(items) => items.iter().find_map(name_in),
        _ => None,
    }
}

/// Azure's message without the ids of the policy, which are JSON behind it.
fn without_identifiers(message: &str) -> &str {
    message.split_once(" Policy identifiers:").map_or(message, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::request::Method;
    use serde_json::json;

    fn said(body: &Value) -> Option<String> {
        denied(&ApiError::read(400, body.to_string().as_bytes(), Method::Post, "/x"))
    }

    fn detail(resource: &str, policy: &str) -> Value {
        let message = format!("Resource '{resource}' was disallowed by policy. Policy identifiers: '[]'.");
        json!({ "code": CODE, "target": resource, "message": message, "additionalInfo": [
            { "type": "PolicyViolation", "info": { "policyAssignmentDisplayName": policy } }] })
    }

    fn deployment(details: &Value) -> Value {
        json!({ "error": { "code": "InvalidTemplateDeployment", "message": "See details.", "details": details } })
    }

    #[test]
    fn a_policy_is_named_with_what_it_denies_and_who_can_help() {
        let one = json!({ "error": detail("st", "No shared keys") });
        let words = "the policy 'No shared keys' denies it; who owns the policy can exempt the resource. Resource 'st' was \
                     disallowed by policy.";
        assert_eq!(said(&one).as_deref(), Some(words));
        assert_eq!(said(&deployment(&json!([detail("st", "No shared keys")]))).as_deref(), Some(words));
        let bare = json!({ "error": { "code": CODE, "message": "Resource 'st' was disallowed by policy." } });
        assert!(said(&bare).unwrap().starts_with("a policy denies it; "));
    }

    #[test]
    fn of_several_denials_each_policy_is_told_once() {
        let details = json!([detail("st", "Regions"), detail("mlw", "Tags"), detail("kv", "Regions")]);
        assert_eq!(
            said(&deployment(&details)).as_deref(),
            Some(
                "the policy 'Regions' denies st, kv, and the policy 'Tags' denies mlw; who owns a policy can exempt what it denies"
            )
        );
    }

    #[test]
    fn another_refusal_is_none_of_a_policy() {
        assert_eq!(said(&deployment(&json!([{ "code": "QuotaExceeded", "message": "m" }]))), None);
    }
}

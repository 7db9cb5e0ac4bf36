//! The examples published with the documents.

use std::path::Path;

use serde_json::Value;
use url::form_urlencoded;

use crate::index::{Indexed, indexed_operations};
use crate::support::openapi::contract::{self, Deviation, Exchange, Failure};
use crate::support::openapi::{Checked, Specs, Violation};
use crate::{assert_explained, deviation, read_json};

/// What is wrong in the published examples.
#[rustfmt::skip]
const OF_THE_EXAMPLES: &[Deviation] = &[
    deviation("response", "Components_CreateOrUpdate", "body/tags", "is string", "written as text"),
    deviation("response", "Components_Get", "body/tags", "is string", "written as text"),
    deviation("response", "Components_List", "body/value/*/tags", "is string", "written as text"),
    deviation("response", "Budgets_List", "body/value/*/properties/notifications/thresholdType", "is string", "one level too high"),
    deviation("request", "Compute_CreateOrUpdate", GPU_LIMIT, "is null", "null for no GPU, in a map of strings"),
    deviation("request", "Compute_CreateOrUpdate", GPU_REQUEST, "is null", "null for no GPU, in a map of strings"),
    deviation("request", "RoleAssignmentScheduleRequests_Create", END, "is null", "null for no end"),
    deviation("request", "RoleEligibilityScheduleRequests_Create", END, "is null", "null for no end"),
];

const GPU_LIMIT: &str = "body/properties/properties/instanceTypes/*/resources/limits/nvidia.com~1gpu";
const GPU_REQUEST: &str = "body/properties/properties/instanceTypes/*/resources/requests/nvidia.com~1gpu";
const END: &str = "body/properties/scheduleInfo/expiration/endDateTime";

/// Every answer of every published example of an operation, as an exchange.
fn published_exchanges(indexed: &Indexed) -> Vec<Exchange> {
    let Some(document) = read_json(&indexed.document) else { return Vec::new() };
    let operation = &document["paths"][&indexed.template][indexed.method.to_lowercase()];
    let references = operation["x-ms-examples"].as_object().into_iter().flatten();
    let folder = indexed.document.parent().unwrap_or(Path::new(""));
    references
        .filter_map(|(_, reference)| read_json(&folder.join(reference["$ref"].as_str()?)))
        .flat_map(|example| exchanges_of_example(indexed, &example))
        .collect()
}

fn exchanges_of_example(indexed: &Indexed, example: &Value) -> Vec<Exchange> {
    let mut path = indexed.template.clone();
    let mut query = vec![("api-version".to_owned(), indexed.api_version.clone())];
    let mut body = None;
    for (name, value) in example["parameters"].as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let placeholder = format!("{{{name}}}");
        if path.contains(&placeholder) {
            path = path.replace(&placeholder, text.trim_matches('/'));
        } else if value.is_object() {
            body = Some(value.clone());
        } else if name != "api-version" {
            query.push((name.clone(), text));
        }
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let responses = example["responses"].as_object().into_iter().flatten();
    responses
        .filter_map(|(status, response)| {
            Some(Exchange {
                method: indexed.method.clone(),
                url: format!("{path}?{query}"),
                body: body.clone(),
                status: status.parse().ok()?,
                response_headers: None,
                response_body: response.get("body").cloned(),
            })
        })
        .collect()
}

/// Examples have words where a link to the next page would stand, and carry parameters of the
/// generated clients and of other versions.
fn is_placeholder(failure: &Failure) -> bool {
    let Violation { pointer, message } = &failure.violation;
    (pointer == "body/nextLink" && message.ends_with("is no absolute URL"))
        || (pointer.starts_with("query/") && message == "is unknown to the document")
}

#[test]
fn the_published_examples_of_every_indexed_operation_keep_to_their_documents() {
    let Some(specs) = Specs::load() else { return };
    let operations = indexed_operations();
    assert!(operations.len() > 150, "the index has only {} operations", operations.len());
    let exchanges = operations.iter().flat_map(published_exchanges);

    let report = contract::replay(&specs, exchanges);

    assert!(report.checked > 700, "only {} examples were found", report.checked);
    assert_explained(report.violations.iter().filter(|failure| !is_placeholder(failure)), OF_THE_EXAMPLES);
    assert!(report.unchecked.is_empty(), "{:#?}", report.unchecked);
}

#[test]
fn every_indexed_path_is_taken_for_the_operation_that_it_is_indexed_as() {
    let Some(specs) = Specs::load() else { return };
    for indexed in indexed_operations() {
        let scope = "subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let path: Vec<&str> = indexed.template.split('/').collect();
        let filled: Vec<&str> = path
            .iter()
            .map(|segment| match *segment {
                "{scope}" | "{resourceId}" | "{resourceUri}" => scope,
                "{resourceProviderNamespace}" => "Microsoft.Compute",
                "{parentResourcePath}" => "disks/d",
                segment if segment.starts_with('{') => "name",
                segment => segment,
            })
            .collect();
        let query = format!("api-version={}", indexed.api_version);
        let checked = specs.check_request(&indexed.method, &filled.join("/"), &query, None);
        let (Checked::Ok { operation_id, .. } | Checked::Violations { operation_id, .. }) = &checked else {
            panic!("{} is unchecked: {checked:?}", indexed.operation_id);
        };
        if *operation_id != indexed.operation_id {
            println!("{operation_id} {} {}", indexed.operation_id, filled.join("/"));
        }
    }
}

//! Azure Resource Graph: one query over all subscriptions that the caller may read, in pages.

mod pages;
mod view;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(super) use pages::Pages;

use super::kql::{self, Objects, QueryError, QueryErrorKind};
use super::page::{position, token};
use super::reply::{Answer, ArmError, Payload, Reply};
use super::request::Call;
use super::store::id_of;
use super::world::World;
use pages::Asked;
use view::View;

/// Rows in a page, and the most that may be asked for.
const PAGE: usize = 1000;
/// Values of a facet that are shown, unless more are asked for.
const FACET: usize = 10;
/// What a facet's count is called in the query that makes it.
const COUNTED: &str = "__count";
/// The most bytes of an answer, as the service says when there are more.
const LARGEST: usize = 16 * 1024 * 1024;

/// The scopes and options of one request.
struct Question<'a> {
    query: &'a str,
    subscriptions: Option<BTreeSet<String>>,
    above: bool,
    top: usize,
    start: usize,
    table: bool,
    facets: &'a [Value],
}

fn invalid(call: &Call, detail: Value) -> ArmError {
    ArmError::bad_request(
        "BadRequest",
        format!(
            "Please provide below info when asking for support: timestamp = {}, correlationId = {}.",
            call.now,
            uuid::Uuid::new_v4()
        ),
    )
    .detail(json!({
        "code": "InvalidQuery",
        "message": "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying."
    }))
    .detail(detail)
}

fn strings(body: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let list = body.get(name)?.as_array()?;
    (!list.is_empty()).then(|| list.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect())
}

fn question<'a>(world: &World, call: &Call, body: &'a Map<String, Value>) -> Result<Question<'a>, ArmError> {
    let option = |name: &str| body.get("options").and_then(|options| options.get(name));
    let refuse = |message: String| invalid(call, json!({ "code": "InvalidParameters", "message": message }));
    let query = body.get("query").and_then(Value::as_str).unwrap_or_default();
    if query.trim().is_empty() {
        return Err(refuse("The query may not be empty.".to_owned()));
    }
    let facets = body.get("facets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut subscriptions =
        strings(body, "subscriptions").map(|list| list.into_iter().collect::<BTreeSet<_>>());
    if let Some(groups) = strings(body, "managementGroups") {
        let tree = groups.iter().flat_map(|name| {
            world.store.tree(&format!("/providers/Microsoft.Management/managementGroups/{name}"))
        });
        let below = tree.filter_map(|key| key.strip_prefix("/subscriptions/").map(str::to_owned));
        subscriptions.get_or_insert_default().extend(below);
    }
    let number =
        |name: &str| option(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let most = world.settings.page_size.unwrap_or(PAGE);
    let top = number("$top").unwrap_or(PAGE);
    if top == 0 || top > PAGE {
        return Err(refuse(format!("The value of '$top' must be between 1 and {PAGE}; it is {top}.")));
    }
    let above = option("authorizationScopeFilter").and_then(Value::as_str).is_some_and(|filter| {
        filter.eq_ignore_ascii_case("AtScopeAboveAndBelow") || filter.eq_ignore_ascii_case("AtScopeAndAbove")
    });
    let start = match option("$skipToken").and_then(Value::as_str) {
        Some(text) => {
            position(text).ok_or_else(|| refuse(format!("The skip token '{text}' is not valid.")))?
        }
        None => number("$skip").unwrap_or(0),
    };
    let table = match option("resultFormat").and_then(Value::as_str) {
        Some(format) => format.eq_ignore_ascii_case("table"),
        None => call.version.starts_with("2018-") || call.version.starts_with("2019-"),
    };
    Ok(Question { query, subscriptions, above, top: top.min(most), start, table, facets })
}

/// How often the values of each facet's expression come up in what a query answers.
fn facets(world: &World, call: &Call, question: &Question<'_>) -> Vec<Value> {
    let view = View::new(world, call, question.subscriptions.as_ref(), question.above);
    let counted = |facet: &Value| {
        let text = |name: &str| facet["options"][name].as_str().filter(|text| !text.trim().is_empty());
        let expression = facet["expression"].as_str().unwrap_or_default();
        let query = question.query.trim_end().trim_end_matches(';');
        let filter = text("filter").map_or_else(String::new, |filter| format!("| where {filter}\n"));
        let by = text("sortBy").filter(|by| !by.eq_ignore_ascii_case("count")).unwrap_or(COUNTED);
        let order = text("sortOrder").unwrap_or("desc");
        // What the query ends with may be a comment.
        let query = format!(
            "{query}\n{filter}| summarize {COUNTED} = count() by {expression}\n| order by {by} {order}"
        );
        match kql::run(&query, &view) {
            Ok(mut rows) => {
                let total = rows.len();
                let top = facet["options"]["$top"].as_u64().and_then(|top| usize::try_from(top).ok());
                rows.truncate(top.unwrap_or(FACET));
                for row in &mut rows {
                    let count = row.remove(COUNTED).unwrap_or_default();
                    row.insert("count".to_owned(), count);
                }
                json!({
                    "expression": expression, "resultType": "FacetResult", "totalRecords": total,
                    "count": rows.len(), "data": rows
                })
            }
            Err(error) => json!({
                "expression": expression, "resultType": "FacetError",
                "errors": [{ "code": "InvalidFacet", "message": error.message }]
            }),
        }
    };
    question.facets.iter().map(counted).collect()
}

/// One page of the answer. What is left of it is kept for the next one.
fn evaluate(world: &World, call: &Call, question: &Question<'_>) -> Answer {
    let refuse = |error: QueryError| match error.kind {
        // What is not known is told in the same way as what does not parse, and with its place.
        QueryErrorKind::Syntax | QueryErrorKind::Semantic => invalid(
            call,
            json!({
                "code": "ParserFailure", "message": "ParserFailure", "line": error.line,
                "characterPositionInLine": error.position, "token": error.token, "expectedToken": error.message
            }),
        ),
        QueryErrorKind::Limit => {
            invalid(call, json!({ "code": "QueryExecutionLimitExceeded", "message": error.message }))
        }
    };
    let asked = Asked {
        query: question.query.to_owned(),
        caller: call.caller.object_id.clone(),
        subscriptions: question.subscriptions.clone(),
        above: question.above,
        revision: world.store.revision,
    };
    if question.start > 0
        && let Some(mut kept) = world.pages.take(&asked)
    {
        let total = kept.total();
        let page = kept.page(question.start, question.top);
        let (reply, more) = write(world, call, question, &page, (0, total))?;
        if more {
            world.pages.keep(asked, kept);
        }
        return Ok(reply);
    }
    let view = View::new(world, call, question.subscriptions.as_ref(), question.above);
    let need = question.start.saturating_add(question.top);
    let answer = kql::answer_first(question.query, &view, need).map_err(refuse)?;
    let (reply, more) = write(world, call, question, &answer, (question.start, answer.total()))?;
    if more && let Some(kept) = answer.keep() {
        world.pages.keep(asked, kept);
    }
    Ok(reply)
}

/// Writes a page, whose rows are in `answer` behind the first `skip`, of `total` in all; tells whether there is another
/// one.
fn write(
    world: &World,
    call: &Call,
    question: &Question<'_>,
    answer: &kql::Answer<'_>,
    (skip, total): (usize, usize),
) -> Result<(Reply, bool), ArmError> {
    let rows = answer.objects(skip, question.top);
    let end = question.start.saturating_add(rows.len());
    // Pages can be told apart only by `id`: without it the service cuts the answer and gives no token.
    let more = end < total && !rows.is_empty();
    let pages = answer.columns().any(|name| name == "id");
    let table = question.table.then(|| answer.page(skip, question.top));
    let reply = Reply::ok(&Body {
        total_records: total,
        count: rows.len(),
        data: table.as_deref().map_or(Data::Objects(rows), as_table),
        facets: facets(world, call, question),
        result_truncated: if more && !pages { "true" } else { "false" },
        skip_token: (more && pages).then(|| token(end)),
    });
    match &reply.body {
        Payload::Json(bytes) if bytes.len() > LARGEST => Err(invalid(
            call,
            json!({
                "code": "ResponsePayloadTooLarge",
                "message": format!(
                    "Response payload size is {}, and has exceeded the limit of {LARGEST}. Please consider querying less data at a time and make paginated call if needed.",
                    bytes.len()
                )
            }),
        )),
        _ => Ok((reply, more && pages)),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    total_records: usize,
    count: usize,
    data: Data<'a>,
    facets: Vec<Value>,
    result_truncated: &'static str,
    #[serde(rename = "$skipToken", skip_serializing_if = "Option::is_none")]
    skip_token: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Objects(Objects<'a>),
    Table { columns: Vec<Value>, rows: Vec<Vec<&'a Value>> },
}

/// The older form: columns with their types, and rows as arrays.
fn as_table(rows: &[Map<String, Value>]) -> Data<'_> {
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let kind = |name: &str| {
        let value = rows.iter().filter_map(|row| row.get(name)).find(|value| !value.is_null());
        match value {
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Number(number)) if number.is_f64() => "number",
            Some(Value::Number(_)) => "integer",
            Some(Value::Object(_) | Value::Array(_)) => "object",
            _ => "string",
        }
    };
    Data::Table {
        columns: names.iter().map(|name| json!({ "name": name, "type": kind(name) })).collect(),
        rows: rows
            .iter()
            .map(|row| names.iter().map(|name| row.get(*name).unwrap_or(&Value::Null)).collect())
            .collect(),
    }
}

/// Answers `POST /providers/Microsoft.ResourceGraph/resources`.
///
/// # Errors
/// 400 for a query that is not understood, 403 for a caller who may see no subscription at all.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let reader = world.reader(call);
    if !world.store.subscriptions().any(|subscription| reader.touches(id_of(subscription))) {
        return Err(ArmError::new(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "Please provide below info when asking for support.",
        )
        .detail(json!({
            "code": "AccessDenied",
            "message": "Access is denied to the requested resource. The user might not have enough permission."
        })));
    }
    let empty = Map::new();
    let body = call.body.as_ref().and_then(Value::as_object).unwrap_or(&empty);
    let question = question(world, call, body)?;
    evaluate(world, call, &question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_form_has_typed_columns_and_fills_what_is_missing() {
        let rows: Vec<Map<String, Value>> =
            serde_json::from_value(json!([{ "a": 1 }, { "a": 2, "b": { "c": true } }])).unwrap();
        assert_eq!(
            serde_json::to_value(as_table(&rows)).unwrap(),
            json!({
                "columns": [{ "name": "a", "type": "integer" }, { "name": "b", "type": "object" }],
                "rows": [[1, null], [2, { "c": true }]]
            })
        );
    }
}

//! Azure Resource Graph: one query over all subscriptions that the caller may read, in pages.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::access::Reader;
use super::kql::{self, Objects, QueryError, QueryErrorKind, Tables};
use super::page::{position, token};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// Rows in a page, and the most that may be asked for.
const PAGE: usize = 1000;
/// The scopes and options of one request.
struct Question<'a> {
    query: &'a str,
    subscriptions: Option<HashSet<String>>,
    above: bool,
    top: usize,
    start: usize,
    table: bool,
}

/// What a query sees: the documents that are in scope and may be read.
struct View<'a> {
    world: &'a World,
    reader: Reader<'a>,
    subscriptions: Option<&'a HashSet<String>>,
    above: bool,
    containers: Vec<Cow<'a, Value>>,
    now: jiff::Timestamp,
}

impl View<'_> {
    fn in_scope(&self, key: &str) -> bool {
        let Some(wanted) = self.subscriptions else { return true };
        match key.strip_prefix("/subscriptions/") {
            Some(rest) => wanted.contains(rest.split('/').next().unwrap_or_default()),
            None => self.above,
        }
    }
}

impl View<'_> {
    /// The documents of one type that are in scope and may be read. They come in order of their keys, and so by
    /// subscription: whoever may read everything below one is asked once for it.
    fn readable<'a>(
        &'a self,
        kind: &str,
        documents: &'a BTreeMap<String, Arc<Value>>,
    ) -> impl Iterator<Item = &'a Value> {
        let question = self.reader.asking(&format!("{kind}/read"), false);
        let mut at = ("", false, false);
        documents
            .iter()
            .filter(move |(key, _)| {
                let subscription = key.match_indices('/').nth(2).map_or(key.as_str(), |(end, _)| &key[..end]);
                if at.0 != subscription {
                    let in_scope = self.in_scope(key);
                    at = (subscription, in_scope, in_scope && question.is_allowed_below(subscription));
                }
                at.1 && (at.2 || question.is_allowed(key))
            })
            .map(|(_, document)| &**document)
    }
}

impl View<'_> {
    /// Role assignments and definitions. They hang on scopes in order, so that whoever may read those of a whole
    /// subscription is asked once for it.
    fn granted<'a>(&'a self, types: Option<&[String]>) -> impl Iterator<Item = &'a Value> + use<'a> {
        let store = &self.world.store;
        let wanted = |kind: &str| types.is_none_or(|types| types.iter().any(|one| one == kind));
        let built_in = if wanted(DEFINITIONS.0) { store.built_in_roles() } else { &[] };
        let mut kinds: Vec<_> = [ASSIGNMENTS, DEFINITIONS]
            .into_iter()
            .filter(|(kind, _)| wanted(kind))
            .map(|(kind, path)| (path, self.reader.asking(&format!("{kind}/read"), false), ("", false)))
            .collect();
        let in_scope = store.authorization().filter(|(scope, _)| self.in_scope(scope));
        let own = in_scope.flat_map(move |(scope, hung)| {
            let at = if scope.is_empty() { "/" } else { scope };
            let top = scope.match_indices('/').nth(2).map_or(at, |(end, _)| &scope[..end]);
            let may: Vec<&'static str> = kinds
                .iter_mut()
                .filter_map(|(path, question, known)| {
                    if known.0 != top {
                        *known = (top, question.is_allowed_below(top));
                    }
                    (known.1 || question.is_allowed(at)).then_some(*path)
                })
                .collect();
            hung.iter()
                .filter(move |(key, _)| may.iter().any(|path| key[scope.len()..].starts_with(path)))
                .map(|(_, document)| &**document)
        });
        built_in.iter().map(|document| &**document).chain(own)
    }
}

/// Types of `authorizationresources`, and how the ids of their documents go on behind the scope.
const ASSIGNMENTS: (&str, &str) =
    ("microsoft.authorization/roleassignments", "/providers/microsoft.authorization/roleassignments/");
const DEFINITIONS: (&str, &str) =
    ("microsoft.authorization/roledefinitions", "/providers/microsoft.authorization/roledefinitions/");

impl Tables for View<'_> {
    fn tenant_id(&self) -> &str {
        self.world.store.tenant_id()
    }

    fn now(&self) -> jiff::Timestamp {
        self.now
    }

    fn rows<'a>(
        &'a self,
        table: &str,
        types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Value> + 'a>> {
        let store = &self.world.store;
        match table {
            "resources" => {
                let types = types.map(<[String]>::to_vec);
                let kinds = store.tracked(None).filter(move |(kind, _)| {
                    types.as_ref().is_none_or(|types| types.iter().any(|wanted| wanted == *kind))
                });
                Some(Box::new(kinds.flat_map(move |(kind, documents)| self.readable(kind, documents))))
            }
            "resourcecontainers" => Some(Box::new(self.containers.iter().map(|row| &**row))),
            "authorizationresources" => Some(Box::new(self.granted(types))),
            _ => None,
        }
    }
}

/// Subscriptions, resource groups and management groups in the shape of `resourcecontainers`.
/// What ARM lists of groups is what Resource Graph has; only their types differ, and those are a matter of columns.
fn containers<'a>(
    world: &'a World,
    reader: &Reader<'_>,
    in_scope: impl Fn(&str) -> bool,
) -> Vec<Cow<'a, Value>> {
    let store = &world.store;
    let mut rows = Vec::new();
    let groups = reader.asking("Microsoft.Resources/subscriptions/resourceGroups/read", false);
    for subscription in store.subscriptions() {
        let id = id_of(subscription);
        let key = key(id);
        if !in_scope(&key) || !reader.touches(id) {
            continue;
        }
        let chain: Vec<Value> = store
            .above(id)
            .iter()
            .filter_map(|above| store.get(above))
            .map(|group| json!({ "name": group["name"], "displayName": group["properties"]["displayName"] }))
            .collect();
        rows.push(Cow::Owned(json!({
            "id": id, "name": subscription["displayName"], "type": "microsoft.resources/subscriptions",
            "tags": subscription["tags"],
            "properties": {
                "state": subscription["state"], "subscriptionPolicies": subscription["subscriptionPolicies"],
                "managedByTenants": subscription["managedByTenants"], "managementGroupAncestorsChain": chain
            }
        })));
        let all = groups.is_allowed_below(id);
        let readable = store.groups(&key).filter(|group| all || groups.is_allowed(id_of(group)));
        rows.extend(readable.map(|group| Cow::Borrowed(&**group)));
    }
    let above = reader.asking("Microsoft.Management/managementGroups/read", false);
    for group in store.management_groups() {
        let id = id_of(group);
        if in_scope(&key(id)) && above.is_allowed(id) {
            rows.push(Cow::Borrowed(&**group));
        }
    }
    rows
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
    if body.get("facets").and_then(Value::as_array).is_some_and(|facets| !facets.is_empty()) {
        return Err(refuse("Facets are not offered by this emulator.".to_owned()));
    }
    let mut subscriptions =
        strings(body, "subscriptions").map(|list| list.into_iter().collect::<HashSet<_>>());
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
    Ok(Question { query, subscriptions, above, top: top.min(most), start, table })
}

/// One page of the answer. The query is evaluated for every page: that takes
/// milliseconds, and a result kept for the next page can take more memory than the estate.
fn evaluate(world: &World, call: &Call, question: &Question<'_>) -> Answer {
    let mut view = View {
        world,
        reader: world.reader(call),
        subscriptions: question.subscriptions.as_ref(),
        above: question.above,
        containers: Vec::new(),
        now: call.now.parse().unwrap_or_else(|_| jiff::Timestamp::now()),
    };
    if question.query.to_ascii_lowercase().contains("resourcecontainers") {
        view.containers = containers(world, &view.reader, |key| view.in_scope(key));
    }
    let refuse = |error: QueryError| match error.kind {
        QueryErrorKind::Syntax => invalid(
            call,
            json!({
                "code": "ParserFailure", "message": "ParserFailure", "line": error.line,
                "characterPositionInLine": error.position, "token": error.token, "expectedToken": error.message
            }),
        ),
        QueryErrorKind::Semantic => {
            invalid(call, json!({ "code": "InvalidOperation", "message": error.message }))
        }
    };
    let answer = kql::answer(question.query, &view).map_err(refuse)?;
    let total = answer.total();
    let rows = answer.objects(question.start, question.top);
    let end = question.start.saturating_add(rows.len());
    // Pages can be told apart only by `id`: without it the service cuts the answer and gives no token.
    let more = end < total && !rows.is_empty();
    let pages = answer.columns().any(|name| name == "id");
    let table = question.table.then(|| answer.page(question.start, question.top));
    Ok(Reply::ok(&Body {
        total_records: total,
        count: rows.len(),
        data: table.as_deref().map_or(Data::Objects(rows), as_table),
        facets: [],
        result_truncated: if more && !pages { "true" } else { "false" },
        skip_token: (more && pages).then(|| token(end)),
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    total_records: usize,
    count: usize,
    data: Data<'a>,
    facets: [Value; 0],
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

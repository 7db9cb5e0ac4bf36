//! Microsoft Graph under `/v1.0`: users, groups, service principals, memberships, and batches of requests.

use std::collections::HashSet;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::directory::{Class, Directory};
use super::graph_objects::{has_property, shown, type_name, typed, whole};
use super::odata::{Filter, FilterError, Search, Term};
use super::page::{Paging, page};
use super::path::ArmPath;
use super::reply::{Answer, Payload, Reply};
use super::request::{Call, Query};
use super::world::World;

/// Objects in a page, and the most that can be asked for.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;
/// Requests in one batch, groups in one membership check, ids in one look-up.
const BATCH: usize = 20;
const CHECKED: usize = 20;
const LOOKED_UP: usize = 1000;

fn context(of: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/$metadata#{of}")
}

/// A refusal in Microsoft Graph's words.
fn refuse(call: &Call, status: StatusCode, code: &str, message: &str) -> Reply {
    let request = uuid::Uuid::new_v4().to_string();
    Reply::json(
        status,
        &json!({ "error": { "code": code, "message": message, "innerError": {
            "date": call.now, "request-id": request, "client-request-id": request
        }}}),
    )
}

fn bad(call: &Call, code: &str, message: &str) -> Reply {
    refuse(call, StatusCode::BAD_REQUEST, code, message)
}

fn missing(call: &Call, id: &str) -> Reply {
    let message = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    refuse(call, StatusCode::NOT_FOUND, "Request_ResourceNotFound", &message)
}

fn unknown(call: &Call, segment: &str) -> Reply {
    bad(call, "BadRequest", &format!("Resource not found for the segment '{segment}'."))
}

fn not_allowed(call: &Call) -> Reply {
    let message = "Specified HTTP method is not allowed for the request target.";
    refuse(call, StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
}

/// What is wrong with the `$filter`, `$search`, `$orderby` and `$select` of a list: a property that its class does not
/// have, and what wants `ConsistencyLevel: eventual` with `$count=true` and comes without.
fn unsupported(
    call: &Call,
    class: Option<Class>,
    filter: Option<&Filter>,
    search: Option<&Search>,
) -> Option<Reply> {
    let advanced =
        call.eventual && call.query.get("$count").is_some_and(|wants| wants.eq_ignore_ascii_case("true"));
    let refuse = |message: String| Some(bad(call, "Request_UnsupportedQuery", &message));
    if let Some(class) = class {
        let kind = type_name(class);
        let kind = &kind[1..];
        let select = call.query.get("$select").unwrap_or_default();
        let selected = select.split(',').map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = selected.into_iter().find(|name| *name != "*" && !has_property(class, name)) {
            let message = format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
            );
            return Some(bad(call, "BadRequest", &message));
        }
        let compared = filter.into_iter().flat_map(Filter::all).filter_map(Term::property);
        let searched = search.into_iter().flat_map(Search::properties);
        let ordered = call.query.get("$orderby").and_then(|order| order.split_whitespace().next());
        if let Some(name) = compared.chain(searched).chain(ordered).find(|name| !has_property(class, name)) {
            let message =
                format!("Invalid filter clause: Could not find a property named '{name}' on type '{kind}'.");
            return Some(bad(call, "BadRequest", &message));
        }
    }
    for term in filter.into_iter().flat_map(Filter::all) {
        match term {
            Term::Contains(..) | Term::Function(..) => return refuse("Unsupported Query.".to_owned()),
            Term::NotEqual(name, _) if !advanced => {
                return refuse(format!(
                    "Unsupported or invalid query filter clause specified for property '{name}'."
                ));
            }
            _ => {}
        }
    }
    if call.query.get("$orderby").is_some() && (filter.is_some() || search.is_some()) && !advanced {
        return refuse("Sorting not supported for current query.".to_owned());
    }
    None
}

/// 401 in Microsoft Graph's words.
pub(super) fn unauthenticated(call_now: &str) -> Reply {
    let request = uuid::Uuid::new_v4().to_string();
    Reply::json(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": { "code": "InvalidAuthenticationToken", "message": "Access token is empty.", "innerError": {
            "date": call_now, "request-id": request, "client-request-id": request
        }}}),
    )
}

/// The segments behind `/v1.0` in lower case: `users('a@b')` as two, and `me` as the caller.
fn segments(call: &Call) -> Vec<String> {
    let mut found = Vec::new();
    for segment in call.path.segments().iter().skip(1) {
        let lower = segment.to_ascii_lowercase();
        match lower.split_once('(').filter(|_| lower.ends_with(')')) {
            Some((collection, key)) => {
                found.push(collection.to_owned());
                found.push(key.trim_end_matches(')').replace('\'', ""));
            }
            None => found.push(lower),
        }
    }
    if found.first().is_some_and(|first| first == "me") {
        found.splice(..1, ["users".to_owned(), call.caller.object_id.to_ascii_lowercase()]);
    }
    found
}

/// Answers a request below `/v1.0`.
///
/// # Errors
/// When the token of a page is not ours; all else that is refused is an answer.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let segments = segments(call);
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    // A batch is taken from anybody; each of its requests is judged.
    let batched = parts == ["$batch"] && call.method == Method::POST;
    if !call.caller.directory_access && !batched {
        return Ok(refuse(
            call,
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ));
    }
    let directory = &world.directory;
    let reads = call.method == Method::GET || call.method == Method::HEAD;
    // Nothing here is ever changed: POST only asks.
    if !reads && call.method != Method::POST {
        return Ok(not_allowed(call));
    }
    match (reads, parts.as_slice()) {
        (true, ["organization"]) => {
            let tenant = &world.store.tenant;
            let organization = json!({
                "id": world.store.tenant_id(), "displayName": tenant["displayName"],
                "tenantType": "AAD", "countryLetterCode": tenant["countryCode"],
                "verifiedDomains": [{ "name": tenant["defaultDomain"], "isDefault": true, "isInitial": true }]
            });
            deliver(world, call, vec![organization], "organization", None, false)
        }
        (true, [collection, rest @ ..]) if rest.is_empty() || *rest == ["$count"] => {
            match class(collection) {
                Some(class) => {
                    let all = directory.all(class).map(|(class, object)| whole(class, object)).collect();
                    deliver(world, call, all, class.collection(), Some(class), !rest.is_empty())
                }
                None => Ok(unknown(call, collection)),
            }
        }
        (true, ["directoryobjects", id]) => Ok(match directory.get(id) {
            Some((class, object)) => Reply::ok(&selected(call, typed(*class, object))),
            None => missing(call, id),
        }),
        (true, [collection, id]) => match class(collection) {
            Some(class) => Ok(one(world, call, class, id)),
            None => Ok(unknown(call, collection)),
        },
        (false, ["directoryobjects", "getbyids"]) => Ok(by_ids(directory, call)),
        (false, ["$batch"]) => Ok(batch(world, call)),
        (_, [collection, id, relation, rest @ ..]) => {
            if class(collection).is_none() && *collection != "directoryobjects" {
                return Ok(unknown(call, collection));
            }
            let Some(id) = object_id(directory, id) else { return Ok(missing(call, id)) };
            if reads {
                members(world, call, &id, relation, rest)
            } else {
                Ok(check(directory, call, &id, relation))
            }
        }
        (false, [collection] | [collection, _]) if class(collection).is_some() => Ok(not_allowed(call)),
        (_, other) => Ok(unknown(call, &other.join("/"))),
    }
}

fn class(collection: &str) -> Option<Class> {
    Class::ALL.into_iter().find(|class| class.collection().eq_ignore_ascii_case(collection))
}

/// The id behind what stands in a path: an id, a user principal name, or `appid=..`.
fn object_id(directory: &Directory, key: &str) -> Option<String> {
    if let Some(app) = key.strip_prefix("appid=") {
        let found = directory
            .all(Class::ServicePrincipal)
            .find(|(_, object)| object["appId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(app)));
        return found.and_then(|(_, object)| object["id"].as_str()).map(str::to_owned);
    }
    let found = directory.get(key).or_else(|| directory.find(Class::User, key));
    found.and_then(|(_, object)| object["id"].as_str()).map(str::to_owned)
}

fn one(world: &World, call: &Call, class: Class, key: &str) -> Reply {
    let found = object_id(&world.directory, key);
    match found.and_then(|id| world.directory.get(&id)).filter(|(of, _)| *of == class) {
        Some((_, object)) => {
            let of = context(&format!("{}/$entity", class.collection()));
            Reply::ok(&selected(call, shown(class, object, ("@odata.context", of))))
        }
        None => missing(call, key),
    }
}

/// An object with what `$select` asks for.
fn selected(call: &Call, object: Value) -> Value {
    let Some(names) = call.query.get("$select").filter(|names| !names.trim().is_empty()) else {
        return object;
    };
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    match object {
        Value::Object(mut object) => {
            object.retain(|name, _| {
                name.starts_with("@odata.") || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
            });
            Value::Object(object)
        }
        other => other,
    }
}

/// A list with `$filter`, `$search`, `$orderby`, `$count`, `$top` and `$select`, or its bare count.
fn deliver(
    world: &World,
    call: &Call,
    mut items: Vec<Value>,
    of: &str,
    class: Option<Class>,
    count_only: bool,
) -> Answer {
    let unread = |error: &FilterError| bad(call, "Request_UnsupportedQuery", &error.to_string());
    let wants_count = call.query.get("$count").is_some_and(|wants| wants.eq_ignore_ascii_case("true"));
    if (call.query.get("$search").is_some() || count_only) && !call.eventual {
        let what = if count_only { "$count" } else { "$search" };
        return Ok(bad(
            call,
            "Request_UnsupportedQuery",
            &format!(
                "Request with {what} query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"
            ),
        ));
    }
    let filter = match call.query.get("$filter").map(Filter::parse).transpose() {
        Ok(filter) => filter,
        Err(error) => return Ok(unread(&error)),
    };
    let search = match call.query.get("$search").map(Search::parse).transpose() {
        Ok(search) => search,
        Err(error) => return Ok(unread(&error)),
    };
    if let Some(refused) = unsupported(call, class, filter.as_ref(), search.as_ref()) {
        return Ok(refused);
    }
    items.retain(|object| {
        filter.as_ref().is_none_or(|filter| filter.matches(object))
            && search.as_ref().is_none_or(|search| search.matches(object))
    });
    if count_only {
        return Ok(Reply::text(items.len().to_string()));
    }
    if let Some(order) = call.query.get("$orderby") {
        let mut words = order.split_whitespace();
        let name = words.next().unwrap_or_default().to_owned();
        items.sort_by_key(|object| object[&name].as_str().map(str::to_lowercase));
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc")) {
            items.reverse();
        }
    }
    let size = match call.query.get("$top").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(top)) if (1..=LARGEST_PAGE).contains(&top) => top,
        Some(_) => {
            let message =
                format!("Invalid page size specified. Must be between 1 and {LARGEST_PAGE} inclusive.");
            return Ok(bad(call, "Request_UnsupportedQuery", &message));
        }
    };
    // Without the header the service leaves the count out and says nothing.
    let count = (wants_count && call.eventual).then_some(items.len());
    let items: Vec<Value> = items.into_iter().map(|object| selected(call, object)).collect();
    let paging = Paging {
        size: Some(world.settings.page_size.map_or(size, |all| all.min(size))),
        parameter: "$skiptoken",
        link: "@odata.nextLink",
        context: Some(context(of)),
        count,
        plain_count: None,
    };
    page(call, &items, &paging)
}

fn by_ids(directory: &Directory, call: &Call) -> Reply {
    let body = call.object();
    let wanted = |class: Class| match body.get("types").and_then(Value::as_array) {
        Some(types) if !types.is_empty() => types.iter().filter_map(Value::as_str).any(|name| {
            name.eq_ignore_ascii_case(class.name()) || name.eq_ignore_ascii_case("directoryObject")
        }),
        _ => true,
    };
    let Some(ids) = body.get("ids").and_then(Value::as_array) else {
        return bad(call, "Request_BadRequest", "The 'ids' property is required.");
    };
    if ids.len() > LOOKED_UP {
        let message = format!("The number of ids may not exceed {LOOKED_UP}.");
        return bad(call, "Request_BadRequest", &message);
    }
    let mut seen = HashSet::new();
    let found: Vec<Value> = ids
        .iter()
        .filter_map(Value::as_str)
        .filter(|id| seen.insert(id.to_ascii_lowercase()))
        .filter_map(|id| directory.get(id))
        .filter(|(class, _)| wanted(*class))
        .map(|(class, object)| typed(*class, object))
        .collect();
    Reply::ok(&json!({ "@odata.context": context("directoryObjects"), "value": found }))
        .with("location", "https://graph.microsoft.com")
}

/// Members and memberships of one object; `rest` may name a class to keep, and ask for the bare count.
fn members(world: &World, call: &Call, id: &str, relation: &str, rest: &[&str]) -> Answer {
    let directory = &world.directory;
    let ids: Vec<&str> = match relation {
        "members" => directory.members_of(id).iter().map(String::as_str).collect(),
        "transitivemembers" => directory.closure(id, Directory::members_of),
        "memberof" => directory.groups_of(id).iter().map(String::as_str).collect(),
        "transitivememberof" => directory.groups_above(id),
        "owners" | "ownedobjects" | "owneddevices" => Vec::new(),
        _ => return Ok(unknown(call, relation)),
    };
    let (cast, count_only) = match rest {
        [] => (None, false),
        ["$count"] => (None, true),
        [cast] => (Some(*cast), false),
        [cast, "$count"] => (Some(*cast), true),
        _ => return Ok(unknown(call, &rest.join("/"))),
    };
    let fits = |class: Class| cast.is_none_or(|cast| type_name(class)[1..].eq_ignore_ascii_case(cast));
    let found = ids.into_iter().filter_map(|id| directory.get(id)).filter(|(class, _)| fits(*class));
    let found = found.map(|(class, object)| typed(*class, object)).collect();
    let class = cast.and_then(|cast| {
        Class::ALL.into_iter().find(|class| type_name(*class)[1..].eq_ignore_ascii_case(cast))
    });
    deliver(world, call, found, "directoryObjects", class, count_only)
}

/// `getMemberGroups`, `getMemberObjects`, `checkMemberGroups` and `checkMemberObjects`.
fn check(directory: &Directory, call: &Call, id: &str, action: &str) -> Reply {
    let body = call.object();
    let above = directory.groups_above(id);
    let ids: Vec<&str> = match action {
        "getmembergroups" | "getmemberobjects" => {
            let secure = body.get("securityEnabledOnly").is_some_and(|only| *only == true);
            let enabled = |group: &&str| {
                !secure || directory.get(group).is_some_and(|(_, object)| object["securityEnabled"] != false)
            };
            above.into_iter().filter(enabled).collect()
        }
        "checkmembergroups" | "checkmemberobjects" => {
            let name = if action == "checkmembergroups" { "groupIds" } else { "ids" };
            let Some(asked) = body.get(name).and_then(Value::as_array) else {
                return bad(call, "Request_BadRequest", &format!("The '{name}' property is required."));
            };
            if asked.len() > CHECKED {
                let message = format!("Too many '{name}' items: {CHECKED} are allowed.");
                return bad(call, "Request_BadRequest", &message);
            }
            let is_asked = |group: &&str| {
                asked.iter().filter_map(Value::as_str).any(|one| one.eq_ignore_ascii_case(group))
            };
            above.into_iter().filter(is_asked).collect()
        }
        _ => return unknown(call, action),
    };
    Reply::ok(&json!({ "@odata.context": context("Collection(Edm.String)"), "value": ids }))
        .with("location", "https://graph.microsoft.com")
}

/// `$batch`: requests in one, each answered on its own.
fn batch(world: &World, call: &Call) -> Reply {
    let body = call.object();
    let Some(requests) = body.get("requests").and_then(Value::as_array) else {
        return bad(call, "BadRequest", "Invalid batch payload format.");
    };
    if requests.len() > BATCH {
        let message = format!("Number of batch request steps exceeds the maximum value of {BATCH}.");
        return bad(call, "BadRequest", &message);
    }
    let responses: Vec<Value> = requests.iter().map(|request| step(world, call, request)).collect();
    Reply::ok(&json!({ "responses": responses }))
}

fn step(world: &World, call: &Call, request: &Value) -> Value {
    let url = request["url"].as_str().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let eventual = request["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .any(|(name, value)| name.eq_ignore_ascii_case("ConsistencyLevel") && value == "eventual");
    let path = format!("/v1.0/{}", path.trim_start_matches('/'));
    let named = request["method"].as_str().unwrap_or_default().to_ascii_uppercase();
    let method: Option<Method> = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        .contains(&named.as_str())
        .then(|| named.parse().ok())
        .flatten();
    let has_method = method.is_some();
    let inner = Call {
        method: method.unwrap_or(Method::GET),
        query: Query::parse(query),
        body: Some(request["body"].clone()).filter(|body| !body.is_null()),
        caller: call.caller.clone(),
        base: call.base.clone(),
        version: String::new(),
        eventual,
        now: call.now.clone(),
        correlation: call.correlation.clone(),
        client_request: String::new(),
        path: ArmPath::parse(&path),
    };
    // A batch in a batch is refused by the service; here it would not end.
    let nested = path.to_ascii_lowercase().contains("$batch");
    let reply = if nested {
        unknown(&inner, "$batch")
    } else if !has_method {
        bad(&inner, "BadRequest", "Invalid batch payload format: a request has no known method.")
    } else {
        answer(world, &inner).unwrap_or_else(super::reply::ArmError::into_reply)
    };
    let body = match &reply.body {
        Payload::Empty => Value::Null,
        Payload::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Payload::Text(text) => Value::from(text.as_str()),
    };
    json!({ "id": request["id"], "status": reply.status.as_u16(), "headers": { "Content-Type": "application/json" }, "body": body })
}

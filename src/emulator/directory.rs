//! Microsoft Graph under `/v1.0`: users, groups and service principals, and who is in which group.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::estate;
use super::odata;
use super::page::{Paging, page};
use super::reply::{Answer, Reply};
use super::request::Call;
use super::world::World;

/// Objects in a page of users, groups or service principals.
const PAGE: usize = 100;

/// What an object is, and the names Microsoft Graph has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    User,
    Group,
    ServicePrincipal,
}

impl Class {
    const ALL: [Self; 3] = [Self::User, Self::Group, Self::ServicePrincipal];

    /// `user`, as `types` of getByIds and `@odata.type` have it.
    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::ServicePrincipal => "servicePrincipal",
        }
    }

    /// The collection in the path.
    fn collection(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
            Self::ServicePrincipal => "servicePrincipals",
        }
    }
}

/// The objects of a directory, by id.
#[derive(Debug, Default)]
pub(super) struct Directory {
    order: Vec<String>,
    objects: HashMap<String, (Class, Arc<Value>)>,
    members: BTreeMap<String, Vec<String>>,
    member_of: HashMap<String, Vec<String>>,
}

impl Directory {
    /// Takes an estate's directory apart.
    pub(super) fn new(directory: estate::Directory) -> Self {
        let mut made = Self { members: directory.members, ..Self::default() };
        for (group, members) in &made.members {
            for member in members {
                made.member_of.entry(member.to_ascii_lowercase()).or_default().push(group.clone());
            }
        }
        let lists = [directory.users, directory.groups, directory.service_principals];
        for (class, list) in Class::ALL.into_iter().zip(lists) {
            for object in list {
                made.add(class, object);
            }
        }
        made
    }

    fn add(&mut self, class: Class, object: Value) {
        let id = object["id"].as_str().unwrap_or_default().to_ascii_lowercase();
        if self.objects.insert(id.clone(), (class, Arc::new(object))).is_none() {
            self.order.push(id);
        }
    }

    /// Adds the service principal of a managed identity. `resource` is the ARM id that it belongs to.
    pub(super) fn add_managed_identity(
        &mut self,
        object_id: &str,
        name: &str,
        resource: &str,
        explicit: bool,
    ) {
        let explicit = if explicit { "isExplicit=True" } else { "isExplicit=False" };
        self.add(
            Class::ServicePrincipal,
            json!({
                "id": object_id, "displayName": name, "appDisplayName": null, "accountEnabled": true,
                "servicePrincipalType": "ManagedIdentity", "alternativeNames": [explicit, resource]
            }),
        );
    }

    /// The estate's form, for the state file.
    pub(super) fn to_estate(&self) -> estate::Directory {
        let list = |class: Class| self.all(class).map(|(_, object)| Value::clone(object)).collect();
        estate::Directory {
            users: list(Class::User),
            groups: list(Class::Group),
            service_principals: list(Class::ServicePrincipal),
            members: self.members.clone(),
        }
    }

    /// Whether an object id is in the directory.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.objects.contains_key(&id.to_ascii_lowercase())
    }

    /// `User`, `Group` or `ServicePrincipal`, as role assignments say it.
    pub(super) fn principal_type(&self, id: &str) -> Option<&'static str> {
        self.objects.get(&id.to_ascii_lowercase()).map(|(class, _)| match class {
            Class::User => "User",
            Class::Group => "Group",
            Class::ServicePrincipal => "ServicePrincipal",
        })
    }

    /// The user principal name or application id that ARM's errors name a caller by.
    pub(super) fn sign_in_name(&self, id: &str) -> Option<&str> {
        let (_, object) = self.objects.get(&id.to_ascii_lowercase())?;
        object["userPrincipalName"].as_str().or_else(|| object["appId"].as_str())
    }

    fn all(&self, class: Class) -> impl Iterator<Item = (Class, &Arc<Value>)> {
        self.order
            .iter()
            .filter_map(|id| self.objects.get(id))
            .filter(move |(found, _)| *found == class)
            .map(|(class, object)| (*class, object))
    }

    fn find(&self, class: Class, id: &str) -> Option<&(Class, Arc<Value>)> {
        let found = self.objects.get(&id.to_ascii_lowercase()).or_else(|| {
            self.objects.values().find(|(_, object)| {
                object["userPrincipalName"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id))
            })
        });
        found.filter(|(found, _)| *found == class)
    }

    /// Everything reachable from an object, nearest first, without the object itself.
    fn closure<'a>(&'a self, id: &str, next: impl Fn(&'a Self, &str) -> &'a [String]) -> Vec<&'a str> {
        let mut seen = HashSet::from([id.to_ascii_lowercase()]);
        let mut queue: VecDeque<&str> = next(self, id).iter().map(String::as_str).collect();
        let mut found = Vec::new();
        while let Some(at) = queue.pop_front() {
            if seen.insert(at.to_ascii_lowercase()) {
                found.push(at);
                queue.extend(next(self, at).iter().map(String::as_str));
            }
        }
        found
    }

    fn members_of(&self, group: &str) -> &[String] {
        self.members
            .get(group)
            .or_else(|| {
                self.members.iter().find(|(id, _)| id.eq_ignore_ascii_case(group)).map(|(_, list)| list)
            })
            .map_or(&[], Vec::as_slice)
    }

    fn groups_of(&self, member: &str) -> &[String] {
        self.member_of.get(&member.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The groups that an object is in, through other groups too.
    pub(super) fn groups_above(&self, id: &str) -> Vec<&str> {
        self.closure(id, Self::groups_of)
    }

    fn shown<'a>(&'a self, ids: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
        ids.into_iter()
            .filter_map(|id| self.objects.get(&id.to_ascii_lowercase()))
            .map(|(class, object)| typed(*class, object))
            .collect()
    }
}

/// What Microsoft Graph says of every user, whether it knows it or not.
const OF_USERS: [&str; 7] =
    ["givenName", "jobTitle", "mail", "mobilePhone", "officeLocation", "preferredLanguage", "surname"];

/// An object behind one member more, with the members that its class always has.
fn shown(class: Class, object: &Value, first: (&str, String)) -> Value {
    let mut shown = serde_json::Map::new();
    shown.insert(first.0.to_owned(), Value::from(first.1));
    if class == Class::User {
        shown.insert("businessPhones".to_owned(), json!([]));
        shown.extend(OF_USERS.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    shown.extend(object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(shown)
}

/// An object with its `@odata.type`, as mixed lists have it.
fn typed(class: Class, object: &Value) -> Value {
    shown(class, object, ("@odata.type", format!("#microsoft.graph.{}", class.name())))
}

fn context(of: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/$metadata#{of}")
}

fn list(call: &Call, world: &World, items: &[Value], of: &str) -> Answer {
    let paging = Paging {
        size: Some(world.settings.page_size.unwrap_or(PAGE)),
        parameter: "$skiptoken",
        link: "@odata.nextLink",
        context: Some(context(of)),
    };
    page(call, items, &paging)
}

/// Microsoft Graph's error shape, with its inner error.
fn refuse(call: &Call, status: StatusCode, code: &str, message: &str) -> Reply {
    let request = uuid::Uuid::new_v4().to_string();
    Reply::json(
        status,
        &json!({ "error": { "code": code, "message": message, "innerError": {
            "date": call.now, "request-id": request, "client-request-id": request
        }}}),
    )
}

fn missing(call: &Call, id: &str) -> Reply {
    let message = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    refuse(call, StatusCode::NOT_FOUND, "Request_ResourceNotFound", &message)
}

/// Answers a request below `/v1.0`.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    if !call.caller.directory_access {
        return Ok(refuse(
            call,
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ));
    }
    let segments: Vec<String> =
        call.path.segments().iter().skip(1).map(|part| part.to_ascii_lowercase()).collect();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    let directory = &world.directory;
    let reads = call.method == Method::GET || call.method == Method::HEAD;
    match (reads, parts.as_slice()) {
        (true, ["me"]) => Ok(one(world, call, Class::User, &call.caller.object_id.clone())),
        (true, ["organization"]) => {
            let tenant = &world.store.tenant;
            list(
                call,
                world,
                &[json!({
                    "id": world.store.tenant_id(), "displayName": tenant["displayName"],
                    "tenantType": "AAD", "countryLetterCode": tenant["countryCode"],
                    "verifiedDomains": [{ "name": tenant["defaultDomain"], "isDefault": true, "isInitial": true }]
                })],
                "organization",
            )
        }
        (true, [collection]) => match class(collection) {
            Some(class) => listing(world, call, class),
            None => Ok(unknown(call, collection)),
        },
        (true, ["directoryobjects", id]) => Ok(match directory.objects.get(*id) {
            Some((class, object)) => Reply::ok(&typed(*class, object)),
            None => missing(call, id),
        }),
        (true, [collection, id]) => match class(collection) {
            Some(class) => Ok(one(world, call, class, id)),
            None => Ok(unknown(call, collection)),
        },
        (false, ["directoryobjects", "getbyids"]) => Ok(by_ids(directory, call)),
        (_, [collection, id, relation]) => {
            if class(collection).is_none() && *collection != "directoryobjects" {
                return Ok(unknown(call, collection));
            }
            if !directory.contains(id) {
                return Ok(missing(call, id));
            }
            related(world, call, id, relation, reads)
        }
        (_, other) => Ok(unknown(call, &other.join("/"))),
    }
}

fn class(collection: &str) -> Option<Class> {
    Class::ALL.into_iter().find(|class| class.collection().eq_ignore_ascii_case(collection))
}

fn unknown(call: &Call, segment: &str) -> Reply {
    let message = format!("Resource not found for the segment '{segment}'.");
    refuse(call, StatusCode::BAD_REQUEST, "BadRequest", &message)
}

fn one(world: &World, call: &Call, class: Class, id: &str) -> Reply {
    match world.directory.find(class, id) {
        Some((_, object)) => {
            let of = context(&format!("{}/$entity", class.collection()));
            Reply::ok(&shown(class, object, ("@odata.context", of)))
        }
        None => missing(call, id),
    }
}

fn listing(world: &World, call: &Call, class: Class) -> Answer {
    let unsupported = |error: &odata::FilterError| {
        refuse(call, StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", &error.to_string())
    };
    let filter = match call.query.get("$filter").map(odata::Filter::parse).transpose() {
        Ok(filter) => filter,
        Err(error) => return Ok(unsupported(&error)),
    };
    let search = match call.query.get("$search").map(odata::Search::parse).transpose() {
        Ok(search) => search,
        Err(error) => return Ok(unsupported(&error)),
    };
    let mut found: Vec<Value> = world
        .directory
        .all(class)
        .map(|(_, object)| object)
        .filter(|object| filter.as_ref().is_none_or(|filter| filter.matches(object)))
        .filter(|object| search.as_ref().is_none_or(|search| search.matches(object)))
        .map(|object| Value::clone(object))
        .collect();
    if let Some(top) = call.query.get("$top").and_then(|top| top.parse().ok()) {
        found.truncate(top);
    }
    list(call, world, &found, class.collection())
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
        return refuse(
            call,
            StatusCode::BAD_REQUEST,
            "Request_BadRequest",
            "The 'ids' property is required.",
        );
    };
    if ids.len() > 1000 {
        return refuse(
            call,
            StatusCode::BAD_REQUEST,
            "Request_BadRequest",
            "The number of ids may not exceed 1000.",
        );
    }
    let mut seen = HashSet::new();
    let found: Vec<Value> = ids
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .filter(|id| seen.insert(id.clone()))
        .filter_map(|id| directory.objects.get(&id))
        .filter(|(class, _)| wanted(*class))
        .map(|(class, object)| typed(*class, object))
        .collect();
    Reply::ok(&json!({ "@odata.context": context("directoryObjects"), "value": found }))
        .with("location", "https://graph.microsoft.com")
}

/// Members and memberships of one object.
fn related(world: &World, call: &Call, id: &str, relation: &str, reads: bool) -> Answer {
    let directory = &world.directory;
    let strings = |ids: Vec<&str>| {
        Ok(Reply::ok(&json!({ "@odata.context": context("Collection(Edm.String)"), "value": ids })))
    };
    match (reads, relation) {
        (true, "members") => {
            let direct = directory.members_of(id).iter().map(String::as_str);
            list(call, world, &directory.shown(direct), "directoryObjects")
        }
        (true, "transitivemembers") => {
            let all = directory.closure(id, Directory::members_of);
            list(call, world, &directory.shown(all), "directoryObjects")
        }
        (true, "memberof") => {
            let direct = directory.groups_of(id).iter().map(String::as_str);
            list(call, world, &directory.shown(direct), "directoryObjects")
        }
        (true, "transitivememberof") => {
            list(call, world, &directory.shown(directory.groups_above(id)), "directoryObjects")
        }
        (false, "getmembergroups" | "getmemberobjects") => strings(directory.groups_above(id)),
        (false, "checkmembergroups") => {
            let body = call.object();
            let asked = body.get("groupIds").and_then(Value::as_array).cloned().unwrap_or_default();
            let above = directory.groups_above(id);
            strings(
                above
                    .into_iter()
                    .filter(|group| {
                        asked.iter().filter_map(Value::as_str).any(|one| one.eq_ignore_ascii_case(group))
                    })
                    .collect(),
            )
        }
        _ => Ok(unknown(call, relation)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn nested() -> Directory {
        Directory::new(estate::Directory {
            users: vec![json!({ "id": "u", "displayName": "Ada", "userPrincipalName": "ada@example.com" })],
            groups: vec![json!({ "id": "inner" }), json!({ "id": "outer" }), json!({ "id": "loop" })],
            service_principals: vec![json!({ "id": "sp", "appId": "app" })],
            members: BTreeMap::from([
                ("inner".to_owned(), vec!["U".to_owned()]),
                ("outer".to_owned(), vec!["inner".to_owned(), "sp".to_owned()]),
                ("loop".to_owned(), vec!["outer".to_owned(), "loop".to_owned()]),
            ]),
        })
    }

    #[test]
    fn memberships_go_through_groups_and_end_in_loops() {
        let directory = nested();
        assert_eq!(directory.groups_above("u"), ["inner", "outer", "loop"]);
        assert_eq!(directory.closure("loop", Directory::members_of), ["outer", "inner", "sp", "U"]);
    }

    #[test]
    fn callers_are_named_by_their_sign_in_name_or_application() {
        let directory = nested();
        assert_eq!(directory.sign_in_name("U"), Some("ada@example.com"));
        assert_eq!(directory.sign_in_name("sp"), Some("app"));
        assert_eq!(directory.sign_in_name("inner"), None);
        assert_eq!(directory.principal_type("inner"), Some("Group"));
    }
}

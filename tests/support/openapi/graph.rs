//! Microsoft Graph: no OpenAPI document is stored, but the metadata of the directory objects is.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::scalars::{is_uuid, kind_of};
use super::{Checked, Findings, child};

/// Whether a path is one of Microsoft Graph, which shares a port with ARM in the emulator.
pub(super) fn is_graph(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some("v1.0")
}

/// The entities and actions of the metadata.
#[derive(Default)]
pub(super) struct Metadata {
    /// Property types by entity and property.
    entities: HashMap<String, Entity>,
    /// Parameters of bound actions.
    actions: HashMap<String, Vec<Field>>,
    /// The entity behind each set, and behind `me`.
    sets: HashMap<String, String>,
}

#[derive(Default)]
struct Entity {
    base: Option<String>,
    properties: Vec<Field>,
    /// Links to other objects, such as `members`.
    links: Vec<Field>,
}

struct Field {
    name: String,
    edm: String,
    nullable: bool,
}

/// What a call is, and what it answers.
struct Call<'a> {
    operation: String,
    action: Option<&'a [Field]>,
    answer: Answer<'a>,
}

enum Answer<'a> {
    One(&'a str),
    /// Of this entity or of ones that build on it.
    Many(&'a str),
    /// `value` is a list of ids.
    Ids,
}

impl Metadata {
    /// Reads the parts of a CSDL file that have one element a line, as the stored one has.
    pub(super) fn from_csdl(csdl: &str) -> Self {
        let mut metadata = Self::default();
        let mut entity = None;
        let mut action = None;
        for line in csdl.lines().map(str::trim) {
            let element = line.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
            let name = attribute(line, "Name").unwrap_or_default().to_owned();
            match element {
                "EntityType" => {
                    let base = attribute(line, "BaseType").map(|base| unqualified(base).to_owned());
                    metadata.entities.insert(name.clone(), Entity { base, ..Entity::default() });
                    entity = Some(name);
                }
                "/EntityType" => entity = None,
                "Property" | "NavigationProperty" => {
                    let known = entity.as_ref().and_then(|name| metadata.entities.get_mut(name));
                    if let (Some(known), Some(field)) = (known, Field::from_line(line)) {
                        let fields =
                            if element == "Property" { &mut known.properties } else { &mut known.links };
                        fields.push(field);
                    }
                }
                "Action" => {
                    metadata.actions.insert(name.clone(), Vec::new());
                    action = Some(name);
                }
                "/Action" => action = None,
                "Parameter" if name != "bindingParameter" => {
                    let known = action.as_ref().and_then(|name| metadata.actions.get_mut(name));
                    if let (Some(fields), Some(field)) = (known, Field::from_line(line)) {
                        fields.push(field);
                    }
                }
                "EntitySet" | "Singleton" => {
                    let of = attribute(line, "EntityType").or(attribute(line, "Type")).map(unqualified);
                    metadata.sets.insert(name, of.unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        metadata
    }

    /// Checks a request: the body of an action; reads have none.
    pub(super) fn check_request(&self, method: &str, path: &str, body: Option<&Value>) -> Checked {
        let Some(call) = self.call(method, path) else { return unknown() };
        let mut out = Findings::default();
        for field in call.action.unwrap_or_default() {
            let at = child("body", &field.name);
            match body.and_then(|body| body.get(&field.name)).filter(|value| !value.is_null()) {
                Some(value) => self.check_value(&field.edm, value, &at, &mut out),
                None if !field.nullable => out.violation(&at, "is required and missing"),
                None => {}
            }
        }
        for name in body.and_then(Value::as_object).into_iter().flat_map(|body| body.keys()) {
            if !call.action.unwrap_or_default().iter().any(|field| field.name == *name) {
                out.violation(&child("body", name), "is unknown to the metadata");
            }
        }
        for (index, id) in body.and_then(|body| body.get("ids")?.as_array()).into_iter().flatten().enumerate()
        {
            if !id.as_str().is_some_and(is_uuid) {
                out.violation(&format!("body/ids/{index}"), format!("{id} is no GUID"));
            }
        }
        out.into_checked(&call.operation, "v1.0")
    }

    /// Checks an answer: an object, a page of objects, or a list of ids.
    pub(super) fn check_response(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: Option<&Value>,
    ) -> Checked {
        let Some(call) = self.call(method, path) else { return unknown() };
        let mut out = Findings::default();
        let body = body.unwrap_or(&Value::Null);
        match (&call.answer, status) {
            (_, 400..) => {
                for name in ["code", "message"] {
                    if !body["error"][name].is_string() {
                        out.violation(&format!("body/error/{name}"), "is missing from the error");
                    }
                }
            }
            (_, ..=199 | 201..) => out.violation("status", format!("{status} is not declared")),
            (Answer::One(entity), _) => self.check_entity(entity, body, "body", &mut out),
            (Answer::Many(entity), _) => {
                self.check_page(body, &mut out, |value, at, out| self.check_member(entity, value, at, out));
            }
            (Answer::Ids, _) => self.check_page(body, &mut out, |value, at, out| {
                if !value.as_str().is_some_and(is_uuid) {
                    out.violation(at, format!("{value} is no GUID"));
                }
            }),
        }
        out.into_checked(&call.operation, "v1.0")
    }

    fn call(&self, method: &str, path: &str) -> Option<Call<'_>> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).skip(1).collect();
        // A user may be asked for as `users('name@domain')` as well as `users/name@domain`.
        let set = segments.first()?.split('(').next()?;
        let entity = self.sets.get(set)?.as_str();
        let last = *segments.last()?;
        let read = method.eq_ignore_ascii_case("GET");
        let action =
            self.actions.get(last).filter(|_| method.eq_ignore_ascii_case("POST") && segments.len() > 1);
        let answer = match (action, segments.len()) {
            (Some(_), _) if last == "getByIds" => Answer::Many("directoryObject"),
            (Some(_), _) => Answer::Ids,
            (None, 1) if read && set != "me" && !segments[0].contains('(') => Answer::Many(entity),
            (None, 1 | 2) if read && (set != "me" || segments.len() == 1) => Answer::One(entity),
            (None, _) if read => Answer::Many(self.link(entity, last)?),
            (None, _) => return None,
        };
        let operation = match segments.len() {
            1 => format!("graph {set}"),
            2 if action.is_none() && set != "me" => format!("graph {set}/{{id}}"),
            _ => format!("graph {set} {last}"),
        };
        Some(Call { operation, action: action.map(Vec::as_slice), answer })
    }

    /// The entity that a link such as `members` leads to.
    fn link(&self, entity: &str, name: &str) -> Option<&str> {
        let field = self.entities.get(entity)?.links.iter().find(|field| field.name == name)?;
        Some(unqualified(element_type(&field.edm).unwrap_or(&field.edm)))
    }

    fn check_page(&self, body: &Value, out: &mut Findings, check: impl Fn(&Value, &str, &mut Findings)) {
        let Some(values) = body["value"].as_array() else {
            return out.violation("body/value", "is no list");
        };
        for (index, value) in values.iter().enumerate() {
            check(value, &format!("body/value/{index}"), out);
        }
        let link = &body["@odata.nextLink"];
        if !(link.is_null() || link.is_string()) {
            out.violation("body/@odata.nextLink", "is no string");
        }
    }

    /// A member of a list says what it is where the list can hold several kinds.
    fn check_member(&self, entity: &str, value: &Value, at: &str, out: &mut Findings) {
        let kind = value["@odata.type"].as_str().map(|kind| unqualified(kind.trim_start_matches('#')));
        match kind {
            Some(kind) => self.check_entity(kind, value, at, out),
            None if entity == "directoryObject" => out.violation(&child(at, "@odata.type"), "is missing"),
            None => self.check_entity(entity, value, at, out),
        }
    }

    fn check_entity(&self, entity: &str, value: &Value, at: &str, out: &mut Findings) {
        let Some(object) = value.as_object() else {
            return out.violation(at, format!("is {}, not object", kind_of(value)));
        };
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            let at = child(at, name);
            match self.property(entity, name) {
                Some(field) => self.check_value(&field.edm, value, &at, out),
                None if name.starts_with('@') || name.contains("@odata") => {}
                None => out.note(&at, format!("is unknown to the stored metadata of {entity}")),
            }
        }
        if !object.get("id").is_some_and(Value::is_string) {
            out.note(&child(at, "id"), "is not there, or was not selected");
        }
    }

    fn property(&self, entity: &str, name: &str) -> Option<&Field> {
        let known = self.entities.get(entity)?;
        known
            .properties
            .iter()
            .find(|field| field.name == name)
            .or_else(|| self.property(known.base.as_deref()?, name))
    }

    fn check_value(&self, edm: &str, value: &Value, at: &str, out: &mut Findings) {
        if let Some(element) = element_type(edm) {
            match value.as_array() {
                Some(values) => {
                    for (index, value) in values.iter().enumerate() {
                        self.check_value(element, value, &format!("{at}/{index}"), out);
                    }
                }
                None => out.violation(at, format!("is {}, not array", kind_of(value))),
            }
            return;
        }
        let fits = match edm {
            "Edm.String" => value.is_string(),
            "Edm.Guid" => value.as_str().is_some_and(is_uuid),
            "Edm.Boolean" => value.is_boolean(),
            "Edm.Int32" | "Edm.Int64" => value.is_i64(),
            "Edm.DateTimeOffset" => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
            _ => true,
        };
        if !fits {
            out.violation(at, format!("{value} is no {edm}"));
        }
    }
}

impl Field {
    fn from_line(line: &str) -> Option<Self> {
        let name = attribute(line, "Name")?.to_owned();
        let edm = attribute(line, "Type")?.to_owned();
        Some(Self { name, edm, nullable: attribute(line, "Nullable") != Some("false") })
    }
}

fn unknown() -> Checked {
    Checked::Unchecked("not in the stored metadata of Microsoft Graph".to_owned())
}

/// The value of an attribute of the element on a line.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// `user` of `microsoft.graph.user` and of `graph.user`.
fn unqualified(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The type of the elements of `Collection(..)`.
fn element_type(edm: &str) -> Option<&str> {
    edm.strip_prefix("Collection(")?.strip_suffix(')')
}

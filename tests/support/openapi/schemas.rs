//! Checks JSON against a schema, all the way down.

use serde_json::{Map, Value};

use super::library::{Library, Node};
use super::shapes::{self, Kind, Shape};
use super::{Findings, Rules, child, scalars};

/// Checks JSON against schemas of one message.
pub(super) struct Checker<'a, 'f> {
    pub(super) library: &'a Library,
    pub(super) rules: Rules,
    pub(super) out: &'f mut Findings,
}

impl<'a> Checker<'a, '_> {
    /// Checks a value against a schema; `at` is where the value stands.
    pub(super) fn check(&mut self, schema: Node<'a>, value: &Value, at: &str) {
        let Some(resolved) = self.library.resolve(schema) else {
            return self.out.violation(at, format!("the document refers to nothing: {}", schema.value));
        };
        if value.is_null() {
            let nullable = schema.flag("x-nullable") || resolved.flag("x-nullable");
            return self.null(nullable || shapes::kind(self.library, resolved) == Kind::Any, at);
        }
        match shapes::kind(self.library, resolved) {
            Kind::Any => {}
            Kind::Object => match value.as_object() {
                Some(object) => self.object(shapes::variant(self.library, resolved, value), object, at),
                None => self.out.violation(at, format!("is {}, not object", scalars::kind_of(value))),
            },
            Kind::Array => match value.as_array() {
                Some(array) => self.array(resolved, array, at),
                None => self.out.violation(at, format!("is {}, not array", scalars::kind_of(value))),
            },
            Kind::Scalar => scalars::check(self.library, resolved, value, at, self.rules, self.out),
        }
    }

    /// Answers are full of nulls that no document announces. In a PATCH a null takes a value away;
    /// in other requests it has to be announced.
    fn null(&mut self, nullable: bool, at: &str) {
        if self.rules.request && !self.rules.patch && !nullable {
            self.out.violation(at, "is null");
        }
    }

    fn array(&mut self, schema: Node<'a>, array: &[Value], at: &str) {
        let limit = |key| schema.value.get(key).and_then(Value::as_u64);
        let length = array.len() as u64;
        if limit("minItems").is_some_and(|least| length < least)
            || limit("maxItems").is_some_and(|most| length > most)
        {
            self.out.violation(at, format!("{length} elements are not as many as the document wants"));
        }
        if let Some(items) = schema.get("items") {
            for (index, element) in array.iter().enumerate() {
                self.check(items, element, &format!("{at}/{index}"));
            }
        }
    }

    fn object(&mut self, schema: Node<'a>, object: &Map<String, Value>, at: &str) {
        let shape = Shape::of(self.library, schema);
        for name in &shape.required {
            let property = shape.properties.get(name).copied();
            let missing = object.get(*name).is_none_or(Value::is_null);
            if missing && property.is_none_or(|property| self.must_be_there(property)) {
                self.out.violation(&child(at, name), "is required and missing");
            }
        }
        for (name, value) in object {
            let at = child(at, name);
            match shape.properties.get(name.as_str()) {
                Some(property) => {
                    if self.rules.request && self.is_read_only(*property) {
                        self.out.violation(&at, "is read-only and sent");
                    } else if self.rules.patch && self.rules.request && self.is_set_at_creation(*property) {
                        self.out.note(&at, "can only be set at creation");
                    }
                    self.check(*property, value, &at);
                }
                None => self.unnamed(&shape, value, &at),
            }
        }
    }

    /// A property that the schema has no name for.
    fn unnamed(&mut self, shape: &Shape<'a>, value: &Value, at: &str) {
        if let Some(additional) = shape.additional {
            self.check(additional, value, at);
        } else if self.rules.request && self.rules.same_version && !shape.open && !shape.properties.is_empty()
        {
            self.out.violation(at, "is unknown to the document");
        }
    }

    /// A required property is excused in requests when only the service sets it, and in answers
    /// when the service does not show it.
    fn must_be_there(&self, property: Node<'a>) -> bool {
        if self.rules.request {
            return !self.is_read_only(property);
        }
        let resolved = self.library.resolve(property).unwrap_or(property);
        mutability(property, resolved).is_none_or(|words| words.contains(&"read"))
    }

    fn is_read_only(&self, property: Node<'a>) -> bool {
        let resolved = self.library.resolve(property).unwrap_or(property);
        let can = |word| mutability(property, resolved).is_none_or(|words| words.contains(&word));
        property.flag("readOnly") || resolved.flag("readOnly") || !(can("create") || can("update"))
    }

    /// Clients repeat in a PATCH what can only be set at creation, and the services take it when
    /// it is unchanged; so it is worth a note.
    fn is_set_at_creation(&self, property: Node<'a>) -> bool {
        let resolved = self.library.resolve(property).unwrap_or(property);
        mutability(property, resolved)
            .is_some_and(|words| words.contains(&"create") && !words.contains(&"update"))
    }
}

/// When a property can be read and set, where the document says so.
fn mutability<'a>(property: Node<'a>, resolved: Node<'a>) -> Option<Vec<&'a str>> {
    let declared = [property, resolved].into_iter().find(|node| node.get("x-ms-mutability").is_some())?;
    Some(declared.list("x-ms-mutability").filter_map(|word| word.value.as_str()).collect())
}

//! What an object schema amounts to when its ancestors are counted in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::library::{Library, Node};

/// The JSON kind that a schema asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any JSON: no type, or `object` without a word on its properties, which Azure's own
    /// generators read as any JSON (the rows of Resource Graph are an array of that kind).
    Any,
    Object,
    Array,
    Scalar,
}

/// All properties of an object, its own and inherited ones.
#[derive(Default)]
pub(super) struct Shape<'a> {
    pub(super) properties: BTreeMap<&'a str, Node<'a>>,
    pub(super) required: BTreeSet<&'a str>,
    /// The schema of properties that have no name of their own.
    pub(super) additional: Option<Node<'a>>,
    /// Properties without a name of their own are welcome, whatever they are.
    pub(super) open: bool,
    /// The property that says which variant an object is.
    pub(super) discriminator: Option<&'a str>,
}

impl<'a> Shape<'a> {
    /// The shape of a resolved schema.
    pub(super) fn of(library: &'a Library, schema: Node<'a>) -> Self {
        let mut shape = Self::default();
        shape.add(library, schema);
        shape
    }

    fn add(&mut self, library: &'a Library, schema: Node<'a>) {
        for parent in schema.list("allOf").filter_map(|parent| library.resolve(parent)) {
            self.add(library, parent);
        }
        let properties = schema.value.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            self.properties.insert(name, schema.at(property));
        }
        self.required.extend(schema.list("required").filter_map(|name| name.value.as_str()));
        match schema.value.get("additionalProperties") {
            Some(Value::Object(fields)) if fields.is_empty() => self.open = true,
            Some(value @ Value::Object(_)) => self.additional = Some(schema.at(value)),
            Some(Value::Bool(open)) => self.open = *open,
            _ => {}
        }
        if let Some(discriminator) = schema.text("discriminator") {
            self.discriminator = Some(discriminator);
        }
    }
}

/// The kind of a resolved schema.
pub(super) fn kind(library: &Library, schema: Node<'_>) -> Kind {
    let says_properties = ["properties", "additionalProperties", "discriminator"];
    let is_object = says_properties.iter().any(|key| schema.get(key).is_some());
    match schema.text("type") {
        Some("array") => Kind::Array,
        Some("object") | None if is_object => Kind::Object,
        Some("object") | None => {
            let mut kinds =
                schema.list("allOf").filter_map(|parent| Some(kind(library, library.resolve(parent)?)));
            let inherited = kinds.find(|kind| *kind != Kind::Any);
            inherited.unwrap_or(if schema.get("enum").is_some() { Kind::Scalar } else { Kind::Any })
        }
        Some("file") => Kind::Any,
        Some(_) => Kind::Scalar,
    }
}

/// The variant of a polymorphic schema that an object says it is; the schema itself where it is
/// not polymorphic, or where the object does not say, or says what the document does not know.
pub(super) fn variant<'a>(library: &'a Library, schema: Node<'a>, object: &Value) -> Node<'a> {
    let mut schema = schema;
    loop {
        let tag = Shape::of(library, schema).discriminator.and_then(|name| object.get(name)?.as_str());
        match tag.and_then(|tag| schema.variant(tag)) {
            Some(variant) if !variant.is(schema) => schema = variant,
            _ => return schema,
        }
    }
}

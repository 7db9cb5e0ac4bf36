//! The emulator's table of spellings beside the bodies of PUT and PATCH in the stored documents: every property that a
//! caller can set is in it, as what it is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::index::all_operations;

const TABLE: &str = include_str!("../../src/emulator/spelling.txt");

/// What a name is in the places where it stands.
#[derive(Default)]
struct Uses {
    kinds: BTreeSet<&'static str>,
    words: BTreeSet<String>,
}

/// The documents, each read once.
#[derive(Default)]
struct Documents(HashMap<PathBuf, Value>);

impl Documents {
    /// A schema behind its references, with the file that it stands in and the reference that led there.
    fn resolve(&mut self, schema: &Value, file: &Path) -> (Value, PathBuf, String) {
        let (mut schema, mut file, mut reference) = (schema.clone(), file.to_owned(), String::new());
        while let Some(to) = schema["$ref"].as_str().map(str::to_owned) {
            let (other, pointer) = to.split_once('#').unwrap_or((&to, ""));
            if !other.is_empty() {
                file = fs::canonicalize(file.parent().unwrap().join(other)).unwrap();
            }
            let document = self
                .0
                .entry(file.clone())
                .or_insert_with(|| serde_json::from_slice(&fs::read(&file).unwrap()).unwrap());
            schema = document.pointer(pointer).cloned().unwrap_or_else(|| panic!("{to}"));
            reference = to;
        }
        (schema, file, reference)
    }

    /// The definitions of a document that are kinds of another one there.
    fn kinds_of(&self, file: &Path, reference: &str) -> Vec<String> {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let end = format!("#/definitions/{name}");
        let definitions = self.0.get(file).and_then(|document| document["definitions"].as_object());
        let above = |schema: &&Value| {
            schema["allOf"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["$ref"].as_str().is_some_and(|to| to.ends_with(&end)))
        };
        let found = definitions.into_iter().flatten().filter(|(_, schema)| above(schema));
        found.map(|(name, _)| format!("#/definitions/{name}")).collect()
    }

    fn walk(
        &mut self,
        schema: &Value,
        file: &Path,
        seen: &mut HashSet<(PathBuf, String)>,
        uses: &mut BTreeMap<String, Uses>,
    ) {
        let (schema, file, reference) = self.resolve(schema, file);
        if !reference.is_empty() && !seen.insert((file.clone(), reference.clone())) {
            return;
        }
        for one in schema["allOf"].as_array().into_iter().flatten() {
            self.walk(one, &file, seen, uses);
        }
        for inner in ["items", "additionalProperties"] {
            if schema[inner].is_object() {
                self.walk(&schema[inner], &file, seen, uses);
            }
        }
        if schema["discriminator"].is_string() {
            for kind in self.kinds_of(&file, &reference) {
                self.walk(&serde_json::json!({ "$ref": kind }), &file, seen, uses);
            }
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let (whole, place, _) = self.resolve(property, &file);
            if property["readOnly"] == true || whole["readOnly"] == true {
                continue;
            }
            let (item, ..) = if whole["type"] == "array" {
                self.resolve(&whole["items"], &place)
            } else {
                (whole.clone(), place, String::new())
            };
            let words = item["enum"].as_array().filter(|_| item["type"] == "string");
            let one = uses.entry(name.clone()).or_default();
            one.kinds.insert(match (item["type"].as_str(), words) {
                (Some("boolean"), _) => "booleans",
                (Some("integer" | "number"), _) => "numbers",
                (_, Some(_)) => "words",
                _ => "texts",
            });
            one.words.extend(words.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            self.walk(property, &file, seen, uses);
        }
    }
}

/// The table by type: each name with the line that it stands in, and its words.
fn table() -> BTreeMap<String, BTreeMap<String, (String, BTreeSet<String>)>> {
    let mut table = BTreeMap::new();
    for block in TABLE.split("\n\n").filter_map(|block| block.trim().strip_prefix("of ")) {
        let (kinds, lines) = block.split_once('\n').unwrap();
        let names: BTreeMap<_, _> = lines
            .lines()
            .filter_map(|line| line.split_once(' '))
            .flat_map(|(what, items)| items.split(' ').map(move |item| (what, item)))
            .filter(|(what, _)| *what != "beside")
            .map(|(what, item)| {
                let (name, words) = item.split_once('=').unwrap_or((item, ""));
                (name.to_owned(), (what.to_owned(), words.split('|').map(str::to_owned).collect()))
            })
            .collect();
        table.extend(kinds.split(' ').map(|kind| (kind.to_ascii_lowercase(), names.clone())));
    }
    table
}

/// The type that a path is of: `Microsoft.Storage/storageAccounts`.
fn kind_of(template: &str) -> Option<String> {
    let segments: Vec<&str> = template.rsplit("/providers/").next()?.trim_matches('/').split('/').collect();
    let (namespace, rest) = segments.split_first()?;
    (rest.len() % 2 == 0 && !rest.is_empty())
        .then(|| format!("{namespace}/{}", rest.iter().step_by(2).copied().collect::<Vec<_>>().join("/")))
}

/// What the table has wrong or lacks.
pub fn faults() -> Vec<String> {
    let mut documents = Documents::default();
    let table = table();
    let mut found = BTreeMap::<String, BTreeMap<String, Uses>>::new();
    for one in all_operations().iter().filter(|one| matches!(one.method.as_str(), "PUT" | "PATCH")) {
        let Some(kind) = kind_of(&one.template).map(|kind| kind.to_ascii_lowercase()) else { continue };
        if !table.contains_key(&kind) {
            continue;
        }
        let file = fs::canonicalize(&one.document).unwrap();
        let root = serde_json::json!({ "$ref": format!("{}#", file.display()) });
        let (document, ..) = documents.resolve(&root, &file);
        let operation = &document["paths"][&one.template][one.method.to_lowercase()];
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (parameter, at, _) = documents.resolve(parameter, &file);
            if parameter["in"] == "body" {
                let mut uses = BTreeMap::new();
                documents.envelope(&parameter["schema"], &at, &mut uses);
                let all = found.entry(kind.clone()).or_default();
                for (name, one) in uses {
                    let there = all.entry(name).or_default();
                    there.kinds.extend(one.kinds);
                    there.words.extend(one.words);
                }
            }
        }
    }
    assert!(found.len() > 60, "the documents hold bodies of {} types", found.len());
    let mut faults = Vec::new();
    for (kind, uses) in found {
        for (name, uses) in uses {
            let Some((what, words)) = table[&kind].get(&name) else {
                let twin = table[&kind].keys().any(|known| known.eq_ignore_ascii_case(&name));
                if !twin {
                    faults.push(format!("{kind}: {name} is missing"));
                }
                continue;
            };
            let kinds: Vec<&str> = uses.kinds.into_iter().collect();
            match kinds.as_slice() {
                [only @ ("booleans" | "numbers")] if what != only => {
                    faults.push(format!("{kind}: {name} is in {what}, not in {only}"));
                }
                ["words"] if what == "words" && !uses.words.is_subset(words) => {
                    faults.push(format!("{kind}: {name} lacks some of {:?}", uses.words));
                }
                _ => {}
            }
        }
    }
    faults
}

impl Documents {
    /// What stands below `properties` of a body.
    fn envelope(&mut self, schema: &Value, file: &Path, uses: &mut BTreeMap<String, Uses>) {
        let (schema, file, _) = self.resolve(schema, file);
        for one in schema["allOf"].as_array().into_iter().flatten() {
            self.envelope(one, &file, uses);
        }
        if schema["properties"]["properties"].is_object() {
            self.walk(&schema["properties"]["properties"], &file, &mut HashSet::new(), uses);
        }
    }
}

//! The documents on disk, parsed when first asked for, and the `$ref`s between them.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

/// All documents, by their path relative to the folder of all.
pub(super) struct Library {
    root: PathBuf,
    documents: HashMap<PathBuf, OnceLock<Option<Document>>>,
}

/// One parsed document.
pub(super) struct Document {
    file: PathBuf,
    json: Value,
    /// Which definitions name a definition in their `allOf`.
    derived: OnceLock<HashMap<String, Vec<String>>>,
}

/// A place in a document: a schema, a parameter, an operation.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    document: &'a Document,
    /// The name under `definitions`, where the node is one.
    definition: Option<&'a str>,
    pub(super) value: &'a Value,
}

impl Library {
    pub(super) fn new(root: &Path) -> Self {
        let mut documents = HashMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
            for entry in entries.flatten() {
                let path = folder.join(entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    if entry.file_name() != "examples" {
                        folders.push(path);
                    }
                } else if path.extension().is_some_and(|extension| extension == "json") {
                    documents.insert(path, OnceLock::new());
                }
            }
        }
        Self { root: root.to_owned(), documents }
    }

    /// The operation of a document by the path template and the method, both as written there.
    pub(super) fn operation(&self, file: &str, template: &str, method: &str) -> Option<Node<'_>> {
        let document = self.document(Path::new(file))?;
        let value = document.json.get("paths")?.get(template)?.get(method)?;
        Some(Node { document, definition: None, value })
    }

    /// The parameters of an operation: its own, after those that its path gives to all methods.
    pub(super) fn parameters<'a>(&'a self, operation: Node<'a>, template: &str) -> Vec<Node<'a>> {
        let shared =
            operation.document.json.get("paths").and_then(|paths| paths.get(template)?.get("parameters"));
        let own = operation.value.get("parameters");
        let all = shared.into_iter().chain(own).filter_map(Value::as_array).flatten();
        all.filter_map(|value| self.resolve(operation.at(value))).collect()
    }

    /// Follows `$ref`s to what they lead to; `None` where one is broken.
    pub(super) fn resolve<'a>(&'a self, mut node: Node<'a>) -> Option<Node<'a>> {
        while let Some(reference) = node.value.get("$ref") {
            let reference = reference.as_str()?;
            let (file, pointer) = reference.split_once('#')?;
            if !file.is_empty() {
                node.document = self.document(&relative_to(&node.document.file, file))?;
            }
            node.value = node.document.json.pointer(pointer)?;
            node.definition = pointer.strip_prefix("/definitions/");
        }
        Some(node)
    }

    fn document(&self, file: &Path) -> Option<&Document> {
        let slot = self.documents.get(file)?;
        slot.get_or_init(|| {
            let text = std::fs::read(self.root.join(file)).ok()?;
            let json = serde_json::from_slice(&text).ok()?;
            Some(Document { file: file.to_owned(), json, derived: OnceLock::new() })
        })
        .as_ref()
    }
}

impl Document {
    fn definition(&self, name: &str) -> Option<(&str, &Value)> {
        let (name, value) = self.json.get("definitions")?.as_object()?.get_key_value(name)?;
        Some((name, value))
    }

    fn derived(&self) -> &HashMap<String, Vec<String>> {
        self.derived.get_or_init(|| {
            let mut derived: HashMap<String, Vec<String>> = HashMap::new();
            let definitions = self.json.get("definitions").and_then(Value::as_object);
            for (name, definition) in definitions.into_iter().flatten() {
                let parents = definition.get("allOf").and_then(Value::as_array);
                for parent in parents.into_iter().flatten().filter_map(|parent| parent.get("$ref")?.as_str())
                {
                    if let Some(base) = parent.strip_prefix("#/definitions/") {
                        derived.entry(base.to_owned()).or_default().push(name.clone());
                    }
                }
            }
            derived
        })
    }
}

impl<'a> Node<'a> {
    /// Another place in the same document.
    pub(super) fn at(self, value: &'a Value) -> Self {
        Self { document: self.document, definition: None, value }
    }

    /// The member of that name.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.at(value))
    }

    /// The text of the member of that name.
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Whether the member of that name is `true`.
    pub(super) fn flag(self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The elements of the member of that name, where it is a list.
    pub(super) fn list(self, key: &str) -> impl Iterator<Item = Self> {
        self.value.get(key).and_then(Value::as_array).into_iter().flatten().map(move |value| self.at(value))
    }

    /// The definition that stands for `tag` among this one and all that build on it, compared without case.
    pub(super) fn variant(self, tag: &str) -> Option<Self> {
        let own = self.definition?;
        let derived = self.document.derived();
        let mut names = vec![own];
        while let Some(name) = names.pop() {
            let (name, value) = self.document.definition(name)?;
            let stands_for = value.get("x-ms-discriminator-value").and_then(Value::as_str).unwrap_or(name);
            if stands_for.eq_ignore_ascii_case(tag) {
                return Some(Self { document: self.document, definition: Some(name), value });
            }
            names.extend(derived.get(name).into_iter().flatten().map(String::as_str));
        }
        None
    }

    /// Whether two nodes are the same definition.
    pub(super) fn is(self, other: Self) -> bool {
        std::ptr::eq(self.value, other.value)
    }
}

/// `reference` as seen from the folder of `file`, with `..` taken out.
fn relative_to(file: &Path, reference: &str) -> PathBuf {
    let mut path = file.parent().map(Path::to_owned).unwrap_or_default();
    for component in Path::new(reference).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path
}

//! Which key does what, by context: the defaults from `assets/default-keys.toml`, changed by the
//! settings file. Footer and help are made from the same map, so they cannot be wrong about it.

use std::collections::BTreeMap;

use super::action::Action;
use super::key::{Key, NotAKey};

const DEFAULTS: &str = include_str!("../../assets/default-keys.toml");

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but where something is typed.
    Global,
    /// The workspace screen.
    Workspace,
    /// A long text or JSON.
    Text,
    /// A list over the screen: a menu, the request log, the findings.
    List,
    /// A field that takes characters.
    Typing,
    /// A form; the keys of [`Context::Typing`] stand behind its own.
    Form,
    /// A plan that is looked at before it runs.
    Review,
    /// A plan that runs, or has run.
    Run,
}

impl Context {
    /// Whose keys are in force here, the nearest first.
    fn behind(self) -> &'static [Self] {
        match self {
            Self::Global => &[Self::Global],
            Self::Workspace => &[Self::Workspace, Self::Global],
            Self::Text => &[Self::Text, Self::Global],
            Self::List => &[Self::List, Self::Global],
            Self::Typing => &[Self::Typing],
            Self::Form => &[Self::Form, Self::Typing],
            Self::Review => &[Self::Review, Self::Global],
            Self::Run => &[Self::Run, Self::Global],
        }
    }
}

const CONTEXTS: &[(&str, Context)] = &[
    ("global", Context::Global),
    ("workspace", Context::Workspace),
    ("text", Context::Text),
    ("list", Context::List),
    ("typing", Context::Typing),
    ("form", Context::Form),
    ("review", Context::Review),
    ("run", Context::Run),
];

/// The names of the contexts, as a settings file has them.
#[must_use]
pub fn context_names() -> String {
    let names: Vec<&str> = CONTEXTS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// Keys by context as they stand in a file: context, then keys, then the name of an action.
pub type KeyTable = BTreeMap<String, BTreeMap<String, String>>;

/// Why a key table was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyMapError {
    /// A table that is no context.
    #[error("[keys.{0}] is no context: {names}", names = context_names())]
    Context(String),
    /// A key that is none.
    #[error("[keys.{context}]: {error}")]
    Key {
        /// The table.
        context: String,
        /// What is wrong.
        error: NotAKey,
    },
    /// An action that is none.
    #[error("[keys.{context}]: '{action}' is no action; the help (?) and docs/keys.md list them")]
    Action {
        /// The table.
        context: String,
        /// The name.
        action: String,
    },
    /// The defaults do not parse; a defect of the build.
    #[error("the built-in keys cannot be read: {0}")]
    Defaults(String),
}

/// What a sequence of keys means so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// An action.
    Found(Action),
    /// The beginning of a longer sequence.
    Pending,
    /// Nothing.
    Nothing,
}

/// The key map in force.
#[derive(Debug, Clone, Default)]
pub struct KeyMap {
    bindings: BTreeMap<(Context, Vec<Key>), Action>,
    order: Vec<(Context, Vec<Key>)>,
    /// Whether keys are written in ASCII.
    ascii: bool,
}

impl KeyMap {
    /// The defaults, with the operator's own keys over them.
    ///
    /// # Errors
    /// When a context, key or action is not known; the text names it.
    pub fn new(own: &KeyTable) -> Result<Self, KeyMapError> {
        // Read as a toml table to keep the file's order: the first key of an action is the one shown.
        let defaults: toml::Table =
            toml::from_str(DEFAULTS).map_err(|e| KeyMapError::Defaults(e.to_string()))?;
        let mut map = Self::default();
        for (context, keys) in &defaults {
            for (keys, action) in keys.as_table().into_iter().flatten() {
                map.bind(context, keys, action.as_str().unwrap_or_default())?;
            }
        }
        for (context, keys) in own {
            for (keys, action) in keys {
                map.bind(context, keys, action)?;
            }
        }
        Ok(map)
    }

    fn bind(&mut self, context: &str, keys: &str, action: &str) -> Result<(), KeyMapError> {
        let place = CONTEXTS
            .iter()
            .find(|(name, _)| *name == context)
            .map(|(_, place)| *place)
            .ok_or_else(|| KeyMapError::Context(context.to_owned()))?;
        let sequence: Vec<Key> = keys
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| KeyMapError::Key { context: context.to_owned(), error })?;
        let slot = (place, sequence);
        self.order.retain(|kept| *kept != slot);
        if action == "none" {
            self.bindings.remove(&slot);
            return Ok(());
        }
        let action = Action::by_name(action)
            .ok_or_else(|| KeyMapError::Action { context: context.to_owned(), action: action.to_owned() })?;
        self.order.push(slot.clone());
        self.bindings.insert(slot, action);
        Ok(())
    }

    /// What `keys`, pressed one after the other, mean in `context`.
    #[must_use]
    pub fn lookup(&self, context: Context, keys: &[Key]) -> Lookup {
        let places = context.behind();
        for place in places {
            if let Some(action) = self.bindings.get(&(*place, keys.to_vec())) {
                return Lookup::Found(*action);
            }
        }
        let longer = |place: &Context| {
            self.order
                .iter()
                .any(|(p, sequence)| p == place && sequence.len() > keys.len() && sequence.starts_with(keys))
        };
        if places.iter().any(longer) { Lookup::Pending } else { Lookup::Nothing }
    }

    /// The same keys, written in ASCII where `ascii`.
    #[must_use]
    pub fn in_ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    /// A key as a person reads it.
    #[must_use]
    pub fn name(&self, key: Key) -> String {
        if self.ascii { key.in_ascii() } else { key.to_string() }
    }

    /// The key to show for an action in a context, as a person reads it; `None` when it has none.
    #[must_use]
    pub fn shown(&self, context: Context, action: Action) -> Option<String> {
        self.all(context, action).into_iter().next()
    }

    /// How an action is told of in a sentence: its key, or what to type behind the palette's where it has none.
    #[must_use]
    pub fn key(&self, context: Context, action: Action) -> String {
        self.shown(context, action).unwrap_or_else(|| format!(":{}", action.spec().name))
    }

    /// A sentence with the keys of the actions whose names stand in it in braces: `{open} goes on`.
    #[must_use]
    pub fn words(&self, context: Context, text: &str) -> String {
        let mut words = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
        {
            words.push_str(before);
            match Action::by_name(name) {
                Some(action) => words.push_str(&self.key(context, action)),
                None => words.push_str(&format!("{{{name}}}")),
            }
            rest = after;
        }
        words + rest
    }

    /// Every key for an action in a context, the context's own before those that are in force behind it.
    #[must_use]
    pub fn all(&self, context: Context, action: Action) -> Vec<String> {
        context.behind().iter().flat_map(|place| self.own(*place, action)).collect()
    }

    /// Every key for an action that is bound in this very context.
    #[must_use]
    pub fn own(&self, context: Context, action: Action) -> Vec<String> {
        let bound =
            |slot: &&(Context, Vec<Key>)| slot.0 == context && self.bindings.get(*slot) == Some(&action);
        let slots = self.order.iter().filter(bound);
        slots.map(|(_, sequence)| sequence.iter().map(|key| self.name(*key)).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Key> {
        text.split_whitespace().map(|k| k.parse().unwrap()).collect()
    }

    fn own(context: &str, key: &str, action: &str) -> KeyTable {
        KeyTable::from([(context.to_owned(), BTreeMap::from([(key.to_owned(), action.to_owned())]))])
    }

    #[test]
    fn the_defaults_bind_what_fingers_know() {
        let map = KeyMap::new(&KeyTable::new()).unwrap();
        let at = |text: &str| map.lookup(Context::Workspace, &keys(text));
        assert_eq!(at("j"), Lookup::Found(Action::Down));
        assert_eq!(at("g"), Lookup::Pending);
        assert_eq!(at("g g"), Lookup::Found(Action::First));
        assert_eq!(at("g x"), Lookup::Nothing);
        assert_eq!(at("c-d"), Lookup::Found(Action::HalfPageDown));
        assert_eq!(map.lookup(Context::Typing, &keys("j")), Lookup::Nothing);
        assert_eq!(map.lookup(Context::Typing, &keys("esc")), Lookup::Found(Action::Back));
    }

    #[test]
    fn every_action_can_be_reached_by_a_key_or_by_name() {
        let map = KeyMap::new(&KeyTable::new()).unwrap();
        for spec in super::super::action::ACTIONS {
            let bound = CONTEXTS.iter().any(|(_, context)| map.shown(*context, spec.action).is_some());
            assert!(bound || spec.in_palette, "{} cannot be reached", spec.name);
        }
    }

    #[test]
    fn own_keys_replace_and_take_away() {
        let map = KeyMap::new(&own("workspace", "j", "json")).unwrap();
        assert_eq!(map.lookup(Context::Workspace, &keys("j")), Lookup::Found(Action::Json));
        let map = KeyMap::new(&own("global", "q", "none")).unwrap();
        assert_eq!(map.lookup(Context::Workspace, &keys("q")), Lookup::Nothing);
    }

    #[test]
    fn a_sentence_names_the_keys_that_are_bound_and_the_palette_where_none_is() {
        let words = |map: &KeyMap| map.words(Context::Workspace, "{zoom} shows {all} of it, {json}");
        assert_eq!(words(&KeyMap::new(&KeyTable::new()).unwrap()), "z shows {all} of it, J");
        let mut own = own("workspace", "z", "json");
        own.get_mut("workspace").unwrap().insert("J".to_owned(), "none".to_owned());
        assert_eq!(words(&KeyMap::new(&own).unwrap()), ":zoom shows {all} of it, z");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (table, word) in [
            (own("wrkspace", "j", "json"), "wrkspace"),
            (own("global", "hyper-x", "json"), "hyper-x"),
            (own("global", "x", "jsn"), "jsn"),
        ] {
            assert!(KeyMap::new(&table).unwrap_err().to_string().contains(word));
        }
    }

    #[test]
    fn shows_the_first_key_of_the_file() {
        let map = KeyMap::new(&KeyTable::new()).unwrap();
        assert_eq!(map.shown(Context::Workspace, Action::Down).as_deref(), Some("j"));
        assert_eq!(map.shown(Context::Workspace, Action::Palette).as_deref(), Some(":"));
        assert_eq!(map.all(Context::Workspace, Action::First), ["gg", "Home"]);
    }
}

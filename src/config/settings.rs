//! The settings file: what an operator sets once. Flags win over `AMLDECK_*` variables, variables
//! over this file. Every setting is documented in `docs/configuration.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::keymap::{KeyTable, context_names};

/// What the file may hold. Everything is optional; unknown names are refused, so that a typing
/// mistake is seen.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How to reach Azure.
    pub azure: AzureSettings,
    /// How the screen looks and acts.
    pub ui: UiSettings,
    /// What counts as production.
    pub production: ProductionSettings,
    /// Own keys by context, as in `assets/default-keys.toml`.
    #[serde(deserialize_with = "keys")]
    pub keys: KeyTable,
}

/// Own keys; what stands outside of a context is told how to get into one.
fn keys<'de, D: Deserializer<'de>>(from: D) -> Result<KeyTable, D::Error> {
    let contexts: BTreeMap<String, toml::Value> = BTreeMap::deserialize(from)?;
    let table = |(context, keys): (String, toml::Value)| match keys {
        toml::Value::Table(keys) => {
            let keys = keys.into_iter().map(|(key, action)| match action {
                toml::Value::String(action) => Ok((key, action)),
                other => Err(D::Error::custom(format!(
                    "[keys.{context}]: the action of '{key}' is a name in quotes, not {other}"
                ))),
            });
            Ok((context.clone(), keys.collect::<Result<_, _>>()?))
        }
        _ => Err(D::Error::custom(format!(
            "'{context}' stands under [keys] and belongs to no context: write a key and the name of its action \
             in the table of one, such as [keys.global]. The contexts: {}",
            context_names()
        ))),
    };
    contexts.into_iter().map(table).collect()
}

/// `[azure]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AzureSettings {
    /// `public`, `usgov` or `china`.
    pub cloud: Option<String>,
    /// The tenant's id or domain.
    pub tenant: Option<String>,
    /// Only these subscriptions, by id or name.
    pub subscriptions: Vec<String>,
    /// The credential to use.
    pub credential: Option<String>,
    /// ARM endpoints of this organisation that belong to none of the known clouds, and to which a
    /// token may be sent.
    pub trusted_endpoints: Vec<String>,
    /// Never write.
    pub read_only: bool,
    /// How many times as fast as Azure a Resource Manager on this machine goes: waits are divided by it.
    pub speed: Option<f64>,
}

/// `[production]`: what is left out has a default, and an empty list is none.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProductionSettings {
    /// `name=value`, of which one has to fit a tag.
    pub tags: Option<Vec<String>>,
    /// Patterns of names of workspaces and their groups.
    pub names: Option<Vec<String>>,
}

/// `[ui]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UiSettings {
    /// The theme's name.
    pub theme: String,
    /// ASCII signs and frames.
    pub ascii: bool,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Minutes between automatic refreshes; 0 is never.
    pub refresh_minutes: u32,
    /// Tree or flat table at the start.
    pub table: bool,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self { theme: "terminal".to_owned(), ascii: false, mouse: true, refresh_minutes: 0, table: false }
    }
}

/// Why the settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there but cannot be opened, or was named and is not there.
    #[error("the settings file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file says something that is not understood.
    #[error("the settings file {path} is wrong:\n{source}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
}

impl Settings {
    /// Reads the file. A default place without a file is no error; a named file must be there.
    ///
    /// # Errors
    /// When the file cannot be read, or holds a name or value that is not known: the message shows
    /// the line.
    pub fn read(path: &Path, named: bool) -> Result<Self, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
                return Ok(Self::default());
            }
            Err(source) => return Err(SettingsError::Unreadable { path: path.to_owned(), source }),
        };
        toml::from_str(&text)
            .map_err(|source| SettingsError::Wrong { path: path.to_owned(), source: Box::new(source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, SettingsError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Settings::read(file.path(), true)
    }

    #[test]
    fn reads_what_is_documented() {
        let settings = read(
            "[azure]\ncloud = 'usgov'\nsubscriptions = ['a']\n[ui]\ntheme = 'dark'\nascii = true\n[keys.workspace]\n'j' = 'json'\n",
        )
        .unwrap();
        assert_eq!(settings.azure.cloud.as_deref(), Some("usgov"));
        assert!(settings.ui.ascii && settings.ui.mouse);
        assert_eq!(settings.keys["workspace"]["j"], "json");
    }

    #[test]
    fn a_typing_mistake_is_shown_with_its_line() {
        let error = read("[ui]\nthem = 'dark'\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("them"), "{error}");
    }

    #[test]
    fn a_key_outside_of_a_context_is_told_where_to_go() {
        let error = read("[keys]\nquit = 'Q'\n").unwrap_err().to_string();
        assert!(error.contains("'quit'") && error.contains("[keys.global]"), "{error}");
        let other = read("[keys.nowhere]\nQ = 'quit'\n").unwrap();
        let other = crate::config::keymap::KeyMap::new(&other.keys).unwrap_err().to_string();
        for name in context_names().split(", ") {
            assert!(error.contains(name) && other.contains(name), "{name}: {error}; {other}");
        }
        let error = read("[keys.global]\nQ = 7\n").unwrap_err().to_string();
        assert!(error.contains("'Q'") && error.contains("in quotes"), "{error}");
    }

    #[test]
    fn a_missing_file_is_an_error_only_when_it_was_named() {
        let missing = Path::new("/nonexistent/amldeck/config.toml");
        assert_eq!(Settings::read(missing, false).unwrap(), Settings::default());
        assert!(Settings::read(missing, true).unwrap_err().to_string().contains("config.toml"));
    }
}

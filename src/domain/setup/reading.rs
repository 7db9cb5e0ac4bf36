//! From the text of a plan file to what it says, and back. A name that is not known is refused with its line and
//! the nearest one that is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::spec::Basics;
use super::spec::{Budget, Choices, Dependents, Encryption, Identity, Layout, Network, Person, PlanFile};
use crate::domain::alike::nearest;

/// Why a plan file cannot be read: the place, the line itself, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Unreadable {
    /// The line, counted from 1, where known.
    pub line: Option<usize>,
    /// Everything, over several lines.
    pub text: String,
}

/// The file as it stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Whole {
    layout: Layout,
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    environments: Vec<String>,
    basics: Basics,
    dependents: Dependents,
    network: Network,
    identity: Identity,
    encryption: Encryption,
    budget: Budget,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<Person>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    env: BTreeMap<String, Choices>,
}

/// The keys and tables at the top of a plan file.
pub(super) fn keys() -> Vec<String> {
    let whole = Whole {
        environments: vec![String::new()],
        people: vec![Person::default()],
        env: [(String::new(), Choices::default())].into(),
        ..Whole::default()
    };
    Table::try_from(whole).unwrap_or_default().into_iter().map(|(key, _)| key).collect()
}

/// Reads a plan file.
///
/// # Errors
/// With the place and what is known there.
pub(super) fn read(text: &str) -> Result<PlanFile, Unreadable> {
    let whole: Whole = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| unreadable(text, &error))?;
    let mut differences = BTreeMap::new();
    if let Some(Value::Table(environments)) = table.remove("env") {
        for (name, differs) in environments {
            if let Value::Table(differs) = differs {
                differences.insert(name, differs);
            }
        }
    }
    let file = PlanFile {
        layout: whole.layout,
        name: whole.name,
        environments: whole.environments,
        shared: Choices {
            basics: whole.basics,
            dependents: whole.dependents,
            network: whole.network,
            identity: whole.identity,
            encryption: whole.encryption,
            budget: whole.budget,
        },
        people: whole.people,
        differences,
    };
    for (name, differs) in &file.differences {
        // Each part is sound by itself; together they may not be, such as a rule whose type is said anew.
        try_overlaid(&file.shared, differs).map_err(|error| Unreadable {
            line: None,
            text: format!(
                "[env.{name}] does not fit what stands above it: {}",
                unknown_name(error.message()).unwrap_or_else(|| error.message().to_owned())
            ),
        })?;
    }
    Ok(file)
}

/// The text of a plan file.
pub(super) fn write(file: &PlanFile) -> String {
    let whole = Whole {
        layout: file.layout,
        name: file.name.clone(),
        environments: file.environments.clone(),
        basics: file.shared.basics.clone(),
        dependents: file.shared.dependents.clone(),
        network: file.shared.network.clone(),
        identity: file.shared.identity.clone(),
        encryption: file.shared.encryption.clone(),
        budget: file.shared.budget.clone(),
        people: file.people.clone(),
        env: BTreeMap::new(),
    };
    // Neither can fail: these types hold nothing that TOML has no form for.
    let tables = (Table::try_from(Whole::default()), Table::try_from(&whole));
    let (Ok(default), Ok(whole)) = tables else { return String::new() };
    // What is as it would be anyway is not said, but for how many workspaces there are.
    let layout = whole.get("layout").cloned().map(|layout| ("layout".to_owned(), layout));
    let mut table: Table = layout.into_iter().chain(differing(&default, whole)).collect();
    if !file.differences.is_empty() {
        let environments =
            file.differences.iter().map(|(name, table)| (name.clone(), Value::Table(table.clone())));
        table.insert("env".to_owned(), Value::Table(environments.collect()));
    }
    toml::to_string_pretty(&table).unwrap_or_default()
}

/// The shared choices with an environment's differences laid over them; the shared ones where these do not fit,
/// which [`read`] has refused.
pub(super) fn overlaid(shared: &Choices, differs: &Table) -> Choices {
    try_overlaid(shared, differs).unwrap_or_else(|_| shared.clone())
}

fn try_overlaid(shared: &Choices, differs: &Table) -> Result<Choices, toml::de::Error> {
    let mut base = Table::try_from(shared).unwrap_or_default();
    lay_over(&mut base, differs);
    base.try_into()
}

/// What a table has to hold so that, laid over the first choices, it makes the second of them.
pub(super) fn difference(one: &Choices, other: &Choices) -> Table {
    // Neither can fail: these types hold nothing that TOML has no form for.
    let tables = (Table::try_from(one), Table::try_from(other));
    let (Ok(one), Ok(other)) = tables else { return Table::new() };
    differing(&one, other)
}

fn differing(one: &Table, other: Table) -> Table {
    let mut differs = Table::new();
    for (key, value) in other {
        match (one.get(&key), value) {
            (Some(known), value) if *known == value => {}
            (Some(Value::Table(known)), Value::Table(value)) => {
                let inner = differing(known, value);
                if !inner.is_empty() {
                    differs.insert(key, Value::Table(inner));
                }
            }
            (_, value) => {
                differs.insert(key, value);
            }
        }
    }
    differs
}

/// Tables grow together; everything else is replaced.
pub(super) fn lay_over(base: &mut Table, over: &Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(Value::Table(inner)), Value::Table(over)) if key == "tags" => lay_tags_over(inner, over),
            (Some(Value::Table(inner)), Value::Table(over)) => lay_over(inner, over),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Azure Resource Manager knows tags without regard to case: another spelling replaces a tag, too.
fn lay_tags_over(base: &mut Table, over: &Table) {
    base.retain(|name, _| !over.keys().any(|other| other.eq_ignore_ascii_case(name)));
    base.extend(over.iter().map(|(name, value)| (name.clone(), value.clone())));
}

fn unreadable(text: &str, error: &toml::de::Error) -> Unreadable {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let said = match (line, unknown_name(error.message())) {
        (Some(line), Some(words)) => {
            let itself = text.lines().nth(line - 1).unwrap_or_default().trim();
            format!("line {line}: {itself}\n{words}")
        }
        _ => error.to_string().trim_end().to_owned(),
    };
    Unreadable { line, text: said }
}

/// What is said of a name that is not known, with the known one that it is nearest to; none for other mistakes. Serde
/// says "unknown field `x`, expected one of `a`, `b`".
fn unknown_name(message: &str) -> Option<String> {
    let (unknown, expected) = message.split_once("expected")?;
    if !unknown.starts_with("unknown") {
        return None;
    }
    let quoted =
        |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let wrong = quoted(unknown).into_iter().next()?;
    let known = quoted(expected);
    let near = nearest(&wrong, known.iter().map(String::as_str));
    let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
    Some(format!("`{wrong}` is not known here{near}\nKnown are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setup::spec::{Isolation, Preset, Rule};

    #[test]
    fn an_empty_file_has_every_default() {
        let file = PlanFile::read("").unwrap();
        assert_eq!(file, PlanFile::default());
        assert_eq!(file.environment_names(), ["main"]);
        assert_eq!(file.shared.dependents.container_registry, "on-first-use");
        assert!(file.shared.network.public_access);
    }

    #[test]
    fn an_environment_says_only_what_differs() {
        let file = PlanFile::read(
            "layout = 'dev-prod'\n[basics]\nregion = 'westeurope'\ntags = { team = 'churn' }\n[network]\npresets = ['pypi']\n\
             [env.prod.basics]\nregion = 'northeurope'\ntags = { env = 'prod' }\n\
             [env.prod.network]\nisolation = 'approved-outbound'\n\
             [env.prod.network.rules.lake]\ntype = 'fqdn'\ndestination = 'lake.example.org'\n",
        )
        .unwrap();
        let (dev, prod) = (file.choices("dev"), file.choices("prod"));
        assert_eq!((dev.basics.region.as_str(), prod.basics.region.as_str()), ("westeurope", "northeurope"));
        assert_eq!(prod.basics.tags.keys().collect::<Vec<_>>(), ["env", "team"]);
        assert_eq!(
            (dev.network.isolation, prod.network.isolation),
            (Isolation::Public, Isolation::ApprovedOutbound)
        );
        assert_eq!(prod.network.presets, [Preset::Pypi]);
        assert_eq!(prod.network.rules["lake"], Rule::Fqdn { destination: "lake.example.org".into() });
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let file = PlanFile::read(
            "layout = 'dev-prod'\nname = 'churn'\n[basics]\nregion = 'westeurope'\nstage = 'production'\n\
             [budget]\namount = 500.0\n[[people]]\npersona = 'data-scientist'\ngroup = 'x'\non = ['storage']\n\
             [network.rules.adf]\ntype = 'service-tag'\nservice_tag = 'DataFactory'\n\
             [env.prod.basics]\nregion = 'northeurope'\n",
        )
        .unwrap();
        assert_eq!(PlanFile::read(&file.write()).unwrap(), file);
    }

    #[test]
    fn what_is_as_it_would_be_anyway_is_not_written() {
        let file = PlanFile::read("name = 'churn'\n[basics]\nregion = 'westeurope'\n").unwrap();
        assert_eq!(file.write(), "layout = \"one\"\nname = \"churn\"\n\n[basics]\nregion = \"westeurope\"\n");
        let file =
            PlanFile::read("[dependents]\nstorage = 'stone'\n[network]\npublic_access = false\n").unwrap();
        assert_eq!(PlanFile::read(&file.write()).unwrap(), file);
    }

    #[test]
    fn a_typing_mistake_is_shown_with_its_line_and_the_nearest_name() {
        for (text, line, near) in [
            ("[basics]\nregoin = 'westeurope'\n", 2, "region"),
            ("layuot = 'one'\n", 1, "layout"),
            ("name = 'x'\n[env.prod.netwrok]\nisolation = 'public'\n", 2, "network"),
            ("[network]\nisolation = 'aproved-outbound'\n", 2, "approved-outbound"),
            ("[[people]]\npersna = 'x'\n", 2, "persona"),
            ("[basics]\nkind = 'Defualt'\n", 2, "Default"),
        ] {
            let error = PlanFile::read(text).unwrap_err();
            assert_eq!(error.line, Some(line), "{text}: {error}");
            assert!(error.text.contains(&format!("did you mean `{near}`?")), "{text}: {error}");
            assert!(error.text.starts_with(&format!("line {line}: ")), "{text}: {error}");
        }
    }

    #[test]
    fn the_keys_at_the_top_are_those_that_are_read() {
        let error = PlanFile::read("no_such_key = 1\n").unwrap_err().text;
        let (_, known) = error.split_once("Known are ").unwrap();
        let (mut known, mut keys): (Vec<&str>, _) = (known.split(", ").collect(), PlanFile::keys());
        known.sort_unstable();
        keys.sort_unstable();
        assert_eq!(keys, known);
    }

    #[test]
    fn every_key_is_described() {
        let text = include_str!("../../../docs/plan-file.md");
        let described =
            |key: &str| text.contains(&format!("| `{key}`")) || text.contains(&format!(", `{key}`"));
        let known = |table: &str| -> Vec<String> {
            let error = PlanFile::read(&format!("{table}\nno_such_key = 1\n")).unwrap_err().text;
            let (_, known) = error.split_once("Known are ").unwrap();
            known.split(", ").map(str::to_owned).collect()
        };
        let mut keys = Vec::new();
        for table in [
            "",
            "[basics]",
            "[dependents]",
            "[network]",
            "[network.endpoints]",
            "[identity]",
            "[encryption]",
            "[budget]",
            "[[people]]",
        ] {
            let found = known(table);
            assert!(found.len() > 1, "{table}");
            keys.extend(found);
        }
        let tables = [
            "basics",
            "dependents",
            "network",
            "identity",
            "encryption",
            "budget",
            "people",
            "env",
            "endpoints",
            "rules",
        ];
        let missing: Vec<&String> =
            keys.iter().filter(|key| !tables.contains(&key.as_str()) && !described(key)).collect();
        assert!(missing.is_empty(), "docs/plan-file.md does not describe {missing:?}");
    }

    #[test]
    fn what_differs_makes_the_one_out_of_the_other() {
        let read = |text: &str| PlanFile::read(text).unwrap().shared;
        let one = read("[basics]\nregion = 'westeurope'\ntags = { team = 'churn' }\n");
        let other = read(
            "[basics]\nregion = 'uksouth'\ntags = { team = 'churn', env = 'prod' }\n[network]\npublic_access = false\n",
        );
        let differs = difference(&one, &other);
        assert_eq!(overlaid(&one, &differs), other);
        assert_eq!(differs["basics"]["tags"].as_table().unwrap().len(), 1, "{differs}");
        assert!(difference(&other, &other).is_empty());
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let error = PlanFile::read("name = 'x'\nlayout = \n").unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(error.text.contains("line 2"), "{error}");
    }
}

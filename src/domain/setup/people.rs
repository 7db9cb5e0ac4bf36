//! Who gets what: personas by stage, and the roles that a workspace's own identity needs.
//!
//! Personas: domain facts, "Personas and what they get". Built-in roles only, to groups rather than to people.

use std::collections::BTreeMap;

use super::finding::Findings;
use super::roles::{self, Role};
use super::spec::{Person, Place};
use crate::domain::alike::nearest;
use crate::domain::personas::{Gift, PERSONAS, Persona, Stage};
use crate::domain::roles as built_in;

/// The kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// A group.
    Group,
    /// A user.
    User,
    /// A service principal or managed identity.
    ServicePrincipal,
}

impl PrincipalKind {
    /// As Azure writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::User => "User",
            Self::ServicePrincipal => "ServicePrincipal",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::User => "user",
            Self::ServicePrincipal => "service principal",
        }
    }
}

/// Who a role is granted to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// Somebody of the directory.
    Known {
        /// What it is.
        kind: PrincipalKind,
        /// Its object id.
        id: String,
        /// Its name, where known; the id again otherwise.
        name: String,
    },
    /// The user-assigned identity of the workspace; its object id follows from the deployment.
    OwnIdentity,
}

/// A role to be granted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// On what.
    pub place: Place,
    /// Which role.
    pub role: Role,
    /// To whom.
    pub principal: Principal,
    /// Why: the persona, or what needs it.
    pub because: String,
}

impl Grant {
    /// Whether both come to one role assignment, whatever role and principal are called: Azure knows them by their ids.
    fn gives_the_same(&self, other: &Self) -> bool {
        let principal = match (&self.principal, &other.principal) {
            (Principal::Known { id: one, .. }, Principal::Known { id: other, .. }) => {
                one.eq_ignore_ascii_case(other)
            }
            (one, other) => one == other,
        };
        principal && self.place == other.place && self.role.guid.eq_ignore_ascii_case(&other.role.guid)
    }
}

/// A role for somebody whom the plan file gives by name and whose object id is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ByName {
    /// What they are.
    pub kind: PrincipalKind,
    /// Their name, as the directory has it.
    pub name: String,
    /// On what the role is granted.
    pub place: Place,
    /// Which role.
    pub role: Role,
}

impl ByName {
    /// That the role is left out of a form, and why: "AzureML Data Scientist on the workspace for the group 'X': ...".
    #[must_use]
    pub fn left_out(&self) -> String {
        format!(
            "{} on {} for the {} '{}' is not in it: given by name, the object id is looked up by `amldeck apply`, or give it \
             in the plan file",
            self.role.name,
            self.place.words(),
            self.kind.words(),
            self.name
        )
    }
}

/// Object ids of principals that a plan file speaks of by name, as Microsoft Graph gave them.
pub type Directory = BTreeMap<(PrincipalKind, String), String>;

/// Those of the plan file that are named and not yet known by object id: they have to be looked up in Microsoft
/// Graph.
#[must_use]
pub fn to_look_up(people: &[Person], directory: &Directory) -> Vec<(PrincipalKind, String)> {
    let mut wanted: Vec<(PrincipalKind, String)> = people
        .iter()
        .filter_map(|person| one_principal(person).ok())
        .filter(|(_, text)| uuid::Uuid::try_parse(text).is_err())
        .filter(|key| !directory.contains_key(key))
        .collect();
    wanted.sort();
    wanted.dedup();
    wanted
}

/// Those of the plan file that are given by object id.
#[must_use]
pub fn by_id(people: &[Person]) -> Vec<(PrincipalKind, String)> {
    let mut given: Vec<(PrincipalKind, String)> = people
        .iter()
        .filter_map(|person| one_principal(person).ok())
        .filter(|(_, text)| uuid::Uuid::try_parse(text).is_ok())
        .collect();
    given.sort();
    given.dedup();
    given
}

fn one_principal(person: &Person) -> Result<(PrincipalKind, String), &'static str> {
    let all = [
        (PrincipalKind::Group, &person.group),
        (PrincipalKind::User, &person.user),
        (PrincipalKind::ServicePrincipal, &person.service_principal),
    ];
    let mut given = all.into_iter().filter(|(_, text)| !text.is_empty());
    match (given.next(), given.next()) {
        (Some((kind, text)), None) => Ok((kind, text.clone())),
        (None, _) => Err("says for nobody: give `group`, `user` or `service_principal`"),
        _ => Err("is for several: give one of `group`, `user` and `service_principal`"),
    }
}

/// The grants of one environment, and the roles of those who are given by name and not known by object id yet.
pub(super) fn grants(
    people: &[Person],
    directory: &Directory,
    environment: &str,
    environments: &[String],
    stage: Stage,
    found: &mut Findings,
) -> (Vec<Grant>, Vec<ByName>) {
    let mut all: Vec<Grant> = Vec::new();
    let mut by_name: Vec<ByName> = Vec::new();
    for (at, person) in people.iter().enumerate() {
        let key = format!("people[{}]", at + 1);
        for named in &person.environments {
            if !environments.contains(named) {
                found.refuse(
                    &key,
                    format!("there is no environment '{named}', but {}", environments.join(", ")),
                );
            }
        }
        if !person.environments.is_empty() && !person.environments.iter().any(|named| named == environment) {
            continue;
        }
        let (kind, text) = match one_principal(person) {
            Ok(one) => one,
            Err(problem) => {
                found.refuse(&key, format!("the entry {problem}"));
                continue;
            }
        };
        let Some((roles, because, process)) = wanted(person, &key, environment, stage, found) else {
            continue;
        };
        let name = if person.called.is_empty() { text.clone() } else { person.called.clone() };
        advise(kind, &name, &roles, process, stage, &key, found);
        let Some(id) = object_id(kind, &text, directory) else {
            found.note(
                &key,
                format!(
                    "the {} '{text}' is given by name: its object id is looked up in Microsoft Graph when the plan is \
                     applied, and its roles are not in the plan until then",
                    kind.words()
                ),
            );
            for (place, role) in roles {
                let one = ByName { kind, name: text.clone(), place, role };
                if !by_name.contains(&one) {
                    by_name.push(one);
                }
            }
            continue;
        };
        for (place, role) in roles {
            let grant = Grant {
                place,
                role,
                principal: Principal::Known { kind, id: id.clone(), name: name.clone() },
                because: because.clone(),
            };
            if !all.iter().any(|one| one.gives_the_same(&grant)) {
                all.push(grant);
            }
        }
    }
    (all, by_name)
}

/// The object id of somebody who is given by it, or by a name that was looked up; none of a name that was not.
fn object_id(kind: PrincipalKind, text: &str, directory: &Directory) -> Option<String> {
    match uuid::Uuid::try_parse(text) {
        Ok(guid) => Some(guid.hyphenated().to_string()),
        Err(_) => directory.get(&(kind, text.to_owned())).cloned(),
    }
}

type Wanted = (Vec<(Place, Role)>, String, bool);

/// What an entry asks for: roles with places, why, and whether only a process should have them.
fn wanted(
    person: &Person,
    key: &str,
    environment: &str,
    stage: Stage,
    found: &mut Findings,
) -> Option<Wanted> {
    match (person.persona.is_empty(), person.role.is_empty()) {
        (true, true) => {
            found.refuse(key, "the entry grants nothing: give `persona` or `role`");
            None
        }
        (false, false) => {
            found.refuse(key, "the entry gives both `persona` and `role`: make two of it");
            None
        }
        (true, false) => match roles::meant(&person.role) {
            Ok(role) => {
                let places = if person.on.is_empty() { &[Place::Workspace][..] } else { &person.on };
                Some((
                    places.iter().map(|place| (*place, role.clone())).collect(),
                    "asked for".to_owned(),
                    false,
                ))
            }
            Err(problem) => {
                found.refuse(key, problem);
                None
            }
        },
        (false, true) => {
            let Some(persona) = Persona::named(&person.persona) else {
                let near = nearest(&person.persona, PERSONAS.iter().map(|one| one.name));
                let near = near.map_or_else(
                    || format!("those known are {}", names().join(", ")),
                    |near| format!("did you mean '{near}'?"),
                );
                found.refuse(key, format!("there is no persona '{}'; {near}", person.persona));
                return None;
            };
            if !person.on.is_empty() {
                found.refuse(key, "`on` goes with `role`: a persona says itself where its roles are granted");
                return None;
            }
            let gifts = persona.gifts(stage);
            let roles: Vec<(Place, Role)> = gifts.iter().filter_map(granted_at_once).collect();
            if let Some(gift) = gifts.iter().find(|gift| gift.eligible) {
                found.note(
                    key,
                    format!(
                        "{}: {} is to be eligible and time-boxed, which Privileged Identity Management gives afterwards: it is \
                         not granted here",
                        persona.title(),
                        gift.role.name
                    ),
                );
            } else if roles.is_empty() && Stage::ALL.iter().all(|stage| persona.gifts(*stage).is_empty()) {
                found.note(key, format!("{}: {}", persona.title(), persona.note));
            } else if roles.is_empty() && !person.environments.is_empty() {
                found.note(
                    key,
                    format!("a {} gets nothing in {environment}, which is {}", persona.words, stage.word()),
                );
            }
            Some((roles, persona.words.to_owned(), persona.process))
        }
    }
}

/// The role and its place, of a gift that a set-up grants: not what is eligible, and not what only some want.
fn granted_at_once(gift: &Gift) -> Option<(Place, Role)> {
    let place = Place::of(gift.on).filter(|_| gift.usual && !gift.eligible)?;
    Some((place, gift.role.into()))
}

fn names() -> Vec<&'static str> {
    PERSONAS.iter().map(|persona| persona.name).collect()
}

fn advise(
    kind: PrincipalKind,
    name: &str,
    roles: &[(Place, Role)],
    process: bool,
    stage: Stage,
    key: &str,
    found: &mut Findings,
) {
    if roles.is_empty() {
        return;
    }
    if process && kind != PrincipalKind::ServicePrincipal {
        found.warn(
            key,
            format!(
                "'{name}' is a {}, and this persona is a process: give it an identity of its own",
                kind.words()
            ),
        );
    } else if stage == Stage::Staging && kind != PrincipalKind::ServicePrincipal {
        found.warn(
            key,
            format!("'{name}' is a {}: only processes should have access to staging", kind.words()),
        );
    } else if kind == PrincipalKind::User {
        found.warn(
            key,
            format!(
                "'{name}' is a user: a group outlives people who come and go, and is reviewed in one place"
            ),
        );
    }
    if let Some((place, _)) = roles.iter().find(|(_, role)| built_in::OWNER.is(&role.guid)) {
        found.warn(
            key,
            format!("Owner on {} may grant everything to everybody; owners should be few", place.words()),
        );
    }
}

/// What the workspace's own user-assigned identity needs. A system-assigned one gets its roles from Azure itself.
///
/// Arm facts, section 7: Contributor on workspace, storage, vault, registry and insights; Key Vault Administrator
/// where the vault uses RBAC; data roles on the storage account.
pub(super) fn own_identity(by_identity: bool, has_insights: bool, has_registry: bool) -> Vec<Grant> {
    let mut rows = vec![
        (Place::Storage, built_in::CONTRIBUTOR),
        (Place::Storage, built_in::BLOB_CONTRIBUTOR),
        (Place::KeyVault, built_in::CONTRIBUTOR),
        (Place::KeyVault, built_in::VAULT_ADMINISTRATOR),
    ];
    if by_identity {
        rows.push((Place::Storage, built_in::FILE_CONTRIBUTOR));
    }
    if has_insights {
        rows.push((Place::Insights, built_in::CONTRIBUTOR));
    }
    if has_registry {
        rows.push((Place::Registry, built_in::CONTRIBUTOR));
    }
    rows.push((Place::Workspace, built_in::CONTRIBUTOR));
    rows.into_iter()
        .map(|(place, role)| Grant {
            place,
            role: role.into(),
            principal: Principal::OwnIdentity,
            because: "the workspace's own identity".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setup::finding::Level;

    const GROUP: &str = "36de3247-f58b-4b4a-9bf9-82c5e02c2d9e";

    fn granted(person: &Person, stage: Stage) -> (Vec<(Place, String)>, Findings) {
        let mut found = Findings::default();
        let all = vec!["dev".to_owned(), "prod".to_owned()];
        let people = std::slice::from_ref(person);
        let (grants, _) = grants(people, &Directory::new(), "dev", &all, stage, &mut found);
        (grants.into_iter().map(|one| (one.place, one.role.name)).collect(), found)
    }

    fn persona(name: &str) -> Person {
        Person { persona: name.into(), group: GROUP.into(), ..Person::default() }
    }

    #[test]
    fn a_data_scientist_works_in_development_and_reads_in_production() {
        let (development, _) = granted(&persona("data-scientist"), Stage::Development);
        assert_eq!(
            development,
            [
                (Place::Workspace, "AzureML Data Scientist".to_owned()),
                (Place::Storage, "Storage Blob Data Contributor".to_owned()),
                (Place::Storage, "Storage File Data Privileged Contributor".to_owned()),
            ]
        );
        assert!(granted(&persona("data-scientist"), Stage::Staging).0.is_empty());
        assert_eq!(
            granted(&persona("data-scientist"), Stage::Production).0,
            [(Place::Workspace, "Reader".to_owned())]
        );
    }

    #[test]
    fn what_comes_to_one_assignment_is_given_once_whatever_it_is_called() {
        let persona = Person { called: "Data team".into(), ..persona("data-scientist") };
        let role =
            Person { role: "AzureML Data Scientist".into(), user: GROUP.to_uppercase(), ..Person::default() };
        let named =
            Person { role: "AzureML Data Scientist".into(), group: "Data team".into(), ..Person::default() };
        let directory =
            Directory::from([((PrincipalKind::Group, "Data team".to_owned()), GROUP.to_uppercase())]);
        let all = vec!["dev".to_owned()];
        let (mut found, people) = (Findings::default(), [persona, role, named]);
        let (grants, _) = grants(&people, &directory, "dev", &all, Stage::Development, &mut found);
        let on_workspace = grants.iter().filter(|one| one.place == Place::Workspace);
        assert_eq!(
            on_workspace.map(|one| one.role.name.as_str()).collect::<Vec<_>>(),
            ["AzureML Data Scientist"]
        );
    }

    #[test]
    fn bad_entries_are_refused_in_words() {
        let both = Person { role: "Reader".into(), ..persona("data-scientist") };
        let nobody = Person { group: String::new(), ..persona("data-scientist") };
        let several = Person { user: "ada@contoso.com".into(), ..persona("data-scientist") };
        let placed = Person { on: vec![Place::Storage], ..persona("data-scientist") };
        let elsewhere = Person { environments: vec!["qa".into()], ..persona("data-scientist") };
        let nothing = Person { group: GROUP.into(), ..Person::default() };
        let role = Person { role: "Reeder".into(), group: GROUP.into(), ..Person::default() };
        for (person, words) in [
            (&both, "both `persona` and `role`"),
            (&nobody, "for nobody"),
            (&several, "for several"),
            (&placed, "`on` goes with `role`"),
            (&elsewhere, "no environment 'qa', but dev, prod"),
            (&nothing, "grants nothing"),
            (&role, "Did you mean 'Reader'?"),
            (&persona("data-scientits"), "did you mean 'data-scientist'?"),
            (&persona("astronaut"), "those known are data-scientist"),
        ] {
            let (_, found) = granted(person, Stage::Development);
            let refused = found.all.iter().find(|one| one.level == Level::Refused);
            assert!(refused.is_some_and(|one| one.text.contains(words)), "{words}: {:?}", found.all);
        }
    }

    #[test]
    fn people_in_staging_single_users_and_owners_are_warned_of() {
        let user = Person { user: GROUP.into(), role: "Owner".into(), ..Person::default() };
        let (_, found) = granted(&user, Stage::Production);
        assert!(found.all.iter().any(|one| one.text.contains("outlives")));
        assert!(found.all.iter().any(|one| one.text.contains("owners should be few")));
        let (_, found) = granted(&persona("compute-operator"), Stage::Staging);
        assert!(found.all.iter().any(|one| one.text.contains("only processes")), "{:?}", found.all);
        let (_, found) = granted(&persona("ci-cd"), Stage::Development);
        assert!(found.all.iter().any(|one| one.text.contains("identity of its own")));
    }

    #[test]
    fn names_are_looked_up_and_wait_for_the_answer() {
        let named = Person { group: "Fraud analysts".into(), ..persona("data-analyst") };
        let (grants, found) = granted(&named, Stage::Development);
        assert!(grants.is_empty() && found.all[0].level == Level::Note, "{:?}", found.all);
        let key = (PrincipalKind::Group, "Fraud analysts".to_owned());
        assert_eq!(
            to_look_up(&[named.clone(), persona("ci-cd")], &Directory::new()),
            std::slice::from_ref(&key)
        );
        let directory = Directory::from([(key, GROUP.to_owned())]);
        assert!(to_look_up(&[named], &directory).is_empty());
    }
}

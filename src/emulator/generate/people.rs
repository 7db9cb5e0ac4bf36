//! The directory of a generated estate.

use fastrand::Rng;
use serde_json::{Value, json};

use super::guid;
use crate::emulator::estate::Directory;

const GIVEN: &[&str] = &[
    "Ada",
    "Jonas",
    "Priya",
    "Wanjiru",
    "Tomás",
    "Ελένη",
    "遥",
    "Layla",
    "अनन्या",
    "Zoë",
    "Seun",
    "Kasia",
    "Hugo",
    "Chiara",
    "Aroha",
    "Pedro",
    "Greta",
    "Farid",
    "Maeve",
    "Noor",
];
const FAMILY: &[&str] = &[
    "Novak",
    "Lindqvist",
    "Raman",
    "Kamau",
    "Ibáñez",
    "Παπαδάκη",
    "佐藤",
    "Haddad",
    "शर्मा",
    "Nguyễn",
    "Adeyemi",
    "Wójcik",
    "Marchetti",
    "Bassani",
    "Ngata",
    "Quintela",
    "Holm",
    "Rahimi",
    "Gallagher",
    "Jansen",
];

/// Users and groups, and the identities that workspaces bring.
pub(super) struct People {
    directory: Directory,
    users: Vec<String>,
    groups: Vec<String>,
    identities: Vec<String>,
    outsider: String,
}

impl People {
    /// Makes users, and a third as many groups, every fourth of which is a member of another one. The
    /// first user owns the tenant.
    pub(super) fn new(rng: &mut Rng, count: usize) -> Self {
        let mut directory = Directory::default();
        let users: Vec<String> = (0..count).map(|_| guid(rng)).collect();
        directory.users = users.iter().enumerate().map(|(number, id)| user(rng, number, id)).collect();
        let groups: Vec<String> = (0..count / 3).map(|_| guid(rng)).collect();
        directory.groups = groups.iter().enumerate().map(|(number, id)| group(number, id)).collect();
        for (number, id) in groups.iter().enumerate() {
            let size = 2 + rng.usize(..12) * rng.usize(..4);
            let mut members: Vec<String> =
                (0..size).map(|_| users[2 + rng.usize(..count - 2)].clone()).collect();
            members.sort_unstable();
            members.dedup();
            // Only later groups are taken in, so that there is no circle.
            if number % 4 == 0 && number + 1 < groups.len() {
                members.push(groups[rng.usize(number + 1..groups.len())].clone());
            }
            directory.members.insert(id.clone(), members);
        }
        let outsider = guid(rng);
        directory.users.push(user(rng, count, &outsider));
        Self { directory, users, groups, identities: Vec::new(), outsider }
    }

    pub(super) fn owner(&self) -> &str {
        &self.users[0]
    }

    /// Object ids of the users who may be given roles.
    pub(super) fn users(&self) -> &[String] {
        &self.users
    }

    /// A user without any group or role.
    pub(super) fn outsider(&self) -> &str {
        &self.outsider
    }

    /// The user principal name of somebody.
    pub(super) fn user_name(&self, rng: &mut Rng) -> String {
        let number = rng.usize(..self.users.len());
        self.directory.users[number]["userPrincipalName"].as_str().unwrap_or_default().to_owned()
    }

    /// The identity of a workspace.
    pub(super) fn add_identity(&mut self, principal: &str, name: &str, resource: &str) {
        self.directory.service_principals.push(json!({
            "id": principal, "appId": principal, "displayName": name, "servicePrincipalType": "ManagedIdentity",
            "accountEnabled": true, "alternativeNames": ["isExplicit=False", resource],
        }));
        self.identities.push(principal.to_owned());
    }

    /// Somebody to give a role to, with the principal type: mostly a group.
    pub(super) fn principal(&self, rng: &mut Rng) -> (String, &'static str) {
        let (list, kind) = match rng.u32(..100) {
            0..55 => (&self.groups, "Group"),
            55..65 if !self.identities.is_empty() => (&self.identities, "ServicePrincipal"),
            _ => (&self.users, "User"),
        };
        (list[rng.usize(..list.len())].clone(), kind)
    }

    pub(super) fn into_directory(self) -> Directory {
        self.directory
    }
}

fn user(rng: &mut Rng, number: usize, id: &str) -> Value {
    let (given, family) = (GIVEN[rng.usize(..GIVEN.len())], FAMILY[rng.usize(..FAMILY.len())]);
    let name = format!("user{number:05}@contoso.com");
    json!({
        "id": id, "displayName": format!("{given} {family}"), "givenName": given, "surname": family,
        "userPrincipalName": name, "mail": name, "userType": "Member", "accountEnabled": true,
    })
}

fn group(number: usize, id: &str) -> Value {
    json!({
        "id": id, "displayName": format!("Team {number:04}"), "description": null, "mailEnabled": false,
        "securityEnabled": true, "groupTypes": [],
    })
}

//! The principal of the command line: who it is, by object id, address or name.

use std::collections::BTreeMap;

use super::super::exit::Failure;
use crate::app::access::assessment::Assessment;
use crate::app::access::words::Names;
use crate::app::haystack::push_lower;
use crate::app::model::Model;
use crate::azure::arm::client::Client;
use crate::azure::directory::{self, Principal};
use crate::domain::access::PrincipalName;

/// How many are listed who may have been meant.
const MOST_NEAR: usize = 12;

/// Who was meant.
pub enum Found {
    /// This one, by object id in small letters, and what the directory said where it was asked.
    One(String, Option<Box<Principal>>),
    /// The directory did not tell, and why.
    Unread(String),
}

/// Looks for a principal: first among those who were met on the workspace, then in the directory.
///
/// # Errors
/// When it fits nobody, or several, who are then listed.
pub async fn find(
    model: &Model,
    assessment: &Assessment,
    client: &Client,
    text: &str,
) -> Result<Found, Failure> {
    let text = text.trim();
    if is_object_id(text) {
        return Ok(Found::One(text.to_ascii_lowercase(), None));
    }
    let names = Names::of(model, &assessment.targets);
    let mut fitting = among_met(model, text, |own, text| own == text);
    let mut found: Vec<Principal> = Vec::new();
    if fitting.is_empty() {
        for request in directory::named(text) {
            match client.list(&request).await {
                Ok(some) => found.extend::<Vec<Principal>>(some),
                Err(error) => return Ok(Found::Unread(error.plain())),
            }
        }
        fitting = found
            .iter()
            .map(|principal| {
                let words = format!(
                    "{} {}",
                    principal.kind().word(),
                    principal.address().unwrap_or(principal.name())
                );
                (principal.id.to_ascii_lowercase(), words)
            })
            .collect();
    }
    let mut all = fitting.iter();
    match (all.next(), all.next()) {
        (Some((id, _)), None) => Ok(Found::One(id.clone(), found.pop().map(Box::new))),
        (None, _) if names_are_hidden(model) => {
            Ok(Found::Unread("the directory does not tell the names of those who have roles".to_owned()))
        }
        (None, _) => {
            let near = among_met(model, text, |own, text| own.contains(text));
            let lines: Vec<String> = near.iter().take(MOST_NEAR).map(|(id, words)| line(id, words)).collect();
            let near = match lines.is_empty() {
                true => format!("`amldeck access {} -o csv` has all of them", names.targets.workspace.name()),
                false => format!("perhaps one of these:\n{}", lines.join("\n")),
            };
            Err(Failure::wrong_use(format!(
                "nobody is called '{text}'; use a whole name, an address or an object id: {near}"
            )))
        }
        (Some(_), Some(_)) => {
            let lines: Vec<String> = fitting.iter().map(|(id, words)| line(id, words)).collect();
            Err(Failure::wrong_use(format!(
                "{} are called '{text}'; use an address or one of these object ids:\n{}",
                fitting.len(),
                lines.join("\n")
            )))
        }
    }
}

fn line(id: &str, words: &str) -> String {
    format!("{id}  {words}")
}

/// Those who were met on the workspace and whose name or address fits, without regard to case and accents, by object id.
fn among_met(model: &Model, text: &str, fits: fn(&str, &str) -> bool) -> BTreeMap<String, String> {
    let folded = |text: &str| {
        let mut folded = String::new();
        push_lower(&mut folded, text);
        folded
    };
    let text = folded(text);
    let Some(page) = model.page() else { return BTreeMap::new() };
    let held = page.all_lists().flat_map(|(_, lists)| lists.holders()).map(str::to_ascii_lowercase);
    let groups = page.groups().iter();
    let members = groups.flat_map(|group| model.groups.members(group).into_iter().flat_map(|m| m.iter()));
    let met = held.chain(members.map(|member| member.id.clone()));
    met.filter_map(|id| match model.principals.name(&id) {
        PrincipalName::Known(known) => {
            let same = |own: &str| fits(&folded(own), &text);
            let address = known.address.as_deref().unwrap_or_default();
            (same(&known.name) || same(address)).then(|| {
                (id, format!("{} {} {address}", known.kind.word(), known.name).trim_end().to_owned())
            })
        }
        _ => None,
    })
    .collect()
}

fn names_are_hidden(model: &Model) -> bool {
    model.page().is_some_and(|page| page.access.unreadable.is_some())
}

/// Whether a text is a GUID.
fn is_object_id(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_is_told_from_a_name() {
        for (text, is) in [
            ("3ad6c288-a23b-4e9e-8f71-aa19b2a1e2b9", true),
            ("3AD6C288-A23B-4E9E-8F71-AA19B2A1E2B9", true),
            ("3ad6c288-a23b-4e9e-8f71", false),
            ("ada@contoso.com", false),
            ("gggggggg-a23b-4e9e-8f71-aa19b2a1e2b9", false),
        ] {
            assert_eq!(is_object_id(text), is, "{text}");
        }
    }
}

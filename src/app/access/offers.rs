//! What can be done at once about a no: give a role that would make it a yes, or activate one's own. From the words of
//! "what would make it a yes" one key leads there.

use super::assessment::Assessment;
use super::words::Names;
use crate::app::picker::{Command, Item};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::access::{Place, PrincipalName, Remedy, Role};
use crate::domain::changes::Who;

/// Something to do about a no.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// Give somebody a role.
    Grant(Gift),
    /// Activate an eligible role of one's own.
    Activate,
}

/// A role for somebody at a scope, to begin a form with.
#[derive(Debug, Clone, PartialEq)]
pub struct Gift {
    /// Who gets it; of a kind without a word where that is not known.
    pub who: Who,
    /// Where.
    pub scope: ArmId,
    /// The GUID of the role, in lower case.
    pub role: String,
}

/// What can be done at once, of what would help a principal: a choice for each role. `me` is who is signed in, by object
/// id. Nothing is offered for somebody whom the directory does not know any more.
#[must_use]
pub fn offers(
    remedies: &[Remedy],
    principal: &str,
    assessment: &Assessment,
    names: &Names<'_>,
    me: Option<&str>,
) -> Vec<Item> {
    let known = names.principals.name(principal);
    if known == PrincipalName::Deleted {
        return Vec::new();
    }
    let kind = known.known().map(|known| known.kind.clone()).or_else(|| {
        let row = assessment.matrix.row(principal, names.principals)?;
        row.kind
    });
    let kind = kind.unwrap_or_else(|| PrincipalKind::Other(String::new()));
    let who = Who { id: principal.to_owned(), name: names.principal(principal), kind };
    let grant = |role: &Role, place: Place, scope: &ArmId, why: &str| {
        let label = format!("grant {} on the {} {}", role.label(), place.words(), scope.name());
        let gift = Gift { who: who.clone(), scope: scope.clone(), role: role.id.to_ascii_lowercase() };
        Item::new(label, why, Command::Help(Box::new(Offer::Grant(gift))))
    };
    let mut offers = Vec::new();
    for remedy in remedies {
        match remedy {
            Remedy::Assign { place, scope, role, usual, .. } => {
                let why = if usual.is_some() { "the narrowest" } else { "" };
                offers.push(grant(role, *place, scope, why));
                let usual = usual.iter().map(|usual| &usual.role);
                offers.extend(usual.map(|role| grant(role, *place, scope, "meant for this")));
            }
            Remedy::Activate { chains } if me.is_some_and(|me| me.eq_ignore_ascii_case(principal)) => {
                offers.extend(chains.iter().map(|chain| {
                    let label = format!("activate {}", names.chain(chain));
                    Item::new(label, "", Command::Help(Box::new(Offer::Activate)))
                }));
            }
            Remedy::Activate { .. }
            | Remedy::AddPolicy { .. }
            | Remedy::DenyAssignment { .. }
            | Remedy::NoRole { .. } => {}
        }
    }
    offers
}

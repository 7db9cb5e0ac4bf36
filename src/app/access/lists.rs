//! What was read about access at one scope: role assignments, eligible and activated roles, and denies.
//! The lists are shared, so that they can be evaluated beside the screen without being copied.

use std::sync::Arc;

use crate::app::fetch::Fetched;
use crate::azure::arm::error::Error;
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::pim::{AssignmentInstance, EligibilityInstance};
use crate::azure::resources::role_assignment::{PrincipalType, RoleAssignment};

/// One of the lists about access that a scope has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessList {
    /// Role assignments in force there.
    Assignments,
    /// Roles that could be activated there.
    Eligible,
    /// Assignments that PIM made, with their ends.
    Active,
    /// Deny assignments in force there.
    Denies,
}

impl AccessList {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Assignments, Self::Eligible, Self::Active, Self::Denies];

    /// What is in it, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Assignments => "role assignments",
            Self::Eligible => "eligible roles",
            Self::Active => "activated roles",
            Self::Denies => "deny assignments",
        }
    }
}

/// The lists of one scope, as they were last read; one that could not be read keeps what it had.
#[derive(Debug, Clone, Default)]
pub struct AccessLists {
    /// Role assignments.
    pub assignments: Arc<Vec<RoleAssignment>>,
    /// Roles that could be activated.
    pub eligible: Arc<Vec<EligibilityInstance>>,
    /// Assignments with their ends.
    pub active: Arc<Vec<AssignmentInstance>>,
    /// Deny assignments.
    pub denies: Arc<Vec<DenyAssignment>>,
    /// Whether the tenant has no licence for Privileged Identity Management: nobody can activate a role
    /// then, which is known and not a gap.
    pub unlicensed: bool,
}

/// What became of an answer that was given to the lists of a scope.
#[derive(Debug)]
pub enum Taken {
    /// It is one of the lists now.
    Kept,
    /// It says why one of them could not be read.
    Failed(Error),
    /// It is about something else.
    Nothing,
}

/// What PIM answers, with status 400, where the tenant has no licence for it.
const NO_LICENCE: &str = "AadPremiumLicenseRequired";

impl AccessLists {
    /// Takes an answer about this scope.
    pub fn take(&mut self, fetched: Fetched) -> Taken {
        if let Fetched::Eligible(result) = &fetched {
            let code = result.as_ref().err().and_then(Error::api).map(|error| error.code.as_str());
            self.unlicensed = code == Some(NO_LICENCE);
        }
        let error = match fetched {
            Fetched::Assignments(result) => keep(&mut self.assignments, result),
            Fetched::Eligible(result) => keep(&mut self.eligible, result),
            Fetched::Active(result) => keep(&mut self.active, result),
            Fetched::Denies(result) => keep(&mut self.denies, result),
            _ => return Taken::Nothing,
        };
        error.map_or(Taken::Kept, Taken::Failed)
    }

    /// The object ids in it: who has or could have a role, who is denied something, and who granted it.
    pub fn principal_ids(&self) -> impl Iterator<Item = &str> {
        let assigned = self.assignments.iter().map(|assignment| &assignment.properties);
        let assigned =
            assigned.flat_map(|of| [Some(of.principal_id.as_str()), of.created_by.as_deref()]).flatten();
        let scheduled = self.eligible.iter().map(|instance| instance.properties.principal_id.as_str());
        assigned.chain(scheduled).chain(self.denied().map(|(id, _)| id)).filter(|id| !id.is_empty())
    }

    /// The object ids of who has or could have a role in it.
    pub fn holders(&self) -> impl Iterator<Item = &str> {
        let assigned = self.assignments.iter().map(|assignment| assignment.properties.principal_id.as_str());
        let eligible = self.eligible.iter().map(|instance| instance.properties.principal_id.as_str());
        assigned.chain(eligible).filter(|id| !id.is_empty())
    }

    /// The object ids of groups in it, in small letters.
    pub fn groups(&self) -> impl Iterator<Item = String> + '_ {
        let assigned = self.assignments.iter().map(|assignment| &assignment.properties);
        let assigned = assigned.map(|of| (of.principal_id.as_str(), of.principal_type.as_ref()));
        let eligible = self.eligible.iter().map(|instance| &instance.properties);
        let eligible = eligible.map(|of| (of.principal_id.as_str(), of.principal_type.as_ref()));
        let is_group = |kind: Option<&PrincipalType>| kind == Some(&PrincipalType::Group);
        let held = assigned.chain(eligible).filter(move |(_, kind)| is_group(*kind)).map(|(id, _)| id);
        let denied = self.denied().filter(|(_, is_group)| *is_group).map(|(id, _)| id);
        held.chain(denied).filter(|id| !id.is_empty()).map(str::to_ascii_lowercase)
    }

    fn denied(&self) -> impl Iterator<Item = (&str, bool)> {
        let lists = self.denies.iter().map(|deny| &deny.properties);
        let named = lists.flat_map(|of| of.principals.iter().chain(&of.exclude_principals));
        let named = named.filter(|principal| !principal.is_everyone());
        named.filter_map(|principal| {
            let kind = principal.principal_type.as_deref().unwrap_or_default();
            Some((principal.id.as_deref()?, kind.eq_ignore_ascii_case("Group")))
        })
    }
}

fn keep<T>(place: &mut Arc<T>, result: Result<T, Error>) -> Option<Error> {
    match result {
        Ok(value) => {
            *place = Arc::new(value);
            None
        }
        Err(error) => Some(error),
    }
}

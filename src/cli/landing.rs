//! The WORKSPACE of the command line: which one it is, or why that cannot be said.

use super::exit::Failure;
use crate::azure::arm::id::ArmId;
use crate::domain::inventory::{Inventory, Landing};

/// The workspace that a name or id means; none when it cannot be told, because a part of the inventory
/// could not be read.
///
/// # Errors
/// When it fits none, or several, which are then listed with their ids.
pub fn find(inventory: &Inventory, text: &str) -> Result<Option<ArmId>, Failure> {
    let workspaces = inventory.workspaces();
    match inventory.find(text) {
        Landing::One(at) => Ok(Some(workspaces[at].id.clone())),
        // An account that sees nothing cannot tell what there is.
        Landing::None if inventory.problems.is_empty() && !workspaces.is_empty() => {
            let near = match inventory.alike(text).as_slice() {
                [] => String::new(),
                [one] => format!(": did you mean {one}?"),
                [several @ .., last] => format!(": did you mean {} or {last}?", several.join(", ")),
            };
            let end = if near.is_empty() { "." } else { "" };
            Err(Failure::wrong_use(format!(
                "no workspace is called '{text}'{near}{end} `amldeck list` shows every workspace that this account can read"
            )))
        }
        Landing::None => Ok(None),
        Landing::Several(found) => {
            let ids: Vec<&str> = found.iter().map(|at| workspaces[*at].id.as_str()).collect();
            Err(Failure::wrong_use(format!(
                "{} workspaces are called '{text}'; use group/name or one of these ids:\n{}",
                ids.len(),
                ids.join("\n")
            )))
        }
    }
}

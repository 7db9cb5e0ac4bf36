//! The rights that a plan needs of the caller, looked up before anything is sent.

use futures_util::future::try_join_all;

use super::step::{already, holds};
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::permissions::{self, Permission};
use crate::domain::access::permission::{self, Plane};
use crate::domain::plan::{Right, Step};

/// Which of these rights the caller lacks, by what Azure says of its own permissions at each scope.
///
/// # Errors
/// When Azure cannot be asked.
pub async fn lacking(client: &Client, rights: &[Right]) -> Result<Vec<Right>, Error> {
    let mut scopes: Vec<&ArmId> = Vec::new();
    for right in rights {
        if !scopes.contains(&&right.scope) {
            scopes.push(&right.scope);
        }
    }
    let answers = try_join_all(scopes.iter().map(|scope| async move {
        // What a plan will make has no permissions yet; those at its group, or subscription, will be inherited.
        let above = [scope.group_scope(), scope.subscription_id().map(ArmId::subscription)];
        let mut scopes = std::iter::once((*scope).clone()).chain(above.into_iter().flatten()).peekable();
        loop {
            let Some(scope) = scopes.next() else { return Ok(Vec::new()) };
            match client.list::<Permission>(&permissions::list(&scope)).await {
                // Who may not even see its own permissions at a scope has none there.
                Err(error) if error.is_forbidden() => return Ok(Vec::new()),
                Err(error) if error.is_not_found() && scopes.peek().is_some() => {}
                answer => return answer,
            }
        }
    }))
    .await?;
    let has = |right: &Right| {
        let at = scopes.iter().position(|scope| **scope == right.scope);
        let own = at.and_then(|at| answers.get(at));
        own.is_some_and(|own| permission::grant(own, Plane::Control, &right.action).is_allowed())
    };
    Ok(rights.iter().filter(|right| !has(right)).cloned().collect())
}

/// Which rights the caller lacks for these steps. What is so already sends nothing, and needs none.
///
/// # Errors
/// When Azure cannot be asked.
pub async fn lacking_for(client: &Client, steps: &[Step]) -> Result<Vec<Right>, Error> {
    let mut wanted: Vec<Right> = Vec::new();
    for right in steps.iter().flat_map(|step| &step.rights) {
        if !wanted.contains(right) {
            wanted.push(right.clone());
        }
    }
    let missing = lacking(client, &wanted).await?;
    let mut lacking: Vec<Right> = Vec::new();
    for step in steps {
        let here: Vec<Right> = step.rights.iter().filter(|right| missing.contains(right)).cloned().collect();
        if here.is_empty() || is_so(client, step).await {
            continue;
        }
        for right in here {
            if !lacking.contains(&right) {
                lacking.push(right);
            }
        }
    }
    Ok(lacking)
}

/// Whether a step finds that it is so already; one that cannot be read may have something to send.
pub(super) async fn is_so(client: &Client, step: &Step) -> bool {
    match already(client, step).await {
        Some(check) => holds(client, &check).await.is_ok_and(|verdict| verdict.holds),
        None => false,
    }
}

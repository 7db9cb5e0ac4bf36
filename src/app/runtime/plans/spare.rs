//! What a way back would delete and leaves, read from Azure.

use super::Halt;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::azure::resource_graph::{self, Page, UseRow};
use crate::domain::plan::{Left, Step, Use, deployment_of_way_back, made_anew};

/// Of how many resources one query asks: each is in it several times, and queries have a longest length.
const AT_ONCE: usize = 10;

/// What stays of what these steps delete, because something else depends on it or somebody made it anew. Resource Graph may
/// still list what was just deleted, so that whoever depends on something is read once more.
pub(super) async fn left(client: &Client, steps: &[Step]) -> Result<Left, Error> {
    let spares = || steps.iter().filter(|step| step.spares);
    let targets = Left::targets(spares().flat_map(|step| &step.requests));
    if targets.is_empty() {
        return Ok(Left::default());
    }
    let mut uses: Vec<Use> = Vec::new();
    for some in targets.chunks(AT_ONCE) {
        let page = client.json::<Page<UseRow>>(&resource_graph::uses_of(some)).await?;
        for row in page.rows {
            let is_known = uses.iter().any(|known| known.by == row.id) || targets.contains(&row.id);
            if is_known || is_there(client, &row.id).await {
                uses.push(Use { on: row.uses(), by: row.id });
            }
        }
    }
    let mut anew = Vec::new();
    for step in spares() {
        anew.extend(anew_of(client, step).await?);
    }
    let mut left = Left::of(&targets, &uses, anew);
    for identity in left.identities().cloned().collect::<Vec<ArmId>>() {
        let found = client.value(&Request::get(&identity, versions::MANAGED_IDENTITY)).await?;
        if let Some(principal) = found.pointer("/properties/principalId").and_then(|id| id.as_str()) {
            left.know(identity, principal);
        }
    }
    Ok(left)
}

/// What may not be read is there.
async fn is_there(client: &Client, id: &ArmId) -> bool {
    let version = if id.is_type("Microsoft.Insights/components") {
        versions::APP_INSIGHTS
    } else {
        versions::WORKSPACES
    };
    !client.value(&Request::get(id, version)).await.is_err_and(|error| error.is_not_found())
}

/// What of a step somebody made anew since its deployment, with why it stays.
async fn anew_of(client: &Client, step: &Step) -> Result<Vec<(ArmId, String)>, Error> {
    let Some(read) = deployment_of_way_back(&step.requests) else { return Ok(Vec::new()) };
    let deployment = match client.value(&read).await {
        Ok(deployment) => deployment,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut anew = Vec::new();
    for request in step.requests.iter().filter(|one| one.method == Method::Delete) {
        let ids = Left::targets(std::iter::once(request));
        let Some(id) = ids.into_iter().next() else { continue };
        let read = Request::arm_path(Method::Get, &request.path, request.api_version());
        match client.value(&read).await {
            Ok(found) => anew.extend(made_anew(id.name(), &found, &deployment).map(|why| (id, why))),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(anew)
}

impl super::Execution<'_> {
    /// What the run leaves. It is read once, and anew when a step begins that deletes what others may depend on.
    pub(super) async fn left(&mut self, at: usize, anew: bool) -> Result<Left, Halt> {
        if let Some((of, known)) = &self.left
            && (*of == at || !anew)
        {
            return Ok(known.clone());
        }
        let steps = self.run.plan.steps[at..].to_vec();
        let found = left(&self.client, &steps).await.map_err(|error| Halt::unread(&error))?;
        self.left = Some((at, found.clone()));
        Ok(found)
    }
}

//! The resources of a deployment, by its operations, and by those of the deployments within it: these have lists of their own.

use futures_util::future::join_all;
use serde_json::Value;

use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::domain::plan::Part;

/// How deep deployments within deployments are looked into.
const DEEPEST: usize = 4;

/// Reads the resources of a deployment; none when its operations cannot be read, which stops nothing. In place of a deployment
/// within it stands what that makes, where that is known.
pub(super) async fn parts_of(client: &Client, operations: Option<&Request>) -> Vec<Part> {
    match operations {
        Some(operations) => looked(client, operations).await.0,
        None => Vec::new(),
    }
}

/// The same; none when any of the lists cannot be read.
pub(super) async fn all_parts_of(client: &Client, operations: &Request) -> Option<Vec<Part>> {
    let (parts, whole) = looked(client, operations).await;
    whole.then_some(parts)
}

/// The resources, and whether every list of them could be read.
async fn looked(client: &Client, operations: &Request) -> (Vec<Part>, bool) {
    let Ok(mut parts) = read(client, operations).await else { return (Vec::new(), false) };
    let mut whole = true;
    for _ in 0..DEEPEST {
        let nested: Vec<Part> = parts.iter().filter(|part| part.is_deployment()).cloned().collect();
        let below = join_all(nested.iter().map(|part| within(client, part, operations.api_version()))).await;
        let mut is_new = false;
        for (deployment, below) in nested.iter().zip(below) {
            whole &= below.is_ok();
            let below = below.unwrap_or_default();
            if !Part::tells_more(&below, deployment) {
                continue;
            }
            is_new |= below.iter().any(Part::is_deployment);
            if let Some(at) = parts.iter().position(|part| part.resource == deployment.resource) {
                parts.splice(at..=at, below);
            }
        }
        if !is_new {
            break;
        }
    }
    (parts, whole)
}

/// What a deployment within another one makes; nothing of one that is not there yet.
async fn within(client: &Client, deployment: &Part, version: &str) -> Result<Vec<Part>, Error> {
    let Ok(id) = ArmId::parse(&deployment.resource) else { return Ok(Vec::new()) };
    match read(client, &Request::get(&id.join("operations"), version)).await {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        read => read,
    }
}

async fn read(client: &Client, operations: &Request) -> Result<Vec<Part>, Error> {
    client.list::<Value>(operations).await.map(|items| Part::read_all(&items))
}

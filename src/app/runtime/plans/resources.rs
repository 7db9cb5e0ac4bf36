//! The resources of a deployment, by its operations, and by those of the deployments within it: these have lists of their own.

use futures_util::future::join_all;
use serde_json::Value;

use crate::azure::arm::client::Client;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::domain::plan::Part;

/// How deep deployments within deployments are looked into.
const DEEPEST: usize = 4;

/// Reads the resources of a deployment; none when its operations cannot be read, which stops nothing. In place of a deployment
/// within it stands what that makes, where that is known.
pub(super) async fn parts_of(client: &Client, operations: Option<&Request>) -> Vec<Part> {
    let Some(request) = operations else { return Vec::new() };
    let mut parts = read(client, request).await;
    for _ in 0..DEEPEST {
        let nested: Vec<Part> = parts.iter().filter(|part| part.is_deployment()).cloned().collect();
        let below = join_all(nested.iter().map(|part| within(client, part, request.api_version()))).await;
        let mut is_new = false;
        for (deployment, below) in nested.iter().zip(below) {
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
    parts
}

/// What a deployment within another one makes.
async fn within(client: &Client, deployment: &Part, version: &str) -> Vec<Part> {
    let Ok(id) = ArmId::parse(&deployment.resource) else { return Vec::new() };
    read(client, &Request::get(&id.join("operations"), version)).await
}

async fn read(client: &Client, operations: &Request) -> Vec<Part> {
    client.list::<Value>(operations).await.map(|items| Part::read_all(&items)).unwrap_or_default()
}

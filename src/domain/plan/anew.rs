//! What a way back finds under a name that its run gave, and that somebody made anew since: it is not the run's any more.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::read_as;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// Where resources say when they were made: most as the resource manager puts it, some types only in words of their own.
const MADE: [&str; 4] = [
    "/systemData/createdAt",
    "/properties/creationTime",
    "/properties/creationDate",
    "/properties/createdDate",
];
/// What a deployment ends with may be made a little later, as its own clock says.
const SLACK: SignedDuration = SignedDuration::from_secs(10);

/// Reads the deployment that these requests of a way back forget, which made what they delete; none where there is none.
#[must_use]
pub fn deployment_of_way_back(requests: &[Request]) -> Option<Request> {
    let deleted = requests.iter().filter(|one| one.method == Method::Delete);
    let mut ids = deleted.filter_map(|one| ArmId::parse(&one.path).ok());
    let id = ids.find(|id| id.is_type("Microsoft.Resources/deployments"))?;
    Some(Request::get(&id, versions::RESOURCES))
}

/// Why a resource stays, as a sentence: it was made after the deployment ended that it would be deleted for. None where it
/// was not, or where either does not say when.
#[must_use]
pub fn made_anew(name: &str, resource: &Value, deployment: &Value) -> Option<String> {
    let time = |value: &Value, at: &str| read_as(value, at)?.as_str()?.parse::<Timestamp>().ok();
    let ended = time(deployment, "/properties/timestamp")?;
    let made = MADE.iter().find_map(|at| time(resource, at))?;
    (made > ended + SLACK).then(|| {
        format!("{name} stays: it was made on {}, after this run.", made.strftime("%Y-%m-%d at %H:%M UTC"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_made_after_the_deployment_is_somebody_elses() {
        let deployment = json!({ "properties": { "timestamp": "2026-11-22T10:00:00.1234567Z" } });
        let said = |resource: Value| made_anew("mlw-a", &resource, &deployment);
        assert_eq!(said(json!({ "systemData": { "createdAt": "2026-11-22T09:59:00Z" } })), None);
        assert_eq!(said(json!({ "systemData": { "createdAt": "2026-11-22T10:00:05Z" } })), None);
        assert_eq!(said(json!({ "properties": {} })), None, "nobody knows");
        let later = said(json!({ "properties": { "CreationDate": "2026-11-23T08:05:00Z" } }));
        assert_eq!(later.unwrap(), "mlw-a stays: it was made on 2026-11-23 at 08:05 UTC, after this run.");
        assert_eq!(
            made_anew("mlw-a", &json!({ "systemData": { "createdAt": "2026-11-23T08:05:00Z" } }), &json!({})),
            None
        );
    }

    #[test]
    fn the_deployment_is_the_one_that_is_forgotten() {
        let group = ArmId::group("s", "g");
        let delete = |path: &str| Request::arm(Method::Delete, &group.join(path), versions::RESOURCES);
        let account = delete("providers/Microsoft.Storage/storageAccounts/st");
        let forget = delete("providers/Microsoft.Resources/deployments/amldeck-a");
        assert_eq!(deployment_of_way_back(std::slice::from_ref(&account)), None);
        let read = deployment_of_way_back(&[account, forget.clone()]).unwrap();
        assert_eq!((read.method, read.path), (Method::Get, forget.path));
    }
}

//! What a `$filter` says is carried out, or refused: an answer that is empty because of a slip of the pen would be a lie.

use amldeck::emulator::Options;
use reqwest::StatusCode;
use serde_json::json;

use crate::stage::{Client, SUB, group, options, storage, workspace};

#[tokio::test]
async fn a_filter_that_is_not_understood_is_refused_on_every_list_that_takes_one() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let group = group();
    let authorization = format!("{group}/providers/Microsoft.Authorization");
    for (list, code) in [
        (format!("{SUB}/resources"), "InvalidFilterInQueryString"),
        (format!("{group}/resources"), "InvalidFilterInQueryString"),
        (format!("{SUB}/resourcegroups"), "InvalidFilterInQueryString"),
        (format!("{group}/providers/Microsoft.Resources/deployments"), "InvalidFilterInQueryString"),
        (format!("{SUB}/providers/Microsoft.Authorization/policyDefinitions"), "InvalidFilterInQueryString"),
        (format!("{authorization}/eligibleChildResources"), "InvalidFilterInQueryString"),
        (format!("{authorization}/roleAssignments"), "UnsupportedQuery"),
        (format!("{authorization}/roleDefinitions"), "UnsupportedQuery"),
        (format!("{authorization}/denyAssignments"), "UnsupportedQuery"),
        (format!("{authorization}/roleEligibilityScheduleInstances"), "UnsupportedQuery"),
        (format!("{authorization}/locks"), "UnsupportedQuery"),
        (format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values"), "BadRequest"),
        (format!("{}/blobServices/default/containers", storage()), "InvalidValuesForRequestParameters"),
    ] {
        for filter in ["foo eq 'x'", "foo(", "startswith(foo, 'x')", "identity/foo eq 'x'"] {
            let got = client.get(&format!("{list}?$filter={filter}")).await;
            assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, code), "{list} {filter}");
        }
    }
    let states = format!("{SUB}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults");
    let got = client.post(&format!("{states}?api-version=2019-10-01&$filter=foo eq 'x'"), json!({})).await;
    assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "InvalidFilterInQueryString"));
    for path in ["users", "groups", "servicePrincipals"] {
        let got = client.get(&format!("/v1.0/{path}?$filter=foo eq 'x'")).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn generic_lists_take_the_filters_that_are_documented() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let kind = "Microsoft.MachineLearningServices/workspaces";
    let all = client.get(&format!("{}/resources", group())).await.names().len();
    let name = workspace().rsplit('/').next().unwrap().to_owned();
    let count = async |filter: &str| {
        let got = client.get(&format!("{}/resources?$filter={filter}", group())).await;
        assert_eq!(got.status, StatusCode::OK, "{filter}: {:?}", got.body);
        got.names().len()
    };
    let workspaces = count(&format!("resourceType eq '{kind}'")).await;
    assert!(workspaces > 0 && workspaces < all);
    assert_eq!(count(&format!("resourceType ne '{kind}'")).await, all - workspaces);
    assert_eq!(count(&format!("name eq '{name}' and resourceType eq '{kind}'")).await, 1);
    assert_eq!(count(&format!("substringof('{name}', name)")).await, 1);
    assert_eq!(count("tagName eq 'nobody' and tagValue eq 'has it'").await, 0);
    assert_eq!(count("identity/principalId eq 'nobody'").await, 0);
    let principal = client.get(&workspace()).await.body["identity"]["principalId"].clone();
    assert_eq!(count(&format!("identity/principalId eq '{}'", principal.as_str().unwrap())).await, 1);
    let lonely = client.get(&format!("{}/resources?$filter=tagValue eq 'x'", group())).await;
    assert_eq!(lonely.code(), "InvalidFilterInQueryString", "a value belongs to a name");
}

#[tokio::test]
async fn containers_and_shares_are_listed_by_what_their_names_begin_with() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let blobs = format!("{}/blobServices/default/containers", storage());
    let shares = format!("{}/fileServices/default/shares", storage());
    for name in ["alpha-one", "alpha-two", "beta"] {
        assert_eq!(client.put(&format!("{blobs}/{name}"), json!({})).await.status, StatusCode::CREATED);
        assert_eq!(client.put(&format!("{shares}/{name}"), json!({})).await.status, StatusCode::CREATED);
    }
    assert_eq!(client.get(&format!("{blobs}?$filter=alpha")).await.names(), ["alpha-one", "alpha-two"]);
    let begins = format!("{shares}?$filter=startswith(name, 'alpha')");
    assert_eq!(client.get(&begins).await.names(), ["alpha-one", "alpha-two"]);
    let page = client.get(&format!("{blobs}?$maxpagesize=2")).await;
    assert_eq!(page.names().len(), 2);
    assert!(page.body["nextLink"].is_string());
}

//! What a read-only console may send: decided by method and path, in the transport, before any byte goes
//! out. Whatever is not on the list is a write.

use super::request::{Method, Request, Service};

/// Whether a request only reads.
#[must_use]
pub fn allows(request: &Request) -> bool {
    match request.method {
        Method::Get | Method::Head => true,
        Method::Post => reads_by_post(request),
        Method::Put | Method::Patch | Method::Delete => false,
    }
}

/// The POSTs that change nothing.
#[must_use]
pub fn reads_by_post(request: &Request) -> bool {
    if request.method != Method::Post {
        return false;
    }
    let path = request.path.to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match request.service {
        Service::Arm => match segments.as_slice() {
            ["subscriptions", _, "providers", _, rest @ ..]
                if rest.last() == Some(&"checknameavailability") =>
            {
                // .../checkNameAvailability and .../locations/{l}/checkNameAvailability
                matches!(rest, [_] | ["locations", _, _])
            }
            ["providers", "microsoft.resourcegraph", "resources"]
            | [.., "providers", "microsoft.resources", "deployments", _, "validate" | "whatif"]
            // What Azure Policy says of a scope is asked with a body, and changes nothing.
            | [.., "providers", "microsoft.policyinsights", "policystates", "latest" | "default", "queryresults"] => {
                true
            }
            _ => false,
        },
        Service::Graph => matches!(
            segments.as_slice(),
            ["directoryobjects", "getbyids"]
                | ["me", "checkmembergroups"]
                | ["directoryobjects" | "users" | "groups" | "serviceprincipals", _, "checkmembergroups"]
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pass_and_everything_else_is_a_write() {
        let arm = |method, path: &str| Request::arm_path(method, path, "2024-01-01");
        let graph = |method, path: &str| Request::graph(method, path);
        let allowed = [
            arm(Method::Get, "/subscriptions"),
            arm(Method::Head, "/subscriptions/x/resourcegroups/g"),
            arm(Method::Post, "/providers/Microsoft.ResourceGraph/resources"),
            arm(Method::Post, "/subscriptions/x/providers/Microsoft.Storage/checkNameAvailability"),
            arm(
                Method::Post,
                "/subscriptions/x/resourcegroups/g/providers/Microsoft.Resources/deployments/d/validate",
            ),
            arm(Method::Post, "/subscriptions/x/providers/Microsoft.Resources/deployments/d/whatIf"),
            arm(
                Method::Post,
                "/subscriptions/x/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults",
            ),
            graph(Method::Post, "/directoryObjects/getByIds"),
            graph(Method::Post, "/users/1/checkMemberGroups"),
            graph(Method::Get, "/me"),
        ];
        for request in allowed {
            assert!(allows(&request), "{request:?}");
        }
        let workspace =
            "/subscriptions/x/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
        let refused = [
            arm(Method::Put, workspace),
            arm(Method::Patch, workspace),
            arm(Method::Delete, workspace),
            arm(Method::Post, &format!("{workspace}/diagnose")),
            arm(Method::Post, &format!("{workspace}/listKeys")),
            arm(Method::Post, "/subscriptions/x/providers/Microsoft.Resources/deployments/d/cancel"),
            arm(Method::Post, "/providers/Microsoft.ResourceGraph/resources/x"),
            arm(
                Method::Post,
                "/subscriptions/x/providers/Microsoft.PolicyInsights/policyStates/latest/triggerEvaluation",
            ),
            arm(Method::Post, &format!("{workspace}/checkNameAvailability")),
            arm(Method::Post, "/subscriptions/x/resourceGroups/validate"),
            graph(Method::Post, "/groups/1/members/$ref"),
            graph(Method::Post, "/providers/Microsoft.ResourceGraph/resources"),
            arm(Method::Post, "/directoryObjects/getByIds"),
        ];
        for request in refused {
            assert!(!allows(&request), "{request:?}");
        }
    }
}

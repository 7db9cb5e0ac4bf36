//! Microsoft Graph: names of principals, members of groups, the caller and the organisation. Requests
//! and models, no I/O.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::arm::id::ArmId;
use super::arm::request::{Method, Request};
use super::resources::lenient;

/// Ids in one call of `getByIds`; Microsoft Graph takes no more.
pub const IDS_PER_CALL: usize = 1000;

/// What has an object id and may hold a role, by Microsoft Graph's names: partners' groups and devices too.
const TYPES: [&str; 5] = ["user", "group", "servicePrincipal", "device", "directoryObjectPartnerReference"];

/// A user, group or service principal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The object id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub id: String,
    /// Which of them: `#microsoft.graph.user` and so on; single reads leave it out.
    #[serde(rename = "@odata.type", default, deserialize_with = "lenient::text")]
    pub odata_type: Option<String>,
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// Of a user: the sign-in name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_principal_name: Option<String>,
    /// The mail address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub mail: Option<String>,
    /// Of a user: `Member` or `Guest`; `getByIds` leaves it out.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_type: Option<String>,
    /// Of a user or service principal: whether it can sign in.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub account_enabled: Option<bool>,
    /// Of a service principal: `Application`, `ManagedIdentity`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub service_principal_type: Option<String>,
    /// Of a service principal: the application's id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub app_id: Option<String>,
    /// Of a managed identity: whether it is user-assigned, and the ARM id of what it belongs to.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub alternative_names: Vec<String>,
    /// Of a group: a rule that decides who is in it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub membership_rule: Option<String>,
}

/// What a principal is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PrincipalKind {
    /// A person of the organisation.
    User,
    /// A person of another organisation.
    Guest,
    /// A group.
    Group,
    /// An application.
    Application,
    /// A managed identity.
    ManagedIdentity,
    /// A group of another tenant.
    ForeignGroup,
    /// A device.
    Device,
    /// Something else, as Azure named it.
    Other(String),
}

impl PrincipalKind {
    /// One word for a table.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::User => "User",
            Self::Guest => "Guest",
            Self::Group => "Group",
            Self::Application => "App",
            Self::ManagedIdentity => "Identity",
            Self::ForeignGroup => "Foreign group",
            Self::Device => "Device",
            Self::Other(text) => text,
        }
    }

    /// Whether it is a person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self, Self::User | Self::Guest)
    }
}

impl Principal {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        let odata = self.odata_type.as_deref().map(|text| text.trim_start_matches("#microsoft.graph."));
        match odata {
            Some("group") => PrincipalKind::Group,
            Some("device") => PrincipalKind::Device,
            Some("servicePrincipal") => self.service_principal_kind(),
            Some("user") => self.user_kind(),
            Some("directoryObjectPartnerReference") => PrincipalKind::ForeignGroup,
            Some(other) => PrincipalKind::Other(other.to_owned()),
            None if self.service_principal_type.is_some() || self.app_id.is_some() => {
                self.service_principal_kind()
            }
            None if self.user_principal_name.is_some() => self.user_kind(),
            None => PrincipalKind::Group,
        }
    }

    fn service_principal_kind(&self) -> PrincipalKind {
        match self.service_principal_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("ManagedIdentity") => PrincipalKind::ManagedIdentity,
            _ => PrincipalKind::Application,
        }
    }

    fn user_kind(&self) -> PrincipalKind {
        // `getByIds` leaves the user type out, but a guest's sign-in name carries the mark.
        let marked = self.user_principal_name.as_deref().is_some_and(|name| name.contains("#EXT#"));
        match self.user_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("Guest") => PrincipalKind::Guest,
            None if marked => PrincipalKind::Guest,
            _ => PrincipalKind::User,
        }
    }

    /// The name to show: the display name, else the sign-in name, else the id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.display_name.as_deref().or(self.user_principal_name.as_deref()).unwrap_or(&self.id)
    }

    /// The address to show beside the name: of a user the sign-in name, or of a guest the mail.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match self.kind() {
            PrincipalKind::Guest => self.mail.as_deref().or(self.user_principal_name.as_deref()),
            PrincipalKind::User => self.user_principal_name.as_deref(),
            _ => self.mail.as_deref(),
        }
    }

    /// Of a managed identity: the identity's or its resource's ARM id.
    #[must_use]
    pub fn identity_resource(&self) -> Option<ArmId> {
        self.alternative_names.iter().find_map(|name| ArmId::parse(name).ok())
    }
}

/// The organisation behind a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// The tenant's id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub id: String,
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
}

/// Asks for the names of principals, in as few calls as the service allows. Doubled ids are asked once.
/// All kinds are asked for that a role may be given to. An id that the answer leaves out may be deleted, hidden from
/// the caller or too new: [`object`] tells.
#[must_use]
pub fn names(ids: &[String]) -> Vec<Request> {
    let mut unique: Vec<String> = ids.iter().map(|id| id.to_ascii_lowercase()).collect();
    unique.sort_unstable();
    unique.dedup();
    unique
        .chunks(IDS_PER_CALL)
        .map(|ids| {
            Request::graph(Method::Post, "/directoryObjects/getByIds")
                .body(json!({"ids": ids, "types": TYPES}))
        })
        .collect()
}

/// Reads one object of whatever kind by its id: 404 where the directory has none, 403 where the caller may not see it.
/// None for what is no id.
#[must_use]
pub fn object(id: &str) -> Option<Request> {
    let id = uuid::Uuid::try_parse(id).ok()?;
    Some(Request::graph(Method::Get, &format!("/directoryObjects/{id}")))
}

/// What the directory says of ids that it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrincipalLookup {
    /// Those that it has.
    pub found: Vec<Principal>,
    /// Those of which it does not say whether it has them, each with the reason. What is in neither list it does
    /// not have.
    pub unsure: Vec<(String, String)>,
}

/// How many principals of each kind a search gives; who looks for one types more.
pub const FOUND_PER_KIND: usize = 15;

/// Searches for principals with words in their name or address: users, groups, and applications with
/// managed identities. Each answer is one page; its `@odata.nextLink` is not worth following. Microsoft Graph
/// knows no search over all kinds.
#[must_use]
pub fn search(words: &str) -> [Request; 3] {
    // What ends or escapes a clause cannot be searched for.
    let words: String = words.chars().map(|c| if matches!(c, '"' | '\\') { ' ' } else { c }).collect();
    let words = words.trim();
    let request = |path: &str, clauses: &[&str], select: &'static str| {
        let clauses: Vec<String> = clauses.iter().map(|name| format!("\"{name}:{words}\"")).collect();
        Request::graph(Method::Get, path)
            .query("$search", clauses.join(" OR "))
            .query("$select", select)
            .query("$top", FOUND_PER_KIND.to_string())
    };
    [
        request(
            "/users",
            &["displayName", "userPrincipalName", "mail"],
            "id,displayName,userPrincipalName,mail,userType,accountEnabled",
        ),
        request("/groups", &["displayName"], "id,displayName,mail,membershipRule"),
        request(
            "/servicePrincipals",
            &["displayName"],
            "id,appId,displayName,servicePrincipalType,alternativeNames,accountEnabled",
        ),
    ]
}

/// Lists the members of a group, nested groups opened.
#[must_use]
pub fn members(group_id: &str) -> Request {
    Request::graph(Method::Get, &format!("/groups/{group_id}/transitiveMembers")).query("$top", "999").query(
        "$select",
        "id,displayName,userPrincipalName,mail,userType,servicePrincipalType,alternativeNames",
    )
}

/// Reads who the caller is; only a person has an answer.
#[must_use]
pub fn me() -> Request {
    Request::graph(Method::Get, "/me").query("$select", "id,displayName,userPrincipalName,mail,userType")
}

/// Reads the name of the organisation.
#[must_use]
pub fn organization() -> Request {
    Request::graph(Method::Get, "/organization").query("$select", "id,displayName")
}

/// The requests that find principals by exactly this name or address, in any case: users, groups, and
/// service principals.
#[must_use]
pub fn named(text: &str) -> [Request; 3] {
    // A quotation mark inside of a literal is written twice (OData 4.01, URL conventions).
    let text = text.replace('\'', "''");
    let request = |kind: &str, fields: &[&str], select: &str| {
        let terms: Vec<String> = fields.iter().map(|field| format!("{field} eq '{text}'")).collect();
        Request::graph(Method::Get, &format!("/{kind}"))
            .query("$filter", terms.join(" or "))
            .query("$select", select.to_owned())
    };
    [
        request(
            "users",
            &["userPrincipalName", "mail", "displayName"],
            "id,displayName,userPrincipalName,mail,userType",
        ),
        request("groups", &["mail", "displayName"], "id,displayName,mail"),
        request(
            "servicePrincipals",
            &["displayName"],
            "id,appId,displayName,servicePrincipalType,alternativeNames",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(value: serde_json::Value) -> Principal {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_principal_says_what_it_is() {
        for (value, kind) in [
            (
                json!({"@odata.type": "#microsoft.graph.user", "userPrincipalName": "ada@contoso.com"}),
                PrincipalKind::User,
            ),
            (json!({"@odata.type": "#microsoft.graph.user", "userType": "Guest"}), PrincipalKind::Guest),
            (
                json!({"@odata.type": "#microsoft.graph.user", "userPrincipalName": "x_y.com#EXT#@contoso.onmicrosoft.com"}),
                PrincipalKind::Guest,
            ),
            (json!({"@odata.type": "#microsoft.graph.group"}), PrincipalKind::Group),
            (
                json!({"@odata.type": "#microsoft.graph.servicePrincipal", "servicePrincipalType": "ManagedIdentity"}),
                PrincipalKind::ManagedIdentity,
            ),
            (json!({"appId": "a", "servicePrincipalType": "Application"}), PrincipalKind::Application),
            (
                json!({"@odata.type": "#microsoft.graph.orgContact"}),
                PrincipalKind::Other("orgContact".into()),
            ),
        ] {
            assert_eq!(principal(value.clone()).kind(), kind, "{value}");
        }
    }

    #[test]
    fn a_managed_identity_leads_back_to_its_resource() {
        let id = "/subscriptions/s/resourcegroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
        let identity = principal(json!({"alternativeNames": ["isExplicit=False", id]}));
        assert_eq!(identity.identity_resource().unwrap().name(), "w");
    }

    #[test]
    fn a_search_cannot_leave_its_clause() {
        let requests = search(" ada\" OR \"mail:x\\");
        let of =
            |request: &Request| request.query.iter().find(|(name, _)| name == "$search").unwrap().1.clone();
        let users = of(&requests[0]);
        assert_eq!(
            users,
            "\"displayName:ada  OR  mail:x\" OR \"userPrincipalName:ada  OR  mail:x\" OR \"mail:ada  OR  mail:x\""
        );
        assert_eq!(of(&requests[1]), "\"displayName:ada  OR  mail:x\"");
        assert_eq!(requests[2].path, "/servicePrincipals");
    }

    #[test]
    fn every_kind_that_may_hold_a_role_is_asked_for_and_one_alone_by_its_id() {
        let all = names(&["a".into()]).remove(0);
        let types = &all.body.unwrap()["types"];
        for kind in ["user", "group", "servicePrincipal", "device", "directoryObjectPartnerReference"] {
            assert!(types.as_array().unwrap().iter().any(|one| one == kind), "{types}");
        }
        let id = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        assert_eq!(object(id).unwrap().path, format!("/directoryObjects/{id}"));
        assert!(object("me/messages").is_none());
    }

    #[test]
    fn names_are_asked_once_each_in_calls_of_a_thousand() {
        let mut ids: Vec<String> = (0..1500).map(|n| format!("{n:04}")).collect();
        ids.push("0000".into());
        let requests = names(&ids);
        let counts: Vec<usize> =
            requests.iter().map(|r| r.body.as_ref().unwrap()["ids"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [1000, 500]);
        assert!(names(&[]).is_empty());
    }
}

//! The activity log: what was changed below a subscription, when, by whom. Model and requests.
//!
//! An event is written when an operation begins and again when it ends; both carry its correlation id.
//! Events are kept for 90 days. Fields are those of `EventData` of Microsoft.Insights 2015-04-01.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// The claims of a caller under which the object id stands.
const OBJECT_ID: [&str; 2] = ["http://schemas.microsoft.com/identity/claims/objectidentifier", "oid"];

/// One event of the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The id of the event, which no other event has.
    #[serde(default, deserialize_with = "lenient::text")]
    pub event_data_id: Option<String>,
    /// What all events of one request share, and often those of a whole deployment.
    #[serde(default, deserialize_with = "lenient::text")]
    pub correlation_id: Option<String>,
    /// When it happened.
    #[serde(default, deserialize_with = "lenient::time")]
    pub event_timestamp: Option<Timestamp>,
    /// Who: the sign-in name of a person, the object id of anything else.
    #[serde(default, deserialize_with = "lenient::text")]
    pub caller: Option<String>,
    /// What the caller's token said, by claim.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub claims: Map<String, Value>,
    /// What it was done to.
    #[serde(default, deserialize_with = "lenient::id")]
    pub resource_id: Option<ArmId>,
    /// The operation, such as `Microsoft.Storage/storageAccounts/write`.
    #[serde(default)]
    pub operation_name: Said,
    /// How far it is, a [`Status`].
    #[serde(default)]
    pub status: Said,
    /// Often the HTTP status in words.
    #[serde(default)]
    pub sub_status: Said,
    /// What the provider adds: request and answer as JSON in a text, error messages. Null from some.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub properties: Map<String, Value>,
    /// From where it was asked.
    #[serde(default)]
    pub http_request: Option<HttpRequest>,
}

/// The request behind an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// The address it came from.
    #[serde(default, deserialize_with = "lenient::text")]
    pub client_ip_address: Option<String>,
}

text_enum! {
    /// How far an operation is, as one event says it.
    Status {
        /// It was asked for.
        Started = "Started",
        /// It goes on.
        InProgress = "In Progress",
        /// The provider took it on; how it ends comes later, if at all.
        Accepted = "Accepted",
        /// Done.
        Succeeded = "Succeeded",
        /// Refused, or it went wrong.
        Failed = "Failed",
    }
}

/// A text that the log sends with its translation, and old events as itself. What is neither is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The text that does not depend on a language.
    pub value: String,
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Sent {
            Plain(String),
            Pair { value: Option<String> },
            Else(serde::de::IgnoredAny),
        }
        let value = match Option::<Sent>::deserialize(deserializer)? {
            Some(Sent::Plain(text) | Sent::Pair { value: Some(text) }) => text,
            Some(Sent::Pair { value: None } | Sent::Else(_)) | None => String::new(),
        };
        Ok(Self { value })
    }
}

impl Event {
    /// How far the operation was; none where the event does not say.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        (!self.status.value.is_empty()).then(|| Status::parse(&self.status.value))
    }

    /// The caller's object id, where the token had one or the caller is written by it.
    #[must_use]
    pub fn caller_id(&self) -> Option<&str> {
        let claimed = OBJECT_ID.iter().find_map(|name| self.claims.get(*name)?.as_str());
        claimed.or_else(|| self.caller.as_deref().filter(|caller| uuid::Uuid::try_parse(caller).is_ok()))
    }

    /// The caller's name as the token had it.
    #[must_use]
    pub fn caller_name(&self) -> Option<&str> {
        self.claims.get("name")?.as_str().filter(|name| !name.trim().is_empty())
    }

    /// A property that holds JSON as text, or as itself; `name` is compared without case.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<Value> {
        let (_, found) = self.properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        match found {
            Value::String(text) => serde_json::from_str(text).ok(),
            Value::Object(_) | Value::Array(_) => Some(found.clone()),
            _ => None,
        }
    }

    /// Why it failed: code and message where the provider sent an error, else the plain text.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let plain = || {
            let (_, found) =
                self.properties.iter().find(|(known, _)| known.eq_ignore_ascii_case("statusMessage"))?;
            found.as_str().map(str::to_owned)
        };
        let Some(said) = self.document("statusMessage") else { return plain() };
        let error = said.get("error").unwrap_or(&said);
        let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (text("code"), text("message")) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
            (None, None) => plain(),
        }
    }
}

/// The few things that the log can be asked for besides a time; the service takes no other filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum About {
    /// Everything in a resource group.
    Group(ArmId),
    /// One resource.
    Resource(ArmId),
    /// Everything of one resource provider in a subscription, such as `Microsoft.Authorization`.
    Provider {
        /// The subscription's scope.
        subscription: ArmId,
        /// The provider's namespace.
        namespace: String,
    },
}

impl About {
    fn scope(&self) -> &ArmId {
        match self {
            Self::Group(id) | Self::Resource(id) => id,
            Self::Provider { subscription, .. } => subscription,
        }
    }

    /// The comparison as the service takes it; a quote in a name is doubled.
    fn filter(&self) -> String {
        let quoted = |text: &str| text.replace('\'', "''");
        match self {
            Self::Group(id) => format!("resourceGroupName eq '{}'", quoted(id.name())),
            Self::Resource(id) => format!("resourceUri eq '{}'", quoted(id.as_str())),
            Self::Provider { namespace, .. } => format!("resourceProvider eq '{}'", quoted(namespace)),
        }
    }
}

/// Lists events since a time; none where the scope has no subscription, whose log it would be. An end is left
/// out: the service does not need one, and a clock that is slow here would cut off what happened last.
#[must_use]
pub fn list(about: &About, since: Timestamp) -> Option<Request> {
    let subscription = about.scope().subscription_id()?;
    let path =
        format!("/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values");
    let filter = format!("eventTimestamp ge '{since}' and {}", about.filter());
    Some(Request::arm_path(Method::Get, &path, versions::ACTIVITY_LOG).query("$filter", filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(value: Value) -> Event {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_log_is_asked_with_one_of_the_filters_that_it_takes() {
        let since = Timestamp::UNIX_EPOCH;
        let range = "eventTimestamp ge '1970-01-01T00:00:00Z'";
        let group = ArmId::group("s", "rg'1");
        let account = group.join("providers/Microsoft.Storage/storageAccounts/st");
        let provider = About::Provider {
            subscription: ArmId::subscription("s"),
            namespace: "Microsoft.Authorization".into(),
        };
        for (about, expected) in [
            (About::Group(group.clone()), "resourceGroupName eq 'rg''1'".to_owned()),
            (
                About::Resource(account.clone()),
                format!("resourceUri eq '{}'", account.as_str().replace('\'', "''")),
            ),
            (provider, "resourceProvider eq 'Microsoft.Authorization'".to_owned()),
        ] {
            let request = list(&about, since).unwrap();
            assert_eq!(
                request.path,
                "/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values"
            );
            let filter = &request.query.iter().find(|(name, _)| name == "$filter").unwrap().1;
            assert_eq!(*filter, format!("{range} and {expected}"));
        }
        assert_eq!(list(&About::Group(ArmId::root()), since), None);
    }

    #[test]
    fn the_request_and_the_answer_of_an_event_hold_no_secret() {
        let body =
            json!({"properties": {"adminPassword": "hush", "minimumTlsVersion": "TLS1_2"}}).to_string();
        let sent =
            json!({"value": [{"properties": {"requestbody": body, "responseBody": format!("OK {body}")}}]});
        let list: Value = crate::azure::arm::body::decode(sent.to_string().as_bytes()).unwrap();
        let event: Event = serde_json::from_value(list["value"][0].clone()).unwrap();
        assert!(!format!("{event:?}").contains("hush"), "{event:?}");
        assert_eq!(event.document("requestBody").unwrap()["properties"]["minimumTlsVersion"], "TLS1_2");
    }

    #[test]
    fn the_caller_is_known_by_claim_or_by_an_object_id_in_place_of_a_name() {
        let id = "25aade10-5dd9-4101-8e8a-0472f76c6c7a";
        let claimed =
            event(json!({"caller": "sam@contoso.com", "claims": {OBJECT_ID[0]: id, "name": "Sam"}}));
        assert_eq!((claimed.caller_id(), claimed.caller_name()), (Some(id), Some("Sam")));
        assert_eq!(event(json!({ "caller": id })).caller_id(), Some(id));
        assert_eq!(event(json!({"caller": "sam@contoso.com"})).caller_id(), None);
    }

    #[test]
    fn an_odd_event_is_read_as_far_as_it_goes() {
        let odd = event(json!({
            "claims": null, "properties": null, "resourceId": "", "operationName": "Microsoft.X/y/write",
            "status": {"value": "Queued"}, "eventTimestamp": "soon", "httpRequest": null,
            "subStatus": {"localizedValue": "x"}, "extra": [1]
        }));
        assert_eq!(odd.operation_name.value, "Microsoft.X/y/write");
        assert_eq!(odd.status(), Some(Status::Other("Queued".into())));
        assert!(
            odd.event_timestamp.is_none() && odd.resource_id.is_none() && odd.sub_status.value.is_empty()
        );
        assert_eq!(event(json!({"status": 7, "operationName": null})), Event::default());
    }

    #[test]
    fn documents_and_failures_are_read_out_of_texts() {
        let found = event(json!({"properties": {
            "requestbody": "{\"Properties\": {\"PrincipalId\": \"p\"}}",
            "statusMessage": "{\"error\":{\"code\":\"Denied\",\"message\":\"by policy\"}}", "broken": "{"
        }}));
        assert_eq!(found.document("requestBody").unwrap()["Properties"]["PrincipalId"], "p");
        assert_eq!(found.document("broken"), None);
        assert_eq!(found.failure().as_deref(), Some("Denied: by policy"));
        let plain = event(json!({"properties": {"statusMessage": "no such luck"}}));
        assert_eq!(plain.failure().as_deref(), Some("no such luck"));
        assert_eq!(Event::default().failure(), None);
    }
}

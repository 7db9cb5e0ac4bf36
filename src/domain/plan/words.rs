//! What went wrong with a change, in words that say what to do.

use super::denied::denied;
use super::deployment::is_held;
use super::record::Trouble;
use super::step::Right;
use crate::azure::arm::api_error::{ApiError, Detail};
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::safe_text::one_line;

/// Azure's codes, and what they mean to somebody who wants to go on. Sources: the error tables of Azure RBAC's and
/// PIM's documentation, and recorded traffic.
const WORDS: &[(&str, &str)] = &[
    ("RoleAssignmentExists", "the principal has this role there already"),
    (
        "PrincipalNotFound",
        "the directory does not know the principal: one that was just made takes some minutes to be known everywhere, \
         then try again; else it was deleted",
    ),
    ("InvalidPrincipalId", "the principal's id is no object id of the directory"),
    (
        "RoleAssignmentLimitExceeded",
        "there is no room for another role assignment here: a subscription takes 4,000. Give roles to groups instead of \
         people, or remove assignments that nobody needs",
    ),
    ("RoleDefinitionDoesNotExist", "this role is not there, or cannot be assigned here"),
    (
        "RoleAssignmentUpdateNotPermitted",
        "a role assignment of this name is there and belongs to somebody else, an identity that is gone most likely: delete \
         that assignment first, then go on",
    ),
    (
        "RoleAssignmentDoesNotExist",
        "this role is neither eligible nor active there for this principal: it may have ended, or been taken away",
    ),
    ("PendingRoleAssignmentRequest", "a request for this role is under way already and waits to be decided"),
    ("ActiveDurationTooShort", "a role stays active for five minutes at least; try again then"),
    ("SubjectNotFound", "the directory does not know the principal"),
    ("InsufficientPermissions", "you may not ask for this in somebody else's name"),
    (
        "AadPremiumLicenseRequired",
        "this tenant has no licence for Privileged Identity Management: give the role without an end",
    ),
    (
        "StorageAccountAlreadyTaken",
        "a storage account of this name is there already, perhaps one of your own elsewhere, and names are the same for \
         everybody: choose another one",
    ),
    ("AccountNameInvalid", "a storage account's name has 3 to 24 lower-case letters and digits"),
    (
        "VaultAlreadyExists",
        "a vault of this name is there already, perhaps one of your own elsewhere, or a deleted one holds it: choose another \
         one",
    ),
    (
        "MissingSubscriptionRegistration",
        "the subscription does not have this resource provider yet: register it, which takes a minute, then try again",
    ),
    (
        "DeploymentQuotaExceeded",
        "the resource group keeps 800 deployments and takes no more: delete old ones from its history, then try again",
    ),
    ("DeploymentActive", "the same deployment goes on already: wait until it is over"),
    ("ScopeLocked", "a lock stands in the way; who may delete locks can remove it"),
    ("ResourceGroupBeingDeleted", "the resource group is being deleted"),
    ("SubscriptionNotFound", "the subscription is not there, or not visible to you"),
    ("ReadOnlyDisabledSubscription", "the subscription is disabled and cannot be changed"),
];

/// The same where Azure's own message has the figures or the place, which are told behind the words.
const WITH_MESSAGE: &[(&str, &str)] = &[
    (
        "QuotaExceeded",
        "the quota of the subscription in this region is used up: free some of it, ask Azure for more, or take another \
         region",
    ),
    ("SkuNotAvailable", "Azure has no capacity for this here: take another region or size"),
    ("LocationNotAvailableForResourceType", "this is not offered in the region: take another one"),
    ("InvalidTemplateDeployment", "Azure refuses the template"),
    ("InvalidTemplate", "Azure refuses the template"),
    ("LinkedAuthorizationFailed", "you lack a right on something that this links to"),
    ("ConflictError", "the name is held by something that was deleted: purge that, or choose another name"),
];

/// Rules of PIM's policy for a role, and what each wants.
const RULES: &[(&str, &str)] = &[
    ("JustificationRule", "a justification"),
    ("ExpirationRule", "a shorter duration than asked for"),
    ("TicketingRule", "a ticket number and its system"),
    ("MfaRule", "a sign-in with a second factor: sign in again with `az login`"),
    ("AcrsRule", "a stronger sign-in, as conditional access asks for: sign in again with `az login`"),
    ("EligibilityRule", "that you are eligible, which you are not"),
    ("ApprovalRule", "an approval"),
];

impl Trouble {
    /// What an error means for a step. It is not known whether the change was made when no whole answer came back
    /// to something that was sent.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        let lacking = error.missing_permission();
        Self {
            words: sentence(&words(error)),
            detail: error.to_string(),
            code: error.api().map(|api| api.cause().0.to_owned()).filter(|code| !code.is_empty()),
            lacking: lacking.map(|lacking| (lacking.action, lacking.scope)),
            passing: error.is_passing() || error.is_conflict() || error.is_sign_in(),
            unknown: may_have_arrived(error),
        }
    }

    /// What it means for a step that Azure took its request and cannot be asked how that gets on: it goes on there, and
    /// can be watched again.
    #[must_use]
    pub fn of_watching(error: &Error) -> Self {
        let of = Self::of(error);
        let words = format!(
            "Azure took it, and it goes on there, but how it gets on cannot be seen: {} Going on watches it again.",
            of.words
        );
        Self { words, passing: true, unknown: true, ..of }
    }

    /// Something that the console itself found.
    #[must_use]
    pub fn found(words: impl Into<String>) -> Self {
        let words = sentence(&words.into());
        Self { detail: words.clone(), words, code: None, lacking: None, passing: false, unknown: false }
    }

    /// The same, worth another try.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    /// The same, where it is not known whether the change was made.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.unknown = true;
        self
    }
}

/// Whether a request that ended so may have been carried out all the same.
#[must_use]
pub fn may_have_arrived(error: &Error) -> bool {
    match error {
        Error::Transport { offline, .. } => !offline,
        Error::Timeout { .. } | Error::Decode { .. } | Error::TooLarge { .. } | Error::Unsettled { .. } => {
            true
        }
        Error::Api(api) => api.status >= 500,
        _ => false,
    }
}

fn words(error: &Error) -> String {
    if let Some(lacking) = error.missing_permission() {
        return lacking_words(&lacking.action, &lacking.scope);
    }
    let Some(api) = error.api() else { return error.plain() };
    if api.has_code("RoleAssignmentRequestPolicyValidationFailed") {
        return policy_of_role(api);
    }
    if let Some(words) = denied(api).or_else(|| lacked_inside(api)) {
        return words;
    }
    if is_held(&api.message) || api.details.iter().any(holds) {
        return "a deleted workspace still holds this name; Azure lists such workspaces nowhere. Recover it in the portal, \
                which brings back what was in it, purge it for good, or choose another name"
            .to_owned();
    }
    if let Some(place) = locked(api) {
        return format!("a lock on {place} stands in the way; who may delete locks there can remove it");
    }
    let known = WORDS.iter().find(|(code, _)| api.has_code(code));
    let more = WITH_MESSAGE.iter().find(|(code, _)| api.has_code(code));
    match (known, more) {
        (Some((_, words)), _) => (*words).to_owned(),
        (None, Some((_, words))) => format!("{words}. {}", one_line(api.cause().1)),
        (None, None) if error.is_conflict() => {
            format!(
                "another operation is changing it right now; try again when it is over. {}",
                error.plain()
            )
        }
        (None, None) if error.is_not_found() => gone(api),
        (None, None) => error.plain(),
    }
}

/// What the lock is on that refuses something, by name: `... following scope(s) are locked: '/subscriptions/...'`.
fn locked(api: &ApiError) -> Option<String> {
    if !api.has_code("ScopeLocked") {
        return None;
    }
    let (_, scope) = api.cause().1.rsplit_once("locked: '")?;
    let id = ArmId::parse(scope.split('\'').next()?).ok()?;
    Some(match (id.resource_group(), id.resource_type()) {
        (None, _) => "the subscription".to_owned(),
        (Some(group), None) => format!("the resource group {group}"),
        _ => id.name().to_owned(),
    })
}

/// What is not there any more, by name; of something that hangs on a resource, that resource.
fn gone(api: &ApiError) -> String {
    let id = ArmId::parse(&api.path).ok();
    match id.map(|id| id.extended().unwrap_or(id)) {
        Some(id) => format!("the resource {} is not there any more", id.name()),
        None => "this is not there any more".to_owned(),
    }
}

/// Whether an error below says that a deleted workspace holds the name.
fn holds(detail: &Detail) -> bool {
    is_held(&detail.message) || detail.details.iter().any(holds)
}

impl Right {
    /// That the caller lacks it, and who could give it.
    #[must_use]
    pub fn lacking_words(&self) -> String {
        lacking_words(&self.action, self.scope.as_str())
    }
}

/// The rights that the caller lacks for resources of a template, each with all the places: `Authorization failed for template
/// resource 'x' ... does not have permission to perform action 'a' at scope 's'.`, once for each resource.
fn lacked_inside(api: &ApiError) -> Option<String> {
    let message = api.cause().1;
    if !message.contains("Authorization failed for template resource") {
        return None;
    }
    let mut lacked: Vec<(&str, Vec<String>)> = Vec::new();
    for part in message.split("perform action '").skip(1) {
        let (action, rest) = part.split_once('\'')?;
        let scope = rest.split_once("at scope '").and_then(|(_, scope)| scope.split('\'').next());
        let place = scope.and_then(|scope| ArmId::parse(scope).ok());
        let place = place.map(|id| id.extended().unwrap_or(id).name().to_owned());
        if !lacked.iter().any(|(known, _)| *known == action) {
            lacked.push((action, Vec::new()));
        }
        let places = lacked.iter_mut().find(|(known, _)| *known == action).map(|(_, places)| places)?;
        places.extend(place.filter(|place| !places.contains(place)));
    }
    let words: Vec<String> = lacked.iter().map(|(action, places)| lack(action, &places.join(", "))).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn lacking_words(action: &str, scope: &str) -> String {
    lack(action, ArmId::parse(scope).as_ref().map_or("", ArmId::name))
}

/// Who could: the built-in roles that have the action, where it is one of those that nearly everything needs.
fn lack(action: &str, place: &str) -> String {
    let place = if place.is_empty() { String::new() } else { format!(" on {place}") };
    let lower = action.to_ascii_lowercase();
    let who = if lower.starts_with("microsoft.authorization/roleassignments/") {
        "An Owner, a User Access Administrator or a Role Based Access Control Administrator there or above can do it, \
         or give you the right"
    } else if lower.starts_with("microsoft.authorization/") {
        "An Owner or a User Access Administrator there or above can do it, or give you the right"
    } else {
        "A Contributor or an Owner there or above can do it; an Owner can give you the right"
    };
    format!("you lack {action}{place}. {who}")
}

/// `The following policy rules failed: ["ExpirationRule", ...]`
fn policy_of_role(api: &ApiError) -> String {
    let message = api.cause().1;
    let wanted: Vec<&str> =
        RULES.iter().filter(|(rule, _)| message.contains(rule)).map(|(_, words)| *words).collect();
    if wanted.is_empty() {
        format!("the policy of this role refuses it: {}", one_line(message))
    } else {
        format!("the policy of this role wants {}", wanted.join("; "))
    }
}

/// The same as a sentence: with a capital and an end.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::request::Method;
    use serde_json::json;

    fn trouble(status: u16, code: &str, message: &str) -> Trouble {
        let body = json!({"error": {"code": code, "message": message}}).to_string();
        Trouble::of(&Error::Api(Box::new(ApiError::read(status, body.as_bytes(), Method::Put, "/x"))))
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let forbidden = "The client 'a' with object id 'b' does not have authorization to perform action \
                         'Microsoft.Authorization/roleAssignments/write' over scope '/subscriptions/s/resourceGroups/rg' \
                         or the scope is invalid.";
        let inside = "Deployment failed with multiple errors: 'Authorization failed for template resource 'x' of type 't'. The client \
                      'a' with object id 'b' does not have permission to perform action \
                      'Microsoft.Authorization/roleAssignments/write' at scope \
                      '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st/providers/\
                      Microsoft.Authorization/roleAssignments/1'.:Authorization failed for template resource 'y' of type 't'. The \
                      client 'a' with object id 'b' does not have permission to perform action \
                      'Microsoft.Authorization/roleAssignments/write' at scope '/subscriptions/s/resourceGroups/rg'.'";
        let cases = [
            (
                400,
                "InvalidTemplateDeployment",
                inside,
                "You lack Microsoft.Authorization/roleAssignments/write on st, rg. An Owner",
            ),
            (
                403,
                "AuthorizationFailed",
                forbidden,
                "You lack Microsoft.Authorization/roleAssignments/write on rg. An Owner",
            ),
            (
                400,
                "PrincipalNotFound",
                "Principal x does not exist in the directory y.",
                "takes some minutes",
            ),
            (
                400,
                "RoleAssignmentLimitExceeded",
                "No more role assignments can be created (code: RoleAssignmentLimitExceeded)",
                "4,000",
            ),
            (
                400,
                "RoleAssignmentRequestPolicyValidationFailed",
                "The following policy rules failed: [\"ExpirationRule\",\"JustificationRule\"]",
                "wants a justification; a shorter duration",
            ),
            (
                409,
                "AnotherOperationInProgress",
                "Another operation is in progress.",
                "try again when it is over",
            ),
            (
                400,
                "BadRequest",
                "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete",
                "A deleted workspace still holds this name",
            ),
            (400, "QuotaExceeded", "800 of 800 workspaces in westeurope.", "region. 800 of 800 workspaces"),
            (
                403,
                "RequestDisallowedByPolicy",
                "Resource 'st' was disallowed by policy.",
                "A policy denies it",
            ),
        ];
        for (status, code, message, expected) in cases {
            let trouble = trouble(status, code, message);
            assert!(trouble.words.contains(expected), "{code}: {}", trouble.words);
            assert_eq!(trouble.code.as_deref(), Some(code));
            assert!(!trouble.unknown, "{code}");
        }
    }

    #[test]
    fn a_policy_is_named_when_azure_names_it() {
        let body = json!({"error": {"code": "RequestDisallowedByPolicy", "message": "No.", "additionalInfo": [
            {"type": "PolicyViolation", "info": {"policyAssignmentDisplayName": "No shared keys"}}]}});
        let error = ApiError::read(403, body.to_string().as_bytes(), Method::Patch, "/x");
        let words = Trouble::of(&Error::Api(Box::new(error))).words;
        assert!(words.contains("'No shared keys'"), "{words}");
    }

    #[test]
    fn what_may_have_arrived_is_not_called_refused() {
        assert!(trouble(500, "InternalServerError", "oops").unknown);
        let broken = |offline| Error::Transport {
            method: Method::Put,
            path: "/x".into(),
            reason: "reset".into(),
            offline,
        };
        assert!(Trouble::of(&broken(false)).unknown && !Trouble::of(&broken(true)).unknown);
    }
}

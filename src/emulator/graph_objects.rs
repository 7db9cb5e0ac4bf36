//! Objects of the directory as Microsoft Graph answers them: what an estate does not say of one is null or empty.

use serde_json::{Map, Value, json};

use super::directory::Class;

/// What Microsoft Graph says of every user, whether it knows it or not.
const OF_USERS: [&str; 7] =
    ["givenName", "jobTitle", "mail", "mobilePhone", "officeLocation", "preferredLanguage", "surname"];

/// What it says of every group, and of every service principal.
const OF_GROUPS: [&str; 23] = [
    "classification",
    "createdDateTime",
    "deletedDateTime",
    "description",
    "expirationDateTime",
    "isAssignableToRole",
    "mail",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesNetBiosName",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "preferredDataLocation",
    "preferredLanguage",
    "renewedDateTime",
    "securityIdentifier",
    "theme",
    "visibility",
    "displayName",
];
const LISTS_OF_GROUPS: [&str; 6] = [
    "creationOptions",
    "groupTypes",
    "onPremisesProvisioningErrors",
    "proxyAddresses",
    "resourceBehaviorOptions",
    "resourceProvisioningOptions",
];
const OF_SERVICE_PRINCIPALS: [&str; 17] = [
    "appDescription",
    "appDisplayName",
    "applicationTemplateId",
    "appOwnerOrganizationId",
    "createdDateTime",
    "deletedDateTime",
    "description",
    "disabledByMicrosoftStatus",
    "homepage",
    "loginUrl",
    "logoutUrl",
    "notes",
    "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint",
    "samlSingleSignOnSettings",
    "signInAudience",
    "tokenEncryptionKeyId",
];
const LISTS_OF_SERVICE_PRINCIPALS: [&str; 11] = [
    "addIns",
    "alternativeNames",
    "appRoles",
    "keyCredentials",
    "notificationEmailAddresses",
    "oauth2PermissionScopes",
    "passwordCredentials",
    "replyUrls",
    "resourceSpecificApplicationPermissions",
    "servicePrincipalNames",
    "tags",
];

/// What can be selected, filtered and sorted by although no answer has it unasked, from the published metadata.
const MORE_OF_USERS: &str = "id displayName userPrincipalName businessPhones accountEnabled ageGroup assignedLicenses \
    assignedPlans city companyName consentProvidedForMinor country createdDateTime creationType deletedDateTime department \
    employeeHireDate employeeId employeeLeaveDateTime employeeOrgData employeeType externalUserState \
    externalUserStateChangeDateTime faxNumber identities imAddresses isManagementRestricted isResourceAccount \
    lastPasswordChangeDateTime legalAgeGroupClassification licenseAssignmentStates mailNickname \
    onPremisesDistinguishedName onPremisesDomainName onPremisesExtensionAttributes onPremisesImmutableId \
    onPremisesLastSyncDateTime onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier \
    onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordPolicies passwordProfile postalCode \
    preferredDataLocation provisionedPlans proxyAddresses securityIdentifier serviceProvisioningErrors \
    showInAddressList signInActivity signInSessionsValidFromDateTime state streetAddress usageLocation userType";
const MORE_OF_GROUPS: &str = "id securityEnabled mailEnabled assignedLabels assignedLicenses \
    hasMembersWithLicenseErrors isManagementRestricted licenseProcessingState onPremisesExtensionAttributes \
    organizationId serviceProvisioningErrors uniqueName";
const MORE_OF_SERVICE_PRINCIPALS: &str = "id accountEnabled appId displayName servicePrincipalType \
    appRoleAssignmentRequired createdByAppId info isDisabled verifiedPublisher customSecurityAttributes";

/// Whether objects of a class have a property.
pub(super) fn has_property(class: Class, name: &str) -> bool {
    let (more, nulls, lists): (&str, &[&str], &[&str]) = match class {
        Class::User => (MORE_OF_USERS, &OF_USERS, &[]),
        Class::Group => (MORE_OF_GROUPS, &OF_GROUPS, &LISTS_OF_GROUPS),
        Class::ServicePrincipal => {
            (MORE_OF_SERVICE_PRINCIPALS, &OF_SERVICE_PRINCIPALS, &LISTS_OF_SERVICE_PRINCIPALS)
        }
    };
    more.split_whitespace()
        .chain(nulls.iter().copied())
        .chain(lists.iter().copied())
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// An object behind one member more, with the members that its class always has.
pub(super) fn shown(class: Class, object: &Value, first: (&str, String)) -> Value {
    let mut shown = Map::new();
    shown.insert(first.0.to_owned(), Value::from(first.1));
    if class == Class::User {
        shown.insert("businessPhones".to_owned(), json!([]));
        shown.extend(OF_USERS.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    let (nulls, lists): (&[&str], &[&str]) = match class {
        Class::User => (&[], &[]),
        Class::Group => (&OF_GROUPS, &LISTS_OF_GROUPS),
        Class::ServicePrincipal => (&OF_SERVICE_PRINCIPALS, &LISTS_OF_SERVICE_PRINCIPALS),
    };
    shown.extend(nulls.iter().map(|name| ((*name).to_owned(), Value::Null)));
    shown.extend(lists.iter().map(|name| ((*name).to_owned(), json!([]))));
    match class {
        Class::User => {}
        Class::Group => {
            shown.insert("securityEnabled".to_owned(), json!(true));
            shown.insert("mailEnabled".to_owned(), json!(false));
        }
        Class::ServicePrincipal => {
            shown.insert("accountEnabled".to_owned(), json!(true));
            shown.insert("appRoleAssignmentRequired".to_owned(), json!(false));
            shown.insert("info".to_owned(), json!({ "logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null, "termsOfServiceUrl": null }));
            shown.insert(
                "verifiedPublisher".to_owned(),
                json!({ "displayName": null, "verifiedPublisherId": null, "addedDateTime": null }),
            );
        }
    }
    shown.extend(object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(shown)
}

/// An object with all that is said of its class.
pub(super) fn whole(class: Class, object: &Value) -> Value {
    let mut whole = shown(class, object, ("id", String::new()));
    whole["id"] = object["id"].clone();
    whole
}

/// An object with its `@odata.type`, as mixed lists have it.
pub(super) fn typed(class: Class, object: &Value) -> Value {
    shown(class, object, ("@odata.type", type_name(class)))
}

/// `#microsoft.graph.user`.
pub(super) fn type_name(class: Class) -> String {
    format!("#microsoft.graph.{}", class.name())
}

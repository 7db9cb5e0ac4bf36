//! ARM resource ids: kept as Azure wrote them, compared without regard to case.
//!
//! The service itself answers `resourcegroups` and `resourceGroups`, `Microsoft.Keyvault` and
//! `Microsoft.KeyVault` for the same thing, so no other module may slice or compare an id as text.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The id of anything ARM knows: a tenant root (`/`), a management group, a subscription, a resource
/// group, a resource, or an extension resource such as a role assignment.
///
/// Equality, order and hash ignore ASCII case; [`ArmId::as_str`] gives the text as it was received.
/// Doubled and trailing slashes, which some services send, are taken out.
#[derive(Clone)]
pub struct ArmId(Arc<str>);

/// Why a text is not an ARM id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not an ARM id: it must begin with '/' and have a name after every type")]
pub struct NotAnId {
    /// The text that was refused.
    pub text: String,
}

impl ArmId {
    /// Reads an id.
    ///
    /// # Errors
    /// When the text does not begin with a slash, or holds blanks or control characters.
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let trimmed = text.trim();
        if !trimmed.starts_with('/') || trimmed.chars().any(char::is_control) {
            return Err(NotAnId { text: text.to_owned() });
        }
        if trimmed.contains("//") || (trimmed.len() > 1 && trimmed.ends_with('/')) {
            let mut clean = String::with_capacity(trimmed.len());
            for segment in trimmed.split('/').filter(|s| !s.is_empty()) {
                clean.push('/');
                clean.push_str(segment);
            }
            if clean.is_empty() {
                clean.push('/');
            }
            return Ok(Self(clean.into()));
        }
        Ok(Self(trimmed.into()))
    }

    /// The tenant's root scope, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".into())
    }

    /// `/subscriptions/{id}`.
    #[must_use]
    pub fn subscription(id: &str) -> Self {
        Self(format!("/subscriptions/{id}").into())
    }

    /// `/subscriptions/{subscription}/resourceGroups/{name}`.
    #[must_use]
    pub fn group(subscription: &str, name: &str) -> Self {
        Self(format!("/subscriptions/{subscription}/resourceGroups/{name}").into())
    }

    /// `/providers/Microsoft.Management/managementGroups/{name}`.
    #[must_use]
    pub fn management_group(name: &str) -> Self {
        Self(format!("/providers/Microsoft.Management/managementGroups/{name}").into())
    }

    /// The id with more segments behind it, such as `computes/gpu-1` or
    /// `providers/Microsoft.Authorization/roleAssignments/{guid}`.
    #[must_use]
    pub fn join(&self, rest: &str) -> Self {
        let base = self.0.trim_end_matches('/');
        Self([base, rest.trim_start_matches('/')].join("/").into())
    }

    /// The id as it was received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|s| !s.is_empty())
    }

    fn after(&self, key: &str) -> Option<&str> {
        let mut segments = self.segments();
        while let Some(segment) = segments.next() {
            if segment.eq_ignore_ascii_case(key) {
                return segments.next();
            }
        }
        None
    }

    /// The subscription's GUID, where the id has one.
    #[must_use]
    pub fn subscription_id(&self) -> Option<&str> {
        let mut segments = self.segments();
        match (segments.next(), segments.next()) {
            (Some(key), Some(id)) if key.eq_ignore_ascii_case("subscriptions") => Some(id),
            _ => None,
        }
    }

    /// The name of the resource group, where the id has one.
    #[must_use]
    pub fn resource_group(&self) -> Option<&str> {
        self.subscription_id()?;
        self.after("resourceGroups")
    }

    /// The scope of the resource group that holds this id.
    #[must_use]
    pub fn group_scope(&self) -> Option<Self> {
        Some(Self::group(self.subscription_id()?, self.resource_group()?))
    }

    /// Whether this is a top-level resource of the given type in the resource group that holds `other`
    /// too. Makes no id to compare with, because it is asked for every dependent of every workspace.
    #[must_use]
    pub fn is_in_group_of(&self, other: &Self, resource_type: &str) -> bool {
        let (mut own, mut others) = (self.segments(), other.segments());
        let mut is =
            |wanted: Option<&str>| own.next().zip(wanted).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
        other.resource_group().is_some()
            // subscriptions, its id, resourceGroups, its name
            && (0..4).all(|_| is(others.next()))
            && is(Some("providers"))
            && resource_type.split('/').all(|part| is(Some(part)))
            && own.next().is_some()
            && own.next().is_none()
    }

    /// The full resource type of the last provider in the id, such as
    /// `Microsoft.MachineLearningServices/workspaces/computes`. Subscriptions and groups give
    /// `Microsoft.Resources/subscriptions` and `Microsoft.Resources/resourceGroups`.
    #[must_use]
    pub fn resource_type(&self) -> Option<String> {
        let segments: Vec<&str> = self.segments().collect();
        if let Some(at) = segments.iter().rposition(|s| s.eq_ignore_ascii_case("providers")) {
            let namespace = segments.get(at + 1)?;
            let mut full = (*namespace).to_owned();
            for kind in segments[at + 2..].iter().step_by(2) {
                full.push('/');
                full.push_str(kind);
            }
            return Some(full);
        }
        match segments.len() {
            2 if segments[0].eq_ignore_ascii_case("subscriptions") => {
                Some("Microsoft.Resources/subscriptions".to_owned())
            }
            4 => Some("Microsoft.Resources/resourceGroups".to_owned()),
            _ => None,
        }
    }

    /// Whether the resource type is this one, without regard to case.
    #[must_use]
    pub fn is_type(&self, resource_type: &str) -> bool {
        self.resource_type().is_some_and(|t| t.eq_ignore_ascii_case(resource_type))
    }

    /// What an extension resource, such as a role assignment or a lock, is attached to; none for an id that is
    /// no extension of another.
    #[must_use]
    pub fn extended(&self) -> Option<Self> {
        let segments: Vec<&str> = self.segments().collect();
        let at = segments.iter().rposition(|s| s.eq_ignore_ascii_case("providers"))?;
        let before = &segments[..at];
        let attached = segments.get(at + 1)?.eq_ignore_ascii_case("Microsoft.Authorization")
            || before.iter().any(|s| s.eq_ignore_ascii_case("providers"));
        attached.then(|| Self(format!("/{}", before.join("/")).into()))
    }

    /// The resource's own name behind those of the resources that it is part of: `pe-ml/default`. What is no resource of a
    /// provider has its last segment.
    #[must_use]
    pub fn full_name(&self) -> String {
        let segments: Vec<&str> = self.segments().collect();
        let provider = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"));
        let names = provider.and_then(|at| segments.get(at + 3..)).unwrap_or_default();
        let names: Vec<&str> = names.iter().step_by(2).copied().collect();
        if names.is_empty() { self.name().to_owned() } else { names.join("/") }
    }

    /// The last segment: the resource's own name. The root gives `/`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.segments().next_back().unwrap_or("/")
    }

    /// Whether `other` is this scope or lies below it. The root contains everything; a management
    /// group contains what Azure places under it, which an id alone cannot tell, so only itself.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        if &*self.0 == "/" {
            return true;
        }
        let (mine, theirs) = (self.0.as_bytes(), other.0.as_bytes());
        theirs.len() >= mine.len()
            && theirs[..mine.len()].eq_ignore_ascii_case(mine)
            && (theirs.len() == mine.len() || theirs[mine.len()] == b'/')
    }
}

impl PartialEq for ArmId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ArmId {}

impl PartialEq<str> for ArmId {
    fn eq(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl Hash for ArmId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In pieces, because a hasher takes many bytes for little more than the price of one.
        let mut lower = [0; 64];
        for piece in self.0.as_bytes().chunks(lower.len()) {
            let lower = &mut lower[..piece.len()];
            lower.copy_from_slice(piece);
            lower.make_ascii_lowercase();
            state.write(lower);
        }
        state.write_u8(0xff);
    }
}

impl PartialOrd for ArmId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ArmId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |id: &Self| -> Vec<u8> { id.0.bytes().map(|b| b.to_ascii_lowercase()).collect() };
        lower(self).cmp(&lower(other))
    }
}

impl fmt::Display for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArmId({})", self.0)
    }
}

impl serde::Serialize for ArmId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for ArmId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const WORKSPACE: &str = "/subscriptions/0f0e/resourceGroups/rg-a/providers/Microsoft.MachineLearningServices/workspaces/mlw-a";

    fn id(text: &str) -> ArmId {
        ArmId::parse(text).unwrap()
    }

    #[test]
    fn compares_and_hashes_without_case_and_keeps_the_text() {
        let a = id(WORKSPACE);
        let b = id(&WORKSPACE.to_uppercase());
        assert_eq!(a, b);
        assert_eq!(HashSet::from([a.clone(), b]).len(), 1);
        assert_eq!(a.as_str(), WORKSPACE);
    }

    #[test]
    fn a_part_of_a_resource_is_named_with_it() {
        assert_eq!(id(WORKSPACE).full_name(), "mlw-a");
        assert_eq!(id(&format!("{WORKSPACE}/outboundRules/pypi")).full_name(), "mlw-a/pypi");
        let role = format!("{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/1");
        assert_eq!(
            (id(&role).full_name(), id("/subscriptions/0f0e").full_name()),
            ("1".to_owned(), "0f0e".to_owned())
        );
    }

    #[test]
    fn takes_doubled_and_trailing_slashes_out() {
        assert_eq!(
            id("/subscriptions/0f0e//resourceGroups/rg/").as_str(),
            "/subscriptions/0f0e/resourceGroups/rg"
        );
        assert_eq!(id("//").as_str(), "/");
    }

    #[test]
    fn names_its_parts() {
        let a = id(WORKSPACE);
        assert_eq!(a.subscription_id(), Some("0f0e"));
        assert_eq!(a.resource_group(), Some("rg-a"));
        assert_eq!(a.name(), "mlw-a");
        assert_eq!(a.resource_type().as_deref(), Some("Microsoft.MachineLearningServices/workspaces"));
        let compute = a.join("computes/gpu");
        assert!(compute.is_type("microsoft.machinelearningservices/workspaces/computes"));
        let assignment = a.join("providers/Microsoft.Authorization/roleAssignments/1");
        assert!(assignment.is_type("Microsoft.Authorization/roleAssignments"));
        assert!(id("/subscriptions/0f0e").is_type("Microsoft.Resources/subscriptions"));
        assert!(id("/subscriptions/0f0e/resourcegroups/x").is_type("Microsoft.Resources/resourceGroups"));
    }

    #[test]
    fn an_extension_names_what_it_is_attached_to() {
        for scope in ["/", "/subscriptions/s", "/subscriptions/s/resourceGroups/g", WORKSPACE] {
            let lock = id(scope).join("providers/Microsoft.Authorization/locks/l");
            assert_eq!(lock.extended(), Some(id(scope)), "{scope}");
            assert_eq!(id(scope).extended(), None, "{scope}");
        }
        let diagnostics = id(WORKSPACE).join("providers/Microsoft.Insights/diagnosticSettings/d");
        assert_eq!(diagnostics.extended(), Some(id(WORKSPACE)));
        assert_eq!(ArmId::management_group("m").extended(), None);
    }

    #[test]
    fn a_scope_contains_itself_and_what_is_below_but_no_mere_prefix() {
        let group = id("/subscriptions/0f0e/RESOURCEGROUPS/rg-a");
        assert!(group.contains(&id(WORKSPACE)));
        assert!(group.contains(&group));
        assert!(!id("/subscriptions/0f0e/resourceGroups/rg").contains(&id(WORKSPACE)));
        assert!(ArmId::root().contains(&group));
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in ["", "mlw-a", "https://x/y", "/a\u{1b}b"] {
            assert!(ArmId::parse(text).is_err(), "{text:?}");
        }
    }
}

//! The path of a request, taken apart the way Azure Resource Manager reads it.

/// One `/providers/{namespace}/{type}/{name}...` part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProviderPart {
    /// `Microsoft.Storage`, as the caller spelled it.
    pub namespace: String,
    /// `["storageAccounts", "blobServices"]`.
    pub types: Vec<String>,
    /// Names in the same order; one fewer than `types` when the path ends in a type (a list or an action).
    pub names: Vec<String>,
    /// Number of path segments before the word `providers`.
    start: usize,
}

impl ProviderPart {
    /// `Microsoft.Storage/storageAccounts/blobServices`.
    pub(super) fn full_type(&self) -> String {
        let mut full = self.namespace.clone();
        for each in &self.types {
            full.push('/');
            full.push_str(each);
        }
        full
    }

    /// True when the path ends in a type and names no resource of it.
    pub(super) fn is_open(&self) -> bool {
        self.types.len() > self.names.len()
    }
}

/// A path below the host: `/subscriptions/{s}/resourceGroups/{g}/providers/...`, or a tenant-level one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ArmPath {
    segments: Vec<String>,
    /// The subscription id, when the path is below one.
    pub subscription: Option<String>,
    /// The resource group's name, when the path is below one.
    pub group: Option<String>,
    /// Every provider part, outermost first. An extension resource has two.
    pub providers: Vec<ProviderPart>,
    /// Segments that belong to no provider: `["locations"]` in `/subscriptions/{s}/locations`.
    pub rest: Vec<String>,
}

impl ArmPath {
    /// Reads an undecoded URL path; an encoded slash separates like any other. Every path has a reading; what means nothing is left in `rest`.
    pub(super) fn parse(raw: &str) -> Self {
        let segments = decode(raw).split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let mut path = Self { segments, ..Self::default() };
        let count = path.segments.len();
        let mut at = 0;
        if path.is(0, "subscriptions") && count > 1 {
            path.segments[0] = "subscriptions".to_owned();
            path.subscription = Some(path.segments[1].clone());
            at = 2;
            if path.is(2, "resourcegroups") && count > 3 {
                path.segments[2] = "resourceGroups".to_owned();
                path.group = Some(path.segments[3].clone());
                at = 4;
            }
        }
        while path.is(at, "providers") && at + 1 < count {
            path.segments[at] = "providers".to_owned();
            let mut part = ProviderPart {
                namespace: path.segments[at + 1].clone(),
                types: Vec::new(),
                names: Vec::new(),
                start: at,
            };
            at += 2;
            while at < count && !path.is(at, "providers") {
                part.types.push(path.segments[at].clone());
                if at + 1 < count {
                    part.names.push(path.segments[at + 1].clone());
                }
                at += 2;
            }
            at = at.min(count);
            path.providers.push(part);
        }
        path.rest = path.segments[at..].to_vec();
        path
    }

    fn is(&self, index: usize, word: &str) -> bool {
        self.segments.get(index).is_some_and(|segment| segment.eq_ignore_ascii_case(word))
    }

    /// The decoded segments.
    pub(super) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The whole path with single slashes. The words of ARM itself are spelled as ARM answers them (clients ask for
    /// `resourcegroups`, too), everything else as the caller did.
    pub(super) fn id(&self) -> String {
        self.up_to(self.segments.len())
    }

    /// The path without its last segment: what an action (`.../listKeys`) acts on.
    pub(super) fn without_last(&self) -> String {
        self.up_to(self.segments.len().saturating_sub(1))
    }

    /// What stands before the last provider part; `/` for a tenant-level path.
    pub(super) fn scope(&self) -> String {
        self.providers.last().map_or_else(|| self.id(), |part| self.up_to(part.start))
    }

    /// The resource that the last name is nested in, when it is nested: the workspace of a compute.
    pub(super) fn parent(&self) -> Option<String> {
        let part = self.providers.last()?;
        let nested = if part.is_open() { part.names.len() } else { part.names.len().checked_sub(1)? };
        (nested > 0).then(|| self.up_to(part.start + 2 + nested * 2))
    }

    /// The last provider part.
    pub(super) fn last(&self) -> Option<&ProviderPart> {
        self.providers.last()
    }

    fn up_to(&self, count: usize) -> String {
        if count == 0 {
            return "/".to_owned();
        }
        let mut id = String::with_capacity(count * 24);
        for segment in &self.segments[..count] {
            id.push('/');
            id.push_str(segment);
        }
        id
    }
}

/// Undoes percent-encoding; bytes that are not UTF-8 become the replacement character.
pub(super) fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1).zip(bytes.get(at + 2)).and_then(|(high, low)| {
            let high = char::from(*high).to_digit(16)?;
            let low = char::from(*low).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        });
        match (bytes[at], pair) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_path_has_a_reading(
            words in prop::collection::vec("subscriptions|resourceGroups|providers|%[0-9a-f]{0,2}|[a-z.]{0,3}|ü", 0..12)
        ) {
            let path = ArmPath::parse(&format!("/{}", words.join("/")));
            let id = path.id();
            for part in [path.scope(), path.without_last(), path.parent().unwrap_or_default()] {
                prop_assert!(part == "/" || id.starts_with(&part), "{part} of {id}");
            }
            prop_assert_eq!(ArmPath::parse(&super::super::page::encode_path(&id)).id(), id);
        }
    }

    #[test]
    fn a_nested_resource_knows_its_parent_and_its_full_type() {
        let path = ArmPath::parse(
            "/Subscriptions/s1/resourcegroups/g1/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c",
        );
        let part = path.last().unwrap();
        assert_eq!(path.subscription.as_deref(), Some("s1"));
        assert_eq!(path.group.as_deref(), Some("g1"));
        assert_eq!(part.full_type(), "Microsoft.MachineLearningServices/workspaces/computes");
        assert!(!part.is_open());
        assert!(path.parent().unwrap().ends_with("/workspaces/w"));
    }

    #[test]
    fn an_extension_resource_has_the_resource_below_it_as_its_scope() {
        let path = ArmPath::parse(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a//providers/Microsoft.Authorization/roleAssignments",
        );
        assert_eq!(path.providers.len(), 2);
        assert!(path.last().unwrap().is_open());
        assert!(path.scope().ends_with("/storageAccounts/a"));
        assert_eq!(path.parent(), None);
    }

    #[test]
    fn what_is_no_provider_is_the_rest() {
        for (raw, rest) in [
            ("/subscriptions/s/locations", vec!["locations"]),
            ("/subscriptions", vec!["subscriptions"]),
            (
                "/subscriptions/s/resourceGroups/g/deployments/d/operations",
                vec!["deployments", "d", "operations"],
            ),
            ("/subscriptions/s/providers", vec!["providers"]),
        ] {
            assert_eq!(ArmPath::parse(raw).rest, rest, "{raw}");
        }
    }

    #[test]
    fn tenant_level_scopes_are_slash() {
        let path = ArmPath::parse("/providers/Microsoft.Authorization/roleDefinitions/x");
        assert_eq!(path.scope(), "/");
        assert_eq!(path.id(), "/providers/Microsoft.Authorization/roleDefinitions/x");
    }

    #[test]
    fn percent_encoding_is_undone_and_broken_encoding_is_kept() {
        assert_eq!(decode("a%20b%28%29"), "a b()");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz"), "%zz");
    }
}

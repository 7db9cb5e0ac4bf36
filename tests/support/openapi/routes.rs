//! From a method and a path to the operation that describes them.

use std::collections::BTreeSet;

use super::versions;

/// One operation of one stored document.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) operation_id: String,
    /// In lower case, as the documents write it.
    pub(super) method: String,
    /// As the document writes it, so that it can be looked up there.
    pub(super) template: String,
    pub(super) api_version: String,
    /// Relative to the folder of all documents.
    pub(super) file: String,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    /// In lower case: ARM compares paths without case.
    Literal(String),
    One(String),
    /// A scope or a resource id: any number of segments, none at the root of the tenant.
    Many(String),
}

/// A route that fits, and what its parameters captured, decoded.
#[derive(Debug)]
pub(super) struct Match<'a> {
    pub(super) route: &'a Route,
    pub(super) captures: Vec<(&'a str, String)>,
}

/// What fits a path.
#[derive(Debug)]
pub(super) enum Fit<'a> {
    Operation(Match<'a>),
    /// The URL of a long-running operation, which the service makes up.
    Poll,
    /// Nothing, and why.
    None(String),
}

/// All operations of all stored documents.
pub(super) struct Routes {
    routes: Vec<Route>,
    /// The resource providers that have a document, in lower case.
    namespaces: BTreeSet<String>,
}

impl Routes {
    /// Reads the tab-separated list: operation, method, path, api-version, file, and more.
    pub(super) fn from_table(table: &str) -> Self {
        let routes: Vec<Route> = table.lines().skip(1).filter_map(Route::from_line).collect();
        let namespaces = routes.iter().flat_map(Route::literals).filter(|literal| literal.contains('.'));
        let namespaces = namespaces.map(str::to_owned).collect();
        Self { routes, namespaces }
    }

    /// The operation with the most literal segments, in the document with the nearest version.
    pub(super) fn find(&self, method: &str, path: &str, api_version: Option<&str>) -> Fit<'_> {
        let path = decoded_segments(path);
        let mut best = self.best(method, &path, api_version);
        if best.as_ref().is_none_or(|matched| matched.route.is_generic())
            && let Some(whole) = with_provider(&path)
        {
            best = self.best(method, &whole, api_version);
        }
        match best {
            Some(matched) if !matched.route.is_generic() => Fit::Operation(matched),
            _ if is_poll(&path) => Fit::Poll,
            Some(matched) => match self.stored_namespace(&path) {
                // The generic operations would let any misspelt path of a known provider through.
                Some(namespace) => Fit::None(format!("no stored operation of {namespace} fits")),
                None => Fit::Operation(matched),
            },
            None => Fit::None("no stored operation fits".to_owned()),
        }
    }

    fn best(&self, method: &str, path: &[String], api_version: Option<&str>) -> Option<Match<'_>> {
        let method = method.to_ascii_lowercase();
        self.routes
            .iter()
            .filter(|route| route.method == method)
            .filter_map(|route| Some(Match { route, captures: capture(&route.segments, path)? }))
            .min_by_key(|matched| {
                let (fixed, open) = matched.route.rank();
                (
                    usize::MAX - fixed,
                    open,
                    versions::distance(api_version.unwrap_or("9999-01-01"), &matched.route.api_version),
                )
            })
    }

    /// The provider of the innermost resource of a path, if it has a stored document.
    fn stored_namespace(&self, path: &[String]) -> Option<String> {
        let provider = path.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"))?;
        let namespace = path.get(provider + 1)?;
        self.namespaces.contains(&namespace.to_ascii_lowercase()).then(|| namespace.clone())
    }
}

impl Route {
    fn from_line(line: &str) -> Option<Self> {
        let mut columns = line.split('\t');
        let operation_id = columns.next()?.to_owned();
        let method = columns.next()?.to_ascii_lowercase();
        let template = columns.next()?.to_owned();
        let api_version = columns.next()?.to_owned();
        let file = columns.next()?.to_owned();
        let segments: Vec<Segment> =
            template.split('/').filter(|text| !text.is_empty()).enumerate().map(Segment::new).collect();
        let route = Self { operation_id, method, template, api_version, file, segments };
        // Templates that are one parameter fit every path. Only the resource id is a real one; the others
        // (a role assignment by its whole id, the next page of a list) have a more exact twin.
        let catches_all = route.literals().next().is_none() && route.template != "/{resourceId}";
        // The document of the vaults borrows the list of all resources, at a version of its own.
        let borrowed = route.operation_id == "Vaults_List";
        (!catches_all && !borrowed).then_some(route)
    }

    fn literals(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(literal) => Some(literal.as_str()),
            Segment::One(_) | Segment::Many(_) => None,
        })
    }

    /// How many segments are literal, and how many parameters may span several.
    fn rank(&self) -> (usize, usize) {
        let open = self.segments.iter().filter(|segment| matches!(segment, Segment::Many(_))).count();
        (self.literals().count(), open)
    }

    /// Whether it describes resources of any provider at all.
    fn is_generic(&self) -> bool {
        self.template == "/{resourceId}" || self.template.ends_with("/{resourceType}/{resourceName}")
    }
}

impl Segment {
    fn new((index, text): (usize, &str)) -> Self {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) if index == 0 || name == "parentResourcePath" => Self::Many(name.to_owned()),
            Some(name) => Self::One(name.to_owned()),
            None => Self::Literal(text.to_ascii_lowercase()),
        }
    }
}

fn capture<'a>(template: &'a [Segment], path: &[String]) -> Option<Vec<(&'a str, String)>> {
    let Some((first, template)) = template.split_first() else {
        return path.is_empty().then(Vec::new);
    };
    let with = |name: &'a str, value: String, rest: &[String]| {
        let mut captures = capture(template, rest)?;
        captures.push((name, value));
        Some(captures)
    };
    match first {
        Segment::Literal(literal) => {
            let (segment, rest) = path.split_first()?;
            if segment.eq_ignore_ascii_case(literal) { capture(template, rest) } else { None }
        }
        Segment::One(name) => {
            let (segment, rest) = path.split_first()?;
            with(name, segment.clone(), rest)
        }
        Segment::Many(name) => {
            (0..=path.len()).rev().find_map(|taken| with(name, path[..taken].join("/"), &path[taken..]))
        }
    }
}

/// Old clients leave `providers/Microsoft.Resources` out of the paths of deployments, and ARM takes both.
fn with_provider(path: &[String]) -> Option<Vec<String>> {
    let at = match path {
        [_, _, groups, _, deployments, ..]
            if groups.eq_ignore_ascii_case("resourceGroups")
                && deployments.eq_ignore_ascii_case("deployments") =>
        {
            4
        }
        [subscriptions, _, deployments, ..]
            if subscriptions.eq_ignore_ascii_case("subscriptions")
                && deployments.eq_ignore_ascii_case("deployments") =>
        {
            2
        }
        _ => return None,
    };
    let mut whole = path.to_vec();
    whole.splice(at..at, ["providers".to_owned(), "Microsoft.Resources".to_owned()]);
    Some(whole)
}

/// Whether the path is one that a service hands out to poll: `operationStatuses`, `operationresults`,
/// `workspaceOperationsStatus`, `asyncoperations` and more, as recorded.
fn is_poll(path: &[String]) -> bool {
    path.iter().map(|segment| segment.to_ascii_lowercase()).any(|segment| {
        segment.contains("operation")
            && (segment.contains("status") || segment.contains("result") || segment.contains("async"))
    })
}

/// The segments without the empty ones (ids with a doubled slash are recorded), decoded.
fn decoded_segments(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(percent_decoded).collect()
}

fn percent_decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = segment.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

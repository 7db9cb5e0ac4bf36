//! From requests to URLs, and which URLs of an answer may be followed.

use std::fmt::Write as _;

use url::Url;

use super::request::{Request, Service};
use crate::azure::secrets::mask_text;

/// Longer query values are cut for display: polling URLs carry certificates of 3 KB.
const SHOWN: usize = 48;

/// Query parameters that sign a URL; never shown.
const SIGNING: &[&str] = &["sig", "s", "h", "c", "t", "signature", "code", "token"];

/// Where a request goes, with `version` in place of its own api-version if given.
///
/// # Errors
/// With the reason, when the path is not absolute, or has a `.` or `..` segment, which a URL would swallow
/// and so reach another resource than the one named.
pub fn of_request(endpoint: &Url, request: &Request, version: Option<&str>) -> Result<Url, String> {
    if !request.path.starts_with('/') {
        return Err(format!("the path '{}' does not begin with a slash", request.path));
    }
    if request.path.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(format!("the path '{}' holds a relative segment", request.path));
    }
    let mut text = endpoint.as_str().trim_end_matches('/').to_owned();
    path_and_query(&mut text, request, version);
    Url::parse(&text).map_err(|error| format!("the path '{}' makes no URL: {error}", request.path))
}

/// The path and query of a request, percent-encoded as they are sent, behind what stands in `text`; with
/// `version` in place of its own api-version if given.
pub fn path_and_query(text: &mut String, request: &Request, version: Option<&str>) {
    if request.service == Service::Graph {
        text.push_str("/v1.0");
    }
    encode(text, &request.path, b"/:@!$&()*+,;=");
    for (at, (name, value)) in request.query.iter().enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        encode(text, name, b"$");
        text.push('=');
        let value = if name == "api-version" { version.unwrap_or(value) } else { value };
        encode(text, value, b"/:@$(),");
    }
}

fn encode(out: &mut String, text: &str, also: &[u8]) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// A link from an answer, absolute or relative to the endpoint, as a URL; `None` when it leads to another
/// scheme, host or port, where the bearer token must not go.
///
/// The URL standard leaves what is already percent-encoded as it is, so an opaque link comes out byte for
/// byte as it was received.
#[must_use]
pub fn follow(endpoint: &Url, link: &str) -> Option<Url> {
    let url = match Url::parse(link) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => endpoint.join(link).ok()?,
        Err(_) => return None,
    };
    let trusted = url.origin() == endpoint.origin() && url.username().is_empty() && url.password().is_none();
    trusted.then_some(url)
}

/// The host of a link, for a message.
#[must_use]
pub fn host_of(link: &str) -> String {
    let host = Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "an unreadable address".to_owned())
}

/// A URL for the request log: path and query, signatures masked, long values cut.
#[must_use]
pub fn display(url: &Url) -> String {
    let mut text = url.path().to_owned();
    for (at, pair) in url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, value)) => {
                text.push_str(name);
                text.push('=');
                if SIGNING.iter().any(|signing| name.eq_ignore_ascii_case(signing)) {
                    text.push('…');
                } else if value.len() > SHOWN {
                    let cut = value
                        .char_indices()
                        .map(|(at, _)| at)
                        .take_while(|at| *at <= SHOWN)
                        .last()
                        .unwrap_or(0);
                    text.push_str(&value[..cut]);
                    text.push('…');
                } else {
                    text.push_str(value);
                }
            }
            None => text.push_str(pair),
        }
    }
    mask_text(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::request::Method;

    fn arm() -> Url {
        Url::parse("https://management.azure.com").unwrap()
    }

    #[test]
    fn a_request_becomes_a_url_with_everything_encoded_once() {
        let request =
            Request::arm_path(Method::Get, "/subscriptions/a/resourceGroups/rg (1)%/x", "2022-04-01")
                .query("$filter", "principalId eq 'a b' and atScope()");
        assert_eq!(
            of_request(&arm(), &request, None).unwrap().as_str(),
            "https://management.azure.com/subscriptions/a/resourceGroups/rg%20(1)%25/x?api-version=2022-04-01\
             &$filter=principalId%20eq%20%27a%20b%27%20and%20atScope()"
        );
        let other = of_request(&arm(), &request, Some("2025-06-01")).unwrap();
        assert!(other.as_str().contains("api-version=2025-06-01"), "{other}");
    }

    #[test]
    fn graph_is_below_its_version_and_names_cannot_break_out_of_the_path() {
        let endpoint = Url::parse("http://127.0.0.1:8899/").unwrap();
        let request = Request::graph(Method::Get, "/users/a?b#c");
        assert_eq!(
            of_request(&endpoint, &request, None).unwrap().as_str(),
            "http://127.0.0.1:8899/v1.0/users/a%3Fb%23c"
        );
        for path in ["/subscriptions/../x", "/./x", "x"] {
            assert!(of_request(&arm(), &Request::graph(Method::Get, path), None).is_err(), "{path}");
        }
        let dots = of_request(&arm(), &Request::graph(Method::Get, "/x/%2e%2e/y"), None).unwrap();
        assert!(dots.as_str().ends_with("/x/%252e%252e/y"), "{dots}");
    }

    #[test]
    fn only_links_to_the_same_origin_are_followed() {
        let cases = [
            (
                "https://management.azure.com/x?$skiptoken=a",
                Some("https://management.azure.com/x?$skiptoken=a"),
            ),
            ("https://MANAGEMENT.azure.com:443/x", Some("https://management.azure.com/x")),
            ("/x?y=1", Some("https://management.azure.com/x?y=1")),
            ("http://management.azure.com/x", None),
            ("https://management.azure.com:444/x", None),
            ("https://management.azure.com.evil.example/x", None),
            ("https://management.azure.com@evil.example/x", None),
            ("https://user:pw@management.azure.com/x", None),
            ("//evil.example/x", None),
            ("file:///etc/passwd", None),
        ];
        for (link, expected) in cases {
            assert_eq!(follow(&arm(), link).as_ref().map(Url::as_str), expected, "{link}");
        }
    }

    #[test]
    fn opaque_links_of_three_kilobytes_come_through_byte_for_byte() {
        let certificate: String = "MIIHhzCCBm-gAwIBAgITfAdQ%2b%2B/=~!*()$,;:@".repeat(70);
        let link = format!(
            "https://management.azure.com/subscriptions/0f/providers/Microsoft.MachineLearningServices/locations/west%20europe/\
             mfeOperationsStatus/x?api-version=2024-10-01-preview&t=638&c={certificate}&s=a_B-c%2f&h=%24skip+1"
        );
        assert!(link.len() > 2900);
        assert_eq!(follow(&arm(), &link).unwrap().as_str(), link);
    }

    #[test]
    fn the_log_shows_no_signature_and_no_certificate() {
        let url = Url::parse(&format!(
            "https://management.azure.com/x?api-version=2024-10-01&t=1&c={}&s=SIGNED&h=HASH&$filter={}",
            "M".repeat(3000),
            "f".repeat(100)
        ))
        .unwrap();
        let shown = display(&url);
        assert!(shown.starts_with("/x?api-version=2024-10-01&t=…&c=…&s=…&h=…&$filter=fff"), "{shown}");
        assert!(shown.chars().count() < 150 && !shown.contains("SIGNED"), "{shown}");
    }
}

//! What a token says about the account, for display. Nothing is verified: Azure does that.

use jiff::Timestamp;
use serde_json::Value;

use crate::azure::safe_text::one_line;

/// The claims that are shown. An opaque token has none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Object id of the principal.
    pub object_id: Option<String>,
    /// Sign-in name of a user, application id of an application.
    pub name: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// Whether it is an application or a managed identity, not a person.
    pub is_application: bool,
    /// When the token ends.
    pub expires: Option<Timestamp>,
}

impl Claims {
    /// Reads the claims of a JSON web token. A short opaque text without blanks, such as the name of a
    /// demo persona, is taken as the account's name; anything else gives empty claims.
    #[must_use]
    pub fn read(token: &str) -> Self {
        let mut parts = token.split('.');
        let payload = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(payload), Some(_), None) => {
                decode_base64url(payload).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            }
            _ => None,
        };
        let Some(payload) = payload else {
            return Self { name: persona(token), ..Self::default() };
        };
        let text =
            |name: &str| payload.get(name).and_then(Value::as_str).map(|text| one_line(text).into_owned());
        let user = text("upn")
            .or_else(|| text("unique_name"))
            .or_else(|| text("preferred_username"))
            .or_else(|| text("email"));
        Self {
            object_id: text("oid"),
            is_application: text("idtyp").as_deref() == Some("app") || user.is_none(),
            name: user.or_else(|| text("app_displayname")).or_else(|| text("appid")),
            tenant: text("tid"),
            expires: payload
                .get("exp")
                .and_then(Value::as_i64)
                .and_then(|at| Timestamp::from_second(at).ok()),
        }
    }

    /// The account in a few words: its name, else its object id, else `unknown account`.
    #[must_use]
    pub fn account(&self) -> &str {
        self.name.as_deref().or(self.object_id.as_deref()).unwrap_or("unknown account")
    }
}

/// A persona of the demo estate is a word such as `data-scientist`. Real opaque tokens are long, hold
/// digits and capitals, and must not be shown.
fn persona(token: &str) -> Option<String> {
    let is_word =
        (1..=24).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_word.then(|| token.to_owned())
}

/// Decodes unpadded base64 in the URL alphabet (RFC 4648, section 5).
fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    // {"alg":"none"} . {"oid":"o-1","upn":"ada@contoso.com","tid":"t-1","exp":1795000000} . x
    const USER: &str = "eyJhbGciOiJub25lIn0.eyJvaWQiOiJvLTEiLCJ1cG4iOiJhZGFAY29udG9zby5jb20iLCJ0aWQiOiJ0LTEiLCJleHAiOjE3OTUwMDAwMDB9.x";

    #[test]
    fn a_web_token_names_its_account() {
        let claims = Claims::read(USER);
        assert_eq!(claims.object_id.as_deref(), Some("o-1"));
        assert_eq!(claims.account(), "ada@contoso.com");
        assert_eq!(claims.tenant.as_deref(), Some("t-1"));
        assert_eq!(claims.expires, Timestamp::from_second(1_795_000_000).ok());
        assert!(!claims.is_application);
    }

    #[test]
    fn a_persona_names_itself_and_other_opaque_tokens_stay_hidden() {
        assert_eq!(Claims::read("data-scientist").account(), "data-scientist");
        for token in ["aZ8_secret", "xoxb12345", "a.b.c", "", "PAQABAAEAAAD", &"a".repeat(60)] {
            assert_eq!(Claims::read(token).account(), "unknown account", "{token}");
        }
    }

    #[test]
    fn base64_is_decoded_or_refused() {
        assert_eq!(decode_base64url("aGk_").as_deref(), Some(&b"hi?"[..]));
        assert_eq!(decode_base64url("aGk=").as_deref(), Some(&b"hi"[..]));
        assert_eq!(decode_base64url("a b"), None);
    }
}

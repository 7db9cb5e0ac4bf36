//! Bearer tokens, which nothing can print.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::claims::Claims;
use super::kind::CredentialKind;

/// A text that neither `Debug` nor `Display` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text itself: only for the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(********)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

/// An access token and what is known about it.
#[derive(Debug, Clone)]
pub struct Token {
    /// The bearer token.
    pub secret: Secret,
    /// When it ends, where that is known.
    pub expires: Option<Timestamp>,
    /// When it was given.
    pub obtained: Timestamp,
    /// Which credential gave it.
    pub link: CredentialKind,
    /// What it says about the account.
    pub claims: Claims,
}

impl Token {
    /// A token of the given credential. Without an expiry the one in the token's claims counts.
    #[must_use]
    pub fn new(secret: &str, expires: Option<Timestamp>, link: CredentialKind) -> Self {
        let claims = Claims::read(secret);
        Self {
            secret: Secret::new(secret),
            expires: expires.or(claims.expires),
            obtained: Timestamp::now(),
            link,
            claims,
        }
    }

    /// Whether it is still accepted at this time, as far as is known.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    /// Whether it should be renewed: five minutes before it ends, or half way through a shorter life.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| {
            let life = expires.duration_since(self.obtained);
            let margin = SignedDuration::from_mins(5).min(life / 2);
            now >= expires.checked_sub(margin).unwrap_or(expires)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_display_shows_a_token() {
        let token = Token::new("0.very-secret-Text", None, CredentialKind::Token);
        assert!(!format!("{token:?} {}", token.secret).contains("very-secret"));
        assert_eq!(token.secret.expose(), "0.very-secret-Text");
    }

    #[test]
    fn it_is_due_five_minutes_before_it_ends() {
        let now = Timestamp::now();
        let hour = Token::new("t", Some(now + SignedDuration::from_hours(1)), CredentialKind::AzureCli);
        assert!(!hour.is_due(now + SignedDuration::from_mins(54)));
        assert!(hour.is_due(now + SignedDuration::from_mins(56)));
        assert!(hour.is_valid(now + SignedDuration::from_mins(56)));
        let short = Token::new("t", Some(now + SignedDuration::from_mins(4)), CredentialKind::AzureCli);
        assert!(!short.is_due(now + SignedDuration::from_secs(60)));
        assert!(short.is_due(now + SignedDuration::from_secs(125)));
        assert!(!Token::new("t", None, CredentialKind::Token).is_due(now));
    }
}

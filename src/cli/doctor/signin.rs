//! The sign-in report as it is printed.

use jiff::Timestamp;
use serde::Serialize;

use crate::azure::auth::explain::Audience;
use crate::azure::auth::{Attempt, CredentialKind, Outcome};

/// What became of the token for one service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    pub service: &'static str,
    pub scope: String,
    pub signed_in: bool,
    pub credential: Option<&'static str>,
    pub account: Option<String>,
    pub tenant: Option<String>,
    pub expires_on: Option<Timestamp>,
    pub attempts: Vec<AttemptView>,
}

/// What became of one link of the chain.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    pub credential: &'static str,
    pub outcome: &'static str,
    pub reasons: Vec<String>,
    pub milliseconds: u64,
}

impl SignIn {
    pub fn of(audience: &Audience) -> Self {
        let claims = audience.claims.as_ref();
        Self {
            service: audience.service,
            scope: audience.scope.clone(),
            signed_in: claims.is_some(),
            credential: audience.link.map(CredentialKind::name),
            account: claims.map(|claims| claims.account().to_owned()),
            tenant: claims.and_then(|claims| claims.tenant.clone()),
            expires_on: claims.and_then(|claims| claims.expires),
            attempts: audience.attempts.iter().map(AttemptView::of).collect(),
        }
    }

    /// The account in words.
    pub fn words(&self) -> String {
        match (&self.account, self.credential) {
            (Some(account), Some(link)) => {
                let tenant = self.tenant.as_ref().map_or_else(String::new, |id| format!(", tenant {id}"));
                format!("{account}{tenant}, by {link}")
            }
            _ => "not signed in".to_owned(),
        }
    }
}

impl AttemptView {
    fn of(attempt: &Attempt) -> Self {
        let (outcome, reasons) = match &attempt.outcome {
            Outcome::Skipped(reason) => ("skipped", vec![reason.clone()]),
            Outcome::Failed(reasons) => ("failed", reasons.clone()),
            Outcome::Answered => ("answered", Vec::new()),
        };
        let milliseconds = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX);
        Self { credential: attempt.link.name(), outcome, reasons, milliseconds }
    }
}

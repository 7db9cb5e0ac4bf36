//! The sign-in report of `amldeck doctor`: what every link of the chain said, and what to type.

use super::chain::{Attempt, Chain, Outcome};
use super::claims::Claims;
use super::credential::TokenSource;
use super::kind::CredentialKind;
use super::remedy;
use crate::azure::cloud::Cloud;

/// What became of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// `Azure Resource Manager` or `Microsoft Graph`.
    pub service: &'static str,
    /// The scope of the token.
    pub scope: String,
    /// Whose token it is, if there is one.
    pub claims: Option<Claims>,
    /// Which credential gave it.
    pub link: Option<CredentialKind>,
    /// What became of every link that was looked at.
    pub attempts: Vec<Attempt>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Azure Resource Manager first, then Microsoft Graph.
    pub audiences: Vec<Audience>,
    /// What to type, in order; empty when all is well.
    pub to_type: Vec<String>,
}

impl Report {
    /// Whether there is a token for Azure Resource Manager.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.audiences.first().is_some_and(|audience| audience.claims.is_some())
    }

    /// The line that signs in anew to Azure Resource Manager, by the credential that gave its token.
    #[must_use]
    pub fn to_sign_in_again(&self, cloud: Cloud, tenant: Option<&str>) -> Option<String> {
        let link = self.audiences.first()?.link?;
        remedy::commands(link, cloud, tenant).pop()
    }

    /// The report as lines of plain text.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for audience in &self.audiences {
            lines.push(match (&audience.claims, audience.link) {
                (Some(claims), Some(link)) => {
                    let tenant = claims
                        .tenant
                        .as_ref()
                        .map_or_else(String::new, |tenant| format!(", tenant {tenant}"));
                    format!("{}: signed in as {}{tenant} by {link}", audience.service, claims.account())
                }
                _ => format!("{}: not signed in", audience.service),
            });
            for attempt in &audience.attempts {
                let link = attempt.link;
                match &attempt.outcome {
                    Outcome::Skipped(reason) => lines.push(format!("  {link:<18} skipped   {reason}")),
                    Outcome::Answered => {
                        lines.push(format!("  {link:<18} answered  in {} ms", attempt.took.as_millis()));
                    }
                    Outcome::Failed(rows) => {
                        let mut rows = rows.iter();
                        let first = rows.next().map_or("no reason given", String::as_str);
                        lines.push(format!("  {link:<18} failed    {first}"));
                        lines.extend(rows.map(|row| format!("  {:<18}           {row}", "")));
                    }
                }
            }
        }
        lines.extend(self.to_type.iter().map(|command| format!("type: {command}")));
        lines
    }
}

/// Asks the chain for both tokens and reports. Nothing is cached.
pub async fn explain(chain: &Chain, tenant: Option<&str>) -> Report {
    let cloud = chain.cloud();
    let services = [("Azure Resource Manager", cloud.arm_scope()), ("Microsoft Graph", cloud.graph_scope())];
    let mut audiences = Vec::new();
    let mut to_type = Vec::new();
    for (service, scope) in services {
        let answer = chain.token(tenant, &scope).await;
        let attempts = chain.attempts(tenant, &scope);
        let (claims, link) = match answer {
            Ok(token) => (Some(token.claims), Some(token.link)),
            Err(error) => {
                for command in error.to_type(cloud) {
                    if !to_type.contains(&command) {
                        to_type.push(command);
                    }
                }
                (None, None)
            }
        };
        audiences.push(Audience { service, scope, claims, link, attempts });
    }
    Report { audiences, to_type }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::http::Http;
    use crate::azure::auth::ChainOptions;

    fn chain(cloud: Cloud, kind: CredentialKind, env: &[(&str, &str)]) -> Chain {
        let env = env.iter().copied().collect();
        Chain::new(ChainOptions { cloud, kind, env, http: Http::default(), executor: None })
    }

    #[tokio::test]
    async fn a_signed_in_report_names_the_account_and_asks_for_nothing() {
        let chain = chain(Cloud::Public, CredentialKind::Token, &[("AMLDECK_ACCESS_TOKEN", "reader")]);
        let report = explain(&chain, None).await;
        assert!(report.is_signed_in());
        assert_eq!(report.to_type, Vec::<String>::new());
        assert_eq!(report.lines()[0], "Azure Resource Manager: signed in as reader by token");
    }

    #[tokio::test]
    async fn a_failed_report_says_for_each_link_why_and_what_to_type() {
        let chain = chain(Cloud::UsGov, CredentialKind::Environment, &[("AZURE_TENANT_ID", "t")]);
        let report = explain(&chain, Some("t-1")).await;
        assert!(!report.is_signed_in());
        assert_eq!(
            report.to_type,
            ["export AZURE_TENANT_ID=t-1 AZURE_CLIENT_ID=APPLICATION AZURE_CLIENT_SECRET=SECRET"]
        );
        assert!(report.lines().iter().any(|line| line.contains("AZURE_CLIENT_ID is not set")), "{report:?}");
    }
}

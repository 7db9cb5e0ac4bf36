//! One link of the sign-in chain: something that gives tokens, over `azure_identity`.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, Executor, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::env::Env;
use super::kind::CredentialKind;
use super::token::Token;
use crate::azure::cloud::Cloud;
use crate::azure::safe_text::one_line;
use crate::azure::secrets::mask_text;

/// Gives tokens for a tenant and a scope. The chain is one; tests have their own.
pub trait TokenSource: Send + Sync {
    /// A token for the scope, in the tenant or, with `None`, in the credential's own.
    ///
    /// # Errors
    /// When no link of the chain answered.
    fn token<'a>(
        &'a self,
        tenant: Option<&'a str>,
        scope: &'a str,
    ) -> BoxFuture<'a, Result<Token, super::chain::SignInError>>;
}

/// Why a link gave no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It was not tried, because something it needs is not there.
    Skipped(String),
    /// It was tried; one row for each line of what it said.
    Failed(Vec<String>),
}

/// What a link is made of.
pub(super) struct Ingredients<'a> {
    pub cloud: Cloud,
    pub tenant: Option<&'a str>,
    pub env: &'a Env,
    pub http: Option<reqwest::Client>,
    pub executor: Option<Arc<dyn Executor>>,
}

impl Ingredients<'_> {
    fn client_options(&self) -> ClientOptions {
        let cloud = match self.cloud {
            Cloud::Public => CloudConfiguration::AzurePublic,
            Cloud::UsGov => CloudConfiguration::AzureGovernment,
            Cloud::China => CloudConfiguration::AzureChina,
        };
        ClientOptions {
            transport: self.http.clone().map(|http| Transport::new(Arc::new(http))),
            cloud: Some(Arc::new(cloud)),
            ..ClientOptions::default()
        }
    }

    fn need(&self, name: &str) -> Result<String, Failure> {
        self.env.get(name).map(str::to_owned).ok_or_else(|| Failure::Skipped(format!("{name} is not set")))
    }

    fn tenant_or_env(&self) -> Result<String, Failure> {
        self.tenant.map_or_else(|| self.need("AZURE_TENANT_ID"), |tenant| Ok(tenant.to_owned()))
    }
}

/// Makes the credential of one link.
pub(super) fn build(
    kind: CredentialKind,
    with: &Ingredients<'_>,
) -> Result<Arc<dyn TokenCredential>, Failure> {
    let failed = |error: azure_core::Error| Failure::Failed(rows(&error.to_string()));
    Ok(match kind {
        CredentialKind::Environment => {
            let tenant = with.tenant_or_env()?;
            let client = with.need("AZURE_CLIENT_ID")?;
            let Some(secret) = with.env.get("AZURE_CLIENT_SECRET") else {
                return Err(Failure::Skipped(if with.env.get("AZURE_CLIENT_CERTIFICATE_PATH").is_some() {
                    "AZURE_CLIENT_CERTIFICATE_PATH is set, but certificates are not supported: set AZURE_CLIENT_SECRET, \
                     or sign in with `az login --service-principal --certificate` and use azure-cli"
                        .to_owned()
                } else {
                    "AZURE_CLIENT_SECRET is not set".to_owned()
                }));
            };
            let options = ClientSecretCredentialOptions { client_options: with.client_options() };
            ClientSecretCredential::new(&tenant, client, secret.to_owned().into(), Some(options))
                .map_err(failed)?
        }
        CredentialKind::WorkloadIdentity => {
            let file = with.need("AZURE_FEDERATED_TOKEN_FILE")?;
            let client_id = Some(with.need("AZURE_CLIENT_ID")?);
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions {
                    client_options: with.client_options(),
                },
                client_id,
                tenant_id: Some(with.tenant_or_env()?),
                token_file_path: Some(file.into()),
            };
            WorkloadIdentityCredential::new(Some(options)).map_err(failed)?
        }
        CredentialKind::ManagedIdentity => {
            let options = ManagedIdentityCredentialOptions {
                user_assigned_id: with
                    .env
                    .get("AZURE_CLIENT_ID")
                    .map(|id| UserAssignedId::ClientId(id.to_owned())),
                client_options: with.client_options(),
            };
            ManagedIdentityCredential::new(Some(options)).map_err(failed)?
        }
        CredentialKind::AzureCli => {
            let options = AzureCliCredentialOptions {
                tenant_id: with.tenant.map(str::to_owned),
                executor: with.executor.clone(),
                ..AzureCliCredentialOptions::default()
            };
            AzureCliCredential::new(Some(options)).map_err(failed)?
        }
        CredentialKind::Azd => {
            let options = AzureDeveloperCliCredentialOptions {
                tenant_id: with.tenant.map(str::to_owned),
                executor: with.executor.clone(),
            };
            AzureDeveloperCliCredential::new(Some(options)).map_err(failed)?
        }
        CredentialKind::Auto | CredentialKind::Token => {
            return Err(Failure::Skipped("it is no credential of azure_identity".to_owned()));
        }
    })
}

/// Asks a credential for a token, and waits at most `limit` for it.
pub(super) async fn ask(
    kind: CredentialKind,
    credential: &dyn TokenCredential,
    scope: &str,
    limit: Duration,
) -> Result<Token, Failure> {
    match tokio::time::timeout(limit, credential.get_token(&[scope], None)).await {
        Ok(Ok(token)) => {
            let expires = Timestamp::from_second(token.expires_on.unix_timestamp()).ok();
            Ok(Token::new(token.token.secret(), expires, kind))
        }
        Ok(Err(error)) => Err(Failure::Failed(rows(&error.to_string()))),
        Err(_) => Err(Failure::Failed(vec![format!("no answer within {} s", limit.as_secs())])),
    }
}

/// The token of the `token` credential: the one for Microsoft Graph if there is one and Graph is asked for.
pub(super) fn ready_token(cloud: Cloud, scope: &str, env: &Env) -> Result<Token, Failure> {
    let graph = (scope == cloud.graph_scope()).then(|| env.get("AMLDECK_GRAPH_TOKEN")).flatten();
    match graph.or_else(|| env.get("AMLDECK_ACCESS_TOKEN")) {
        Some(text) => Ok(Token::new(text, None, CredentialKind::Token)),
        None => Err(Failure::Skipped("AMLDECK_ACCESS_TOKEN is not set".to_owned())),
    }
}

/// Splits the long messages of azure_identity into rows, without its links and repetitions.
fn rows(message: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for line in message.lines() {
        let line = one_line(line);
        let line = mask_text(&line);
        let noise = line.is_empty() || line.starts_with("To troubleshoot, visit");
        if !noise && rows.last().is_none_or(|last| *last != line) {
            rows.push(line.into_owned());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(env: &Env) -> Ingredients<'_> {
        Ingredients { cloud: Cloud::Public, tenant: None, env, http: None, executor: None }
    }

    #[test]
    fn a_link_that_lacks_something_says_what() {
        type Case<'a> = (&'a [(&'a str, &'a str)], CredentialKind, &'a str);
        let cases: [Case<'_>; 5] = [
            (&[], CredentialKind::Environment, "AZURE_TENANT_ID is not set"),
            (&[("AZURE_TENANT_ID", "t")], CredentialKind::Environment, "AZURE_CLIENT_ID is not set"),
            (
                &[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")],
                CredentialKind::Environment,
                "AZURE_CLIENT_SECRET is not set",
            ),
            (
                &[
                    ("AZURE_TENANT_ID", "t"),
                    ("AZURE_CLIENT_ID", "c"),
                    ("AZURE_CLIENT_CERTIFICATE_PATH", "/c.pem"),
                ],
                CredentialKind::Environment,
                "certificates are not supported",
            ),
            (&[], CredentialKind::WorkloadIdentity, "AZURE_FEDERATED_TOKEN_FILE is not set"),
        ];
        for (variables, kind, expected) in cases {
            let env = variables.iter().copied().collect();
            let Err(Failure::Skipped(reason)) = build(kind, &with(&env)) else { panic!("{kind} was built") };
            assert!(reason.contains(expected), "{kind}: {reason}");
        }
    }

    #[test]
    fn the_graph_token_is_for_graph_only_and_the_other_stands_in() {
        let cloud = Cloud::Public;
        let both = Env::from_iter([("AMLDECK_ACCESS_TOKEN", "owner"), ("AMLDECK_GRAPH_TOKEN", "reader")]);
        let one = Env::from_iter([("AMLDECK_ACCESS_TOKEN", "owner")]);
        let ask = |env: &Env, scope: &str| ready_token(cloud, scope, env).unwrap().secret.expose().to_owned();
        assert_eq!(ask(&both, &cloud.arm_scope()), "owner");
        assert_eq!(ask(&both, &cloud.graph_scope()), "reader");
        assert_eq!(ask(&one, &cloud.graph_scope()), "owner");
        assert!(ready_token(cloud, &cloud.arm_scope(), &Env::default()).is_err());
    }

    #[test]
    fn messages_become_rows_without_links_and_control_sequences() {
        let message = "AzureCliCredential authentication failed. \u{1b}[31mERROR: Please run 'az login'\n\n  to set up.\nto set up.\nTo troubleshoot, visit https://aka.ms/x";
        assert_eq!(
            rows(message),
            [
                "AzureCliCredential authentication failed. \u{241b}[31mERROR: Please run 'az login'",
                "to set up."
            ]
        );
    }
}

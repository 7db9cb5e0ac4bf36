//! The chain of credentials. It keeps what became of every link, so that "not signed in" can say why.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use azure_core::credentials::TokenCredential;
use azure_identity::Executor;
use futures_util::future::BoxFuture;

use super::credential::{Failure, Ingredients, TokenSource, ask, build, ready_token};
use super::env::Env;
use super::kind::CredentialKind;
use super::remedy;
use super::token::Token;
use crate::azure::arm::http::Http;
use crate::azure::cloud::Cloud;

/// How long a link may take. `az` starts a Python interpreter and may refresh its own token.
const LIMIT: Duration = Duration::from_secs(40);
/// How long a machine may take to say that it has no managed identity: there is no answer at all outside Azure.
const PROBE: Duration = Duration::from_secs(3);

/// What became of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not tried, with the reason.
    Skipped(String),
    /// Tried without success; one row for each line of what it said.
    Failed(Vec<String>),
    /// It gave the token.
    Answered,
}

/// One link of the chain that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which credential.
    pub link: CredentialKind,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// No link of the chain gave a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInError {
    /// The tenant that was asked for, `None` for the credential's own.
    pub tenant: Option<String>,
    /// The scope that was asked for.
    pub scope: String,
    /// What became of every link.
    pub attempts: Vec<Attempt>,
}

/// Where Microsoft has the Azure CLI.
const GET_AZ: &str = "https://aka.ms/azure-cli";

impl SignInError {
    /// The credential whose remedy helps: the only one that was asked, else whatever is easiest.
    fn link(&self) -> CredentialKind {
        self.only().map_or(CredentialKind::Auto, |only| only.link)
    }

    /// The only link that was asked: the one of `--credential`, or the one that had answered before.
    fn only(&self) -> Option<&Attempt> {
        if let [only] = self.attempts.as_slice() { Some(only) } else { None }
    }

    /// The lines to type that most likely help, in order. `cloud` is the one that is signed in to.
    #[must_use]
    pub fn to_type(&self, cloud: Cloud) -> Vec<String> {
        let commands = remedy::commands(self.link(), cloud, self.tenant.as_deref());
        let missing = self.lacks_az().then(|| format!("# az is not on the PATH: install it first, {GET_AZ}"));
        missing.into_iter().chain(commands).collect()
    }

    /// Whether the remedy is a program that is not there.
    fn lacks_az(&self) -> bool {
        let wants_az = matches!(self.link(), CredentialKind::Auto | CredentialKind::AzureCli);
        let is_missing = |attempt: &Attempt| match &attempt.outcome {
            Outcome::Failed(rows) => rows.iter().any(|row| row.contains("az not found on PATH")),
            Outcome::Skipped(_) | Outcome::Answered => false,
        };
        wants_az && self.attempts.iter().any(is_missing)
    }

    /// What is the matter and what to do, in one sentence.
    #[must_use]
    pub fn plain(&self) -> String {
        let first = if self.lacks_az() { format!("install az ({GET_AZ}), then ") } else { String::new() };
        format!("not signed in: {first}{}", remedy::words(self.link(), self.tenant.as_deref()))
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain())?;
        let is_only = self.only().is_some();
        let told = self.attempts.iter().filter_map(|attempt| match &attempt.outcome {
            Outcome::Failed(rows) => Some(format!("{}: {}", attempt.link, rows.join(" "))),
            // Of many links most are not meant, and what they lack is no news.
            Outcome::Skipped(reason) if is_only => Some(format!("{}: {reason}", attempt.link)),
            Outcome::Skipped(_) | Outcome::Answered => None,
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            return f.write_str(". No credential was found; `amldeck doctor` lists what was looked for");
        }
        write!(f, ". {}", told.join("; "))
    }
}

impl std::error::Error for SignInError {}

/// What a chain needs.
#[derive(Clone)]
pub struct ChainOptions {
    /// The cloud, for the authority and the scopes.
    pub cloud: Cloud,
    /// Which credential; [`CredentialKind::Auto`] tries all.
    pub kind: CredentialKind,
    /// The environment.
    pub env: Env,
    /// The HTTP client to share with `azure_identity`.
    pub http: Http,
    /// What runs `az` and `azd`; `None` for the real thing.
    pub executor: Option<Arc<dyn Executor>>,
}

type Links = HashMap<(CredentialKind, Option<String>), Arc<dyn TokenCredential>>;

/// What became of the links, by tenant and scope.
type History = HashMap<(Option<String>, String), Vec<Attempt>>;

/// The chain. It keeps one credential for each tenant, and stays with the link that answered first.
pub struct Chain {
    options: ChainOptions,
    links: Mutex<Links>,
    answered: Mutex<HashMap<Option<String>, CredentialKind>>,
    last: Mutex<History>,
}

impl Chain {
    /// A chain; nothing is asked yet.
    #[must_use]
    pub fn new(options: ChainOptions) -> Self {
        Self { options, links: Mutex::default(), answered: Mutex::default(), last: Mutex::default() }
    }

    /// The cloud it signs in to.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.options.cloud
    }

    /// What became of the links when this token was last asked for; empty if it never was.
    #[must_use]
    pub fn attempts(&self, tenant: Option<&str>, scope: &str) -> Vec<Attempt> {
        let key = (tenant.map(str::to_owned), scope.to_owned());
        lock(&self.last).get(&key).cloned().unwrap_or_default()
    }

    /// The links in the order in which they are tried.
    ///
    /// What was set on purpose comes before what happens to be there. The managed identity of a virtual
    /// machine comes last: outside Azure it costs seconds, and an operator who typed `az login` on a
    /// machine means that account. In App Service and its kin it is announced by a variable, and cheap.
    fn order(&self) -> Vec<CredentialKind> {
        use CredentialKind::{Auto, Azd, AzureCli, Environment, ManagedIdentity, Token, WorkloadIdentity};
        if self.options.kind != Auto {
            return vec![self.options.kind];
        }
        if self.options.env.get("IDENTITY_ENDPOINT").is_some() {
            vec![Token, Environment, WorkloadIdentity, ManagedIdentity, AzureCli, Azd]
        } else {
            vec![Token, Environment, WorkloadIdentity, AzureCli, Azd, ManagedIdentity]
        }
    }

    fn credential(
        &self,
        kind: CredentialKind,
        tenant: Option<&str>,
    ) -> Result<Arc<dyn TokenCredential>, Failure> {
        let key = (kind, tenant.map(str::to_owned));
        if let Some(credential) = lock(&self.links).get(&key) {
            return Ok(Arc::clone(credential));
        }
        let uses_http = !matches!(kind, CredentialKind::AzureCli | CredentialKind::Azd);
        let http = match uses_http.then(|| self.options.http.shared()) {
            Some(Ok(http)) => Some(http),
            Some(Err(reason)) => return Err(Failure::Failed(vec![reason])),
            None => None,
        };
        let executor = self.options.executor.clone();
        let with = Ingredients { cloud: self.options.cloud, tenant, env: &self.options.env, http, executor };
        let credential = build(kind, &with)?;
        lock(&self.links).insert(key, Arc::clone(&credential));
        Ok(credential)
    }

    async fn try_link(
        &self,
        kind: CredentialKind,
        tenant: Option<&str>,
        scope: &str,
    ) -> Result<Token, Failure> {
        if kind == CredentialKind::Token {
            return ready_token(self.options.cloud, scope, &self.options.env);
        }
        let probing = kind == CredentialKind::ManagedIdentity
            && self.options.kind == CredentialKind::Auto
            && self.options.env.get("IDENTITY_ENDPOINT").is_none();
        let credential = self.credential(kind, tenant)?;
        ask(kind, credential.as_ref(), scope, if probing { PROBE } else { LIMIT }).await
    }

    async fn walk(&self, tenant: Option<&str>, scope: &str) -> Result<Token, SignInError> {
        let key = tenant.map(str::to_owned);
        let known = lock(&self.answered).get(&key).copied();
        // Once a link has answered for a tenant, only that one is asked: falling through to another would
        // change the account under the operator's hands.
        let order = known.map_or_else(|| self.order(), |known| vec![known]);
        let mut attempts = Vec::new();
        let mut found = None;
        for link in order {
            let begun = Instant::now();
            let answer = self.try_link(link, tenant, scope).await;
            let outcome = match answer {
                Ok(token) => {
                    found = Some(token);
                    Outcome::Answered
                }
                Err(Failure::Skipped(reason)) => Outcome::Skipped(reason),
                Err(Failure::Failed(rows)) => Outcome::Failed(rows),
            };
            attempts.push(Attempt { link, outcome, took: begun.elapsed() });
            if found.is_some() {
                break;
            }
        }
        lock(&self.last).insert((key.clone(), scope.to_owned()), attempts.clone());
        match found {
            Some(token) => {
                lock(&self.answered).insert(key, token.link);
                Ok(token)
            }
            None => Err(SignInError { tenant: key, scope: scope.to_owned(), attempts }),
        }
    }
}

impl TokenSource for Chain {
    fn token<'a>(
        &'a self,
        tenant: Option<&'a str>,
        scope: &'a str,
    ) -> BoxFuture<'a, Result<Token, SignInError>> {
        Box::pin(self.walk(tenant, scope))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::process::Output;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Answers for `az` and `azd` as a shell would, and counts.
    #[derive(Debug)]
    struct Shell {
        az: Option<&'static str>,
        runs: AtomicUsize,
    }

    impl Executor for Shell {
        fn run<'life0, 'life1, 'life2, 'life3, 'async_trait>(
            &'life0 self,
            _program: &'life1 OsStr,
            arguments: &'life2 [&'life3 OsStr],
        ) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Output>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            'life2: 'async_trait,
            'life3: 'async_trait,
            Self: 'async_trait,
        {
            self.runs.fetch_add(1, Ordering::SeqCst);
            let line = arguments.iter().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ");
            let is_az = line.contains("az account");
            Box::pin(async move {
                let (code, out, err) = match self.az {
                    Some(text) if is_az => (0, text, ""),
                    _ => (1, "", "ERROR: Please run 'az login' to setup account."),
                };
                Ok(Output { status: exit_status(code), stdout: out.into(), stderr: err.into() })
            })
        }
    }

    #[cfg(unix)]
    fn exit_status(code: i32) -> std::process::ExitStatus {
        std::os::unix::process::ExitStatusExt::from_raw(code << 8)
    }

    #[cfg(windows)]
    fn exit_status(code: i32) -> std::process::ExitStatus {
        std::os::windows::process::ExitStatusExt::from_raw(u32::from(code != 0))
    }

    fn chain(kind: CredentialKind, env: &[(&str, &str)], az: Option<&'static str>) -> (Chain, Arc<Shell>) {
        let shell = Arc::new(Shell { az, runs: AtomicUsize::new(0) });
        let executor: Arc<dyn Executor> = Arc::clone(&shell) as Arc<dyn Executor>;
        let env = env.iter().copied().collect();
        let options =
            ChainOptions { cloud: Cloud::Public, kind, env, http: Http::default(), executor: Some(executor) };
        (Chain::new(options), shell)
    }

    const AZ: &str = r#"{"accessToken":"from-az","expires_on":4102444800,"tokenType":"Bearer"}"#;

    #[tokio::test]
    async fn the_cli_answers_and_the_links_before_it_say_why_they_did_not() {
        let (chain, shell) = chain(CredentialKind::Auto, &[], Some(AZ));
        let token = chain.token(None, "https://management.azure.com/.default").await.unwrap();
        assert_eq!(token.secret.expose(), "from-az");
        assert_eq!(token.link, CredentialKind::AzureCli);
        let attempts = chain.attempts(None, "https://management.azure.com/.default");
        let links: Vec<_> = attempts.iter().map(|attempt| attempt.link).collect();
        assert_eq!(
            links,
            [
                CredentialKind::Token,
                CredentialKind::Environment,
                CredentialKind::WorkloadIdentity,
                CredentialKind::AzureCli
            ]
        );
        assert_eq!(attempts[0].outcome, Outcome::Skipped("AMLDECK_ACCESS_TOKEN is not set".to_owned()));
        chain.token(None, "https://graph.microsoft.com/.default").await.unwrap();
        assert_eq!(shell.runs.load(Ordering::SeqCst), 2, "the second scope goes straight to the CLI");
    }

    #[tokio::test]
    async fn a_refusal_keeps_what_the_cli_said_and_names_the_command() {
        let (chain, _) = chain(CredentialKind::AzureCli, &[], None);
        let error = chain.token(Some("t-1"), "https://management.azure.com/.default").await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("az login --tenant t-1"), "{text}");
        assert!(text.contains("Please run 'az login'"), "{text}");
        let Outcome::Failed(rows) = &error.attempts[0].outcome else { panic!("{error:?}") };
        assert!(rows.iter().all(|row| !row.contains("https://aka.ms")), "{rows:?}");
    }

    #[tokio::test]
    async fn a_ready_token_comes_before_everything_and_runs_nothing() {
        let (chain, shell) = chain(CredentialKind::Auto, &[("AMLDECK_ACCESS_TOKEN", "owner")], Some(AZ));
        let token = chain.token(None, "https://management.azure.com/.default").await.unwrap();
        assert_eq!(token.claims.account(), "owner");
        assert_eq!(shell.runs.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn the_token_credential_without_a_token_names_the_variable() {
        let (chain, _) = chain(CredentialKind::Token, &[], Some(AZ));
        let error = chain.token(None, "x").await.unwrap_err();
        assert!(error.to_string().contains("AMLDECK_ACCESS_TOKEN"), "{error}");
    }

    #[tokio::test]
    async fn a_single_link_says_what_it_lacks_and_what_helps_it() {
        let nothing: &[(&str, &str)] = &[];
        for (kind, env, lacks, helps) in [
            (CredentialKind::Environment, nothing, "AZURE_TENANT_ID is not set", "set AZURE_TENANT_ID"),
            (
                CredentialKind::Environment,
                &[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")],
                "AZURE_CLIENT_SECRET is not set",
                "AZURE_CLIENT_SECRET",
            ),
            (
                CredentialKind::WorkloadIdentity,
                nothing,
                "AZURE_FEDERATED_TOKEN_FILE is not set",
                "AZURE_FEDERATED_TOKEN_FILE",
            ),
            (CredentialKind::Azd, nothing, "azd: ", "type `azd auth login`"),
            (CredentialKind::Token, nothing, "AMLDECK_ACCESS_TOKEN is not set", "set AMLDECK_ACCESS_TOKEN"),
        ] {
            let (chain, _) = chain(kind, env, None);
            let error = chain.token(None, "https://management.azure.com/.default").await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(lacks) && error.plain().contains(helps), "{text}");
            assert!(!error.plain().contains("az login") && !text.contains("No credential"), "{text}");
        }
    }

    #[test]
    fn many_links_without_a_word_lead_to_the_doctor() {
        let skipped =
            |link| Attempt { link, outcome: Outcome::Skipped("no".to_owned()), took: Duration::ZERO };
        let attempts = vec![skipped(CredentialKind::Token), skipped(CredentialKind::Environment)];
        let error = SignInError { tenant: None, scope: "x".to_owned(), attempts };
        let text = error.to_string();
        assert!(text.contains("`az login`") && text.contains("`amldeck doctor`"), "{text}");
    }
}

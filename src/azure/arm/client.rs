//! The client that carries requests to Azure Resource Manager and Microsoft Graph.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::Bytes;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use url::Url;

use super::address::{follow, host_of, of_request};
use super::body::{Undecodable, decode, document};
use super::error::Error;
use super::exchange::{Exchange, Target};
use super::http::Http;
use super::id::ArmId;
use super::long_running::{Answer, Ask, Begin, Operation, Step, begin};
use super::page::Pages;
use super::request::{Method, Priority, Request, Service};
use super::request_log::RequestLog;
use super::response::{Response, correlation_id, header, request_id};
use super::retry::Pace;
use super::throttle::wait_in_headers;
use super::traffic::{Gate, Throttle, Traffic};
use super::{read_only, versions};
use crate::azure::auth::{Token, TokenCache};
use crate::azure::cloud::Cloud;
use crate::azure::shell::{self, flag_words};

/// The error codes with which an api-version is refused. The first three are Azure Resource Manager's own
/// (the second one recorded, for a version or a region without the type); providers that a request is passed
/// on to have words of their own, the last two those of the ASP.NET versioning that many are built on.
const VERSION_REFUSED: [&str; 5] = [
    "NoRegisteredProviderFound",
    "InvalidResourceType",
    "InvalidApiVersionParameter",
    "InvalidApiVersion",
    "UnsupportedApiVersion",
];

/// What a client is made of. Endpoints are those that
/// [`check_endpoints`](crate::azure::cloud::check_endpoints) let through.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// The cloud, for the scopes of tokens.
    pub cloud: Cloud,
    /// Azure Resource Manager.
    pub arm_endpoint: Url,
    /// Microsoft Graph, without the version.
    pub graph_endpoint: Url,
    /// Whether writes are refused.
    pub read_only: bool,
    /// Where tokens come from.
    pub tokens: TokenCache,
    /// The tenant to sign in to; `None` for the credential's own.
    pub tenant: Option<String>,
    /// How many requests may be under way at once.
    pub max_in_flight: usize,
    /// The connection pools, built when the first request is sent.
    pub http: Http,
    /// How fast to go.
    pub pace: Pace,
}

struct Shared {
    options: ClientOptions,
    gate: Gate,
    log: RequestLog,
    versions: Mutex<HashMap<(String, String), &'static str>>,
}

/// The client. Clones share everything but the tenant. Dropping a future of it cancels the request.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    tenant: Option<Arc<str>>,
    stop: Option<watch::Receiver<bool>>,
}

/// How a long-running operation is getting on.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The operation, for a journal.
    pub operation: Operation,
    /// The state in the service's words, such as `InProgress`.
    pub status: String,
    /// How far it is, where the service says so.
    pub percent: Option<f64>,
    /// How often was asked so far.
    pub polls: u32,
    /// How long until it is asked again.
    pub next_poll: Duration,
}

impl Client {
    /// A client; nothing is sent and nothing is built yet.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        let tenant = options.tenant.as_deref().map(Arc::from);
        let gate = Gate::new(options.max_in_flight);
        let shared = Shared { gate, options, log: RequestLog::default(), versions: Mutex::default() };
        Self { shared: Arc::new(shared), tenant, stop: None }
    }

    /// The same client signed in to another tenant.
    #[must_use]
    pub fn with_tenant(&self, tenant: &str) -> Self {
        Self { tenant: Some(tenant.into()), ..self.clone() }
    }

    /// The same client for work that somebody may stop. As soon as `stop` is true nothing is read any more
    /// ([`Error::CalledOff`]), and nothing is waited for to be sent again: the caller gets the error of the attempt before.
    /// A write on the wire is waited for, and an operation that the service took is watched as patiently as ever.
    #[must_use]
    pub fn stopped_by(&self, stop: watch::Receiver<bool>) -> Self {
        Self { stop: Some(stop), ..self.clone() }
    }

    /// The same client, stopped by nobody.
    fn patient(&self) -> Self {
        Self { stop: None, ..self.clone() }
    }

    /// Ends when somebody wants nothing more to be sent; never for a client that nobody stops.
    pub(super) async fn stopped(&self) {
        let Some(mut stop) = self.stop.clone() else { return std::future::pending().await };
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Whoever could have stopped it is gone.
            std::future::pending::<()>().await;
        }
    }

    /// Sends a request. The body of the answer is cleaned and masked.
    ///
    /// # Errors
    /// When it is refused, fails, or has an answer with an error status or a body that is no JSON.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        let exchange = self.exchange(request).await?;
        let body = document(&exchange.body).map_err(|error| undecodable(request, &exchange, error))?;
        Ok(Response {
            status: exchange.status,
            body,
            correlation_id: correlation_id(&exchange.headers),
            request_id: request_id(&exchange.headers),
            headers: exchange.headers,
            took: exchange.took,
        })
    }

    /// The body of the answer, cleaned and masked; `null` when there was none.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn value(&self, request: &Request) -> Result<Value, Error> {
        self.send(request).await.map(|response| response.body)
    }

    /// The body of the answer as a model. Texts in it are harmless and secrets masked.
    ///
    /// # Errors
    /// As [`Client::send`], and when the body does not fit the model, with the place.
    pub async fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let exchange = self.exchange(request).await?;
        decode(&exchange.body).map_err(|error| undecodable(request, &exchange, error))
    }

    /// Like [`Client::json`], from a link that an answer gave.
    pub(super) async fn json_at<T: DeserializeOwned>(&self, request: &Request, url: Url) -> Result<T, Error> {
        let exchange = self.carry(&self.get_at(request, url)).await?;
        decode(&exchange.body).map_err(|error| undecodable(request, &exchange, error))
    }

    /// All items of a list, of all its pages.
    ///
    /// # Errors
    /// As [`Pages::next`].
    pub async fn list<T: DeserializeOwned>(&self, request: &Request) -> Result<Vec<T>, Error> {
        self.pages(request.clone()).all().await
    }

    /// The pages of a list, one by one.
    #[must_use]
    pub fn pages<T: DeserializeOwned>(&self, request: Request) -> Pages<T> {
        Pages::new(self.clone(), request)
    }

    /// Sends a write and follows it to its end. The result is what the service says at the end: the
    /// resource after PUT and PATCH, the answer of an action; `null` after DELETE, and where the resource
    /// may be written and not read.
    ///
    /// `progress` is called after the first answer and after each poll, until it is over. Dropping the
    /// future stops the watching, not the operation.
    ///
    /// # Errors
    /// As [`Client::send`], and [`Error::OperationFailed`] when it ended badly.
    pub async fn run(
        &self,
        request: &Request,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Value, Error> {
        let exchange = self.exchange(request).await?;
        match begin(request, &answer_of(request, &exchange)?, Timestamp::now()) {
            Begin::Done(value) => Ok(value),
            Begin::Failed(status, error) => Err(Error::OperationFailed { status, error }),
            Begin::Running(operation) => {
                let wait = wait_in_headers(&exchange.headers, Timestamp::now());
                let wait = wait.map(|asked| self.pace().poll_asked(asked));
                Box::pin(self.patient().follow(operation, request.priority, wait, progress)).await
            }
        }
    }

    /// Takes up an operation that was begun earlier, perhaps by another process.
    ///
    /// # Errors
    /// As [`Client::run`].
    pub async fn resume(
        &self,
        operation: &Operation,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Value, Error> {
        let operation = operation.clone();
        Box::pin(self.patient().follow(operation, Priority::Foreground, Some(Duration::ZERO), progress)).await
    }

    async fn follow(
        &self,
        mut operation: Operation,
        priority: Priority,
        first_wait: Option<Duration>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Value, Error> {
        let pace = *self.pace();
        let (mut polls, mut failures) = (0, 0);
        let mut wait = first_wait.unwrap_or_else(|| pace.poll(0));
        let mut status = ("Accepted".to_owned(), None);
        loop {
            let (words, percent) = status.clone();
            progress(Progress {
                operation: operation.clone(),
                status: words,
                percent,
                polls,
                next_poll: pace.scaled(wait),
            });
            pace.sleep(wait).await;
            polls += 1;
            let answer = match self.poll(&operation, priority).await {
                Ok(answer) => answer,
                Err(error) => match error.api() {
                    Some(api) if api.status == 404 || api.status == 410 => {
                        Answer { status: api.status, ..Answer::default() }
                    }
                    Some(api) if api.status == 403 && operation.watch_resource() => continue,
                    _ if is_passing(&error) && failures < pace.poll_failures => {
                        failures += 1;
                        wait = pace.poll(failures);
                        continue;
                    }
                    _ => return Err(error),
                },
            };
            wait = answer.retry_after.map_or_else(|| pace.poll(polls), |asked| pace.poll_asked(asked));
            match operation.advance(&answer) {
                Step::Wait(words, percent) => {
                    failures = 0;
                    status = (words, percent);
                }
                Step::Done(value) => return Ok(value),
                Step::FetchResource => {
                    return match self.value(&operation.resource()).await {
                        // It succeeded all the same.
                        Err(error) if error.is_forbidden() => Ok(Value::Null),
                        fetched => fetched,
                    };
                }
                Step::FetchUrl(url) => return Ok(self.get_link(&operation, &url, priority).await?.body),
                Step::Failed(status, error) => return Err(Error::OperationFailed { status, error }),
                Step::Refused => {
                    // What was just begun may not be found yet.
                    failures += 1;
                    if failures > pace.poll_failures {
                        let error = super::api_error::ApiError::read(
                            answer.status,
                            b"",
                            operation.method(),
                            &operation.path,
                        );
                        return Err(Error::Api(Box::new(error)));
                    }
                }
            }
        }
    }

    async fn poll(&self, operation: &Operation, priority: Priority) -> Result<Answer, Error> {
        match operation.ask() {
            Ask::Url(url) => self.get_link(operation, url, priority).await,
            Ask::Resource => {
                let mut request = operation.resource();
                request.priority = priority;
                let exchange = self.exchange(&request).await?;
                answer_of(&request, &exchange)
            }
        }
    }

    async fn get_link(&self, operation: &Operation, link: &str, priority: Priority) -> Result<Answer, Error> {
        let Some(url) = follow(self.endpoint(Service::Arm), link) else {
            return Err(Error::ForeignLink { path: operation.path.clone(), host: host_of(link) });
        };
        let mut request = operation.resource();
        request.priority = priority;
        let exchange = self.carry(&self.get_at(&request, url)).await?;
        answer_of(&request, &exchange)
    }

    /// Sends a request, refusing writes of a read-only console before anything else, and falls back to
    /// another api-version where the cloud does not have the one asked for.
    async fn exchange(&self, request: &Request) -> Result<Exchange, Error> {
        if self.shared.options.read_only && !read_only::allows(request) {
            return Err(Error::ReadOnly { method: request.method, path: request.path.clone() });
        }
        let resource_type = || ArmId::parse(&request.path).ok().and_then(|id| id.resource_type());
        let key = resource_type().map(|kind| (kind.to_ascii_lowercase(), request.api_version().to_owned()));
        let known = key.as_ref().and_then(|key| lock(&self.shared.versions).get(key).copied());
        let answer = self.carry(&self.target(request, known)?).await;
        let (Err(Error::Api(error)), None, Some(key)) = (&answer, known, key) else { return answer };
        if !VERSION_REFUSED.iter().any(|code| error.has_code(code)) {
            return answer;
        }
        let Some(other) = versions::fallback(&key.0, &key.1) else { return answer };
        tracing::info!(resource_type = %key.0, refused = %key.1, instead = other, "falling back to another api-version");
        let again = self.carry(&self.target(request, Some(other))?).await;
        // Remembered only when it helped: a region that lacks the type refuses every version.
        if again.is_ok() {
            lock(&self.shared.versions).insert(key, other);
        }
        again
    }

    fn target(&self, request: &Request, version: Option<&str>) -> Result<Target, Error> {
        let url = of_request(self.endpoint(request.service), request, version)
            .map_err(|reason| Error::InvalidRequest { method: request.method, reason })?;
        Ok(Target {
            service: request.service,
            method: request.method,
            url,
            path: request.path.clone(),
            body: request.body.as_ref().map(|body| Bytes::from(body.to_string())),
            priority: request.priority,
            repeatable: request.is_repeatable(),
            writes: !request.only_reads(),
        })
    }

    /// A GET of a link that an answer to `request` gave.
    fn get_at(&self, request: &Request, url: Url) -> Target {
        Target {
            service: request.service,
            method: Method::Get,
            url,
            path: request.path.clone(),
            body: None,
            priority: request.priority,
            repeatable: true,
            writes: false,
        }
    }

    pub(super) async fn token(&self, service: Service) -> Result<Token, Error> {
        Ok(self.tokens().token(self.tenant(), &self.scope(service)).await?)
    }

    /// The command that answers a claims challenge.
    pub(super) fn claims_command(&self, service: Service, token: &Token, claims: Option<&str>) -> String {
        let mut words = vec!["az".to_owned(), "login".to_owned()];
        if let Some(tenant) = self.tenant().or(token.claims.tenant.as_deref()) {
            words.extend(flag_words("--tenant", tenant));
        }
        words.extend(flag_words("--scope", &self.scope(service)));
        if let Some(claims) = claims.filter(|claims| !claims.is_empty()) {
            words.extend(flag_words("--claims-challenge", claims));
        }
        shell::line(words)
    }

    pub(super) fn scope(&self, service: Service) -> String {
        match service {
            Service::Arm => self.shared.options.cloud.arm_scope(),
            Service::Graph => self.shared.options.cloud.graph_scope(),
        }
    }

    /// The endpoint of a service.
    #[must_use]
    pub fn endpoint(&self, service: Service) -> &Url {
        match service {
            Service::Arm => &self.shared.options.arm_endpoint,
            Service::Graph => &self.shared.options.graph_endpoint,
        }
    }

    /// Where tokens come from.
    #[must_use]
    pub fn tokens(&self) -> &TokenCache {
        &self.shared.options.tokens
    }

    /// The tenant this client signs in to; `None` for the credential's own.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.shared.options.cloud
    }

    /// Whether writes are refused.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.shared.options.read_only
    }

    /// The account this client acts as, signing in if need be.
    ///
    /// # Errors
    /// When no credential gave a token.
    pub async fn account(&self) -> Result<crate::azure::auth::Claims, Error> {
        self.token(Service::Arm).await.map(|token| token.claims)
    }

    /// How fast this client goes; who waits for something else goes as fast.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.shared.options.pace
    }

    pub(super) fn http(&self) -> &Http {
        &self.shared.options.http
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    /// The last exchanges, of all clones and tenants.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// The wait that a service asked for, if one is under way.
    #[must_use]
    pub fn throttle(&self) -> Option<Throttle> {
        self.gate().now().throttle
    }

    /// How many requests are on the wire.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.gate().now().in_flight
    }

    /// How many attempts were sent since the start.
    #[must_use]
    pub fn requests_sent(&self) -> u64 {
        self.gate().now().requests_sent
    }

    /// Changes of what is going on.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Traffic> {
        self.gate().subscribe()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("arm", &self.shared.options.arm_endpoint.as_str())
            .field("tenant", &self.tenant)
            .field("read_only", &self.shared.options.read_only)
            .finish_non_exhaustive()
    }
}

/// Whether a poll that failed so may go well the next time.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Api(error) => error.status >= 500 || error.status == 408,
        Error::Transport { .. }
        | Error::Timeout { .. }
        | Error::WaitTooLong { .. }
        | Error::Decode { .. } => true,
        _ => false,
    }
}

/// What an operation needs to know of an answer. A good status with something that is no JSON comes from
/// a proxy or a sign-in page, and must not be taken for the end; only 202 may carry text, and what matters
/// then is in the headers.
fn answer_of(request: &Request, exchange: &Exchange) -> Result<Answer, Error> {
    let text = |name| header(&exchange.headers, name).map(str::to_owned);
    let body = match document(&exchange.body) {
        Ok(body) => body,
        Err(_) if exchange.status == 202 => Value::Null,
        Err(error) => return Err(undecodable(request, exchange, error)),
    };
    Ok(Answer {
        status: exchange.status,
        async_operation: text("azure-asyncoperation"),
        location: text("location"),
        retry_after: wait_in_headers(&exchange.headers, Timestamp::now()),
        body,
    })
}

fn undecodable(request: &Request, exchange: &Exchange, error: Undecodable) -> Error {
    Error::Decode {
        method: request.method,
        path: request.path.clone(),
        at: error.at,
        reason: error.reason,
        correlation_id: correlation_id(&exchange.headers),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! One request carried to its end: token, turn, attempt, and again where that is right.

use std::time::{Duration, Instant};

use azure_core::Bytes;
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE,
};
use url::Url;
use uuid::Uuid;

use super::address::{display, host_of};
use super::api_error::ApiError;
use super::body::is_cut_off;
use super::client::Client;
use super::error::Error;
use super::request::{Method, Priority, Service};
use super::request_log::{Entry, RequestLog};
use super::response::{correlation_id, header, request_id};
use super::retry::{Fault, Verdict, judge};
use super::throttle::{is_hold, reason_of, wait_of};
use super::traffic::Throttle;
use crate::azure::auth::Token;

/// The largest answer that is taken in, in bytes. The largest pages of Azure Resource Manager are a few megabytes.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;

/// What goes on the wire.
pub(super) struct Target {
    pub service: Service,
    pub method: Method,
    pub url: Url,
    /// The path for messages.
    pub path: String,
    pub body: Option<Bytes>,
    pub priority: Priority,
    pub repeatable: bool,
    /// Whether it changes something: what became of every attempt matters then, not only of the last.
    pub writes: bool,
}

/// An answer, not yet read but for its error.
pub(super) struct Exchange {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub took: Duration,
    /// What it says went wrong, where it is no good answer.
    refusal: Option<Box<ApiError>>,
}

/// What came of one attempt.
enum Outcome {
    /// A good answer.
    Done(Exchange),
    /// An answer that another attempt does not change.
    Final(Error),
    /// The token was refused.
    Unauthorized(Box<ApiError>, Option<String>),
    /// Another attempt may do better.
    Fault(Fault, Error, String),
}

/// Why an attempt has no answer.
struct NoAnswer {
    fault: Fault,
    reason: String,
}

impl Client {
    /// Sends a request until it has a good answer or there is no point in going on. When an attempt of a write may have
    /// been carried out and a later one ends badly, the error says so, whatever the later one ended with.
    pub(super) async fn carry(&self, target: &Target) -> Result<Exchange, Error> {
        let mut lost = None;
        let answer = self.attempts(target, &mut lost).await;
        answer.map_err(|last| match lost.filter(|_| target.writes) {
            Some(earlier) => Error::Unsettled { last: Box::new(last), earlier },
            None => last,
        })
    }

    /// `lost` is why an attempt that was not the last had no whole answer.
    async fn attempts(&self, target: &Target, lost: &mut Option<String>) -> Result<Exchange, Error> {
        let mut held = Duration::ZERO;
        let mut refused = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let token = tokio::select! {
                biased;
                () = self.stopped() => return Err(Error::CalledOff),
                token = self.token(target.service) => token?,
            };
            let quota = quota_of(target);
            let pass = tokio::select! {
                biased;
                () = self.stopped() => return Err(Error::CalledOff),
                pass = self.gate().enter(target.priority, target.service, &quota, self.pace()) => pass,
            };
            let answer = tokio::select! {
                answer = self.attempt(target, &token, attempt, &quota) => answer,
                // What may change something is waited for once it is on the wire.
                () = self.stopped(), if !target.writes => return Err(Error::CalledOff),
            };
            drop(pass);
            let (fault, error, reason) = match outcome(target, answer) {
                Outcome::Done(exchange) => return Ok(exchange),
                Outcome::Final(error) => return Err(error),
                Outcome::Unauthorized(error, challenge) => {
                    self.renew(target, &token, error, challenge, refused).await?;
                    refused = true;
                    continue;
                }
                Outcome::Fault(fault, error, reason) => (fault, error, reason),
            };
            let wait = match judge(self.pace(), fault, target.repeatable, attempt, held, fastrand::f64()) {
                Verdict::GiveUp => return Err(error),
                Verdict::TooLong(wait) => return Err(too_long(target, wait, reason, error)),
                Verdict::Again(wait) => wait,
            };
            if fault.may_have_arrived() {
                *lost = Some(reason.clone());
            }
            tracing::debug!(path = %target.path, attempt, ?fault, wait_ms = wait.as_millis(), "sending again");
            let asked = matches!(fault, Fault::Hold { .. } | Fault::Status { wait: Some(_), .. });
            let _shown = asked.then(|| {
                held += wait;
                let until = Timestamp::now().checked_add(self.pace().scaled(wait)).unwrap_or(Timestamp::MAX);
                self.gate().hold(Throttle { until, service: target.service, reason })
            });
            tokio::select! {
                () = self.pace().sleep(wait) => {}
                () = self.stopped() => return Err(error),
            }
        }
    }

    /// Gives a token back that was refused, so that the next attempt has another one.
    ///
    /// # Errors
    /// The refusal itself, where no token that could be had would be taken: the service wants a sign-in of another kind,
    /// a fresh token was refused already, or there is none but the same.
    async fn renew(
        &self,
        target: &Target,
        token: &Token,
        error: Box<ApiError>,
        challenge: Option<String>,
        refused: bool,
    ) -> Result<(), Error> {
        self.tokens().refuse(self.tenant(), &self.scope(target.service), token).await;
        if challenge.is_some() || error.has_code("insufficient_claims") {
            let command = self.claims_command(target.service, token, challenge.as_deref());
            return Err(Error::Api(Box::new(ApiError { claims: Some(command), ..*error })));
        }
        if refused || self.token(target.service).await?.secret == token.secret {
            return Err(Error::Api(error));
        }
        Ok(())
    }

    /// One attempt. It stands in the request log whatever becomes of it, also when nobody waits for its answer any more.
    async fn attempt(
        &self,
        target: &Target,
        token: &Token,
        attempt: u32,
        quota: &str,
    ) -> Result<Exchange, NoAnswer> {
        let client_request_id = Uuid::new_v4().to_string();
        let mut logged = Logged::begin(self.log(), target, attempt, client_request_id.clone());
        let answer = self.send_once(target, token, &client_request_id).await;
        let took = logged.begun.elapsed();
        let answer = answer.map(|(status, headers, body)| {
            let mut exchange = Exchange { status, headers, body, took, refusal: None };
            exchange.refusal = (status >= 400).then(|| Box::new(read_error(target, &exchange)));
            exchange
        });
        let entry = &mut logged.entry;
        entry.error = match &answer {
            Ok(exchange) => {
                self.gate().note(quota, &exchange.headers);
                entry.status = Some(exchange.status);
                entry.correlation_id = correlation_id(&exchange.headers);
                entry.bytes = exchange.body.len();
                let code = exchange.refusal.as_ref().map(|error| error.cause().0.to_owned());
                code.filter(|code| !code.is_empty())
            }
            Err(no_answer) => Some(no_answer.reason.clone()),
        };
        answer
    }

    async fn send_once(
        &self,
        target: &Target,
        token: &Token,
        client_request_id: &str,
    ) -> Result<(u16, HeaderMap, Bytes), NoAnswer> {
        let unsent = |reason: String| NoAnswer { fault: Fault::Unsent, reason };
        let pool = self.http().pool(&target.url).map_err(unsent)?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose()))
            .map_err(|_| unsent("the token holds characters that no header can carry".to_owned()))?;
        bearer.set_sensitive(true);
        let mut builder = pool
            .request(method_of(target.method), target.url.clone())
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header("x-ms-client-request-id", client_request_id);
        // Microsoft Graph counts and searches only for those who take an answer that may be a little old.
        let searches =
            target.service == Service::Graph && target.url.query_pairs().any(|(name, _)| name == "$search");
        if target.url.path().ends_with("/$count") || searches {
            builder = builder.header("ConsistencyLevel", "eventual");
        }
        builder = match &target.body {
            Some(body) => builder.header(CONTENT_TYPE, "application/json").body(body.clone()),
            None if matches!(target.method, Method::Post | Method::Put | Method::Patch) => {
                builder.header(CONTENT_LENGTH, 0)
            }
            None => builder,
        };
        let response = builder.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        Ok((status, headers, whole(response).await?))
    }
}

/// An attempt on its way to the request log: it is entered when this is dropped.
struct Logged<'a> {
    log: &'a RequestLog,
    begun: Instant,
    entry: Entry,
}

impl<'a> Logged<'a> {
    /// An attempt that begins now, and is called off unless it is said what became of it.
    fn begin(log: &'a RequestLog, target: &Target, attempt: u32, client_request_id: String) -> Self {
        let entry = Entry {
            number: 0,
            at: Timestamp::now(),
            service: target.service,
            method: target.method,
            url: display(&target.url),
            status: None,
            took: Duration::ZERO,
            attempt,
            client_request_id,
            correlation_id: None,
            bytes: 0,
            error: Some(Error::CalledOff.plain()),
            priority: target.priority,
        };
        Self { log, begun: Instant::now(), entry }
    }
}

impl Drop for Logged<'_> {
    fn drop(&mut self) {
        self.entry.took = self.begun.elapsed();
        self.log.add(self.entry.clone());
    }
}

/// What came of an attempt, by what came back.
fn outcome(target: &Target, answer: Result<Exchange, NoAnswer>) -> Outcome {
    let exchange = match answer {
        Ok(exchange) => exchange,
        Err(NoAnswer { fault, reason }) => {
            return Outcome::Fault(fault, error_of(target, fault, &reason), reason);
        }
    };
    match (exchange.status, exchange.refusal) {
        (200..=299, refusal) => {
            if target.method == Method::Head || !is_cut_off(&exchange.body) {
                return Outcome::Done(Exchange { refusal, ..exchange });
            }
            let reason = "the body was cut off".to_owned();
            Outcome::Fault(Fault::Broken, broken(target, &reason), reason)
        }
        (300..=399, _) => {
            let host = header(&exchange.headers, "location").map_or_else(|| "nowhere".to_owned(), host_of);
            Outcome::Final(Error::Redirected { method: target.method, path: target.path.clone(), host })
        }
        (_, None) => {
            let reason = format!("the answer has the status {}", exchange.status);
            Outcome::Final(broken(target, &reason))
        }
        (401, Some(error)) => Outcome::Unauthorized(error, claims_challenge(&exchange.headers)),
        (status, Some(error)) => {
            let wait = wait_of(&exchange.headers, &error, Timestamp::now());
            let fault = if is_hold(&error) { Fault::Hold { wait } } else { Fault::Status { status, wait } };
            let reason = reason_of(&error);
            Outcome::Fault(fault, Error::Api(error), reason)
        }
    }
}

/// The error of an attempt without an answer.
fn error_of(target: &Target, fault: Fault, reason: &str) -> Error {
    let (method, path) = (target.method, target.path.clone());
    match fault {
        Fault::Late => Error::Timeout { method, path, after: super::http::WHOLE },
        Fault::NotConnected => Error::Transport { method, path, reason: reason.to_owned(), offline: true },
        Fault::Unsent => Error::InvalidRequest { method, reason: reason.to_owned() },
        Fault::TooLarge => Error::TooLarge { method, path, limit: LARGEST },
        _ => broken(target, reason),
    }
}

/// The body of an answer, up to [`LARGEST`].
async fn whole(mut response: reqwest::Response) -> Result<Bytes, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if body.len() + chunk.len() > LARGEST {
            let reason = "the answer is too large".to_owned();
            return Err(NoAnswer { fault: Fault::TooLarge, reason });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

fn method_of(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    let fault = if error.is_connect() {
        Fault::NotConnected
    } else if error.is_timeout() {
        Fault::Late
    } else {
        Fault::Broken
    };
    // The outer errors only say that a request failed, and to which URL; the innermost says why.
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let reason =
        if std::ptr::addr_eq(inner, error) { "the connection failed".to_owned() } else { inner.to_string() };
    NoAnswer { fault, reason: crate::azure::safe_text::one_line(&reason).into_owned() }
}

fn broken(target: &Target, reason: &str) -> Error {
    Error::Transport {
        method: target.method,
        path: target.path.clone(),
        reason: reason.to_owned(),
        offline: false,
    }
}

fn too_long(target: &Target, wait: Duration, reason: String, error: Error) -> Error {
    match error {
        Error::Api(error) => {
            Error::WaitTooLong { method: target.method, path: target.path.clone(), wait, reason, error }
        }
        other => other,
    }
}

fn read_error(target: &Target, exchange: &Exchange) -> ApiError {
    let mut error = ApiError::read(exchange.status, &exchange.body, target.method, &target.path);
    error.correlation_id = correlation_id(&exchange.headers);
    error.request_id = request_id(&exchange.headers);
    error
}

/// Quotas are counted by subscription; Resource Graph and Microsoft Graph have their own.
fn quota_of(target: &Target) -> String {
    if target.service == Service::Graph {
        return "graph".to_owned();
    }
    let mut segments = target.url.path().trim_start_matches('/').split('/');
    match (segments.next(), segments.next()) {
        (Some(first), Some(id)) if first.eq_ignore_ascii_case("subscriptions") => id.to_ascii_lowercase(),
        (Some(_), Some(name)) if name.eq_ignore_ascii_case("Microsoft.ResourceGraph") => {
            "resource-graph".to_owned()
        }
        _ => "tenant".to_owned(),
    }
}

/// The claims of a challenge: `Some` when there is one, empty when its claims are not plain base64.
fn claims_challenge(headers: &HeaderMap) -> Option<String> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).find_map(|value| {
        let claims = value.split_once("claims=").map(|(_, rest)| rest.trim_start_matches('"'));
        let insufficient = value.contains("insufficient_claims");
        match claims {
            Some(rest) => {
                let end = rest.find(['"', ',', ' ']).unwrap_or(rest.len());
                let claims = &rest[..end];
                let is_base64 = claims.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b));
                Some(if is_base64 { claims.to_owned() } else { String::new() })
            }
            None => insufficient.then(String::new),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(WWW_AUTHENTICATE, value.parse().unwrap());
        claims_challenge(&headers)
    }

    #[test]
    fn a_claims_challenge_is_recognised_and_only_base64_is_taken_over() {
        assert_eq!(
            challenge(r#"Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3MiOnt9fQ==""#)
                .as_deref(),
            Some("eyJhY2Nlc3MiOnt9fQ==")
        );
        assert_eq!(challenge(r#"Bearer error="insufficient_claims""#).as_deref(), Some(""));
        assert_eq!(challenge(r#"Bearer claims="$(reboot)""#).as_deref(), Some(""));
        assert_eq!(challenge(r#"Bearer error="invalid_token""#), None);
    }
}

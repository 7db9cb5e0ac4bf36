//! The wire: from an HTTP request to a [`Call`], and from a [`Reply`] to an HTTP answer with ARM's common headers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use super::connection::Handle;
use super::faults::{Fault, Faults};
use super::graph;
use super::lenient;
use super::log::{Log, LoggedRequest};
use super::metadata;
use super::passing::Passing;
use super::path::ArmPath;
use super::reply::{Answer, ArmError, Payload, Reply};
use super::request::{Call, Query};
use super::routes;
use super::state::StateFile;
use super::throttle::{Throttle, resets_after};
use super::versions;
use super::world::World;

/// The largest request body taken: templates with everything inline stay below 4 MB, ARM's own limit.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Shared {
    pub world: RwLock<World>,
    pub faults: Mutex<Faults>,
    pub throttle: Mutex<Throttle>,
    pub log: Mutex<Log>,
    pub clock: super::Clock,
    pub passing: Passing,
    pub state: Option<StateFile>,
    pub refused_versions: Vec<(String, String)>,
}

/// A lock that a panicking request left behind is as good as any: documents are replaced whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Marks an answer that has to go out byte for byte.
#[derive(Clone, Copy)]
struct Verbatim;

#[derive(Clone, Copy)]
struct NotVerbatim;

impl Predicate for NotVerbatim {
    fn should_compress<B>(&self, response: &axum::http::Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        response.extensions().get::<Verbatim>().is_none()
    }
}

/// The service behind the listener.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(NotVerbatim));
    Router::new().fallback(serve).with_state(shared).layer(compression)
}

/// What is taken from a request before its body is read.
struct Envelope {
    scheme: &'static str,
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    /// The id of this request.
    id: String,
}

impl Envelope {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The id that goes through the logs.
    fn correlation(&self) -> &str {
        self.header("x-ms-correlation-request-id").unwrap_or(&self.id)
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Handle>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let envelope = Envelope {
        scheme: connection.scheme(),
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        id: uuid::Uuid::new_v4().to_string(),
    };
    let body = to_bytes(body, LARGEST_BODY).await;
    let decoded = super::path::decode(&envelope.query);
    let fault =
        lock(&shared.faults).take(envelope.method.as_str(), &super::path::decode(&envelope.path), &decoded);
    if let Some(fault) = &fault {
        if fault.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
        }
        if fault.reset {
            log(&shared, &envelope, body.as_ref().ok(), 0);
            connection.cut();
            return Response::new(Body::from("reset"));
        }
    }
    let response = match fault.as_ref().filter(|fault| fault.replaces()) {
        Some(fault) => {
            let response = stand_in(fault);
            log(&shared, &envelope, body.as_ref().ok(), response.status().as_u16());
            response
        }
        None => respond(shared, envelope, body.ok()).await,
    };
    match fault {
        Some(fault) => spoil(&fault, response).await,
        None => response,
    }
}

fn log(shared: &Shared, envelope: &Envelope, body: Option<&Bytes>, status: u16) {
    let body = match body {
        Some(bytes) if !bytes.is_empty() => serde_json::from_slice(bytes)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes).into_owned())),
        _ => Value::Null,
    };
    let mark = if envelope.query.is_empty() { "" } else { "?" };
    lock(&shared.log).add(LoggedRequest {
        method: envelope.method.to_string(),
        url: format!("{}{mark}{}", envelope.path, envelope.query),
        body,
        status,
    });
}

fn stand_in(fault: &Fault) -> Response {
    let (status, content_type, body) = fault.stand_in();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !content_type.is_empty() {
        response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
    }
    response
}

/// Adds a fault's headers, and cuts the body where it says so.
async fn spoil(fault: &Fault, mut response: Response) -> Response {
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.extensions_mut().insert(Verbatim);
    if !fault.truncate {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert("content-length", HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    // The second item lets the first reach the wire before the connection breaks.
    let pieces = futures_util::stream::unfold(0, move |step| {
        let half = half.clone();
        async move {
            match step {
                0 => Some((Ok(half), 1)),
                1 => {
                    tokio::task::yield_now().await;
                    Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), 2))
                }
                _ => None,
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

/// Answers and logs a request, on a thread that may block: a query over a large estate takes its time, and what was
/// changed is in the state file before it is answered. It is done and logged also when the caller hangs up meanwhile.
/// `body` is none where it was too large.
async fn respond(shared: Arc<Shared>, envelope: Envelope, body: Option<Bytes>) -> Response {
    let work = move || {
        let reply = match &body {
            Some(bytes) => answer(&shared, &envelope, bytes),
            None => ArmError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestContentTooLarge",
                "The request content is larger than 4 MB.",
            )
            .into_reply(),
        };
        let response = dress(&envelope, reply);
        log(&shared, &envelope, body.as_ref(), response.status().as_u16());
        response
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The process ends, and the connection with it.
        Err(_) => Response::new(Body::empty()),
    }
}

/// From bytes to an answer.
fn answer(shared: &Shared, envelope: &Envelope, bytes: &Bytes) -> Reply {
    if metadata::is_asked(&envelope.method, &envelope.path) {
        return metadata::answer(&base(envelope), &Query::parse(&envelope.query));
    }
    if metadata::is_token_asked(&envelope.method, &envelope.path) {
        let header = envelope.header("x-identity-header");
        let world = shared.world.read().unwrap_or_else(PoisonError::into_inner);
        return metadata::token(&world, header, &Query::parse(&envelope.query), jiff::Timestamp::now());
    }
    let now = shared.clock.now().to_string();
    let mut call = match call(shared, envelope, now) {
        Ok(call) => call,
        Err(refused) => return *refused,
    };
    if !bytes.is_empty() {
        let read = serde_json::from_slice(bytes);
        match read.or_else(|error| lenient::read(bytes).ok_or(error)) {
            Ok(body) => call.body = Some(body),
            Err(error) => {
                return ArmError::bad_request(
                    "InvalidRequestContent",
                    format!("The request content was invalid and could not be deserialized: '{error}'."),
                )
                .into_reply();
            }
        }
    }
    carry_out(shared, &mut call).unwrap_or_else(ArmError::into_reply)
}

/// Scheme and host as the caller wrote them.
fn base(envelope: &Envelope) -> String {
    format!("{}://{}", envelope.scheme, envelope.header("host").unwrap_or("127.0.0.1"))
}

/// Reads who asks for what; refuses whoever carries no bearer.
fn call(shared: &Shared, envelope: &Envelope, now: String) -> Result<Call, Box<Reply>> {
    let text = |name: &str| envelope.header(name);
    let bearer = text("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
    });
    let path = ArmPath::parse(&envelope.path);
    let world = shared.world.read().unwrap_or_else(PoisonError::into_inner);
    let Some(bearer) = bearer else {
        if path.segments().first().is_some_and(|first| first.eq_ignore_ascii_case("v1.0")) {
            return Err(Box::new(graph::unauthenticated(&now)));
        }
        let reply = ArmError::new(
            StatusCode::UNAUTHORIZED,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing or invalid.",
        )
        .with(
            "www-authenticate",
            format!(
                "Bearer authorization_uri=\"https://login.microsoftonline.com/{}\", error=\"invalid_token\", error_description=\"The authentication scheme of Bearer is required.\"",
                world.store.tenant_id()
            ),
        )
        .into_reply();
        return Err(Box::new(reply));
    };
    Ok(Call {
        method: envelope.method.clone(),
        path,
        query: Query::parse(&envelope.query),
        body: None,
        caller: world.caller(bearer),
        base: base(envelope),
        version: String::new(),
        eventual: text("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual")),
        now,
        correlation: envelope.correlation().to_owned(),
        client_request: text("x-ms-client-request-id").unwrap_or_default().to_owned(),
    })
}

/// Version, throttle, handler, state file.
fn carry_out(shared: &Shared, call: &mut Call) -> Answer {
    let mut extra = Vec::new();
    if !routes::is_graph(call) {
        let kind = routes::type_of(call);
        call.version = versions::check(call.query.get("api-version"), &kind)?;
        let refused = shared.refused_versions.iter().any(|(of, version)| {
            of.eq_ignore_ascii_case(&kind) && version.eq_ignore_ascii_case(&call.version)
        });
        if refused {
            return Err(versions::unregistered(&call.version, &kind));
        }
        let mut throttle = lock(&shared.throttle);
        let caller = &call.caller.object_id;
        if routes::is_query(call) {
            let (left, seconds) = throttle.spend_graph(caller, shared.passing.now())?;
            extra.push(("x-ms-user-quota-remaining", left.to_string()));
            extra.push(("x-ms-user-quota-resets-after", resets_after(seconds)));
            extra.push(("x-ms-ratelimit-remaining-tenant-resource-requests", left.to_string()));
        } else {
            extra.extend(throttle.spend(
                &call.method,
                call.path.subscription.as_deref(),
                caller,
                shared.passing.now(),
            )?);
        }
    }
    settle(shared);
    let answer = if routes::is_write(call) {
        let mut world = shared.world.write().unwrap_or_else(PoisonError::into_inner);
        world.at = shared.passing.now();
        let answer = routes::write(&mut world, call);
        if answer.is_ok() {
            save(shared, world);
        }
        answer
    } else {
        routes::read(&shared.world.read().unwrap_or_else(PoisonError::into_inner), call)
    };
    let mut reply = answer.unwrap_or_else(ArmError::into_reply);
    reply.headers.extend(extra);
    Ok(reply)
}

/// Lets operations end that have come due.
fn settle(shared: &Shared) {
    let now = shared.passing.now();
    let due = shared.world.read().unwrap_or_else(PoisonError::into_inner).is_due(now);
    if due {
        let mut world = shared.world.write().unwrap_or_else(PoisonError::into_inner);
        world.settle(now, &shared.clock.now().to_string());
        save(shared, world);
    }
}

/// Keeps what was changed, where there is a state file. The world can be read again while its state is taken, and
/// changed while that is written.
fn save(shared: &Shared, changed: RwLockWriteGuard<'_, World>) {
    let Some(file) = &shared.state else { return };
    let world = RwLockWriteGuard::downgrade(changed);
    let state = file.take(&world);
    drop(world);
    if let Err(error) = state.and_then(|state| file.write(&state)) {
        tracing::warn!(%error, "the state file was not written");
    }
}

/// Puts ARM's or Microsoft Graph's common headers on an answer.
fn dress(envelope: &Envelope, reply: Reply) -> Response {
    let graph = envelope.path.to_ascii_lowercase().starts_with("/v1.0/");
    let head = envelope.method == Method::HEAD;
    let (content_type, bytes) = match reply.body {
        Payload::Empty => (None, Vec::new()),
        Payload::Text(text) => (Some("text/plain"), text.into_bytes()),
        Payload::Json(bytes) if graph => (
            Some(
                "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
            ),
            bytes,
        ),
        Payload::Json(bytes) => (Some("application/json; charset=utf-8"), bytes),
    };
    let mut response = Response::new(if head { Body::empty() } else { Body::from(bytes) });
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(content_type) = content_type {
        set("content-type", content_type);
    }
    set("cache-control", "no-cache");
    set("strict-transport-security", "max-age=31536000; includeSubDomains");
    let request = &envelope.id;
    if graph {
        set("odata-version", "4.0");
        set("request-id", request);
        set("client-request-id", envelope.header("client-request-id").unwrap_or(request));
    } else {
        set("pragma", "no-cache");
        set("expires", "-1");
        set("x-content-type-options", "nosniff");
        set("x-ms-request-id", request);
        set("x-ms-correlation-request-id", envelope.correlation());
        set("x-ms-routing-request-id", &format!("WESTEUROPE:{}:{request}", stamp()));
        if let Some(client) = envelope.header("x-ms-client-request-id") {
            set("x-ms-client-request-id", client);
        }
        let by_service = reply.headers.iter().all(|(name, _)| *name != "x-ms-failure-cause");
        if by_service && is_of_machine_learning(&envelope.path) {
            set("x-ms-response-type", if reply.status.is_client_error() { "error" } else { "standard" });
        }
    }
    for (name, value) in &reply.headers {
        set(name, value);
    }
    response
}

/// Whether the Machine Learning service answers a path.
fn is_of_machine_learning(path: &str) -> bool {
    let last = path.to_ascii_lowercase();
    last.rsplit("/providers/")
        .next()
        .is_some_and(|last| last.starts_with("microsoft.machinelearningservices/"))
}

/// `20261122T061249Z`.
fn stamp() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

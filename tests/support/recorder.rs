//! A proxy between a client and the emulator that remembers every exchange whole.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use reqwest::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::openapi::contract::Exchange;

struct Line {
    target: String,
    http: reqwest::Client,
    heard: Mutex<Vec<Exchange>>,
}

/// The proxy; it ends with the test. It hands the `Host` header on, so that links lead through it too.
pub struct Recorder {
    pub url: String,
    line: Arc<Line>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts one in front of a server.
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // Without compression, so that what is remembered can be read.
        let http = reqwest::Client::builder().no_proxy().gzip(false).build().unwrap();
        let line = Arc::new(Line { target: target.to_owned(), http, heard: Mutex::default() });
        let service = Router::new().fallback(pass).with_state(line.clone());
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { url, line, task }
    }

    /// Every exchange so far, in the order of the answers.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.line.heard.lock().unwrap().clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn json(bytes: &Bytes) -> Option<Value> {
    let text = || Value::from(String::from_utf8_lossy(bytes).into_owned());
    (!bytes.is_empty()).then(|| serde_json::from_slice(bytes).unwrap_or_else(|_| text()))
}

async fn pass(State(line): State<Arc<Line>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = to_bytes(body, usize::MAX).await.unwrap();
    let url = parts.uri.to_string();
    let mut headers = parts.headers;
    for header in [ACCEPT_ENCODING, CONTENT_LENGTH, CONNECTION] {
        headers.remove(header);
    }
    let target = format!("{}{url}", line.target);
    let answer = line.http.request(parts.method.clone(), target).headers(headers).body(sent.clone());
    let answer = answer.send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    line.heard.lock().unwrap().push(Exchange {
        method: parts.method.to_string(),
        url,
        body: json(&sent),
        status: status.as_u16(),
        response_headers: Some(headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()),
        response_body: json(&body),
    });
    for header in [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION] {
        headers.remove(header);
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

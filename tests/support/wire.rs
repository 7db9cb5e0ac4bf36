//! Requests to an emulator as they go over the wire, without a client of the product.

use std::time::{Duration, Instant};

use amldeck::emulator::{self, Options, Running};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// An emulator, and who asks it.
pub struct Wire {
    /// The emulator.
    pub running: Running,
    http: reqwest::Client,
    bearer: &'static str,
}

/// An answer; a body that is no JSON is null.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Got {
    /// The code of ARM's error.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// The message of ARM's error.
    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Wire {
    /// Starts an emulator.
    pub async fn start(options: Options) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { running: emulator::start(options).await.unwrap(), http, bearer: "owner" }
    }

    /// The same emulator, asked by another persona.
    pub fn acting_as(self, bearer: &'static str) -> Self {
        Self { bearer, ..self }
    }

    /// Sends a request to a path, or to an absolute URL.
    pub async fn send(&self, method: Method, url: &str, body: Option<Value>) -> Got {
        let url =
            if url.starts_with("http") { url.to_owned() } else { format!("{}{url}", self.running.url()) };
        let mut request = self.http.request(method, url).bearer_auth(self.bearer);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Got { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// GET of a path with an api-version that is right for deployments and most resources.
    pub async fn get(&self, path: &str) -> Got {
        let and = if path.contains('?') { '&' } else { '?' };
        self.send(Method::GET, &format!("{path}{and}api-version=2024-10-01-preview"), None).await
    }

    /// PUT, POST, PATCH or DELETE of a path with an api-version.
    pub async fn change(&self, method: Method, path: &str, version: &str, body: Option<Value>) -> Got {
        self.send(method, &format!("{path}?api-version={version}"), body).await
    }

    /// Polls until the end; gives the last answer.
    pub async fn finish(&self, first: &Got) -> Got {
        let url = [first.header("azure-asyncoperation"), first.header("location")]
            .into_iter()
            .find(|url| !url.is_empty())
            .expect("nothing to poll")
            .to_owned();
        let started = Instant::now();
        loop {
            let got = self.send(Method::GET, &url, None).await;
            let state = got.body["status"].as_str().unwrap_or_default();
            let going_on =
                got.status == StatusCode::ACCEPTED || matches!(state, "InProgress" | "Accepted" | "Running");
            if !going_on {
                return got;
            }
            assert!(started.elapsed() < Duration::from_secs(10), "the operation does not end");
            tokio::task::yield_now().await;
        }
    }
}

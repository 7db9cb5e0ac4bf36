//! A server that answers by a script or by what it is asked, well or badly, and remembers it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use amldeck::azure::arm::http::Http;
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::azure::auth::{
    Chain, ChainOptions, CredentialKind, SignInError, Token, TokenCache, TokenSource,
};
use amldeck::azure::cloud::Cloud;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server does with the next request.
#[derive(Clone)]
pub enum Reply {
    /// Answers in full. `{base}` in headers and body becomes the server's own address.
    Full { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// Promises a body and closes the connection in the middle of it.
    Truncated,
    /// Answers completely, but with JSON that ends in the middle.
    CutJson,
    /// Closes the connection without a word.
    Reset,
}

/// A good answer with a JSON body.
pub fn ok(body: &Value) -> Reply {
    status(200, body)
}

/// An answer with a status and a JSON body.
pub fn status(status: u16, body: &Value) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply::Full { status, headers, body: if body.is_null() { String::new() } else { body.to_string() } }
}

/// An answer with a status and a body that is no JSON.
pub fn text(status: u16, body: &str) -> Reply {
    Reply::Full { status, headers: vec![("content-type", "text/html".to_owned())], body: body.to_owned() }
}

impl Reply {
    /// The same answer with one more header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Full { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query, as they stood on the wire.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The server; it ends with the test.
pub struct Server {
    pub url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts on a free port of loopback and gives these answers, one after the other.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let script = Mutex::new(script.into_iter().collect::<VecDeque<_>>());
        let over = || text(418, "the script is over");
        Self::answering(move |_| script.lock().unwrap().pop_front().unwrap_or_else(over)).await
    }

    /// Starts on a free port of loopback and answers each request as it asks.
    pub async fn answering(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let (base, log) = (url.as_str().trim_end_matches('/').to_owned(), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&log), base.clone()));
            }
        });
        Self { url, seen }
    }

    /// What was asked so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The methods and targets that were asked for.
    pub fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect()
    }

    /// A client that signs in with a ready token.
    pub fn client(&self) -> Client {
        Client::new(self.options())
    }

    /// What that client is made of.
    pub fn options(&self) -> ClientOptions {
        let http = Http::default();
        let chain = Chain::new(ChainOptions {
            cloud: Cloud::Public,
            kind: CredentialKind::Token,
            env: [("AMLDECK_ACCESS_TOKEN", "owner")].into_iter().collect(),
            http: http.clone(),
            executor: None,
        });
        ClientOptions {
            cloud: Cloud::Public,
            arm_endpoint: self.url.clone(),
            graph_endpoint: self.url.clone(),
            read_only: false,
            tokens: TokenCache::new(Arc::new(chain)),
            tenant: None,
            max_in_flight: 16,
            http,
            pace: Pace::instant(),
        }
    }
}

/// Gives `token-1`, `token-2` and so on.
#[derive(Default)]
pub struct FreshTokens(std::sync::atomic::AtomicU32);

impl TokenSource for FreshTokens {
    fn token<'a>(
        &'a self,
        _: Option<&'a str>,
        _: &'a str,
    ) -> futures_util::future::BoxFuture<'a, Result<Token, SignInError>> {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(Token::new(&format!("token-{n}"), None, CredentialKind::AzureCli)) })
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&Seen) -> Reply>,
    seen: Arc<Mutex<Vec<Seen>>>,
    base: String,
) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = answer(&request);
    seen.lock().unwrap().push(request);
    let bytes = match reply {
        Reply::Full { status, headers, body } => {
            let body = body.replace("{base}", &base);
            let mut head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {}\r\n", value.replace("{base}", &base)));
            }
            format!("{head}\r\n{body}")
        }
        Reply::Truncated => "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"value\":[".to_owned(),
        Reply::CutJson => "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"value\":[".to_owned(),
        Reply::Reset => return,
    };
    // The client may be gone already; that is its right.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => return None,
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let seen = Seen { method, target, headers, body: String::new() };
    let length: usize = seen.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => body.extend_from_slice(&chunk[..n]),
            _ => return None,
        }
    }
    Some(Seen { body: String::from_utf8_lossy(&body).into_owned(), ..seen })
}

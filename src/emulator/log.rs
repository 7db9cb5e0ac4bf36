//! What was asked and answered: in memory for tests, and as JSON lines for people.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

/// One request and the status of its answer. No header is in it, and so no token.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// The HTTP method.
    pub method: String,
    /// Path and query as they came.
    pub url: String,
    /// The body: JSON where it is JSON, text where it is not, null where there was none.
    pub body: Value,
    /// The status answered; 0 where the connection was dropped.
    pub status: u16,
}

/// The log of one emulator.
#[derive(Debug)]
pub(super) struct Log {
    recent: VecDeque<LoggedRequest>,
    kept: usize,
    file: Option<BufWriter<File>>,
}

impl Log {
    /// A log that keeps the last `kept` requests and appends to `path`, if one is given.
    ///
    /// # Errors
    /// When the file cannot be opened for appending.
    pub(super) fn open(kept: usize, path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { recent: VecDeque::new(), kept, file: file.map(BufWriter::new) })
    }

    /// Takes a request in. A line that cannot be written is reported once and the file given up.
    pub(super) fn add(&mut self, request: LoggedRequest) {
        if let Some(file) = &mut self.file {
            let written = serde_json::to_vec(&request).map_err(io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                file.write_all(&line)?;
                file.flush()
            });
            if let Err(error) = written {
                tracing::warn!(%error, "the request log cannot be written any more");
                self.file = None;
            }
        }
        if self.kept > 0 {
            if self.recent.len() == self.kept {
                self.recent.pop_front();
            }
            self.recent.push_back(request);
        }
    }

    /// The requests kept, oldest first.
    pub(super) fn recent(&self) -> Vec<LoggedRequest> {
        self.recent.iter().cloned().collect()
    }

    /// Forgets the requests kept.
    pub(super) fn clear(&mut self) {
        self.recent.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str) -> LoggedRequest {
        LoggedRequest { method: "GET".to_owned(), url: url.to_owned(), body: Value::Null, status: 200 }
    }

    #[test]
    fn only_the_last_are_kept_and_all_are_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut log = Log::open(2, Some(&path)).unwrap();
        for url in ["/a", "/b", "/c"] {
            log.add(request(url));
        }
        assert_eq!(log.recent(), [request("/b"), request("/c")]);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next().unwrap(), r#"{"method":"GET","url":"/a","body":null,"status":200}"#);
        assert_eq!(text.lines().count(), 3);
    }
}

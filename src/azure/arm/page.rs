//! Lists that come in pages.

use std::collections::HashSet;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::address::{follow, host_of};
use super::client::Client;
use super::error::Error;
use super::request::Request;

/// No list has more pages than this; it would be a loop that links to ever new pages.
const MOST: usize = 5000;

/// One page of ARM or Microsoft Graph.
#[derive(Deserialize)]
struct Page<T> {
    #[serde(default = "none")]
    value: Option<Vec<T>>,
    #[serde(default, rename = "nextLink", alias = "@odata.nextLink")]
    next_link: Option<String>,
}

fn none<T>() -> Option<T> {
    None
}

enum Next {
    First(Box<Request>),
    Link(Url),
    Nothing,
}

/// The pages of a list, read one after the other.
pub struct Pages<T> {
    client: Client,
    request: Request,
    next: Next,
    seen: HashSet<String>,
    read: usize,
    items: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    pub(super) fn new(client: Client, request: Request) -> Self {
        let next = Next::First(Box::new(request.clone()));
        Self { client, request, next, seen: HashSet::new(), read: 0, items: PhantomData }
    }

    /// The next page, `None` after the last. A page may be empty without being the last. After an error
    /// there is nothing more.
    ///
    /// # Errors
    /// Those of a request, and when the list links to another host or does not end.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        let page: Result<Page<T>, Error> = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First(request) => self.client.json(&request).await,
            Next::Link(url) => self.client.json_at(&self.request, url).await,
            Next::Nothing => return None,
        };
        Some(page.and_then(|page| self.take(page)))
    }

    fn take(&mut self, page: Page<T>) -> Result<Vec<T>, Error> {
        self.read += 1;
        if let Some(link) = page.next_link.filter(|link| !link.is_empty()) {
            let endpoint = self.client.endpoint(self.request.service);
            let Some(url) = follow(endpoint, &link) else {
                return Err(Error::ForeignLink { path: self.request.path.clone(), host: host_of(&link) });
            };
            if !self.seen.insert(link) || self.read >= MOST {
                return Err(Error::PagingLoop { path: self.request.path.clone(), pages: self.read });
            }
            self.next = Next::Link(url);
        }
        Ok(page.value.unwrap_or_default())
    }

    /// All items of all pages that are left.
    ///
    /// # Errors
    /// As [`Pages::next`].
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next().await {
            items.append(&mut page?);
        }
        Ok(items)
    }
}

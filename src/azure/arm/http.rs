//! The HTTP client underneath: built late, because building it reads the system's trust store (about
//! 20 ms), and the first frame must not wait for that.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use url::Url;

use crate::azure::cloud::is_loopback;

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one exchange may take from the first byte sent to the last one received.
pub(super) const WHOLE: Duration = Duration::from_secs(90);

type Built = Result<reqwest::Client, String>;

#[derive(Default)]
struct Pools {
    system: OnceLock<Built>,
    loopback: OnceLock<Built>,
}

/// One connection pool for all that goes to Azure, and one without proxy for this machine. Clones share
/// them; nothing is built before the first use.
#[derive(Clone, Default)]
pub struct Http(Arc<Pools>);

impl Http {
    /// The pool for a URL: the system's proxy is asked for real endpoints, never for loopback.
    ///
    /// # Errors
    /// When TLS could not be set up, with the reason.
    pub fn pool(&self, url: &Url) -> Result<reqwest::Client, String> {
        if !is_loopback(url) {
            return self.shared();
        }
        let build = || build(base().no_proxy(), url.scheme() == "http");
        self.0.loopback.get_or_init(build).clone()
    }

    /// The pool for real endpoints, to be shared with `azure_identity`.
    ///
    /// # Errors
    /// When TLS could not be set up, with the reason.
    pub fn shared(&self) -> Result<reqwest::Client, String> {
        self.0.system.get_or_init(|| build(base(), false)).clone()
    }
}

fn base() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("amldeck/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .pool_idle_timeout(Duration::from_secs(60))
        .gzip(true)
}

fn build(builder: reqwest::ClientBuilder, without_tls: bool) -> Built {
    // Plain http needs no trust store, and reading one costs more than everything else here.
    let builder = if without_tls { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(|error| format!("the HTTP client could not be built: {error}"))
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("built", &self.0.system.get().is_some()).finish()
    }
}

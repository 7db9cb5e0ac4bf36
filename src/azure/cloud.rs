//! The Azure clouds, their endpoints, and which endpoint may be given which token.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::auth::CredentialKind;

/// A cloud that Microsoft runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cloud {
    /// Azure public cloud.
    #[default]
    Public,
    /// Azure for the United States government.
    UsGov,
    /// Azure operated by 21Vianet in China.
    China,
}

struct Addresses {
    name: &'static str,
    az_name: &'static str,
    authority: &'static str,
    arm: &'static str,
    graph: &'static str,
    portal: &'static str,
    studio: &'static str,
}

// Addresses: the cloud tables of Azure CLI (`az cloud list`) and of azure_core; studio: Microsoft's
// documentation of Azure Machine Learning in sovereign clouds.
const PUBLIC: Addresses = Addresses {
    name: "public",
    az_name: "AzureCloud",
    authority: "https://login.microsoftonline.com",
    arm: "https://management.azure.com",
    graph: "https://graph.microsoft.com",
    portal: "https://portal.azure.com",
    studio: "https://ml.azure.com",
};
const US_GOV: Addresses = Addresses {
    name: "usgov",
    az_name: "AzureUSGovernment",
    authority: "https://login.microsoftonline.us",
    arm: "https://management.usgovcloudapi.net",
    graph: "https://graph.microsoft.us",
    portal: "https://portal.azure.us",
    studio: "https://ml.azure.us",
};
const CHINA: Addresses = Addresses {
    name: "china",
    az_name: "AzureChinaCloud",
    authority: "https://login.chinacloudapi.cn",
    arm: "https://management.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    portal: "https://portal.azure.cn",
    studio: "https://studio.ml.azure.cn",
};

impl Cloud {
    /// Every cloud there is.
    pub const ALL: [Self; 3] = [Self::Public, Self::UsGov, Self::China];

    fn addresses(self) -> &'static Addresses {
        match self {
            Self::Public => &PUBLIC,
            Self::UsGov => &US_GOV,
            Self::China => &CHINA,
        }
    }

    /// The name on the command line: `public`, `usgov` or `china`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.addresses().name
    }

    /// The name that `az cloud set --name` takes.
    #[must_use]
    pub fn az_name(self) -> &'static str {
        self.addresses().az_name
    }

    /// Where tokens come from, without a trailing slash.
    #[must_use]
    pub fn authority(self) -> &'static str {
        self.addresses().authority
    }

    /// Azure Resource Manager, without a trailing slash.
    #[must_use]
    pub fn arm(self) -> &'static str {
        self.addresses().arm
    }

    /// The scope of a token for Azure Resource Manager.
    #[must_use]
    pub fn arm_scope(self) -> String {
        format!("{}/.default", self.arm())
    }

    /// Microsoft Graph, without a trailing slash and without the version.
    #[must_use]
    pub fn graph(self) -> &'static str {
        self.addresses().graph
    }

    /// The scope of a token for Microsoft Graph.
    #[must_use]
    pub fn graph_scope(self) -> String {
        format!("{}/.default", self.graph())
    }

    /// The Azure portal, without a trailing slash.
    #[must_use]
    pub fn portal(self) -> &'static str {
        self.addresses().portal
    }

    /// Azure Machine Learning studio, without a trailing slash.
    #[must_use]
    pub fn studio(self) -> &'static str {
        self.addresses().studio
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Cloud {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|cloud| {
                cloud.name().eq_ignore_ascii_case(text) || cloud.az_name().eq_ignore_ascii_case(text)
            })
            .ok_or_else(|| format!("'{text}' is no cloud: use public, usgov or china"))
    }
}

/// Where requests go, checked by [`check_endpoints`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Azure Resource Manager.
    pub arm: Url,
    /// Microsoft Graph, without the version.
    pub graph: Url,
    /// The credential to use: [`CredentialKind::Token`] wherever an endpoint is on loopback.
    pub credential: CredentialKind,
}

impl Endpoints {
    /// Whether an endpoint is on this machine.
    #[must_use]
    pub fn on_loopback(&self) -> bool {
        is_loopback(&self.arm) || is_loopback(&self.graph)
    }
}

/// Why an endpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It cannot be read as a URL of a host.
    #[error("'{text}' is not an endpoint: write it as https://HOST or http://127.0.0.1:PORT")]
    NotAnEndpoint {
        /// What was given.
        text: String,
    },
    /// Plain http to another machine.
    #[error(
        "{endpoint} is plain http: a token would travel unencrypted. Only loopback addresses may be http; use https"
    )]
    PlainHttp {
        /// The endpoint.
        endpoint: String,
    },
    /// A loopback endpoint with a credential that could be a real one.
    #[error(
        "{endpoint} is on this machine and only ever gets the 'token' credential, never a real token of yours: \
         leave --credential away or use --credential token with AMLDECK_ACCESS_TOKEN"
    )]
    LoopbackNeedsToken {
        /// The endpoint.
        endpoint: String,
    },
    /// Neither of the chosen cloud nor named in the configuration.
    #[error(
        "{endpoint} does not belong to the {cloud} cloud. If a token of yours may be sent there, name it in the \
         configuration file: trusted_endpoints = [\"{endpoint}\"]"
    )]
    NotOfCloud {
        /// The endpoint.
        endpoint: String,
        /// The chosen cloud.
        cloud: Cloud,
    },
}

/// Decides where requests may go, and with which credential.
///
/// `arm` and `graph` are what the command line or the configuration gave, `None` for the cloud's own
/// (Graph follows a loopback ARM endpoint); `trusted` are further endpoints that the configuration file
/// names. `CredentialKind::Auto` becomes `Token` on loopback.
///
/// # Errors
/// When an endpoint is no URL, is plain http to another machine, is on loopback with a credential that
/// could hand out a real token, or belongs neither to the cloud nor to `trusted`.
pub fn check_endpoints(
    cloud: Cloud,
    arm: Option<&str>,
    graph: Option<&str>,
    credential: CredentialKind,
    trusted: &[String],
) -> Result<Endpoints, EndpointError> {
    let arm = read_endpoint(arm.unwrap_or(cloud.arm()))?;
    let graph = match graph {
        Some(graph) => read_endpoint(graph)?,
        None if is_loopback(&arm) => arm.clone(),
        None => read_endpoint(cloud.graph())?,
    };
    let own = [(&arm, cloud.arm()), (&graph, cloud.graph())];
    let mut chosen = credential;
    for (endpoint, of_cloud) in own {
        let text = || endpoint.as_str().trim_end_matches('/').to_owned();
        if is_loopback(endpoint) {
            match credential {
                CredentialKind::Auto | CredentialKind::Token => chosen = CredentialKind::Token,
                _ => return Err(EndpointError::LoopbackNeedsToken { endpoint: text() }),
            }
            continue;
        }
        if endpoint.scheme() != "https" {
            return Err(EndpointError::PlainHttp { endpoint: text() });
        }
        let known = |other: &str| Url::parse(other).is_ok_and(|other| other.origin() == endpoint.origin());
        if !known(of_cloud) && !trusted.iter().any(|other| known(other)) {
            return Err(EndpointError::NotOfCloud { endpoint: text(), cloud });
        }
    }
    Ok(Endpoints { arm, graph, credential: chosen })
}

fn read_endpoint(text: &str) -> Result<Url, EndpointError> {
    let refused = || EndpointError::NotAnEndpoint { text: text.to_owned() };
    let url = Url::parse(text).map_err(|_| refused())?;
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
        return Err(refused());
    }
    Ok(url)
}

/// Whether a URL points at this machine: `127.0.0.0/8`, `::1` or `localhost`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        arm: Option<&str>,
        graph: Option<&str>,
        credential: CredentialKind,
    ) -> Result<Endpoints, EndpointError> {
        check_endpoints(Cloud::Public, arm, graph, credential, &["https://arm.contoso.example".to_owned()])
    }

    #[test]
    fn without_endpoints_it_is_the_clouds_own() {
        let endpoints = check(None, None, CredentialKind::AzureCli).unwrap();
        assert_eq!(endpoints.arm.as_str(), "https://management.azure.com/");
        assert_eq!(endpoints.graph.as_str(), "https://graph.microsoft.com/");
        assert_eq!(endpoints.credential, CredentialKind::AzureCli);
        assert!(!endpoints.on_loopback());
    }

    #[test]
    fn loopback_gets_the_token_credential_and_graph_with_it() {
        for arm in
            ["http://127.0.0.1:8899", "http://[::1]:8899", "http://localhost:8899", "https://127.1.2.3"]
        {
            let endpoints = check(Some(arm), None, CredentialKind::Auto).unwrap();
            assert_eq!(endpoints.credential, CredentialKind::Token, "{arm}");
            assert_eq!(endpoints.graph, endpoints.arm);
            assert!(endpoints.on_loopback());
        }
    }

    #[test]
    fn loopback_never_gets_a_real_token_and_other_machines_never_plain_http() {
        for (arm, graph, credential) in [
            (Some("http://127.0.0.1:1"), None, CredentialKind::AzureCli),
            (None, Some("http://127.0.0.1:1"), CredentialKind::ManagedIdentity),
        ] {
            assert!(matches!(check(arm, graph, credential), Err(EndpointError::LoopbackNeedsToken { .. })));
        }
        for arm in ["http://management.azure.com", "http://127.0.0.1.example.com", "http://10.0.0.1"] {
            assert!(
                matches!(check(Some(arm), None, CredentialKind::Token), Err(EndpointError::PlainHttp { .. })),
                "{arm}"
            );
        }
    }

    #[test]
    fn other_endpoints_must_be_of_the_cloud_or_named() {
        for arm in
            ["https://management.azure.com.example.net", "https://management.usgovcloudapi.net", "https://x"]
        {
            assert!(
                matches!(check(Some(arm), None, CredentialKind::Auto), Err(EndpointError::NotOfCloud { .. })),
                "{arm}"
            );
        }
        assert!(check(Some("https://arm.contoso.example/"), None, CredentialKind::Auto).is_ok());
        let port = check(Some("https://management.azure.com:8443"), None, CredentialKind::Auto);
        assert!(matches!(port, Err(EndpointError::NotOfCloud { .. })), "another port is another endpoint");
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_the_form_to_use() {
        for text in
            ["management.azure.com", "ftp://127.0.0.1", "https://user@management.azure.com", "https://h/?q=1"]
        {
            let error = check(Some(text), None, CredentialKind::Auto).unwrap_err();
            assert!(error.to_string().contains("https://HOST"), "{text}: {error}");
        }
    }

    #[test]
    fn clouds_are_read_by_either_name() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.name().parse(), Ok(cloud));
            assert_eq!(cloud.az_name().parse(), Ok(cloud));
            assert!(cloud.arm_scope().ends_with("/.default"));
        }
        assert!("mars".parse::<Cloud>().is_err());
    }
}

//! The names of the credentials, as the command line spells them.

use std::fmt;
use std::str::FromStr;

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CredentialKind {
    /// Every other one in turn, until one answers.
    #[default]
    Auto,
    /// A client secret in `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`.
    Environment,
    /// Microsoft Entra Workload ID of a Kubernetes pod.
    WorkloadIdentity,
    /// The managed identity of the machine or service this runs on.
    ManagedIdentity,
    /// Whoever is signed in to `az`.
    AzureCli,
    /// Whoever is signed in to `azd`.
    Azd,
    /// A ready token in `AMLDECK_ACCESS_TOKEN`.
    Token,
}

impl CredentialKind {
    /// Every kind, in the order of the help text.
    pub const ALL: [Self; 7] = [
        Self::Auto,
        Self::Environment,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::Azd,
        Self::Token,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Environment => "environment",
            Self::WorkloadIdentity => "workload-identity",
            Self::ManagedIdentity => "managed-identity",
            Self::AzureCli => "azure-cli",
            Self::Azd => "azd",
            Self::Token => "token",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CredentialKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("'{text}' is no credential: use one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_refused_with_the_list() {
        for kind in CredentialKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("device-code".parse::<CredentialKind>().unwrap_err().contains("workload-identity"));
    }
}

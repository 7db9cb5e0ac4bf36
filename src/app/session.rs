//! Who is signed in where, and how the console was started: what the header says.

use crate::azure::arm::id::ArmId;
use crate::azure::resources::links;

/// Where the data comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Azure, by the name of the cloud.
    Azure {
        /// `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`.
        cloud: String,
    },
    /// The embedded emulator, as a persona.
    Demo {
        /// The persona.
        persona: String,
        /// Whether what is changed there outlives the console: its state is kept in a file.
        kept: bool,
    },
    /// An endpoint named on the command line.
    Endpoint {
        /// Its host and port.
        host: String,
    },
}

/// A tenant by id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantName {
    /// The GUID.
    pub id: String,
    /// The display name, or the domain, or the id.
    pub name: String,
}

/// The session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where the data comes from.
    pub source: Source,
    /// The tenant on screen, once known.
    pub tenant: Option<TenantName>,
    /// Every tenant that the account can enter.
    pub tenants: Vec<TenantName>,
    /// Who is signed in, once known.
    pub account: Option<String>,
    /// The object id of who is signed in, once known.
    pub object_id: Option<String>,
    /// Whether writes are impossible.
    pub read_only: bool,
    /// Base of portal links.
    pub portal: String,
    /// Base of studio links.
    pub studio: String,
}

impl Session {
    /// The portal's page of a resource.
    #[must_use]
    pub fn portal_link(&self, id: &ArmId) -> String {
        links::portal(&self.portal, self.tenant_id(), id)
    }

    /// The studio's page of a workspace.
    #[must_use]
    pub fn studio_link(&self, workspace: &ArmId) -> String {
        links::studio(&self.studio, self.tenant_id(), workspace)
    }

    fn tenant_id(&self) -> Option<&str> {
        self.tenant.as_ref().map(|tenant| tenant.id.as_str())
    }

    /// The source in a word, for the header.
    #[must_use]
    pub fn source_label(&self) -> &str {
        match &self.source {
            Source::Azure { cloud } => cloud,
            Source::Demo { .. } => "demo",
            Source::Endpoint { host } => host,
        }
    }
}

//! What outbound rules of a managed network can lead to, and how it is known before that they lead somewhere.

use super::preflight::{About, Question};
use super::resolve::SetUp;
use super::spec::Rule;
use crate::azure::arm::id::ArmId;
use crate::azure::resource_graph;

/// Service tags that workspaces usually have to do with; each may have a region behind a dot.
/// Source: "Virtual network service tags" of Azure's documentation.
pub const SERVICE_TAGS: [(&str, &str); 22] = [
    ("AppConfiguration", "App Configuration"),
    ("AzureActiveDirectory", "sign-in"),
    ("AzureContainerRegistry", "container registries"),
    ("AzureCosmosDB", "Cosmos DB"),
    ("AzureDatabricks", "Databricks"),
    ("AzureDataLake", "Data Lake Storage, the first generation"),
    ("AzureDevOps", "Azure DevOps"),
    ("AzureEventGrid", "Event Grid"),
    ("AzureFrontDoor.FirstParty", "packages and images of Microsoft"),
    ("AzureFrontDoor.Frontend", "what is published through Front Door"),
    ("AzureKeyVault", "key vaults"),
    ("AzureMachineLearning", "Azure Machine Learning"),
    ("AzureMonitor", "Log Analytics and Application Insights"),
    ("AzureResourceManager", "management of Azure"),
    ("BatchNodeManagement", "Azure Batch"),
    ("CognitiveServicesManagement", "AI services"),
    ("DataFactory", "Data Factory"),
    ("EventHub", "Event Hubs"),
    ("MicrosoftContainerRegistry", "images of Microsoft"),
    ("ServiceBus", "Service Bus"),
    ("Sql", "SQL Database and Synapse; its port is 1433"),
    ("Storage", "storage accounts"),
];

/// Types that a managed network can have a private endpoint to, what they are called, and their sub-resources.
/// Source: "Workspace managed virtual network isolation" of Azure Machine Learning's documentation, its list of resources.
pub const TARGETS: [(&str, &str, &[&str]); 16] = [
    (
        "Microsoft.Storage/storageAccounts",
        "storage account",
        &["blob", "file", "dfs", "queue", "table", "web"],
    ),
    ("Microsoft.KeyVault/vaults", "key vault", &["vault"]),
    ("Microsoft.ContainerRegistry/registries", "registry", &["registry"]),
    ("Microsoft.MachineLearningServices/workspaces", "workspace", &["amlworkspace"]),
    ("Microsoft.MachineLearningServices/registries", "model registry", &["amlregistry"]),
    ("Microsoft.CognitiveServices/accounts", "AI services", &["account"]),
    ("Microsoft.Search/searchServices", "AI Search", &["searchService"]),
    ("Microsoft.Sql/servers", "SQL server", &["sqlServer"]),
    (
        "Microsoft.DocumentDB/databaseAccounts",
        "Cosmos DB",
        &["Sql", "MongoDB", "Cassandra", "Gremlin", "Table"],
    ),
    ("Microsoft.DBforPostgreSQL/flexibleServers", "PostgreSQL", &["postgresqlServer"]),
    ("Microsoft.DBforMySQL/flexibleServers", "MySQL", &["mysqlServer"]),
    ("Microsoft.Cache/redis", "Redis", &["redisCache"]),
    ("Microsoft.DataFactory/factories", "Data Factory", &["dataFactory"]),
    ("Microsoft.EventHub/namespaces", "Event Hubs", &["namespace"]),
    ("Microsoft.Databricks/workspaces", "Databricks", &["databricks_ui_api"]),
    ("Microsoft.ApiManagement/service", "API Management", &["Gateway"]),
];

/// The sub-resources of a type that a managed network can have a private endpoint to; none of a type that is not known.
#[must_use]
pub fn subresources(id: &ArmId) -> Option<&'static [&'static str]> {
    TARGETS.iter().find(|(kind, ..)| id.is_type(kind)).map(|(_, _, all)| *all)
}

/// Whether this is one of the service tags that are known, a region behind a dot left aside.
#[must_use]
pub fn is_known_tag(tag: &str) -> bool {
    let is = |known: &str| {
        tag.get(..known.len()).is_some_and(|head| head.eq_ignore_ascii_case(known))
            && matches!(tag.as_bytes().get(known.len()), None | Some(b'.'))
    };
    SERVICE_TAGS.iter().any(|(known, _)| is(known))
}

/// Whether what private endpoints lead to is there, but what the set-up makes itself.
#[must_use]
pub fn questions(set_up: &SetUp) -> Vec<Question> {
    let made = set_up.environments.iter().flat_map(|environment| {
        let group = environment.group_id();
        let new = environment.dependents().into_iter().filter(|(_, _, dependent)| dependent.is_new());
        let new: Vec<ArmId> = new.filter_map(|(_, kind, dependent)| dependent.id(&group, kind)).collect();
        new.into_iter().chain([environment.workspace_id()])
    });
    let made: Vec<ArmId> = made.collect();
    let mut all = Vec::new();
    for environment in &set_up.environments {
        for (name, rule) in &environment.rules {
            let Rule::PrivateEndpoint { resource, .. } = rule else { continue };
            let Some(id) = ArmId::parse(resource).ok().filter(|id| !made.contains(id)) else { continue };
            all.push(Question {
                environment: environment.name.clone(),
                request: resource_graph::by_id(&id).background(),
                about: About::Target { rule: name.clone(), id },
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_tags_may_have_a_region() {
        for (tag, known) in [
            ("Storage", true),
            ("storage.WestEurope", true),
            ("StorageX", false),
            ("NoSuchTag", false),
            ("Sto", false),
        ] {
            assert_eq!(is_known_tag(tag), known, "{tag}");
        }
    }
}

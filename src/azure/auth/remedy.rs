//! What helps when a credential gave no token: in words, and as lines to type. Each has its own; `az login`
//! helps only those who are meant to sign in by it.

use super::kind::CredentialKind;
use crate::azure::cloud::Cloud;
use crate::azure::shell;

/// What helps, as the end of a sentence that begins with what is the matter.
pub(super) fn words(link: CredentialKind, tenant: Option<&str>) -> String {
    match link {
        CredentialKind::Auto | CredentialKind::AzureCli => format!("type `{}`", az_login(tenant)),
        CredentialKind::Azd => format!("type `{}`", azd_login(tenant)),
        CredentialKind::Token => "set AMLDECK_ACCESS_TOKEN to a token".to_owned(),
        CredentialKind::Environment => {
            "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to those of a service principal"
                .to_owned()
        }
        CredentialKind::WorkloadIdentity => {
            "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, as Microsoft Entra Workload \
             ID does in a pod whose service account has an identity"
                .to_owned()
        }
        CredentialKind::ManagedIdentity => {
            "a managed identity is there only inside Azure: assign one to this machine or service, or choose \
             another --credential"
                .to_owned()
        }
    }
}

/// The lines to type, in order.
pub(super) fn commands(link: CredentialKind, cloud: Cloud, tenant: Option<&str>) -> Vec<String> {
    let tenant_id = tenant.unwrap_or("TENANT");
    let elsewhere = cloud != Cloud::Public;
    match link {
        CredentialKind::Auto | CredentialKind::AzureCli => {
            let choose = elsewhere.then(|| format!("az cloud set --name {}", cloud.az_name()));
            choose.into_iter().chain([az_login(tenant)]).collect()
        }
        CredentialKind::Azd => {
            let choose = elsewhere.then(|| format!("azd config set cloud.name {}", cloud.az_name()));
            choose.into_iter().chain([azd_login(tenant)]).collect()
        }
        CredentialKind::Token => vec![
            "export AMLDECK_ACCESS_TOKEN=$(az account get-access-token --query accessToken -o tsv)"
                .to_owned(),
        ],
        CredentialKind::Environment => vec![format!(
            "export AZURE_TENANT_ID={tenant_id} AZURE_CLIENT_ID=APPLICATION AZURE_CLIENT_SECRET=SECRET"
        )],
        CredentialKind::WorkloadIdentity => vec![format!(
            "export AZURE_TENANT_ID={tenant_id} AZURE_CLIENT_ID=APPLICATION AZURE_FEDERATED_TOKEN_FILE=FILE"
        )],
        CredentialKind::ManagedIdentity => {
            vec!["az vm identity assign --resource-group GROUP --name MACHINE".to_owned()]
        }
    }
}

fn az_login(tenant: Option<&str>) -> String {
    tenant.map_or_else(
        || "az login".to_owned(),
        |tenant| format!("az login {}", shell::line(shell::flag_words("--tenant", tenant))),
    )
}

fn azd_login(tenant: Option<&str>) -> String {
    tenant.map_or_else(
        || "azd auth login".to_owned(),
        |tenant| format!("azd auth login {}", shell::line(shell::flag_words("--tenant-id", tenant))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_sign_in_by_az_are_told_to_type_az_login() {
        for (link, word, command) in [
            (CredentialKind::Auto, "`az login --tenant t-1`", "az login --tenant t-1"),
            (CredentialKind::AzureCli, "`az login --tenant t-1`", "az login --tenant t-1"),
            (CredentialKind::Azd, "`azd auth login --tenant-id t-1`", "azd auth login --tenant-id t-1"),
            (CredentialKind::Environment, "AZURE_CLIENT_SECRET", "export AZURE_TENANT_ID=t-1 "),
            (CredentialKind::WorkloadIdentity, "AZURE_FEDERATED_TOKEN_FILE", "export AZURE_TENANT_ID=t-1 "),
            (CredentialKind::ManagedIdentity, "only inside Azure", "az vm identity assign "),
            (CredentialKind::Token, "AMLDECK_ACCESS_TOKEN", "export AMLDECK_ACCESS_TOKEN="),
        ] {
            let (words, commands) = (words(link, Some("t-1")), commands(link, Cloud::Public, Some("t-1")));
            assert!(words.contains(word), "{link}: {words}");
            assert!(commands.len() == 1 && commands[0].starts_with(command), "{link}: {commands:?}");
            let is_az = matches!(link, CredentialKind::Auto | CredentialKind::AzureCli);
            let told = words.contains("az login") || commands[0].starts_with("az login");
            assert_eq!(told, is_az, "{link}: {words} {commands:?}");
        }
    }

    #[test]
    fn another_cloud_is_chosen_first_by_those_who_keep_one() {
        let first = |link| commands(link, Cloud::China, None).remove(0);
        assert_eq!(first(CredentialKind::AzureCli), "az cloud set --name AzureChinaCloud");
        assert_eq!(first(CredentialKind::Azd), "azd config set cloud.name AzureChinaCloud");
        assert!(first(CredentialKind::Environment).starts_with("export"));
    }
}

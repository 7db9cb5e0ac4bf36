//! Names of roles in few cells, still telling one from another.

use std::borrow::Cow;

use crate::ui::widgets::text;

/// Words that Microsoft's roles are made of, and what is left of them where room is short. An empty one
/// goes: the column already says that it is storage, a vault or a registry.
const WORDS: &[(&str, &str)] = &[
    ("access", "Acc"),
    ("administrator", "Adm"),
    ("analytics", "Anl"),
    ("application", "App"),
    ("azure", ""),
    ("azureml", ""),
    ("based", ""),
    ("certificate", "Cert"),
    ("certificates", "Certs"),
    ("component", "Cmp"),
    ("compute", "Comp"),
    ("container", "Cont"),
    ("contributor", "Contr"),
    ("control", ""),
    ("cognitive", "Cog"),
    ("data", ""),
    ("delegator", "Deleg"),
    ("developer", "Dev"),
    ("insights", "Ins"),
    ("key", ""),
    ("machine", "M"),
    ("learning", "L"),
    ("management", "Mgmt"),
    ("message", "Msg"),
    ("monitoring", "Mon"),
    ("officer", "Offc"),
    ("operator", "Oper"),
    ("privileged", "Priv"),
    ("processor", "Proc"),
    ("registry", "Reg"),
    ("resource", "Res"),
    ("role", "Role"),
    ("scientist", "Sci"),
    ("secrets", "Secr"),
    ("security", "Sec"),
    ("sender", "Send"),
    ("service", "Svc"),
    ("storage", ""),
    ("vault", ""),
    ("workspace", "Ws"),
];

/// Roles for which another name is in everybody's mouth.
const KNOWN: &[(&str, &str)] = &[
    ("AzureML Data Scientist", "DataSci"),
    ("Azure Machine Learning Workspace Connection Secrets Reader", "ConnSecrRead"),
    ("Key Vault Administrator", "VaultAdm"),
    ("Key Vault Contributor", "VaultContr"),
    ("Key Vault Reader", "VaultRead"),
    ("Log Analytics Reader", "LogsRead"),
    ("Log Analytics Contributor", "LogsContr"),
    ("Role Based Access Control Administrator", "RbacAdm"),
    ("Storage Account Contributor", "StorContr"),
    ("User Access Administrator", "UserAccAdm"),
];

/// The name of a role in at most so many cells: whole where it fits, else its words cut short, else cut.
#[must_use]
pub fn role<'a>(name: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if text::width(name) <= cells {
        return Cow::Borrowed(name);
    }
    if let Some((_, known)) = KNOWN.iter().find(|(whole, _)| *whole == name) {
        return squeezed(known, cells, ellipsis).into();
    }
    let mut short = String::new();
    for word in name.split(|c: char| c.is_whitespace() || "-_/()".contains(c)) {
        let lower = word.to_lowercase();
        match WORDS.iter().find(|(known, _)| *known == lower) {
            Some((_, left)) => short.push_str(left),
            None if lower == "reader" => short.push_str("Read"),
            None => {
                // What is left of a word begins with a capital, so that words stay apart.
                let mut letters = word.chars();
                short.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                short.push_str(letters.as_str());
            }
        }
    }
    // A name all of whose words would go is cut as it is.
    let short = if short.chars().count() < 3 { name } else { &short };
    Cow::Owned(squeezed(short, cells, ellipsis))
}

/// A short name in fewer cells still. What it ends with tells a reader from an owner and stays whole, as far as something is
/// left before it: `VaultAdm` is `VauAdm` in six.
fn squeezed(short: &str, cells: usize, ellipsis: &str) -> String {
    if text::width(short) > cells
        && let Some(at) = short.rfind(char::is_uppercase).filter(|at| *at > 0 && short.is_ascii())
    {
        let (before, last) = short.split_at(at);
        if last.len() < cells && last.len() > 1 {
            return format!("{}{last}", &before[..cells - last.len()]);
        }
    }
    text::cut(short, cells, ellipsis).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_shorter_as_room_does_and_stay_apart() {
        for (name, cells, short) in [
            ("Owner", 5, "Owner"),
            ("Contributor", 11, "Contributor"),
            ("Contributor", 9, "Contr"),
            ("AzureML Data Scientist", 22, "AzureML Data Scientist"),
            ("AzureML Data Scientist", 11, "DataSci"),
            ("AzureML Compute Operator", 11, "CompOper"),
            ("Azure AI Administrator", 11, "AIAdm"),
            ("Storage Blob Data Contributor", 11, "BlobContr"),
            ("Storage Blob Data Reader", 11, "BlobRead"),
            ("Storage Blob Data Owner", 11, "BlobOwner"),
            ("Storage File Data Privileged Contributor", 13, "FilePrivContr"),
            ("Storage File Data Privileged Contributor", 11, "FilePrContr"),
            ("Key Vault Reader", 6, "VaRead"),
            ("Key Vault Administrator", 6, "VauAdm"),
            ("Key Vault Secrets User", 6, "SeUser"),
            ("Key Vault Secrets Officer", 6, "SeOffc"),
            ("Storage Blob Data Contributor", 6, "BContr"),
            ("Storage Blob Data Owner", 6, "BOwner"),
            ("Key Vault Administrator", 3, "Va…"),
            ("Key Vault Secrets User", 11, "SecrUser"),
            ("Key Vault Secrets Officer", 11, "SecrOffc"),
            ("User Access Administrator", 11, "UserAccAdm"),
            ("Contoso workspace auditor", 14, "ContosoAuditor"),
            ("データ分析の役割", 7, "データ…"),
            ("Azure Data", 9, "AzureData"),
            ("Owner", 0, ""),
        ] {
            assert_eq!(role(name, cells, "…"), short, "{name} in {cells}");
        }
    }
}

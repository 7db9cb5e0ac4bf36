//! Every recorded exchange.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::openapi::Specs;
use crate::support::openapi::beside::shared;
use crate::support::openapi::contract::{self, DEVIATIONS, Deviation, Exchange};
use crate::{assert_explained, deviation, read_json};

/// What is wrong in the recordings by the doing of the clients that were recorded, or of those
/// who recorded them; the services took it, or never saw it.
#[rustfmt::skip]
const OF_THE_RECORDINGS: &[Deviation] = &[
    deviation("request", "Deployments_Validate", "body", "not object", UNQUOTED),
    deviation("request", "Deployments_WhatIf", "body", "not object", UNQUOTED),
    deviation("request", "ResourceGroups_CreateOrUpdate", "body/name", "read-only", REPEATED),
    deviation("request", "RoleAssignments_Create", "body/name", "unknown", REPEATED),
    deviation("request", "UserAssignedIdentities_CreateOrUpdate", "body/name", "read-only", REPEATED),
    deviation("request", "Vaults_CreateOrUpdate", "body/name", "unknown", REPEATED),
    deviation("request", "Workspaces_CreateOrUpdate", "body/name", "read-only", REPEATED),
    deviation("request", "StorageAccounts_Create", "body/tags", "null", "Azure Service Operator sends null for no tags"),
    deviation("request", "Tags_UpdateAtScope", "body", "missing", TRIMMED),
    deviation("request", "WorkspaceConnections_Get", "path/connectionName", "does not fit", "older versions took longer names"),
    deviation("response", "Jobs_List", "body/value/*/properties/objective", "missing", TRIMMED),
    deviation("response", "Jobs_List", "body/value/*/properties/samplingAlgorithm", "missing", TRIMMED),
    deviation("response", "Jobs_List", "body/value/*/properties/searchSpace", "missing", TRIMMED),
    deviation("response", "Jobs_List", "body/value/*/properties/trial", "missing", TRIMMED),
];

const REPEATED: &str = "Azure Service Operator repeats the name in the body";
const TRIMMED: &str = "the recorder of Cloud Custodian trims bodies";
const UNQUOTED: &str = "the template is JSON with unquoted keys, kept as text";

fn recorded_files() -> Vec<PathBuf> {
    let folder = shared("recordings").and_then(|folder| fs::read_dir(folder).ok());
    let folders = folder.into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
    files.sort();
    files
}

fn recorded_exchange(file: &Path) -> Option<Exchange> {
    let recording = read_json(file)?;
    let (request, response) = (&recording["request"], &recording["response"]);
    let headers = response["headers"].as_object()?.iter();
    Some(Exchange {
        method: request["method"].as_str()?.to_owned(),
        url: format!("{}?{}", request["path"].as_str()?, request["query"].as_str().unwrap_or_default()),
        body: Some(request["body"].clone()),
        status: u16::try_from(response["status"].as_u64()?).ok()?,
        response_headers: Some(headers.map(|(name, value)| (name.clone(), value.to_string())).collect()),
        response_body: Some(response["body"].clone()),
    })
}

#[test]
fn real_traffic_keeps_to_the_documents_but_for_the_known_deviations() {
    let Some(specs) = Specs::load() else { return };
    let files = recorded_files();
    if files.is_empty() {
        return;
    }
    let exchanges: Vec<Exchange> = files.iter().filter_map(|file| recorded_exchange(file)).collect();
    assert_eq!(exchanges.len(), files.len(), "a file is no recording");

    let report = contract::replay(&specs, exchanges.into_iter());

    println!("{report}");
    assert_explained(report.violations.iter(), OF_THE_RECORDINGS);
    let seen = |known: &&Deviation| report.known.iter().any(|(_, seen)| std::ptr::eq(*seen, *known));
    let unseen: Vec<_> = DEVIATIONS.iter().filter(|known| !seen(known)).collect();
    assert!(unseen.is_empty(), "not in the recordings: {unseen:#?}");
    let unchecked: Vec<&String> = report.unchecked.values().flatten().collect();
    assert_eq!(unchecked.len(), 1, "only Traffic Manager has no document: {unchecked:#?}");
    assert_eq!(report.checked, 2 * (files.len() - 1));
}

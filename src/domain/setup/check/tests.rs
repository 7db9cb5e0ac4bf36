//! A wish for every refusal and warning. Each row is a plan file that is sound but for one thing.

use crate::domain::setup::finding::Level;
use crate::domain::setup::people::Directory;
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::PlanFile;

const SOUND: &str = "
name = 'churn'
layout = 'dev-prod'
[basics]
subscription = 'a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5'
region = 'westeurope'
tags = { team = 'churn' }
";

const GROUP: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg";

fn set_up(more: &str) -> SetUp {
    // What is said anew replaces the line of the sound plan.
    let mut table: toml::Table = SOUND.parse().unwrap();
    let more: toml::Table = more.parse().unwrap_or_else(|error| panic!("{more}: {error}"));
    fn lay_over(base: &mut toml::Table, over: toml::Table) {
        for (key, value) in over {
            match (base.get_mut(&key), value) {
                (Some(toml::Value::Table(inner)), toml::Value::Table(over)) => lay_over(inner, over),
                (_, value) => {
                    base.insert(key, value);
                }
            }
        }
    }
    lay_over(&mut table, more);
    let text = toml::to_string(&table).unwrap();
    SetUp::of(&PlanFile::read(&text).unwrap_or_else(|error| panic!("{text}\n{error}")), &Directory::new())
}

#[test]
fn a_sound_plan_is_refused_nothing() {
    let set_up = set_up("");
    assert_eq!(set_up.refusals().collect::<Vec<_>>(), Vec::<&super::super::finding::Finding>::new());
    let names: Vec<_> =
        set_up.environments.iter().map(|one| (one.group.as_str(), one.workspace.as_str())).collect();
    assert_eq!(names, [("rg-churn-dev", "mlw-churn-dev"), ("rg-churn-prod", "mlw-churn-prod")]);
    assert_eq!(set_up.environments[0].storage_sku, "Standard_ZRS");
}

#[test]
fn one_workspace_has_no_environment_in_its_name() {
    let set_up = set_up("layout = 'one'");
    assert_eq!(set_up.environments[0].workspace, "mlw-churn");
}

#[test]
fn braces_in_texts_for_people_are_nothing_but_braces() {
    let set_up = set_up(
        "[basics]\nfriendly_name = 'Churn {beta}'\ndescription = 'Reads { and {env}, by {nam}.'\ntags = { note = '{}' }",
    );
    assert_eq!(set_up.refusals().count(), 0, "{:#?}", set_up.findings);
    let one = &set_up.environments[0];
    assert_eq!((one.friendly_name.as_str(), one.tags["note"].as_str()), ("Churn {beta}", "{}"));
    assert_eq!(one.description, "Reads { and dev, by {nam}.");
    let slip = self::set_up("[basics]\nfriendly_name = 'Churn {nam}'");
    let told =
        |words: &str| slip.findings.iter().any(|one| one.level == Level::Warning && one.text.contains(words));
    assert!(told("did you mean {name}?"), "{:#?}", slip.findings);
}

#[test]
fn what_cannot_be_done_is_refused_with_the_rule() {
    let vault = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv-keys");
    let storage = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/stone");
    let subnet = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/snet");
    let closed = "[network]\nisolation = 'approved-outbound'\n";
    for (more, key, words) in [
        ("name = ''", "name", "`name` is not given"),
        ("[basics]\ntags = { Env = 'dev', env = 'prod' }", "basics.tags", "'Env' and 'env' are one to Azure"),
        (
            &format!("[basics]\nworkspace = 'mlw-churn-'\n[network.endpoints]\nsubnet = '{subnet}'"),
            "basics.workspace",
            "the private endpoint pe-mlw-churn-",
        ),
        ("layout = 'each'", "environments", "name them"),
        ("environments = ['dev']", "environments", "2 environments, and 1"),
        ("environments = ['dev', 'dev']", "environments", "named twice"),
        ("environments = ['dev', 'pro d']", "environments", "cannot name an environment"),
        ("[env.prd.basics]\nregion = 'x'", "env.prd", "did you mean [env.prod]?"),
        ("[basics]\nsubscription = ''", "basics.subscription", "not given"),
        ("[basics]\nsubscription = 'Contoso'", "basics.subscription", "a GUID"),
        ("[basics]\nworkspace = 'x-{env}!'", "basics.workspace", "3 to 33 characters"),
        ("[basics]\nworkspace = 'mlw-{team}-{env}'", "basics.workspace", "'{team}' is no pattern"),
        ("[basics]\nresource_group = 'rg-{env}.'", "basics.resource_group", "1 to 90 characters"),
        ("[basics]\nregion = ''", "basics.region", "not given"),
        ("[basics]\nregion = 'west-europe'", "basics.region", "short name"),
        ("[basics]\nkind = 'FeatureStore'", "basics.kind", "az ml feature-store create"),
        ("[basics]\nkind = 'Project'", "basics.hub", "belongs to a hub"),
        (&format!("[basics]\nhub = '{storage}'"), "basics.hub", "only a project has a hub"),
        (
            &format!("[basics]\nkind = 'Project'\nhub = '{storage}'"),
            "basics.hub",
            "it is the id of Microsoft.Storage/storageAccounts",
        ),
        ("[basics.tags]\n'a/b' = 'c'", "basics.tags", "cannot name a tag"),
        (&format!("[basics.tags]\na = '{}'", "x".repeat(257)), "basics.tags", "longer than 256"),
        ("[dependents]\nstorage = 'st-{env}'", "dependents.storage", "lower-case letters and digits"),
        ("[dependents]\nkey_vault = '1kv'", "dependents.key_vault", "beginning with a letter"),
        (
            &format!("[dependents]\nstorage = '{vault}'"),
            "dependents.storage",
            "it is the id of Microsoft.KeyVault/vaults",
        ),
        ("[dependents]\nstorage = 'subscriptions/x'", "dependents.storage", "is not an id"),
        (
            "[dependents]\nstorage = '/subscriptions/x/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/s'",
            "dependents.storage",
            "no GUID",
        ),
        ("[dependents]\nkey_vault = 'none'", "dependents.key_vault", "not among the choices"),
        (
            "[dependents]\nstorage_sku = 'Premium_LRS'",
            "dependents.storage_sku",
            "cannot use a premium account",
        ),
        ("[dependents]\nstorage_sku = 'Gold'", "dependents.storage_sku", "is no SKU"),
        (
            "[dependents]\ncontainer_registry = 'new'\nregistry_sku = 'Gold'",
            "dependents.registry_sku",
            "is no SKU",
        ),
        (
            &format!("{closed}[dependents]\ncontainer_registry = 'new'\nregistry_sku = 'Basic'"),
            "dependents.registry_sku",
            "Premium",
        ),
        (
            "[dependents]\nimage_build_compute = '1'",
            "dependents.image_build_compute",
            "cannot name a compute",
        ),
        ("[network]\npresets = ['pypi']", "network.rules", "belong to a managed network"),
        ("[network]\nprovision_now = true", "network.provision_now", "no managed network"),
        (
            "[network]\nisolation = 'internet-outbound'\npresets = ['mcr']",
            "network.rules.mcr",
            "by private endpoint alone, and this is one by host name",
        ),
        (
            "[network]\nisolation = 'internet-outbound'\n[network.rules.adf]\ntype = 'service-tag'\nservice_tag = 'DataFactory'",
            "network.rules.adf",
            "by private endpoint alone, and this is one by service tag",
        ),
        (
            &format!("{closed}[network.rules.__SYS_x]\ntype = 'fqdn'\ndestination = 'a.b'"),
            "network.rules.__SYS_x",
            "Azure's own",
        ),
        (
            &format!("{closed}[network.rules.x]\ntype = 'fqdn'\ndestination = 'a.b'"),
            "network.rules.x",
            "3 to 33 characters",
        ),
        (
            &format!("{closed}[network.rules.lake]\ntype = 'fqdn'\ndestination = 'https://a.b/c'"),
            "network.rules.lake",
            "is no host name",
        ),
        (
            &format!("{closed}[network.rules.adf]\ntype = 'service-tag'\nservice_tag = 'Data Factory'"),
            "network.rules.adf",
            "is no service tag",
        ),
        (
            &format!("{closed}[network.rules.adf]\ntype = 'service-tag'\nservice_tag = 'A'\nports = '0'"),
            "network.rules.adf",
            "are no ports",
        ),
        (
            &format!(
                "{closed}[network.rules.adf]\ntype = 'service-tag'\nservice_tag = 'A'\nprotocol = 'tcp'"
            ),
            "network.rules.adf",
            "is no protocol",
        ),
        (
            &format!(
                "{closed}[network.rules.sql]\ntype = 'private-endpoint'\nresource = 'x'\nsubresource = 'sql'"
            ),
            "network.rules.sql",
            "is no resource's id",
        ),
        (
            &format!(
                "{closed}[network.rules.sql]\ntype = 'private-endpoint'\nresource = '{storage}'\nsubresource = ''"
            ),
            "network.rules.sql",
            "sub-resource is not given",
        ),
        (
            &format!(
                "{closed}[network.rules.sql]\ntype = 'private-endpoint'\nresource = '{storage}'\nsubresource = 'vault'"
            ),
            "network.rules.sql",
            "'vault' is no sub-resource of its type: blob, file",
        ),
        (
            &format!(
                "[dependents]\nstorage = '{storage}'\n[env.prod.identity]\nstorage_access = 'identity'\nshared_key_off = true"
            ),
            "identity.shared_key_off",
            "one turns its shared keys off, and the other signs in by them",
        ),
        ("[network.endpoints]\nresource_group = 'rg'", "network.endpoints.subnet", "give its id"),
        (
            &format!("[network.endpoints]\nsubnet = '{vault}'"),
            "network.endpoints.subnet",
            "is not the id of a Microsoft.Network",
        ),
        (
            &format!("[network.endpoints]\nsubnet = '{subnet}'\ndns_zones = 'all'"),
            "network.endpoints.dns_zones",
            "neither 'new' nor",
        ),
        (
            &format!("[network.endpoints]\nsubnet = '{subnet}'\nresource_group = 'rg.'"),
            "network.endpoints.resource_group",
            "1 to 90",
        ),
        (
            &format!(
                "[basics]\nworkspace = 'mlw-one'\n[network.endpoints]\nsubnet = '{subnet}'\nresource_group = 'rg-net'"
            ),
            "network.endpoints.resource_group",
            "would both make the private endpoint of a workspace called mlw-one in rg-net",
        ),
        (
            &format!("[network.endpoints]\nsubnet = '{subnet}'"),
            "network.endpoints.dns_zones",
            "one zone of a name",
        ),
        (
            &format!("[identity]\nworkspace = '{vault}'"),
            "identity.workspace",
            "is not the id of a Microsoft.ManagedIdentity",
        ),
        ("[identity]\nworkspace = 'x'", "identity.workspace", "3 to 128"),
        ("[identity]\nshared_key_off = true", "identity.shared_key_off", "is broken once"),
        (&format!("[encryption]\nkey_vault = '{vault}'"), "encryption.key", "give the key's URI"),
        (
            "[encryption]\nkey = 'https://kv-keys.vault.azure.net/keys/k'",
            "encryption.key_vault",
            "give the vault's id",
        ),
        (&format!("[encryption]\nkey_vault = '{vault}'\nkey = 'k'"), "encryption.key", "is no key's URI"),
        (
            &format!("[encryption]\nkey_vault = '{vault}'\nkey = 'https://other.vault.azure.net/keys/k/1'"),
            "encryption.key",
            "the key is in the vault 'other'",
        ),
        (&format!("[encryption]\nidentity = '{vault}'"), "encryption.key", "give `key_vault` and `key`"),
        ("[budget]\namount = -1.0", "budget.amount", "no amount"),
        ("[budget]\namount = 1.0\nalerts = [0]", "budget.alerts", "between 1 and 1000"),
        ("[budget]\namount = 1.0\ncontacts = ['ada']", "budget.contacts", "is no address"),
        ("[basics]\nresource_group = 'rg'\nworkspace = 'mlw-same'", "basics.workspace", "are one workspace"),
        ("[dependents]\nstorage = 'stsame'", "dependents: storage account", "would both make 'stsame'"),
        (
            "[basics]\nresource_group = 'rg'\n[identity]\nworkspace = 'id-same'",
            "identity.workspace",
            "would both make",
        ),
    ] {
        let set_up = set_up(more);
        let hit = set_up.refusals().any(|one| one.key == key && one.text.contains(words));
        assert!(hit, "{more}\nwants {key}: {words}\nhas {:#?}", set_up.findings);
    }
}

#[test]
fn one_way_doors_and_costs_are_said_before_anything_is_made() {
    let vault = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv-keys");
    let storage = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/stone");
    let subnet = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/snet");
    let closed = "[network]\nisolation = 'approved-outbound'\n";
    for (more, level, words) in [
        ("[network]\nisolation = 'internet-outbound'", Level::OneWay, "cannot be turned off again"),
        (closed, Level::OneWay, "nor back to Internet Outbound"),
        (closed, Level::Warning, "open to the internet"),
        (closed, Level::Note, "not isolated"),
        (&format!("{closed}presets = ['pypi']"), Level::Warning, "Azure Firewall (Standard)"),
        (
            &format!("{closed}[dependents]\ncontainer_registry = 'new'"),
            Level::Warning,
            "cannot build images itself",
        ),
        ("[encryption]\nhigh_business_impact = true", Level::OneWay, "cannot be changed later"),
        ("[encryption]\ndata_isolation = true", Level::OneWay, "as a prefix"),
        (
            &format!("[encryption]\nkey_vault = '{vault}'\nkey = 'https://kv-keys.vault.azure.net/keys/k'"),
            Level::OneWay,
            "only rotated",
        ),
        (
            &format!("[encryption]\nkey_vault = '{vault}'\nkey = 'https://kv-keys.vault.azure.net/keys/k'"),
            Level::Unwise,
            "does not exist yet",
        ),
        ("[identity]\nstorage_access = 'identity'", Level::Warning, "is a preview"),
        ("[identity]\nstorage_access = 'identity'", Level::Warning, "nobody gets a data role"),
        (
            &format!(
                "[dependents]\nstorage = '{storage}'\n[identity]\nstorage_access = 'identity'\nshared_key_off = true"
            ),
            Level::Warning,
            "locked out",
        ),
        (&format!("[dependents]\nstorage = '{storage}'"), Level::Warning, "dev and prod share stone"),
        ("[identity]\nworkspace = 'new'", Level::Note, "nothing by itself"),
        ("[basics]\nresource_group = 'rg'", Level::Warning, "an administrator of prod"),
        ("[basics]\nworkspace = 'mlw'", Level::Warning, "each get a workspace called mlw"),
        ("[network]\npublic_access = false", Level::Warning, "nobody reaches"),
        (
            &format!("[network.endpoints]\nsubnet = '{subnet}'\ndns_zones = 'none'"),
            Level::Warning,
            "lead to public addresses",
        ),
        (
            &format!("[network.endpoints]\nsubnet = '{subnet}'\ndns_zones = 'none'\nregion = 'uksouth'"),
            Level::Note,
            "made in uksouth",
        ),
        (
            "[basics]\nregion = 'westus'\n[dependents]\nstorage_sku = 'Standard_ZRS'",
            Level::Warning,
            "availability zones",
        ),
        ("[dependents]\nstorage_sku = 'Standard_LRS'", Level::Note, "loss of a zone"),
        (
            "[[people]]\npersona = 'ci-cd'\nservice_principal = '4c208bbe-2170-4259-b47c-cf7c74570cc8'",
            Level::Warning,
            "AcrPush on its container registry cannot be granted yet: Azure makes one with the first image",
        ),
        (
            "[dependents]\napplication_insights = 'none'\n[[people]]\npersona = 'monitoring'\nservice_principal = 'Watcher'",
            Level::Warning,
            "Monitoring Reader on its Application Insights cannot be granted: there is none",
        ),
        (
            &format!(
                "{closed}[network.rules.lake]\ntype = 'private-endpoint'\nresource = '{storage}'\nsubresource = 'blob'"
            ),
            Level::Note,
            "Connection Approver on stone",
        ),
    ] {
        let set_up = set_up(more);
        let hit = set_up.findings.iter().any(|one| one.level == level && one.text.contains(words));
        assert!(hit, "{more}\nwants {level:?}: {words}\nhas {:#?}", set_up.findings);
        assert_eq!(set_up.refusals().count(), 0, "{more}: {:#?}", set_up.findings);
    }
}

/// What a project has from its hub is neither granted nor made with it, and that is said.
#[test]
fn what_is_the_hubs_is_not_counted_and_not_set_for_a_project() {
    let hub = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/hub-one";
    let set_up = set_up(&format!(
        "[basics]\nkind = 'Project'\nhub = '{hub}'\n[dependents]\nimage_build_compute = 'builder'\n\
         [network]\nisolation = 'internet-outbound'\n\
         [[people]]\npersona = 'data-scientist'\ngroup = '36de3247-f58b-4b4a-9bf9-82c5e02c2d9e'"
    ));
    let dev = &set_up.environments[0];
    assert_eq!((dev.grants.len(), dev.granted().count()), (3, 1));
    assert_eq!(dev.image_build_compute, "");
    for words in [
        "Storage Blob Data Contributor on its storage account is not granted here: it is that of the hub hub-one",
        "[dependents] is not used",
        "[network] is not used",
    ] {
        let hits = set_up
            .findings
            .iter()
            .filter(|one| one.text.contains(words) && one.environment.as_deref() == Some("dev"));
        assert_eq!(hits.count(), 1, "{words}: {:#?}", set_up.findings);
    }
}

#[test]
fn somebody_given_by_name_uses_the_data_too() {
    let set_up = set_up(
        "[identity]\nstorage_access = 'identity'\n[[people]]\npersona = 'data-scientist'\ngroup = 'Data scientists'",
    );
    let roles: Vec<_> = set_up.environments[0].by_name.iter().map(|one| one.role.name.as_str()).collect();
    assert!(roles.contains(&"Storage Blob Data Contributor"), "{roles:?}");
    assert!(!set_up.findings.iter().any(|one| one.text.contains("nobody gets a data role")));
}

#[test]
fn what_is_gravest_comes_first() {
    let set_up = set_up("[network]\nisolation = 'internet-outbound'\npresets = ['mcr']");
    assert!(set_up.findings.is_sorted_by_key(|one| one.level));
    assert_eq!(set_up.findings[0].level, Level::Refused);
    assert_eq!(set_up.findings[0].place(), "dev: network.rules.mcr");
}

#[test]
fn a_tag_in_another_spelling_is_the_same_tag() {
    let set_up =
        set_up("[basics]\ntags = { Env = 'dev', owner = 'ada' }\n[env.prod.basics]\ntags = { env = 'prod' }");
    assert_eq!(set_up.refusals().count(), 0, "{:#?}", set_up.findings);
    let tags = |at: usize| set_up.environments[at].tags.clone().into_iter().collect::<Vec<_>>();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(tags(0), [pair("Env", "dev"), pair("owner", "ada"), pair("team", "churn")]);
    assert_eq!(tags(1), [pair("env", "prod"), pair("owner", "ada"), pair("team", "churn")]);
}

//! What queries answer, by example.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{QueryErrorKind, Tables, answer, run};

pub(super) struct Fixture {
    resources: Vec<Arc<Value>>,
    containers: Vec<Arc<Value>>,
}

impl Tables for Fixture {
    fn tenant_id(&self) -> &str {
        "7a1e"
    }

    fn rows<'a>(
        &'a self,
        table: &str,
        types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>> {
        let types = types.map(<[String]>::to_vec);
        let wanted = move |document: &&Arc<Value>| {
            let kind = document["type"].as_str().unwrap_or_default().to_lowercase();
            types.as_ref().is_none_or(|types| types.contains(&kind))
        };
        match table {
            "resources" => Some(Box::new(self.resources.iter().filter(wanted))),
            "resourcecontainers" => Some(Box::new(self.containers.iter())),
            _ => None,
        }
    }
}

fn resource(subscription: &str, group: &str, kind: &str, name: &str, more: Value) -> Value {
    let mut document = json!({
        "id": format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"),
        "name": name, "type": kind, "location": "westeurope",
    });
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    document
}

pub(super) fn fixture() -> Fixture {
    const ML: &str = "Microsoft.MachineLearningServices/workspaces";
    const STORAGE: &str = "Microsoft.Storage/storageAccounts";
    Fixture {
        resources: shared(vec![
            resource(
                "s1",
                "RG-Fraud",
                ML,
                "mlw-fraud-prod",
                json!({
                    "kind": "Default", "tags": {"env": "prod", "cost centre": "4711"},
                    "properties": {"publicNetworkAccess": "Disabled", "v1LegacyMode": false, "privateLinkCount": 2,
                        "ipAllowlist": ["1.2.3.4", "5.6.7.8"], "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}},
                }),
            ),
            resource(
                "s1",
                "rg-shared",
                ML,
                "mlw-qa",
                json!({
                    "kind": "Hub", "tags": {"env": "qa"},
                    "properties": {"publicNetworkAccess": "Enabled", "v1LegacyMode": true, "privateLinkCount": 0, "ipAllowlist": []},
                }),
            ),
            resource(
                "s2",
                "rg-dev",
                ML,
                "mlw-dev",
                json!({"kind": "Default", "properties": {"privateLinkCount": 1}}),
            ),
            resource(
                "s1",
                "RG-Fraud",
                STORAGE,
                "stfraud",
                json!({"sku": {"name": "Standard_ZRS"}, "properties": {}}),
            ),
        ]),
        containers: shared(vec![
            json!({"id": "/subscriptions/s1", "subscriptionId": "s1", "displayName": "Production", "state": "Enabled"}),
            json!({"id": "/subscriptions/s3", "subscriptionId": "s3", "displayName": "Empty", "state": "Disabled"}),
            json!({"id": "/subscriptions/s1/resourceGroups/RG-Fraud", "name": "RG-Fraud", "type": "Microsoft.Resources/resourceGroups", "location": "westeurope"}),
        ]),
    }
}

fn shared(documents: Vec<Value>) -> Vec<Arc<Value>> {
    documents.into_iter().map(Arc::new).collect()
}

/// Runs a query and gives one line a row: the values in the order of the columns.
pub(super) fn lines(query: &str) -> Vec<String> {
    let fixture = fixture();
    let answer = answer(query, &fixture).unwrap_or_else(|error| panic!("{query}: {error}"));
    let columns: Vec<String> = answer.columns().map(str::to_owned).collect();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    answer
        .page(0, usize::MAX)
        .iter()
        .map(|row| columns.iter().map(|column| text(&row[column])).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The names of the rows that a condition lets through.
fn names_where(condition: &str) -> Vec<String> {
    lines(&format!("resources | where {condition} | project name | order by name asc"))
}

#[test]
fn a_table_alone_answers_every_column_of_every_row() {
    let fixture = fixture();
    let rows = run("Resources", &fixture).unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0]["type"], "microsoft.machinelearningservices/workspaces");
    assert_eq!(rows[0]["tenantId"], "7a1e");
    assert_eq!(rows[0]["subscriptionId"], "s1");
    assert_eq!(rows[0]["resourceGroup"], "rg-fraud");
    assert_eq!(rows[0]["tags"]["env"], "prod");
    assert_eq!(rows[0]["managedBy"], "");
    assert_eq!(rows[0]["plan"], Value::Null);
    assert_eq!(rows[0].len(), 16);
}

#[test]
fn conditions_choose_rows() {
    const ALL: &[&str] = &["mlw-dev", "mlw-fraud-prod", "mlw-qa", "stfraud"];
    let cases: &[(&str, &[&str])] = &[
        ("type =~ 'Microsoft.MachineLearningServices/workspaces'", &["mlw-dev", "mlw-fraud-prod", "mlw-qa"]),
        ("type == 'Microsoft.MachineLearningServices/workspaces'", &[]),
        ("type == 'microsoft.storage/storageaccounts'", &["stfraud"]),
        ("name != 'mlw-qa' and name !~ 'MLW-DEV'", &["mlw-fraud-prod", "stfraud"]),
        ("kind == 'Hub' or (name has 'fraud' and subscriptionId == 's1')", &["mlw-fraud-prod", "mlw-qa"]),
        ("name in ('mlw-qa', 'MLW-DEV')", &["mlw-qa"]),
        ("properties.privateLinkCount in ('2', '1')", &["mlw-dev", "mlw-fraud-prod"]),
        ("properties.privateLinkCount in (2, 1)", &["mlw-dev", "mlw-fraud-prod"]),
        ("properties.publicNetworkAccess in ('Enabled', '')", &["mlw-qa"]),
        ("properties.publicNetworkAccess !in~ ('ENABLED')", &["mlw-dev", "mlw-fraud-prod", "stfraud"]),
        ("name in~ ('mlw-qa', 'MLW-DEV')", &["mlw-dev", "mlw-qa"]),
        ("name !in ('mlw-qa', 'stfraud')", &["mlw-dev", "mlw-fraud-prod"]),
        ("name !in~ ('MLW-QA', 'stfraud')", &["mlw-dev", "mlw-fraud-prod"]),
        ("name contains 'FRAUD'", &["mlw-fraud-prod", "stfraud"]),
        ("name !contains 'fraud'", &["mlw-dev", "mlw-qa"]),
        ("name has_any ('qa', 'dev')", &["mlw-dev", "mlw-qa"]),
        ("name has_all ('mlw', 'prod')", &["mlw-fraud-prod"]),
        ("name startswith 'ST' or name endswith '-QA'", &["mlw-qa", "stfraud"]),
        ("not(name startswith 'mlw')", &["stfraud"]),
        ("tags.env == 'prod'", &["mlw-fraud-prod"]),
        ("tags['cost centre'] == '4711'", &["mlw-fraud-prod"]),
        ("Tags['ENV'] =~ 'QA'", &["mlw-qa"]),
        ("isnotempty(tags.env)", &["mlw-fraud-prod", "mlw-qa"]),
        ("isempty(kind)", &["stfraud"]),
        ("isnull(properties.publicNetworkAccess)", &["mlw-dev", "stfraud"]),
        ("isnotnull(properties.publicnetworkaccess)", &["mlw-fraud-prod", "mlw-qa"]),
        ("properties.privateLinkCount > 0", &["mlw-dev", "mlw-fraud-prod"]),
        ("properties.privateLinkCount + 1 <= 2 ", &["mlw-dev", "mlw-qa"]),
        ("properties.v1LegacyMode == true", &["mlw-qa"]),
        ("tobool(properties.v1LegacyMode) == false", &["mlw-fraud-prod"]),
        ("properties.ipAllowlist[0] == '1.2.3.4'", &["mlw-fraud-prod"]),
        ("array_length(properties.ipAllowlist) == 0", &["mlw-qa"]),
        ("split(id, '/')[4] == 'rg-dev'", &["mlw-dev"]),
        ("properties.managedNetwork.isolationMode != 'Disabled'", ALL),
        ("sku.name =~ 'standard_zrs'", &["stfraud"]),
        ("strlen(name) == -1 + 7", &["mlw-qa"]),
    ];
    for (condition, expected) in cases {
        assert_eq!(names_where(condition), *expected, "{condition}");
    }
}

#[test]
fn project_and_extend_make_columns_and_name_them_as_kusto_does() {
    let cases: &[(&str, &[&str])] = &[
        ("project Name = toupper(name), kind | take 1", &["MLW-FRAUD-PROD Default"]),
        (
            "extend env = coalesce(tags.env, 'none') | project name, env | where env == 'none'",
            &["mlw-dev none", "stfraud none"],
        ),
        (
            "where name == 'mlw-qa' | project iff(properties.v1LegacyMode == true, 'legacy', 'v2')",
            &["legacy"],
        ),
        (
            "where name == 'mlw-qa' | project x = strcat(name, '/', kind, '/', properties.privateLinkCount)",
            &["mlw-qa/Hub/0"],
        ),
        (
            "where name == 'mlw-qa' | project toint('12'), tolong(properties.privateLinkCount), tostring(properties.v1LegacyMode)",
            &["12 0 true"],
        ),
        ("where name == 'mlw-qa' | extend name = 'other' | project name", &["other"]),
        ("where name == 'mlw-qa' | project name, kind, location | project-away LOCATION", &["mlw-qa Hub"]),
        ("where name == 'mlw-qa' | project-keep kind, name", &["mlw-qa Hub"]),
        ("where name == 'mlw-qa' | project-rename title = name | project title", &["mlw-qa"]),
        ("where name == 'mlw-qa' | project case(kind == 'Hub', 'h', kind == 'Project', 'p', 'd')", &["h"]),
        (
            "where name == 'mlw-qa' | project substring(name, 4), indexof(name, 'q'), replace_string(name, '-', '_')",
            &["qa 4 mlw_qa"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
    let fixture = fixture();
    let named = answer(
        "resources | project properties.managedNetwork.isolationMode, tags['env'], tostring(sku.name), strlen(name)",
        &fixture,
    );
    let columns: Vec<String> = named.unwrap().columns().map(str::to_owned).collect();
    assert_eq!(columns, ["properties_managedNetwork_isolationMode", "tags_env", "sku_name", "Column4"]);
}

#[test]
fn rows_are_sorted_cut_and_counted() {
    let cases: &[(&str, &[&str])] = &[
        ("order by name | project name | take 2", &["stfraud", "mlw-qa"]),
        ("sort by kind asc, name desc | project name | limit 2", &["stfraud", "mlw-fraud-prod"]),
        ("top 1 by tolong(properties.privateLinkCount) | project name", &["mlw-fraud-prod"]),
        (
            "order by tolong(properties.privateLinkCount) asc | project name",
            &["stfraud", "mlw-qa", "mlw-dev", "mlw-fraud-prod"],
        ),
        ("order by tolong(properties.privateLinkCount) asc nulls last | project name | take 1", &["mlw-qa"]),
        (
            "order by tolong(properties.privateLinkCount) desc nulls first | project name | take 1",
            &["stfraud"],
        ),
        ("count", &["4"]),
        ("where name == 'x' | count", &["0"]),
        ("distinct kind | order by kind asc", &["", "Default", "Hub"]),
        ("project kind, subscriptionId | distinct * | count", &["4"]),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
}

#[test]
fn summarize_groups() {
    let cases: &[(&str, &[&str])] = &[
        ("summarize count() by kind | order by kind asc", &[" 1", "Default 2", "Hub 1"]),
        ("summarize total = count(), legacy = countif(properties.v1LegacyMode == true)", &["4 1"]),
        ("where name == 'x' | summarize count()", &["0"]),
        ("where name == 'x' | summarize count() by kind", &[]),
        (
            "summarize make_set(kind) by subscriptionId | where subscriptionId == 's1'",
            &[r#"s1 ["Default","Hub",""]"#],
        ),
        ("summarize n = make_list(name, 2)", &[r#"["mlw-fraud-prod","mlw-qa"]"#]),
        ("summarize max(name), min(name), dcount(location)", &["stfraud mlw-dev 1"]),
        ("summarize sum(tolong(properties.privateLinkCount))", &["3"]),
        ("where kind == 'Default' | summarize avg(tolong(properties.privateLinkCount))", &["1.5"]),
        (
            "where name == 'mlw-qa' | summarize any(name), take_any(kind) by location",
            &["westeurope mlw-qa Hub"],
        ),
        ("summarize by location", &["westeurope"]),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
    let fixture = fixture();
    let named = answer(
        "resources | summarize count(), make_set(kind), max(properties.privateLinkCount) by tostring(sku.name)",
        &fixture,
    );
    let columns: Vec<String> = named.unwrap().columns().map(str::to_owned).collect();
    assert_eq!(columns, ["sku_name", "count_", "set_kind", "max_properties_privateLinkCount"]);
}

#[test]
fn joins_bring_the_names_of_subscriptions() {
    let subscriptions = "(resourcecontainers | where type == 'microsoft.resources/subscriptions' \
                         | project subscriptionId, subscription = name)";
    let cases: &[(String, &[&str])] = &[
        (
            format!("join kind=leftouter {subscriptions} on subscriptionId | project name, subscription"),
            &["mlw-fraud-prod Production", "mlw-qa Production", "mlw-dev null", "stfraud Production"],
        ),
        (
            format!("join kind=inner {subscriptions} on $left.subscriptionId == $right.subscriptionId | count"),
            &["3"],
        ),
        (format!("join {subscriptions} on subscriptionId | project name"), &["mlw-fraud-prod"]),
        (format!("join kind=leftanti {subscriptions} on subscriptionId | project name"), &["mlw-dev"]),
        (format!("join kind=leftsemi {subscriptions} on subscriptionId | count"), &["3"]),
        (
            "project name, subscriptionId | join kind=inner resourcecontainers on $right.subscriptionId == \
             $left.subscriptionId | where name == 'mlw-qa' | project name1, subscriptionId1, type | order by name1 asc"
                .to_owned(),
            &[
                "Production s1 microsoft.resources/subscriptions",
                "RG-Fraud s1 microsoft.resources/subscriptions/resourcegroups",
            ],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
}

#[test]
fn arrays_and_objects_expand_to_rows() {
    let cases: &[(&str, &[&str])] = &[
        (
            "mv-expand ip = properties.ipAllowlist | project name, ip | take 3",
            &["mlw-fraud-prod 1.2.3.4", "mlw-fraud-prod 5.6.7.8", "mlw-qa null"],
        ),
        (
            "mv-expand ip = properties.ipAllowlist to typeof(string) | where ip endswith '8' | order by ip asc | project ip",
            &["5.6.7.8"],
        ),
        ("where name == 'mlw-qa' | mv-expand tags | project tags", &[r#"{"env":"qa"}"#]),
        (
            "where name == 'mlw-qa' | mv-expand part = split(name, '-') | project tostring(part)",
            &["mlw", "qa"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
}

#[test]
fn a_page_is_cut_out_of_the_answer() {
    let fixture = fixture();
    let answer = answer("resources | project name | order by name asc", &fixture).unwrap();
    assert_eq!(answer.total(), 4);
    let page = answer.page(1, 2);
    assert_eq!(
        page.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["mlw-fraud-prod", "mlw-qa"]
    );
    assert!(answer.page(4, 2).is_empty());
}

#[test]
fn what_is_not_understood_is_an_error_that_says_where() {
    use QueryErrorKind::{Semantic, Syntax};
    let cases = [
        ("", Syntax, 1, 0, "<EOF>"),
        ("resources |", Syntax, 1, 11, "<EOF>"),
        ("resources where name == 'x'", Syntax, 1, 10, "where"),
        ("resources\n| where name = 'x'", Syntax, 2, 13, "="),
        ("resources | render piechart", Syntax, 1, 12, "render"),
        ("resources | where name matches regex 'x'", Syntax, 1, 23, "matches"),
        ("resources | where name in (resources | project name", Syntax, 1, 51, "<EOF>"),
        ("let x = 5 resources", Syntax, 1, 10, "resources"),
        ("resources | union withsource=T (resources)", Syntax, 1, 18, "withsource"),
        ("resources | where name between ('a', 'b')", Syntax, 1, 35, ","),
        ("resources | mv-apply x = tags on (take 1)", Syntax, 1, 12, "mv-apply"),
        ("resources | where datetime(soon) > now()", Syntax, 1, 18, "datetime(soon)"),
        ("resources | where name == 'open", Syntax, 1, 26, "'open"),
        ("resources | join kind=sideways (resources) on id", Syntax, 1, 22, "sideways"),
        ("resources | take many", Syntax, 1, 17, "many"),
        ("securityresources", Semantic, 1, 0, "securityresources"),
        ("resources | where colour == 'x'", Semantic, 1, 18, "colour"),
        ("resources | project-away colour", Semantic, 1, 25, "colour"),
        ("resources | where age('x') == 1", Semantic, 1, 18, "age('x')"),
        (
            "resources | project x = name in (resources | project name)",
            Semantic,
            1,
            24,
            "name in (resources | project name)",
        ),
        ("resources | project iff(true, 1)", Semantic, 1, 20, "iff(true, 1)"),
        ("resources | summarize stdev(name)", Semantic, 1, 22, "stdev(name)"),
        ("resources | summarize name", Semantic, 1, 22, "name"),
        ("resources | order by properties.x asc", Semantic, 1, 21, "properties.x"),
        ("resources | summarize count() by tags", Semantic, 1, 33, "tags"),
        ("resources | join (resources) on tags", Semantic, 1, 32, "tags"),
        ("resources | project name, name", Semantic, 1, 26, "name"),
        ("resources | mv-expand name", Semantic, 1, 22, "name"),
        ("resources | extend d = datetime_add('fortnight', 1, now())", Semantic, 1, 36, "'fortnight'"),
        (
            "resources | where datetime_diff(name, now(), now()) > 1",
            Semantic,
            1,
            18,
            "datetime_diff(name, now(), now())",
        ),
    ];
    let fixture = fixture();
    for (query, kind, line, position, token) in cases {
        let error = run(query, &fixture).expect_err(query);
        assert_eq!(
            (error.kind, error.line, error.position, error.token.as_str()),
            (kind, line, position, token),
            "{query}: {error}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    let fixture = fixture();
    let deep = format!("resources | where {}true{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(run(&deep, &fixture).unwrap_err().kind, QueryErrorKind::Syntax);
    let joins = "resources | join (".repeat(5_000);
    assert_eq!(run(&joins, &fixture).unwrap_err().kind, QueryErrorKind::Syntax);
    let long = format!("resources | where {}true", "name == 'x' or ".repeat(1_500));
    assert_eq!(run(&long, &fixture).unwrap().len(), 4);
    let chain = format!("resources | where properties{} == 1", ".a".repeat(50_000));
    assert!(run(&chain, &fixture).is_err());
}

proptest::proptest! {
    /// Words of the language in any order, and any text at all: an answer or an error, never a panic.
    #[test]
    fn no_text_brings_it_down(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..24),
        tail in ".{0,12}",
    ) {
        let query = format!("resources | {}{tail}", words.join(" "));
        let _ = run(&query, &fixture());
        let _ = run(&tail, &fixture());
    }
}

const WORDS: &[&str] = &[
    "|",
    "where",
    "project",
    "extend",
    "summarize",
    "by",
    "join",
    "kind=inner",
    "on",
    "order by",
    "take",
    "top",
    "distinct",
    "mv-expand",
    "count",
    "count()",
    "make_set(kind)",
    "name",
    "id",
    "tags",
    "properties",
    "(",
    ")",
    "[0]",
    "['x']",
    ",",
    ".",
    "==",
    "=~",
    "!=",
    "=",
    "and",
    "or",
    "not(",
    "in~",
    "has",
    "'mlw'",
    "1",
    "-1",
    "0.5",
    "*",
    "/",
    "true",
    "null",
    "asc",
    "tostring(",
    "split(id,'/')",
    "substring(name,",
    "iff(",
    "case(",
    "resources",
    "$left.id",
    "let",
];

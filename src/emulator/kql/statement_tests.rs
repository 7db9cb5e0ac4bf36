//! What statements and functions beyond the plain ones answer, by example.

use super::tests::{fixture, lines};
use super::{QueryErrorKind, answer, run};

#[test]
fn names_are_given_by_let() {
    let cases: &[(&str, &[&str])] = &[
        ("let wanted = 'Hub'; resources | where kind == wanted | project name", &["mlw-qa"]),
        (
            "let names = dynamic(['mlw-qa', 'stfraud']); resources | where name in (names) | order by name asc | project name",
            &["mlw-qa", "stfraud"],
        ),
        (
            "let ml = resources | where type has 'machinelearningservices'; let some = ml | where kind == 'Default'; some | count;",
            &["2"],
        ),
        (
            "let prod = resourcecontainers | where name == 'Production' | project subscriptionId; \
             resources | where subscriptionId in (prod) | summarize count()",
            &["3"],
        ),
        (
            "resources | where subscriptionId !in (resourcecontainers | project subscriptionId) | project name",
            &["mlw-dev"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(query), *expected, "{query}");
    }
    let doubling: String = (1..40).map(|n| format!("let a{n} = a{} + a{};", n - 1, n - 1)).collect();
    let bomb = format!("let a0 = 1; {doubling} resources | where a39 == 1");
    assert_eq!(run(&bomb, &fixture()).unwrap_err().kind, QueryErrorKind::Syntax);
}

#[test]
fn a_query_without_a_table_is_about_resources() {
    for query in
        ["where kind == 'Hub' | project name", "project name, kind | where kind == 'Hub' | project name"]
    {
        assert_eq!(lines(query), ["mlw-qa"], "{query}");
    }
    for query in ["where", "where | take 1", "where where", "count", "project"] {
        assert!(run(query, &fixture()).is_err(), "{query}");
    }
}

#[test]
fn unions_put_rows_together() {
    let cases: &[(&str, &[&str])] = &[
        ("resources | union resourcecontainers | count", &["7"]),
        (
            "union resources, (resourcecontainers | where name == 'Empty') | summarize count() by type | count",
            &["3"],
        ),
        (
            "resources | where name == 'mlw-qa' | project name, kind | union (resourcecontainers | where name == 'Empty' | project name, more = 1)",
            &["mlw-qa Hub null", "Empty null 1"],
        ),
        (
            "resources | take 1 | project name, kind | union kind=inner (resourcecontainers | take 1 | project name)",
            &["mlw-fraud-prod", "Production"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(query), *expected, "{query}");
    }
}

#[test]
fn times_are_compared_added_and_rounded() {
    let cases: &[(&str, &[&str])] = &[
        ("where datetime(2026-03-01) > ago(1d) | count", &["0"]),
        ("where now() - 7d == ago(7d) | count", &["4"]),
        ("take 1 | project datetime(2026-03-01) + 36h", &["2026-03-02T12:00:00.0000000Z"]),
        (
            "take 1 | project datetime_diff('day', datetime(2026-03-01), todatetime('2026-02-20T00:00:00Z'))",
            &["9"],
        ),
        (
            "take 1 | project bin(datetime(2026-03-01T10:37:00Z), 1h), bin(17, 5)",
            &["2026-03-01T10:00:00.0000000Z 15"],
        ),
        (
            "take 1 | project startofmonth(datetime(2026-03-17)), format_datetime(datetime(2026-03-17), 'yyyy-MM')",
            &["2026-03-01T00:00:00.0000000Z 2026-03"],
        ),
        ("take 1 | project datetime(2026-03-02) - datetime(2026-03-01), 1.5h", &["1.00:00:00 01:30:00"]),
        ("where tolong(properties.privateLinkCount) between (1 .. 2) | count", &["2"]),
        ("where name !between ('mlw-a' .. 'mlw-g') | count", &["2"]),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
}

#[test]
fn columns_are_cut_out_of_texts_and_put_first() {
    let cases: &[(&str, &[&str])] = &[
        (
            "where name == 'mlw-qa' | parse id with '/subscriptions/' sub '/resourceGroups/' group '/' * | project sub, group",
            &["s1 rg-shared"],
        ),
        ("where name == 'mlw-qa' | parse id with 'nothing' x | project x", &["null"]),
        ("where name == 'mlw-qa' | parse '7 boxes' with n:long ' ' what | project n + 1, what", &["8 boxes"]),
        ("where name == 'mlw-qa' | project name, kind | project-reorder kind", &["Hub mlw-qa"]),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
}

#[test]
fn extremes_conditions_and_bags() {
    let cases: &[(&str, &[&str])] = &[
        ("summarize arg_max(tolong(properties.privateLinkCount), name, kind)", &["2 mlw-fraud-prod Default"]),
        (
            "summarize arg_min(name, *) by kind | where kind == 'Default' | project name, location",
            &["mlw-dev westeurope"],
        ),
        (
            "summarize sumif(tolong(properties.privateLinkCount), kind == 'Default'), dcountif(kind, name has 'mlw')",
            &["3 2"],
        ),
        (
            "where name == 'mlw-qa' | project bag_pack('a', 1, 'b', name), array_index_of(dynamic(['x', 'y']), 'y')",
            &[r#"{"a":1,"b":"mlw-qa"} 1"#],
        ),
        (
            "where name == 'mlw-qa' | project strcat_array(split(name, '-'), '+'), round(2.345, 1), max_of(1, 3, 2)",
            &["mlw+qa 2.3 3"],
        ),
        (
            "where name == 'mlw-qa' | mv-expand a = dynamic([1, 2]), b = dynamic(['x']) | project a, b",
            &["1 x", "2 null"],
        ),
        ("where name == 'mlw-qa' | extend k = 'ENV' | project tags[k], split(name, '-')[1 - 2]", &["qa qa"]),
        (
            "where name == 'mlw-qa' | lookup (resourcecontainers | project subscriptionId, of = name) on subscriptionId | project name, of | order by of asc | take 1 | count",
            &["1"],
        ),
        (
            "where name == 'mlw-dev' | project subscriptionId | lookup (resourcecontainers | project subscriptionId, name) on subscriptionId",
            &["s2 null"],
        ),
        (
            "where name == 'mlw-dev' | project subscriptionId | join kind=fullouter (resourcecontainers | where name == 'Empty' | project subscriptionId, name) on subscriptionId | project subscriptionId, subscriptionId1",
            &["s2 null", "null s3"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(&format!("resources | {query}")), *expected, "{query}");
    }
}

#[test]
fn the_type_that_one_query_asks_for_does_not_bind_another_one_in_it() {
    let cases: &[(&str, &[&str])] = &[
        (
            "resources | where type =~ 'Microsoft.Storage/storageAccounts' | project subscriptionId \
             | join kind=inner (resources | where type =~ 'Microsoft.MachineLearningServices/workspaces' | project subscriptionId, name) on subscriptionId | count",
            &["2"],
        ),
        (
            "resources | where type in~ ('microsoft.storage/storageaccounts') or type == 'microsoft.machinelearningservices/workspaces' | count",
            &["4"],
        ),
        ("resources | where type =~ 'microsoft.storage/storageaccounts' or kind == 'Hub' | count", &["2"]),
        ("resources | where type !~ 'microsoft.storage/storageaccounts' | count", &["3"]),
        (
            "resources | where type =~ 'microsoft.storage/storageaccounts' | where type =~ 'x/y' | count",
            &["0"],
        ),
        (
            "resources | project name = kind, kind = name | union (resources | project name, kind) | where name == 'Hub' or kind == 'Hub' | order by name asc | project name, kind",
            &["Hub mlw-qa", "mlw-qa Hub"],
        ),
        (
            "resources | extend link = properties.privateLinkCount | where link > 0 | distinct tostring(link) | order by link asc",
            &["1", "2"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(lines(query), *expected, "{query}");
    }
}

#[test]
fn rows_are_written_as_they_are_copied() {
    let fixture = fixture();
    for query in [
        "resources",
        "resources | extend t = datetime(2026-01-01), s = 1h, n = 1.5, x = split(id, '/') | take 2",
    ] {
        let answer = answer(query, &fixture).unwrap();
        let written = serde_json::to_value(answer.objects(0, 9)).unwrap();
        assert_eq!(written, serde_json::to_value(answer.page(0, 9)).unwrap(), "{query}");
    }
    let answer = answer("resources", &fixture).unwrap();
    assert_eq!((answer.objects(3, 9).len(), answer.objects(9, 9).is_empty()), (1, true));
}

#[test]
fn times_move_by_whole_units_and_unknown_ones_move_nothing() {
    let at: jiff::Timestamp = "2026-01-31T10:00:00Z".parse().unwrap();
    let later = |unit, n| super::time::later(at, unit, n).map(|time| time.to_string());
    for (unit, n, expected) in [
        ("month", 1.0, "2026-02-28T10:00:00Z"),
        ("minute", 1.0, "2026-01-31T10:01:00Z"),
        ("millisecond", 500.0, "2026-01-31T10:00:00.5Z"),
        ("year", -1.0, "2025-01-31T10:00:00Z"),
        ("week", 1.0, "2026-02-07T10:00:00Z"),
    ] {
        assert_eq!(later(unit, n).as_deref(), Some(expected), "{unit}");
    }
    assert_eq!((later("é", 1.0), later("year", 1e300), later("day", f64::NAN)), (None, None, None));
}

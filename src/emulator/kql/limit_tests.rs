//! Queries that would make too much are refused; those that only look at much are not.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{QueryErrorKind, Tables, answer, answer_first, run};

/// Some thousand resources with names in no order, each of them twice.
struct Many(Vec<Arc<Value>>);

impl Many {
    fn new() -> Self {
        let one = |at: usize| {
            let name = format!("n{:04}", at * 7_919 % 2_000);
            let id = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.N/t/{at:05}");
            Arc::new(
                json!({ "id": id, "name": name, "type": "Microsoft.N/t", "properties": { "list": ["a", "b"] } }),
            )
        };
        Self((0..4_000).map(one).collect())
    }
}

impl Tables for Many {
    fn tenant_id(&self) -> &str {
        "t"
    }

    fn rows<'a>(
        &'a self,
        table: &str,
        _types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>> {
        (table == "resources").then(|| Box::new(self.0.iter()) as Box<dyn Iterator<Item = &'a Arc<Value>>>)
    }
}

#[test]
fn what_grows_without_end_is_refused() {
    let many = Many::new();
    let doubled = |first: &str, next: &str, times: usize| {
        let lets: String = (1..times)
            .map(|at| next.replace('$', &format!("a{}", at - 1)).replace('@', &at.to_string()))
            .collect();
        format!("let a0 = {first};{lets}")
    };
    let last = |query: String| format!("{query} a39 | count");
    for (query, kind) in [
        (last(doubled("resources | take 1", "let a@ = $ | union $;", 40)), QueryErrorKind::Syntax),
        (last(doubled("resources | take 1", "let a@ = union $, $;", 40)), QueryErrorKind::Syntax),
        (last(doubled("resources | take 1", "let a@ = $ | join ($) on id;", 40)), QueryErrorKind::Syntax),
        (
            format!("{} resources | where name == a39", doubled("'x'", "let a@ = strcat($, $);", 40)),
            QueryErrorKind::Syntax,
        ),
        (
            "resources | extend x = 1 | join kind=inner (resources | extend x = 1) on x | count".to_owned(),
            QueryErrorKind::Limit,
        ),
        (
            format!("resources {}| count", "| mv-expand l = properties.list ".repeat(20)),
            QueryErrorKind::Limit,
        ),
        (
            format!(
                "resources | extend a = name {}| extend b = strcat(a, 'x') | count",
                "| extend a = replace_string(a, 'n', 'nnnnnnnnnnnnnnnn') ".repeat(4)
            ),
            QueryErrorKind::Limit,
        ),
        (
            format!(
                "resources | take 1 | extend a = pack_array(name) {}| mv-expand a | mv-expand a | count",
                "| extend a = pack_array(a, a, a, a) ".repeat(3)
            ),
            QueryErrorKind::Semantic,
        ),
    ] {
        match run(&query, &many) {
            Err(error) => assert_eq!(error.kind, kind, "{query}: {error}"),
            Ok(rows) => assert!(kind == QueryErrorKind::Semantic, "{query}: {} rows", rows.len()),
        }
    }
}

#[test]
fn a_value_that_is_too_large_is_null() {
    let many = Many::new();
    let grown = |extend: &str, times: usize| {
        let query =
            format!("resources | take 1 | extend a = name {}| project n = isnull(a)", extend.repeat(times));
        run(&query, &many).unwrap()[0]["n"] == true
    };
    for (extend, fits) in [
        ("| extend a = strcat(a, a) ", 12),
        ("| extend a = replace_string(a, 'n', 'nn') ", 12),
        ("| extend a = pack_array(a, a) ", 12),
        ("| extend a = strcat_delim(a, a, a) ", 10),
    ] {
        assert!(!grown(extend, fits) && (fits..24).any(|times| grown(extend, times)), "{extend}");
    }
}

#[test]
fn a_part_of_the_order_is_the_beginning_of_the_whole() {
    let many = Many::new();
    for query in [
        "resources | order by name asc | project id, name",
        "resources | project id, name, upper = toupper(name) | order by upper desc, id asc | extend x = strlen(id)",
        "resources | order by name desc | project-away properties",
    ] {
        let whole = answer(query, &many).unwrap();
        let pages: Vec<Value> = whole.page(0, usize::MAX).into_iter().map(Value::Object).collect();
        let first = answer_first(query, &many, 100).unwrap();
        assert_eq!(serde_json::to_value(first.objects(0, 100)).unwrap(), json!(pages[..100]), "{query}");
        let Some(mut kept) = first.keep() else { continue };
        for at in (100..4_000).step_by(650) {
            let page = serde_json::to_value(kept.page(at, 650).objects(0, 650)).unwrap();
            assert_eq!(page, json!(pages[at..(at + 650).min(4_000)]), "{query} from {at}");
        }
        assert_eq!(kept.total(), 4_000);
    }
    assert_eq!(run("resources | top 3 by name asc | project name", &many).unwrap().len(), 3);
}

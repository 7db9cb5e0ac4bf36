//! Expansion and evaluation of templates, without a wire.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::evaluate::{Problem, Scope};
use super::expand::{self, Planned};
use super::place::Place;
use super::template::Template;
use crate::emulator::estate::Estate;
use crate::emulator::merge::tests::documents;
use crate::emulator::operations::Operations;
use crate::emulator::world::{Settings, World};

const GROUP: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg-empty-experiment";

fn place() -> Place {
    let settings =
        Settings { speed: 1.0, page_size: None, retry_after: true, clock: crate::emulator::Clock::System };
    Place::of(&World::new(Estate::demo().unwrap(), Operations::default(), settings), GROUP)
}

fn template(resources: &Value) -> Value {
    json!({ "$schema": "s", "contentVersion": "1.0.0.0", "resources": resources })
}

fn planned(place: &Place, raw: &Value) -> Result<Vec<Planned>, Problem> {
    let budget = Budget::new();
    let template = Template::read(raw, &budget)?;
    let parameters = template.bind(&json!({}), place, jiff::Timestamp::UNIX_EPOCH)?;
    let about = json!({ "name": "d" });
    expand::expand(Scope::new(&template, &parameters, place, &about))
}

/// The value of an expression in a template with these variables.
fn value(place: &Place, variables: Value, expression: &str) -> Result<Value, Problem> {
    let mut raw = template(&json!([]));
    raw["variables"] = variables;
    raw["functions"] = json!([{ "namespace": "contoso", "members": { "greet": {
        "parameters": [{ "name": "who", "type": "string" }],
        "output": { "type": "string", "value": "[concat('hello ', parameters('who'))]" }
    }}}]);
    let budget = Budget::new();
    let template = Template::read(&raw, &budget)?;
    let parameters =
        Map::from_iter([("Name".to_owned(), json!("x")), ("list".to_owned(), json!([{ "id": 7 }]))]);
    let about = json!({ "name": "d" });
    Scope::new(&template, &parameters, place, &about).value(&json!(expression))
}

#[test]
fn expressions_see_what_is_around_them() {
    let place = place();
    let variables = json!({
        "one": "[concat(parameters('name'), '-', variables('TWO'))]", "two": "2", "nested": { "Deep": ["[variables('one')]"] },
        "copy": [{ "name": "many", "count": 3, "input": "[concat('n', copyIndex('many', 1))]" }]
    });
    for (expression, expected) in [
        ("[variables('one')]", json!("x-2")),
        ("[variables('nested').deep[0]]", json!("x-2")),
        ("[variables('many')]", json!(["n1", "n2", "n3"])),
        ("[parameters('LIST')[0].id]", json!(7)),
        ("[parameters('list')[0].?missing]", json!(null)),
        ("[resourceGroup().location]", json!("westeurope")),
        ("[deployment().name]", json!("d")),
        ("[contoso.greet('world')]", json!("hello world")),
        ("[If(true(), 'yes', fail())]", json!("yes")),
        ("[and(false(), fail())]", json!(false)),
        ("[or(true(), fail())]", json!(true)),
        ("[coalesce(null(), 'a', fail())]", json!("a")),
        (
            "[resourceId('Microsoft.Storage/storageAccounts', 'a')]",
            json!(format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/a")),
        ),
        (
            "[resourceId('g', 'Microsoft.N/v/s', 'a', 'b')]",
            json!(
                "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/g/providers/Microsoft.N/v/a/s/b"
            ),
        ),
        (
            "[resourceId('s', 'g', 'Microsoft.N/v', 'a')]",
            json!("/subscriptions/s/resourceGroups/g/providers/Microsoft.N/v/a"),
        ),
        (
            "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')]",
            json!(
                "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/providers/Microsoft.Authorization/roleDefinitions/r"
            ),
        ),
        ("[tenantResourceId('Microsoft.N/v', 'a')]", json!("/providers/Microsoft.N/v/a")),
        ("[extensionResourceId('/x', 'Microsoft.N/v', 'a')]", json!("/x/providers/Microsoft.N/v/a")),
        ("[[not evaluated]", json!("[not evaluated]")),
    ] {
        assert_eq!(value(&place, variables.clone(), expression), Ok(expected), "{expression}");
    }
    for (expression, part) in [
        ("[variables('none')]", "'none' is not found"),
        ("[parameters('none')]", "'none' is not found"),
        ("[variables('nested').other]", "available properties are 'Deep'"),
        ("[if('x', 1, 2)]", "has to be a boolean"),
        ("[reference('x')]", "not expected at this location"),
        ("[newGuid()]", "parameter default values"),
        ("[copyIndex()]", "copy specified"),
        ("[copyIndex('x', 'y')]", "offset has to be an integer"),
        ("[resourceId('a')]", "type of the resource is missing"),
        ("[contoso.greet()]", "takes 1 argument"),
    ] {
        let message = value(&place, variables.clone(), expression).unwrap_err().message;
        assert!(message.contains(part), "{expression}: {message}");
    }
}

#[test]
fn variables_that_refer_to_each_other_are_an_error_and_no_crash() {
    let circle = json!({ "a": "[variables('b')]", "b": "[concat(variables('a'))]" });
    assert!(value(&place(), circle, "[variables('a')]").unwrap_err().message.contains("circle"));
}

#[test]
fn defaults_may_refer_to_parameters_in_any_order() {
    let mut raw = template(&json!([]));
    raw["parameters"] = json!({
        "a": { "type": "string", "defaultValue": "[concat(parameters('z'), '!')]" },
        "m": { "type": "string", "defaultValue": "[newGuid()]" },
        "t": { "type": "string", "defaultValue": "[utcNow()]" },
        "u": { "type": "string", "defaultValue": "[utcNow('dd MMM yyyy')]" },
        "z": { "type": "string", "defaultValue": "last" }
    });
    let budget = Budget::new();
    let template = Template::read(&raw, &budget).unwrap();
    let given = json!({ "z": { "value": null } });
    let bound = template.bind(&given, &place(), "2026-11-22T14:03:05Z".parse().unwrap()).unwrap();
    assert_eq!((&bound["t"], &bound["u"]), (&json!("20261122T140305Z"), &json!("22 Nov 2026")));
    assert_eq!((&bound["a"], bound["m"].as_str().unwrap().len()), (&json!("last!"), 36));
}

#[test]
fn children_scopes_and_extensions_have_the_ids_of_arm() {
    let raw = template(&json!([
        { "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "w", "resources": [
            { "type": "c", "apiVersion": "2020-01-01", "name": "one", "resources": [{ "type": "d", "apiVersion": "2020-01-01", "name": "two" }] }
        ]},
        { "type": "Microsoft.A/locks", "apiVersion": "2020-01-01", "name": "l", "scope": "Microsoft.M/w/w" },
        { "type": "Microsoft.A/locks", "apiVersion": "2020-01-01", "name": "l", "scope": "[resourceId('Microsoft.M/w', 'v')]" },
        { "type": "Microsoft.M/w/providers/locks", "apiVersion": "2020-01-01", "name": "w/Microsoft.A/x" },
        { "type": "Microsoft.Resources/deployments", "apiVersion": "2020-01-01", "name": "n", "resourceGroup": "other", "properties": {} }
    ]));
    let ids: Vec<String> = planned(&place(), &raw).unwrap().into_iter().map(|step| step.id).collect();
    let at = |rest: &str| format!("{GROUP}/providers/{rest}");
    assert_eq!(
        ids,
        [
            at("Microsoft.M/w/w"),
            at("Microsoft.M/w/w/c/one"),
            at("Microsoft.M/w/w/c/one/d/two"),
            at("Microsoft.M/w/w/providers/Microsoft.A/locks/l"),
            at("Microsoft.M/w/v/providers/Microsoft.A/locks/l"),
            at("Microsoft.M/w/w/providers/Microsoft.A/locks/x"),
            at("Microsoft.Resources/deployments/n").replace("rg-empty-experiment", "other"),
        ]
    );
}

#[test]
fn who_is_referred_to_comes_first() {
    let raw = template(&json!([
        { "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "a", "properties": { "x": "[reference('b').y]", "z": "[reference(resourceId('Microsoft.M/w', 'c'), '2020-01-01').y]" } },
        { "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "b" },
        { "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "c", "condition": "[equals(1, 2)]" }
    ]));
    let steps = planned(&place(), &raw).unwrap();
    assert_eq!(steps[0].after, [1, 2]);
    assert_eq!((steps[1].wanted, steps[2].wanted), (true, false));
}

#[test]
fn what_is_not_of_its_shape_is_refused_and_not_left_out() {
    let one = |member: &str, value: Value| {
        let mut resource = json!({ "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "a" });
        resource[member] = value;
        template(&json!([resource]))
    };
    let loop_of = |copy: Value| one("copy", copy);
    for (raw, part) in [
        (template(&json!("none")), "'resources' has to be an array"),
        (template(&json!(["none"])), "A resource of the template has to be an object"),
        (one("resources", json!(7)), "'resources' has to be an array"),
        (one("dependsOn", json!("b")), "'dependsOn' of 'a' has to be an array"),
        (one("dependsOn", json!([{ "name": "b" }])), "What 'a' depends on has to be a string"),
        (loop_of(json!([])), "'copy' of a resource has to be an object"),
        (loop_of(json!({ "count": 1 })), "The name of a resource's loop"),
        (loop_of(json!({ "name": "l", "count": 1, "mode": "sideways" })), "The mode of the copy loop 'l'"),
        (loop_of(json!({ "name": "l", "count": 1, "mode": "serial", "batchSize": 0 })), "The batch size"),
        (one("tags", json!({ "t": format!("['{}']", "x".repeat(30_000)) })), "length limit exceeded"),
    ] {
        let message = match planned(&place(), &raw) {
            // A body is evaluated after the order is known.
            Ok(steps) => body(&raw, &steps[0]).unwrap_err().message,
            Err(problem) => problem.message,
        };
        assert!(message.contains(part), "{part}: {message}");
    }
}

fn body(raw: &Value, step: &Planned) -> Result<Value, Problem> {
    let (budget, place) = (Budget::new(), place());
    let template = Template::read(raw, &budget)?;
    let (parameters, about) = (Map::new(), Value::Null);
    expand::body(Scope::new(&template, &parameters, &place, &about), step)
}

#[test]
fn a_template_that_grows_without_end_is_refused() {
    let place = place();
    let doubling = |first: Value, next: &str| {
        let mut variables = Map::from_iter([("v0".to_owned(), first)]);
        for at in 1..26 {
            let before = format!("variables('v{}')", at - 1);
            variables.insert(format!("v{at}"), json!(next.replace('$', &before)));
        }
        Value::Object(variables)
    };
    for variables in [
        doubling(json!("xxxxxxxx"), "[concat($, $)]"),
        doubling(json!(["xxxxxxxx"]), "[createArray($, $)]"),
        doubling(json!("x"), "[replace($, 'x', 'xxxxxxxx')]"),
    ] {
        let problem = value(&place, variables.clone(), "[variables('v25')]").unwrap_err();
        let refused = problem.code == "DeploymentJobSizeExceeded" || problem.message.contains("characters");
        assert!(refused, "{variables}: {problem:?}");
    }
    let many = |count: usize| {
        Value::from_iter((0..count).map(|at| (format!("n{at}"), json!({ "type": "int", "defaultValue": 1 }))))
    };
    let mut raw = template(&json!([]));
    raw["parameters"] = many(257);
    let message = planned(&place, &raw).unwrap_err().message;
    assert!(message.contains("number of template parameters limit exceeded. Limit: '256' and actual: '257'"));
    let item = json!({ "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "[concat('n', copyIndex())]", "copy": { "name": "l", "count": 700 } });
    let mut other = item.clone();
    other["name"] = json!("[concat('m', copyIndex())]");
    let message = planned(&place, &template(&json!([item, other]))).unwrap_err().message;
    assert!(message.contains("number of template resources limit exceeded. Limit: '800'"), "{message}");
    let copied = |input: Value| json!({ "copy": [{ "name": "c", "count": 800, "input": input }] });
    let copies = copied(copied(copied(json!("x"))));
    assert_eq!(
        value(&place, json!({ "v": copies }), "[variables('v')]").unwrap_err().code,
        "DeploymentJobSizeExceeded"
    );
}

#[test]
fn the_index_of_a_loop_and_its_offset_add_up_or_are_refused() {
    let raw = template(&json!([{
        "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "[concat('n', copyIndex(9223372036854775807))]",
        "copy": { "name": "l", "count": 2 }
    }]));
    assert!(planned(&place(), &raw).unwrap_err().message.contains("copyIndex"));
}

/// Resources in which each depends on some of those before it.
fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), 1..12).prop_map(|rows| {
        rows.iter()
            .enumerate()
            .map(|(at, row)| {
                let mut on: Vec<usize> =
                    if at == 0 { Vec::new() } else { row.iter().map(|one| one.index(at)).collect() };
                on.sort_unstable();
                on.dedup();
                on
            })
            .collect()
    })
}

fn resources(graph: &[Vec<usize>]) -> Vec<Value> {
    let name = |at: usize| format!("n{at}");
    graph
        .iter()
        .enumerate()
        .map(|(at, on)| {
            // By name, by type and name, and by id, in turn.
            let depends: Vec<String> = on
                .iter()
                .map(|one| match one % 3 {
                    0 => name(*one),
                    1 => format!("Microsoft.M/w/{}", name(*one)),
                    _ => format!("[resourceId('Microsoft.M/w', '{}')]", name(*one)),
                })
                .collect();
            json!({ "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": name(at), "dependsOn": depends })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_a_resource_depends_on_comes_before_it(graph in graph()) {
        let steps = planned(&place(), &template(&json!(resources(&graph)))).unwrap();
        for (step, on) in steps.iter().zip(&graph) {
            prop_assert_eq!(&step.after, on);
        }
    }

    #[test]
    fn a_circle_is_found_wherever_it_is(graph in graph(), last in any::<prop::sample::Index>()) {
        let end = graph.len() - 1;
        let start = last.index(graph.len());
        // A chain from the start to the end, and from the end back.
        let mut graph = graph;
        for (at, on) in graph.iter_mut().enumerate().skip(start + 1) {
            on.push(at - 1);
        }
        graph[start].push(end);
        let problem = planned(&place(), &template(&json!(resources(&graph)))).unwrap_err();
        prop_assert!(problem.message.contains("Circular dependency"), "{}", problem.message);
    }

    #[test]
    fn a_loop_makes_as_many_as_it_says(count in 0usize..20) {
        let raw = template(&json!([{
            "type": "Microsoft.M/w", "apiVersion": "2020-01-01", "name": "[concat('n', copyIndex())]",
            "copy": { "name": "all", "count": count }
        }]));
        let mut names: Vec<String> = planned(&place(), &raw).unwrap().into_iter().map(|step| step.name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), count);
    }

    #[test]
    fn what_was_evaluated_is_not_evaluated_once_more(document in documents("[\\[\\]a-c']{0,5}")) {
        let place = place();
        let raw = template(&json!([]));
        let budget = Budget::new();
        let template = Template::read(&raw, &budget).unwrap();
        let (parameters, about) = (Map::new(), Value::Null);
        let scope = Scope::new(&template, &parameters, &place, &about);
        prop_assert_eq!(scope.value(&expand::literal(document.clone())), Ok(document));
    }
}

#[test]
fn a_member_of_a_clients_enumeration_is_the_allowed_value_that_it_names() {
    let place = place();
    let mut raw = template(&json!([]));
    raw["parameters"] = json!({ "access": { "type": "string", "allowedValues": ["Disabled", "Enabled"] } });
    let budget = Budget::new();
    let template = Template::read(&raw, &budget).unwrap();
    let bound = |given: &str| {
        let given = json!({ "access": { "value": given } });
        template.bind(&given, &place, jiff::Timestamp::UNIX_EPOCH).map(|bound| bound["access"].clone())
    };
    assert_eq!(bound("PublicNetworkAccessType.ENABLED").unwrap(), "Enabled");
    assert_eq!(bound("Disabled").unwrap(), "Disabled");
    for odd in ["PublicNetworkAccessType.SOMETIMES", "not a class.Enabled", "ENABLED.PublicNetworkAccessType"]
    {
        assert!(bound(odd).is_err(), "{odd}");
    }
}

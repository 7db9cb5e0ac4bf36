//! Deployments within a deployment: private endpoints and zones in another resource group than the workspace.

use super::{Stage, words};
use crate::plan_files::FILES;
use crate::support::emulator;
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::Control;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::plan::{Part, Phase, Run};

fn nested() -> &'static str {
    FILES.iter().find(|(name, _)| *name == "nested").unwrap().1
}

/// What was told of the resources of the deployment of a run last, and how many of how many are there.
fn last(run: &Run, seen: &[Part]) -> (usize, usize) {
    let deploy = run.plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    let deployment = run.plan.steps[deploy].deployment().unwrap();
    assert_eq!(run.steps[deploy].parts, seen, "what was told and what is written down are the same");
    assert!(!seen.iter().any(Part::is_deployment), "{seen:#?}");
    let (there, all) = deployment.count(seen);
    assert_eq!(all, deployment.resources, "the bar is that of the plan");
    (there, all)
}

/// Runs a plan; gives the parts that were told last, and how many lists of operations were read of each deployment.
async fn run(stage: &Stage, text: &str) -> (Run, Vec<Part>) {
    let plan = stage.plan(text).await;
    let mut seen = Vec::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Progress { parts, .. } = event
            && !parts.is_empty()
        {
            seen = parts;
        }
    };
    let run = stage.runner.run(plan, None, &Control::default(), &mut emit).await.unwrap();
    (run, seen)
}

#[tokio::test]
async fn what_a_deployment_within_makes_is_shown_one_by_one_and_the_bar_ends_full() {
    let stage = Stage::of(emulator::options()).await;
    let (first, seen) = run(&stage, nested()).await;
    assert_eq!((first.phase, words(&first)), (Phase::Done, String::new()));
    let (there, all) = last(&first, &seen);
    assert_eq!(there, all);
    for kind in ["privateEndpoints", "privateDnsZones", "privateDnsZones/virtualNetworkLinks"] {
        let kind = format!("Microsoft.Network/{kind}");
        assert!(seen.iter().any(|part| part.resource_type == kind), "{kind}: {seen:#?}");
    }
    // What lacks is counted likewise: an endpoint, and what hangs on it.
    let endpoint =
        seen.iter().find(|part| part.resource_type == "Microsoft.Network/privateEndpoints").unwrap();
    let delete = Request::arm(Method::Delete, &ArmId::parse(&endpoint.resource).unwrap(), "2024-05-01");
    stage.client.run(&delete, |_| {}).await.unwrap();
    let (again, seen) = run(&stage, nested()).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
    assert_eq!(last(&again, &seen), (2, 2));
}

#[tokio::test]
async fn what_fails_in_a_deployment_within_is_named_in_azures_words_with_what_it_left() {
    let stage = Stage::of(emulator::options()).await;
    let mut plan = stage.plan(nested()).await;
    // Azure takes no endpoint in another region than its network.
    for request in
        plan.steps.iter_mut().filter(|step| step.deployment().is_some()).flat_map(|step| &mut step.requests)
    {
        let body = request.body.as_mut().unwrap();
        for outer in body["properties"]["template"]["resources"].as_array_mut().unwrap() {
            let inner = outer["properties"]["template"]["resources"].as_array_mut().into_iter().flatten();
            for endpoint in inner.filter(|one| one["type"] == "Microsoft.Network/privateEndpoints") {
                endpoint["location"] = "northeurope".into();
            }
        }
    }
    let failed = stage.run(plan).await;
    assert_eq!(failed.phase, Phase::Failed);
    let said = words(&failed);
    assert!(said.contains("(Microsoft.Network/privateEndpoints), and 3 more failed."), "{said}");
    assert!(said.contains("both resources are in the same region"), "{said}");
    assert!(!said.contains("endpoints-mlw-closed (Microsoft.Resources/deployments)"), "{said}");
    let now = failed.now_true();
    let made =
        "There now, made by this run: privatelink.blob.core.windows.net (Microsoft.Network/privateDnsZones)";
    assert!(now.iter().any(|line| line == made), "{now:#?}");
    assert!(
        now.iter().any(|line| line.contains("mlw-closed (Microsoft.MachineLearningServices/workspaces)")),
        "{now:#?}"
    );
}

//! What is asked of environments that share something.

use super::*;
use crate::domain::setup::examples;
use crate::domain::setup::plan::NAMESPACES;
use crate::domain::setup::resolve::SetUp;

/// What two environments share they may want different things of, and each has its answer.
#[test]
fn every_environment_has_its_answer_to_a_request_that_another_one_has_too() {
    let mut set_up = examples::named("dev-prod");
    let inbound = set_up.environments[1].inbound.clone();
    set_up.environments[1].subscription = set_up.environments[0].subscription.clone();
    set_up.environments[1].region = "uksouth".to_owned();
    let alone = |set_up: &SetUp| {
        let all = questions(set_up).into_iter();
        all.filter_map(|one| match one.about {
            About::Subnet { endpoints } => Some((one.environment, endpoints)),
            _ => None,
        })
        .collect::<Vec<_>>()
    };
    let [(_, of_prod)] = &*alone(&set_up) else { panic!() };
    set_up.environments[0].inbound = inbound;
    let [(dev, one), (prod, other)] = &*alone(&set_up) else { panic!() };
    assert_eq!((dev.as_str(), prod.as_str(), one), ("dev", "prod", other));
    assert!(*one > *of_prod, "the subnet has room for all of them or is too small for both");
    let of = |name: &str, is: &dyn Fn(&About) -> bool| {
        questions(&set_up).iter().filter(|one| one.environment == name && is(&one.about)).count()
    };
    let region = |wanted: &'static str| {
        move |about: &About| {
            matches!(about, About::Provider { region, namespace, .. }
                if region == wanted && namespace == NAMESPACES[0])
        }
    };
    assert_eq!((of("dev", &region("westeurope")), of("prod", &region("uksouth"))), (1, 1));
    let lists =
        |about: &About| matches!(about, About::Rights { scope, .. } if scope.name().starts_with("rg-"));
    assert!(of("dev", &lists) > 0 && of("prod", &lists) > 0);
}

//! Carrying out what a form asks, with the client.

use futures_util::future::join_all;
use serde::Deserialize;

use jiff::SignedDuration;

use super::plans::{ahead, lacking, lacking_for};
use super::setup_asks;
use crate::app::form::activate::fact;
use crate::app::form::{Answer, Ask, Choice, Found, Verdict, amount};
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::{self, Principal, PrincipalKind};
use crate::azure::resources::pim::{
    self, ActivationRules, AssignmentInstance, EligibilityInstance, ScheduleInstance,
};
use crate::azure::resources::resource_group::{self, ResourceGroup};
use crate::azure::resources::role_assignment;
use crate::domain::plan::status_words;

/// Asks, and gives the answer in the form's words.
pub async fn run(client: &Client, ask: &Ask) -> Answer {
    match ask {
        Ask::Principals { words } => principals(client, words).await.map(Found::Choices),
        Ask::Principal { id } => principal(client, id).await.map(Found::Verdict),
        Ask::MyRoles { scope } => my_roles(client, scope).await.map(Found::Choices),
        Ask::ActivationRules { scope, role } => {
            activation_rules(client, scope, role).await.map(Found::Choices)
        }
        Ask::Rights(rights) => lacking(client, rights).await.map(Found::Lacking),
        Ask::RightsFor(steps) => lacking_for(client, steps).await.map(Found::Lacking),
        Ask::AheadOf(steps) => Ok(Found::Ahead(ahead(client, steps).await)),
        Ask::ResourceGroups { subscription } => {
            let mut groups: Vec<ResourceGroup> = client.list(&resource_group::list(subscription)).await?;
            groups.sort_by_cached_key(|group| group.id.name().to_lowercase());
            let choices = groups
                .iter()
                .map(|group| Choice::new(group.id.as_str(), group.id.name()).detail(group.location.as_str()));
            Ok(Found::Choices(choices.collect()))
        }
        Ask::Regions { subscription } => setup_asks::regions(client, subscription).await.map(Found::Choices),
        Ask::Resources { subscription, kind } => {
            setup_asks::resources(client, subscription, kind).await.map(Found::Choices)
        }
        Ask::Computes { workspace } => setup_asks::computes(client, workspace).await.map(Found::Choices),
        Ask::ZoneGroups => setup_asks::zone_groups(client).await.map(Found::Choices),
        Ask::Subnets { subscription } => setup_asks::subnets(client, subscription).await.map(Found::Choices),
        Ask::RuleTargets { tags } => setup_asks::rule_targets(client, *tags).await.map(Found::Choices),
        Ask::KeyHolders { subscription } => {
            setup_asks::key_holders(client, subscription).await.map(Found::Choices)
        }
        Ask::Keys { vault } => setup_asks::keys(client, vault).await.map(Found::Choices),
        Ask::NameFree { id } => setup_asks::name_free(client, id).await.map(Found::Verdict),
        Ask::Preflight(file) => Ok(Found::Told(Box::new(setup_asks::preflight(client, file).await))),
    }
}

/// The first page of a list; more than it holds is not worth showing.
#[derive(Deserialize)]
struct FirstPage {
    value: Vec<Principal>,
}

/// Who fits the words: people first, then groups, then applications and identities. Where one kind cannot be
/// searched the others still are; all must fail for there to be no answer.
async fn principals(client: &Client, words: &str) -> Result<Vec<Choice>, Error> {
    let searches = directory::search(words);
    let answers = join_all(searches.iter().map(|request| client.json::<FirstPage>(request))).await;
    let mut choices = Vec::new();
    let mut refused = None;
    for answer in answers {
        match answer {
            Ok(found) => choices.extend(found.value.iter().map(choice)),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if choices.is_empty() => Err(error),
        _ => Ok(choices),
    }
}

/// A principal as a choice: its object id, its name, what it is, and its address or whose identity it is.
fn choice(principal: &Principal) -> Choice {
    let resource = principal.identity_resource().map(|id| format!("of {}", id.name()));
    let mut detail = principal.address().map(str::to_owned).or(resource).unwrap_or_default();
    if principal.account_enabled == Some(false) {
        detail = format!("{detail} (disabled)").trim_start().to_owned();
    }
    Choice::new(&principal.id, principal.name()).kind(principal.kind().word()).detail(detail)
}

async fn principal(client: &Client, id: &str) -> Result<Verdict, Error> {
    let Some(request) = directory::names(&[id.to_owned()]).into_iter().next() else {
        return Ok(Verdict::Good(String::new()));
    };
    let found: Vec<Principal> = client.list(&request).await?;
    Ok(match found.first() {
        Some(principal) => {
            let kind = match principal.kind() {
                PrincipalKind::ManagedIdentity => "managed identity".to_owned(),
                kind => kind.word().to_lowercase(),
            };
            Verdict::Good(format!("{}, {kind}", principal.name()))
        }
        None => Verdict::Bad("the directory knows nobody with this object id".to_owned()),
    })
}

/// The roles that the caller could activate at a scope or above it, its groups' too.
async fn my_roles(client: &Client, scope: &ArmId) -> Result<Vec<Choice>, Error> {
    let request = pim::eligible_of_caller(scope);
    let requests = pim::requests_of_caller(scope);
    let (instances, me, asked) = tokio::join!(
        client.list::<EligibilityInstance>(&request),
        super::fetch::caller(client),
        client.list::<AssignmentInstance>(&requests)
    );
    // That one waits is worth knowing; without it Azure says so when it is asked for again.
    let asked = asked.unwrap_or_default();
    let me = me.ok().and_then(|identity| identity.object_id);
    let mut choices: Vec<Choice> = Vec::new();
    for instance in instances? {
        let properties = &instance.properties;
        let (Some(at), Some(role)) = (&properties.scope, &properties.role_definition_id) else { continue };
        if !(at == scope || at.contains(scope)) {
            continue;
        }
        let names = properties.expanded_properties.as_ref();
        let called = |one: Option<&pim::Expanded>| one.and_then(|one| one.display_name.clone());
        let name = called(names.and_then(|names| names.role_definition.as_ref()));
        let place = called(names.and_then(|names| names.scope.as_ref()));
        let via = match properties.member_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("Group") => {
                let group = called(names.and_then(|names| names.principal.as_ref()));
                format!(", through {}", group.unwrap_or_else(|| "a group".to_owned()))
            }
            _ => String::new(),
        };
        let schedule = properties.role_eligibility_schedule_id.as_ref().map_or("", ArmId::as_str);
        let place = place.unwrap_or_else(|| at.name().to_owned());
        let waits = asked.iter().find_map(|request| waits(&request.properties, at, role));
        let mark = if waits.is_some() { "asked for already" } else { "" };
        let choice = Choice::new(instance.id.as_str(), name.unwrap_or_else(|| role.name().to_owned()))
            .kind(mark)
            .detail(format!("on {place}{via}"))
            .with(fact::ASKED, waits.unwrap_or_default())
            .with(fact::ME, me.as_deref().unwrap_or(&properties.principal_id))
            .with(fact::ROLE, role.name().to_ascii_lowercase())
            .with(fact::SCOPE, at.as_str())
            .with(fact::SCHEDULE, schedule);
        choices.push(choice);
    }
    choices.sort_by_cached_key(|choice| (choice.label.to_lowercase(), choice.detail.clone()));
    Ok(choices)
}

/// What a request for a role at a scope waits for, as a clause; none when it is about something else, or decided.
fn waits(request: &ScheduleInstance, scope: &ArmId, role: &ArmId) -> Option<String> {
    let same_role = |of: &ArmId| of.name().eq_ignore_ascii_case(role.name());
    let status = request.status.as_deref().unwrap_or_default();
    let words = status_words(status).filter(|_| status.starts_with("Pending"))?;
    let same =
        request.scope.as_ref() == Some(scope) && request.role_definition_id.as_ref().is_some_and(same_role);
    let since = request.created_on.map(|at| format!("since {} ", at.strftime("%Y-%m-%d %H:%M UTC")));
    same.then(|| format!("{}{words}", since.unwrap_or_default()))
}

/// What an activation needs: one choice that says so, none where the role has no policy that can be read.
async fn activation_rules(client: &Client, scope: &ArmId, role: &str) -> Result<Vec<Choice>, Error> {
    let answer = client.value(&pim::policy(scope, &role_assignment::role_at(scope, role))).await?;
    let Some(rules) = ActivationRules::read(&answer) else { return Ok(Vec::new()) };
    let mut wanted: Vec<String> = Vec::new();
    let length = rules.longest.as_deref().and_then(|text| text.parse::<SignedDuration>().ok());
    wanted.extend(length.map(|length| format!("at most {}", amount::words(length))));
    let each = [
        (rules.justification, "a reason"),
        (rules.ticket, "a ticket"),
        (rules.second_factor, "a second factor"),
        (rules.approval, "an approval"),
    ];
    wanted.extend(each.iter().filter(|(is, _)| *is).map(|(_, words)| (*words).to_owned()));
    let yes = |is: bool| if is { "yes" } else { "no" };
    let choice = Choice::new("rules", wanted.join(", "))
        .with(fact::LONGEST, rules.longest.clone().unwrap_or_default())
        .with(fact::JUSTIFICATION, yes(rules.justification))
        .with(fact::TICKET, yes(rules.ticket))
        .with(fact::FACTOR, yes(rules.second_factor))
        .with(fact::APPROVAL, yes(rules.approval));
    Ok(vec![choice])
}

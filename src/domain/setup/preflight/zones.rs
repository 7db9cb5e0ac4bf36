//! Private DNS zones and the networks that ask them: what a set-up links or uses, against what is there. Azure takes one
//! zone of a name for a network, and a zone that is not linked to it answers nobody there.

use serde_json::Value;

use super::{About, Learnt, Question};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;
use crate::azure::resource_graph::{self, IdRow, Page};
use crate::domain::setup::environment::{Environment, Zones};
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::template::{LINKS, Template, ZONES, zones_of_leads};

/// The key of the plan file that all of this is about.
const KEY: &str = "network.endpoints.dns_zones";
/// How many zones are told by name.
const NAMED: usize = 2;

/// What an environment wants of zones.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The environment.
    environment: String,
    /// The resource group of the zones.
    group: ArmId,
    /// The zones by their names.
    names: Vec<&'static str>,
    /// The links that are made; none where the zones are there.
    made: Option<Vec<ArmId>>,
}

impl Use {
    fn of(environment: &Environment) -> Option<(ArmId, Self)> {
        let inbound = environment.inbound.as_ref()?;
        let (group, made) = match &inbound.zones {
            Zones::None => return None,
            Zones::In(group) => (group.clone(), None),
            Zones::New => {
                let ids = Template::of(environment).ids(&environment.group_id());
                (inbound.group.clone(), Some(ids.into_iter().filter(|id| id.is_type(LINKS)).collect()))
            }
        };
        let names = zones_of_leads(environment);
        Some((inbound.network(), Self { environment: environment.name.clone(), group, names, made }))
    }

    fn finding(&self, level: Level, text: String) -> Learnt {
        Learnt::Finding(Finding {
            environment: Some(self.environment.clone()),
            key: KEY.to_owned(),
            level,
            text,
        })
    }

    fn wants(&self, name: &str) -> bool {
        self.names.iter().any(|one| one.eq_ignore_ascii_case(name))
    }

    /// The names that none of these zones has.
    fn lacking(&self, zones: &[ArmId]) -> Vec<&'static str> {
        let has = |name: &str| zones.iter().any(|zone| zone.name().eq_ignore_ascii_case(name));
        self.names.iter().copied().filter(|name| !has(name)).collect()
    }
}

/// The questions about the zones of a set-up: one for each network that gets new ones, and one for each group of zones that
/// are there.
#[must_use]
pub(super) fn questions(set_up: &SetUp) -> Vec<Question> {
    let mut all: Vec<Question> = Vec::new();
    for environment in &set_up.environments {
        let Some((network, wish)) = Use::of(environment) else { continue };
        if wish.made.is_some() {
            let linked = resource_graph::zone_links(&network);
            add(&mut all, environment, linked, About::Linked { network, uses: vec![wish] });
        } else {
            let zones = Request::get(&wish.group.join(&format!("providers/{ZONES}")), versions::PRIVATE_DNS);
            add(&mut all, environment, zones, About::Zones { group: wish.group.clone(), uses: vec![wish] });
        }
    }
    all
}

/// The questions about the links of zones that are there: of those that are not, there is nothing more to say.
#[must_use]
pub(super) fn of_zones_there(set_up: &SetUp, learnt: &[Learnt]) -> Vec<Question> {
    let is_refused = |environment: &Environment| {
        learnt.iter().any(|one| match one {
            Learnt::Finding(one) => {
                one.key == KEY
                    && one.level == Level::Refused
                    && one.environment.as_deref() == Some(environment.name.as_str())
            }
            _ => false,
        })
    };
    let mut all: Vec<Question> = Vec::new();
    for environment in set_up.environments.iter().filter(|one| !is_refused(one)) {
        if let Some((network, wish)) = Use::of(environment).filter(|(_, wish)| wish.made.is_none()) {
            let linked = resource_graph::zone_links(&network);
            add(&mut all, environment, linked, About::Linked { network, uses: vec![wish] });
        }
    }
    all
}

/// Adds a question, or what it is about to the same one of an environment before.
fn add(all: &mut Vec<Question>, environment: &Environment, request: Request, about: About) {
    let request = request.background();
    let known = all.iter_mut().find(|known| known.request == request);
    match (known.map(|known| &mut known.about), about) {
        (
            Some(About::Linked { uses, .. } | About::Zones { uses, .. }),
            About::Linked { uses: more, .. } | About::Zones { uses: more, .. },
        ) => uses.extend(more),
        (_, about) => all.push(Question { environment: environment.name.clone(), request, about }),
    }
}

/// The links that Resource Graph lists and that decide about something: each is read, because what it lists may be gone.
#[must_use]
pub fn links_to_read(question: &Question, answer: &Value) -> Vec<ArmId> {
    let About::Linked { uses, .. } = &question.about else { return Vec::new() };
    let rows = Page::<IdRow>::decode(answer.clone()).map(|page| page.rows).unwrap_or_default();
    let ids = rows.into_iter().map(|row| row.id);
    ids.filter(|id| zone_of(id).is_some_and(|zone| uses.iter().any(|one| one.wants(zone.name())))).collect()
}

/// What the links of a network mean; these are those that are there.
#[must_use]
pub fn linked(question: &Question, links: &[ArmId]) -> Vec<Learnt> {
    let About::Linked { network, uses } = &question.about else { return Vec::new() };
    uses.iter().flat_map(|one| links_for(one, network, links)).collect()
}

fn links_for(wish: &Use, network: &ArmId, links: &[ArmId]) -> Option<Learnt> {
    let of = |link: &ArmId| zone_of(link).filter(|zone| wish.wants(zone.name()));
    let Some(made) = &wish.made else { return Some(use_of(wish, network, links)) };
    let taken: Vec<ArmId> = links.iter().filter(|link| !made.contains(link)).filter_map(of).collect();
    let first = taken.first()?;
    let groups = groups_of(&taken);
    let start = format!(
        "the network {} is linked to {} already: {}. Azure takes one zone of a name for a network, and refuses new ones. ",
        network.name(),
        if taken.len() == 1 {
            "a private DNS zone of such a name"
        } else {
            "private DNS zones of such names"
        },
        places(&taken),
    );
    let advice = match groups.as_slice() {
        [one] => format!(
            "Take the zones of {} (in a plan file the id of that resource group, as `{KEY}`)",
            one.name()
        ),
        _ => format!(
            "They are in several resource groups, and a plan takes the zones of one: write \"none\" as `{KEY}`, and add \
             the records to {} and the others by hand",
            first.name()
        ),
    };
    Some(wish.finding(Level::Refused, format!("{start}{advice}")))
}

/// Whether zones that are there answer in the network.
fn use_of(wish: &Use, network: &ArmId, links: &[ArmId]) -> Learnt {
    let zones: Vec<ArmId> = links.iter().filter_map(zone_of).filter(|zone| wish.wants(zone.name())).collect();
    let is_own = |zone: &&ArmId| wish.group.contains(zone);
    let own: Vec<ArmId> = zones.iter().filter(is_own).cloned().collect();
    let lacking = wish.lacking(&own);
    if lacking.is_empty() {
        return Learnt::Linked(network.clone(), wish.group.clone());
    }
    let elsewhere: Vec<ArmId> = zones.into_iter().filter(|zone| lacking.contains(&zone.name())).collect();
    let (group, network) = (wish.group.name(), network.name());
    let text = if elsewhere.is_empty() {
        format!(
            "nothing that you can see links {} in {group} to the network {network}: link them, or their names lead to \
             public addresses there. No link is needed where the network asks DNS servers that know these zones",
            some(&lacking)
        )
    } else {
        format!(
            "the network {network} asks other zones than those in {group}, and will not find the private endpoints: {}",
            places(&elsewhere)
        )
    };
    wish.finding(Level::Warning, text)
}

/// What it means that a group holds these zones; `None` stands for a group that is not there.
pub(super) fn held(group: &ArmId, uses: &[Use], zones: Option<&[ArmId]>) -> Vec<Learnt> {
    let said = |one: &Use| {
        let text = match zones.map(|zones| one.lacking(zones)) {
            None => format!("the resource group {} of the private DNS zones is not there", group.name()),
            Some(lacking) if lacking.is_empty() => return None,
            Some(lacking) => format!(
                "the resource group {} holds no private DNS zone {}: make it there and link it to the network, or give the \
                 resource group that holds it",
                group.name(),
                all_of(&lacking)
            ),
        };
        Some(one.finding(Level::Refused, text))
    };
    uses.iter().filter_map(said).collect()
}

/// The zone of a link.
fn zone_of(link: &ArmId) -> Option<ArmId> {
    let at = link.as_str().to_ascii_lowercase().rfind("/virtualnetworklinks/")?;
    ArmId::parse(&link.as_str()[..at]).ok()
}

fn groups_of(zones: &[ArmId]) -> Vec<ArmId> {
    let mut groups: Vec<ArmId> = Vec::new();
    for group in zones.iter().filter_map(ArmId::group_scope) {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// Zones with the groups that they are in, a few by name.
fn places(zones: &[ArmId]) -> String {
    let of = |group: ArmId| {
        let here: Vec<&str> = zones.iter().filter(|zone| group.contains(zone)).map(ArmId::name).collect();
        format!("{} in {}", some(&here), group.name())
    };
    groups_of(zones).into_iter().map(of).collect::<Vec<_>>().join("; ")
}

/// A few by name, and how many more there are.
fn some(names: &[&str]) -> String {
    match names {
        few if few.len() <= NAMED => few.join(", "),
        many => format!("{} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
    }
}

/// All of them: whoever makes what is lacking has to know each.
fn all_of(names: &[&str]) -> String {
    names.join(", nor ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::setup::examples;

    fn link(group: &str, zone: &str) -> ArmId {
        ArmId::group("0f0e", group).join(&format!("providers/{ZONES}/{zone}/virtualNetworkLinks/there"))
    }

    fn words(learnt: &[Learnt]) -> Vec<(Level, &str)> {
        fn of(one: &Learnt) -> (Level, &str) {
            match one {
                Learnt::Finding(one) => (one.level, one.text.as_str()),
                other => panic!("{other:?} is no finding"),
            }
        }
        learnt.iter().map(of).collect()
    }

    /// The question about the links of the network, with zones of such a kind.
    fn asked(zones: &Zones) -> (Question, Vec<&'static str>) {
        let mut set_up = examples::named("dev-prod");
        for environment in &mut set_up.environments {
            if let Some(inbound) = &mut environment.inbound {
                inbound.zones = zones.clone();
            }
        }
        let names = zones_of_leads(&set_up.environments[1]);
        let linked = [questions(&set_up), of_zones_there(&set_up, &[])].concat();
        let linked = linked.into_iter().find(|one| matches!(one.about, About::Linked { .. }));
        (linked.unwrap(), names)
    }

    #[test]
    fn of_zones_that_are_not_there_nothing_is_said_of_links() {
        let mut set_up = examples::named("dev-prod");
        let group = ArmId::group("0f0e", "rg-dns");
        for environment in &mut set_up.environments {
            if let Some(inbound) = &mut environment.inbound {
                inbound.zones = Zones::In(group.clone());
            }
        }
        let first = questions(&set_up);
        let [question] = first.as_slice() else { panic!("{first:?}") };
        let About::Zones { uses, .. } = &question.about else { panic!("{question:?}") };
        let missing = held(&group, uses, None);
        let [(Level::Refused, text)] = *words(&missing) else { panic!("{missing:?}") };
        assert!(text.contains("rg-dns of the private DNS zones is not there"), "{text}");
        assert_eq!(of_zones_there(&set_up, &missing), []);
        assert_eq!(of_zones_there(&set_up, &[]).len(), 1);
    }

    #[test]
    fn a_network_that_has_zones_of_such_names_takes_no_new_ones() {
        let (question, names) = asked(&Zones::New);
        assert_eq!(linked(&question, &[]), []);
        let About::Linked { uses, .. } = &question.about else { panic!() };
        assert_eq!(linked(&question, uses[0].made.as_ref().unwrap()), [], "those are its own");
        let others = [link("rg-dns", names[0]), link("rg-dns", names[1])];
        let said = linked(&question, &others);
        let [(Level::Refused, text)] = *words(&said) else { panic!("{said:?}") };
        assert!(text.contains("Take the zones of rg-dns (in a plan file"), "{text}");
        let said = linked(&question, &[link("rg-dns", names[0]), link("rg-other", names[1])]);
        let [(Level::Refused, text)] = *words(&said) else { panic!("{said:?}") };
        assert!(text.contains("in several resource groups") && text.contains("in rg-other"), "{text}");
    }

    #[test]
    fn zones_that_are_there_have_to_be_those_that_the_network_asks() {
        let group = ArmId::group("0f0e", "rg-dns");
        let (question, names) = asked(&Zones::In(group.clone()));
        let all: Vec<ArmId> = names.iter().map(|name| link("rg-dns", name)).collect();
        assert!(matches!(&*linked(&question, &all), [Learnt::Linked(_, known)] if *known == group));
        let said = linked(&question, &all[1..]);
        let [(Level::Warning, text)] = *words(&said) else { panic!("{said:?}") };
        assert!(
            text.contains("nothing that you can see links privatelink.api.azureml.ms in rg-dns"),
            "{text}"
        );
        let said = linked(&question, &[&all[1..], &[link("rg-other", names[0])]].concat());
        let [(Level::Warning, text)] = *words(&said) else { panic!("{said:?}") };
        assert!(text.contains("asks other zones than those in rg-dns"), "{text}");
        // Only links of zones that are wanted are read.
        let row = |id: &ArmId| json!({ "id": id.as_str() });
        let answer = json!({ "data": [row(&all[0]), row(&link("rg-dns", "corp.contoso.com"))] });
        assert_eq!(links_to_read(&question, &answer), all[..1]);
    }
}

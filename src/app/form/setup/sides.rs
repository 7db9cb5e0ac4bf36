//! The networks of a set: one that most share, and those of the environments that stand apart. Each has a step with
//! fields of its own, whose names begin alike.

use super::{basics, network};
use crate::app::form::{Form, FormField, FormStep};
use crate::domain::setup::spec::Network;

/// Whose network it is; the fields of all sides have the same order and other names.
pub(super) trait Side {
    /// Its number: 0 is the shared one.
    const PLACE: usize;
    /// The subscription of those whose network it is.
    const SUBSCRIPTION: &'static str;
    /// The isolation of the managed network.
    const ISOLATION: &'static str;
    /// Whether the workspace is reached from the internet.
    const PUBLIC: &'static str;
    /// The subscription of the network of private endpoints.
    const NETWORKS: &'static str;
    /// The subnet of private endpoints.
    const SUBNET: &'static str;
    /// The group that gets them.
    const GROUP: &'static str;
    /// The private DNS zones.
    const ZONES: &'static str;
    /// Whether new dependents get endpoints too.
    const DEPENDENTS: &'static str;
    /// Package sources.
    const PRESETS: &'static str;
    /// Rules of one's own.
    const RULES: &'static str;
    /// Those of them that serverless Spark uses too.
    const SPARK: &'static str;
    /// The SKU of the firewall.
    const FIREWALL: &'static str;
    /// Whether the managed network is made at once.
    const PROVISION: &'static str;
}

macro_rules! sides {
    ($shared:ident $none:literal; $($name:ident $place:literal $before:literal;)*) => {
        sides!(@side $shared 0 $none);
        $(sides!(@side $name $place $before);)*

        /// Where the names of the fields of the sides begin.
        pub(super) const BEFORE: &[&str] = &[$none $(, $before)*];

        /// The fields for the subscriptions of those that stand apart.
        pub(super) const SUBSCRIPTIONS: &[&str] = &[$($name::SUBSCRIPTION),*];

        /// How many networks there can be beside the shared one.
        pub(super) const SIDES: usize = SUBSCRIPTIONS.len();

        /// The fields of [`SUBSCRIPTIONS`].
        pub(super) fn subscriptions() -> impl Iterator<Item = FormField> {
            [$(basics::apart_subscription::<$name>()),*].into_iter()
        }

        /// The steps of all sides.
        pub(super) fn steps() -> impl Iterator<Item = FormStep> {
            [sides!(@step $shared) $(, sides!(@step $name))*].into_iter()
        }

        /// What the fields of the side with a number come to.
        pub(super) fn wish_of(form: &Form, side: usize) -> Network {
            match side {
                $($place => network::wish::<$name>(form),)*
                _ => network::wish::<$shared>(form),
            }
        }

        /// Puts a network into the fields of the side with a number.
        pub(super) fn fill_of(form: &mut Form, side: usize, wished: &Network, region: &str) {
            match side {
                $($place => network::fill::<$name>(form, wished, region),)*
                _ => network::fill::<$shared>(form, wished, region),
            }
        }
    };
    (@step $name:ident) => {
        FormStep::new(STEP, network::fields::<$name>()).about(ABOUT).called(network::title::<$name>)
    };
    (@side $name:ident $place:literal $before:literal) => {
        struct $name;

        impl Side for $name {
            const PLACE: usize = $place;
            const SUBSCRIPTION: &'static str = concat!($before, "basics.subscription");
            const ISOLATION: &'static str = concat!($before, "network.isolation");
            const PUBLIC: &'static str = concat!($before, "network.public_access");
            const NETWORKS: &'static str = concat!($before, "network.endpoints.subscription");
            const SUBNET: &'static str = concat!($before, "network.endpoints.subnet");
            const GROUP: &'static str = concat!($before, "network.endpoints.resource_group");
            const ZONES: &'static str = concat!($before, "network.endpoints.dns_zones");
            const DEPENDENTS: &'static str = concat!($before, "network.endpoints.dependents");
            const PRESETS: &'static str = concat!($before, "network.presets");
            const RULES: &'static str = concat!($before, "network.rules");
            const SPARK: &'static str = concat!($before, "network.rules.spark");
            const FIREWALL: &'static str = concat!($before, "network.firewall_sku");
            const PROVISION: &'static str = concat!($before, "network.provision_now");
        }
    };
}

/// What the steps of all sides are called where no environment gives one a name.
pub(super) const STEP: &str = "Network";
/// What they are for.
const ABOUT: &str = "What it reaches, and who reaches it. Left as it is: open to who may sign in.";

// The first of those that stand apart may be all of them together; each of the others is one environment's.
sides! {
    Shared "";
    Apart 1 "apart.";
    Apart2 2 "apart.2.";
    Apart3 3 "apart.3.";
    Apart4 4 "apart.4.";
    Apart5 5 "apart.5.";
    Apart6 6 "apart.6.";
    Apart7 7 "apart.7.";
    Apart8 8 "apart.8.";
    Apart9 9 "apart.9.";
    Apart10 10 "apart.10.";
    Apart11 11 "apart.11.";
    Apart12 12 "apart.12.";
}

/// The side whose network the step on screen is about.
pub(super) fn on_screen(form: &Form) -> Option<usize> {
    let step = form.steps.get(form.step).filter(|step| step.title == STEP)?;
    let first = step.fields.first()?;
    BEFORE.iter().position(|before| first.id.strip_suffix(Shared::ISOLATION) == Some(*before))
}

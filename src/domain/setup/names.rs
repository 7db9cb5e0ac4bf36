//! Names: what Azure allows, with the rule in words, and names for what is made.
//!
//! Rules: the patterns of the OpenAPI documents; those of vaults from the clients, because the documents are
//! wider than the service.

use uuid::Uuid;

use crate::azure::arm::id::ArmId;

/// The things that get a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// A workspace.
    Workspace,
    /// A resource group.
    ResourceGroup,
    /// A storage account.
    Storage,
    /// A key vault.
    KeyVault,
    /// Application Insights.
    Insights,
    /// A Log Analytics workspace.
    LogAnalytics,
    /// A container registry.
    Registry,
    /// A user-assigned identity.
    Identity,
    /// A private endpoint.
    PrivateEndpoint,
    /// An outbound rule.
    OutboundRule,
    /// A compute.
    Compute,
}

impl Named {
    /// What it is, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::ResourceGroup => "resource group",
            Self::Storage => "storage account",
            Self::KeyVault => "key vault",
            Self::Insights => "Application Insights",
            Self::LogAnalytics => "Log Analytics workspace",
            Self::Registry => "container registry",
            Self::Identity => "identity",
            Self::PrivateEndpoint => "private endpoint",
            Self::OutboundRule => "outbound rule",
            Self::Compute => "compute",
        }
    }

    /// One of it, with its article.
    #[must_use]
    pub fn one(self) -> String {
        let article = if self.words().starts_with(['A', 'a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {}", self.words())
    }

    /// The rule, as it is quoted in messages.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Workspace | Self::OutboundRule => {
                "3 to 33 characters: letters, digits, - and _, the first one a letter or digit"
            }
            Self::ResourceGroup => {
                "1 to 90 characters: letters, digits, -, _, ( ) and full stops, the last one no full stop"
            }
            Self::Storage => "3 to 24 characters: lower-case letters and digits, free in all of Azure",
            Self::KeyVault => {
                "3 to 24 characters: letters, digits and single hyphens, beginning with a letter, ending with a letter \
                 or digit, free in all of Azure"
            }
            Self::Insights => {
                "1 to 255 characters: letters, digits, -, _, ( ) and full stops, the last one no full stop"
            }
            Self::LogAnalytics => "4 to 63 characters: letters, digits and -, not - at either end",
            Self::Registry => "5 to 50 characters: letters and digits, free in all of Azure",
            Self::Identity => {
                "3 to 128 characters: letters, digits, - and _, the first one a letter or digit"
            }
            Self::PrivateEndpoint => {
                "1 to 80 characters: letters, digits, -, _ and full stops, beginning with a letter or digit, ending \
                 with a letter, digit or _"
            }
            Self::Compute => {
                "3 to 24 characters: letters, digits and -, the first one a letter, the last one no -"
            }
        }
    }

    /// Checks a name.
    ///
    /// # Errors
    /// A sentence with the name and the rule.
    pub fn check(self, name: &str) -> Result<(), String> {
        if self.allows(name) {
            return Ok(());
        }
        let name = if name.is_empty() { "an empty name".to_owned() } else { format!("'{name}'") };
        Err(format!("{name} cannot name {}: {}", self.one(), self.rule()))
    }

    fn allows(self, name: &str) -> bool {
        let length = name.chars().count();
        let long = |least: usize, most: usize| (least..=most).contains(&length);
        let only = |extra: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
        // Groups and components also take letters of other scripts.
        let words = |extra: &str| name.chars().all(|c| c.is_alphanumeric() || extra.contains(c));
        let sign = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let (first, last) = (name.chars().next(), name.chars().last());
        match self {
            Self::Workspace | Self::OutboundRule => long(3, 33) && only("-_") && sign(first),
            Self::ResourceGroup => long(1, 90) && words("-_().") && last != Some('.'),
            Self::Storage => {
                long(3, 24) && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            }
            Self::KeyVault => {
                long(3, 24)
                    && only("-")
                    && first.is_some_and(|c| c.is_ascii_alphabetic())
                    && sign(last)
                    && !name.contains("--")
            }
            Self::Insights => long(1, 255) && words("-_().") && last != Some('.'),
            Self::LogAnalytics => long(4, 63) && only("-") && sign(first) && sign(last),
            Self::Registry => long(5, 50) && only(""),
            Self::Identity => long(3, 128) && only("-_") && sign(first),
            Self::PrivateEndpoint => {
                long(1, 80) && only("-_.") && sign(first) && (sign(last) || last == Some('_'))
            }
            Self::Compute => {
                long(3, 24) && only("-") && first.is_some_and(|c| c.is_ascii_alphabetic()) && sign(last)
            }
        }
    }
}

/// Names that follow from a workspace's name and resource group: the same every time, and, because of the
/// digits, hardly held by anybody else where all of Azure shares the names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    words: String,
    digits: String,
}

impl Derived {
    /// For a workspace in a resource group.
    #[must_use]
    pub fn of(group: &ArmId, workspace: &str) -> Self {
        let key = format!("{group}/{workspace}").to_ascii_lowercase();
        let mut digits = stable_guid(&key).simple().to_string();
        digits.truncate(6);
        let mut words = String::new();
        for c in workspace.to_ascii_lowercase().chars() {
            let c = if c.is_ascii_alphanumeric() { c } else { '-' };
            if c != '-' || !words.ends_with('-') {
                words.push(c);
            }
        }
        Self { words: words.trim_matches('-').to_owned(), digits }
    }

    /// The name for one thing; it is always a valid one.
    #[must_use]
    pub fn name(&self, what: Named) -> String {
        let plain: String = self.words.chars().filter(char::is_ascii_alphanumeric).collect();
        match what {
            Named::Storage => format!("st{}{}", cut(&plain, 16), self.digits),
            Named::KeyVault => format!("kv-{}-{}", cut(&self.words, 14), self.digits),
            Named::Registry => format!("cr{}{}", cut(&plain, 40), self.digits),
            Named::Insights => format!("appi-{}", self.words),
            Named::LogAnalytics => format!("log-{}", self.words),
            Named::PrivateEndpoint => format!("pe-{}", self.words),
            _ => format!("id-{}", self.words),
        }
    }
}

fn cut(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end_matches('-')
}

/// A GUID that follows from a text: the same every time.
#[must_use]
pub fn stable_guid(text: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.to_ascii_lowercase().as_bytes())
}

/// Whether a network in CIDR notation overlaps 172.17.0.0/16, which container engines use for themselves;
/// `None` when it is no IPv4 network.
#[must_use]
pub fn overlaps_container_engine(network: &str) -> Option<bool> {
    let (address, bits) = network.trim().split_once('/')?;
    let octets: Vec<u8> = address.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    let address = u32::from_be_bytes(octets.try_into().ok()?);
    let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
    let common = bits.min(16);
    let mask = if common == 0 { 0 } else { u32::MAX << (32 - common) };
    Some(address & mask == u32::from_be_bytes([172, 17, 0, 0]) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_of_their_type_and_the_rule_is_quoted() {
        let long = "a".repeat(91);
        for (what, name, good) in [
            (Named::Workspace, "mlw-churn_1", true),
            (Named::Workspace, "ml", false),
            (Named::Workspace, "-mlw", false),
            (Named::Workspace, "mlw churn", false),
            (Named::Workspace, "a23456789012345678901234567890123", true),
            (Named::Workspace, "a234567890123456789012345678901234", false),
            (Named::ResourceGroup, "rg-churn.(1)", true),
            (Named::ResourceGroup, "rg-daten-é", true),
            (Named::ResourceGroup, "rg.", false),
            (Named::ResourceGroup, long.as_str(), false),
            (Named::Storage, "stone1", true),
            (Named::Storage, "st-one", false),
            (Named::Storage, "stOne", false),
            (Named::KeyVault, "kv-one", true),
            (Named::KeyVault, "1kv", false),
            (Named::KeyVault, "kv--one", false),
            (Named::KeyVault, "kv-one-", false),
            (Named::Registry, "crone", true),
            (Named::Registry, "cr-one", false),
            (Named::LogAnalytics, "log", false),
            (Named::LogAnalytics, "log-a", true),
            (Named::Identity, "id-a", true),
            (Named::Identity, "_id", false),
            (Named::PrivateEndpoint, "pe-a_", true),
            (Named::PrivateEndpoint, "pe-a-", false),
            (Named::OutboundRule, "ok", false),
            (Named::Compute, "cpu-build", true),
            (Named::Compute, "1cpu", false),
            (Named::Insights, "appi-a", true),
            (Named::Insights, "", false),
        ] {
            let checked = what.check(name);
            assert_eq!(checked.is_ok(), good, "{what:?} {name}");
            if let Err(message) = checked {
                assert!(message.contains(what.rule()), "{message}");
            }
        }
    }

    #[test]
    fn derived_names_are_valid_whatever_the_workspace_is_called() {
        let group = ArmId::group("0f0e", "rg-churn");
        for workspace in
            ["mlw-churn-dev", "a__b", "MLW-Extremely-Long_Workspace-Name1", "123", "a-------------b------c"]
        {
            let derived = Derived::of(&group, workspace);
            for what in [
                Named::Storage,
                Named::KeyVault,
                Named::Registry,
                Named::Insights,
                Named::LogAnalytics,
                Named::PrivateEndpoint,
                Named::Identity,
            ] {
                let name = derived.name(what);
                assert_eq!(what.check(&name), Ok(()), "{workspace}");
            }
        }
    }

    #[test]
    fn derived_names_are_the_same_every_time_and_differ_between_groups() {
        let name = |group: &str| Derived::of(&ArmId::group("0f0e", group), "mlw-churn").name(Named::Storage);
        assert_eq!(name("rg-a"), name("RG-A"));
        assert_ne!(name("rg-a"), name("rg-b"));
        assert!(name("rg-a").starts_with("stmlwchurn"));
    }

    #[test]
    fn the_network_of_container_engines_is_recognised() {
        for (network, overlaps) in [
            ("172.17.0.0/16", Some(true)),
            ("172.17.5.0/24", Some(true)),
            ("172.16.0.0/12", Some(true)),
            ("172.18.0.0/16", Some(false)),
            ("10.0.0.0/8", Some(false)),
            ("0.0.0.0/0", Some(true)),
            ("10.0.0.0", None),
            ("10.0.0.0/33", None),
            ("fd00::/8", None),
        ] {
            assert_eq!(overlaps_container_engine(network), overlaps, "{network}");
        }
    }
}

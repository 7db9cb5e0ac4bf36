//! What regions have, as far as it is known without asking.

/// Regions with availability zones, where storage can be zone-redundant. Source: Azure's list of regions; the
/// subscription's own answer decides where it is read.
const WITH_ZONES: &[&str] = &[
    "australiaeast",
    "austriaeast",
    "brazilsouth",
    "canadacentral",
    "centralindia",
    "centralus",
    "chilecentral",
    "chinanorth3",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "koreacentral",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "usgovvirginia",
    "westeurope",
    "westus2",
    "westus3",
];

/// Whether a region has availability zones.
#[must_use]
pub fn has_zones(region: &str) -> bool {
    WITH_ZONES.contains(&region)
}

/// Regions that have no Log Analytics of their own, and where it goes: as the official client does it.
#[must_use]
pub fn of_log_analytics(region: &str) -> &str {
    match region {
        "westcentralus" | "eastus2euap" | "centraluseuap" => "southcentralus",
        other => other,
    }
}

/// A region's short name, whatever was written: `West Europe` is `westeurope`.
#[must_use]
pub fn short_name(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_known_by_their_short_names() {
        assert!(has_zones(&short_name("West Europe")) && !has_zones("westus"));
        assert_eq!(
            (of_log_analytics("westcentralus"), of_log_analytics("uksouth")),
            ("southcentralus", "uksouth")
        );
        assert!(WITH_ZONES.is_sorted());
    }
}

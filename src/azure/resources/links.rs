//! Links into the Azure portal and the Machine Learning studio.

use url::form_urlencoded::byte_serialize;

use crate::azure::arm::id::ArmId;

/// The page of a resource in the portal. `base` is the cloud's portal, such as
/// `https://portal.azure.com`; the tenant makes the portal switch directory.
#[must_use]
pub fn portal(base: &str, tenant: Option<&str>, id: &ArmId) -> String {
    let base = base.trim_end_matches('/');
    let tenant = tenant.map_or_else(String::new, |tenant| format!("@{}/", fragment(tenant)));
    format!("{base}/#{tenant}resource{}", fragment(id.as_str()))
}

/// A workspace in the studio. `base` is the cloud's studio, such as `https://ml.azure.com`.
#[must_use]
pub fn studio(base: &str, tenant: Option<&str>, workspace: &ArmId) -> String {
    let query = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let base = base.trim_end_matches('/');
    let tenant = tenant.map_or_else(String::new, |tenant| format!("&tid={}", query(tenant)));
    format!("{base}/?wsid={}{tenant}", query(workspace.as_str()))
}

/// Percent-encodes what may not stand in a URL fragment; slashes stay.
fn fragment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~()@:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_carry_the_tenant_and_escape_what_a_name_may_hold() {
        let id = ArmId::parse("/subscriptions/s/resourceGroups/rg (é)").unwrap();
        assert_eq!(
            portal("https://portal.azure.com/", Some("t-1"), &id),
            "https://portal.azure.com/#@t-1/resource/subscriptions/s/resourceGroups/rg%20(%C3%A9)"
        );
        assert_eq!(
            studio("https://ml.azure.com", Some("t-1"), &ArmId::subscription("s")),
            "https://ml.azure.com/?wsid=%2Fsubscriptions%2Fs&tid=t-1"
        );
        assert_eq!(
            portal("https://p", None, &ArmId::subscription("s")),
            "https://p/#resource/subscriptions/s"
        );
    }
}

//! What Azure might hold that nobody should see as it stands: texts that would harm a terminal, and secrets.

use std::collections::BTreeSet;

use amldeck::emulator::estate::Estate;
use serde_json::Value;

/// Characters that move the cursor, turn the direction of text around, or are not seen.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One of everything that could do harm.
pub const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}1;1H\u{202e}evil\u{202c}\u{2066}x\u{2069}\u{200b}\u{feff}\r\n\u{7f}\u{e0041}=1+1";

/// The demo estate with every name and text that somebody may choose made hostile.
pub fn estate() -> Estate {
    fn spoil(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let free = [
                        "displayName",
                        "roleName",
                        "description",
                        "friendlyName",
                        "notes",
                        "createdBy",
                        "lastModifiedBy",
                        "errorInformation",
                        "userPrincipalName",
                        "mail",
                        "condition",
                        "message",
                    ];
                    match member {
                        Value::String(text) if free.contains(&name.as_str()) => text.push_str(HOSTILE),
                        Value::Object(tags) if name == "tags" => {
                            tags.insert(format!("tag{HOSTILE}"), Value::from(HOSTILE));
                        }
                        other => spoil(other),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(spoil),
            _ => {}
        }
    }
    let mut estate = Estate::demo().unwrap();
    let lists = [
        &mut estate.management_groups,
        &mut estate.subscriptions,
        &mut estate.resources,
        &mut estate.role_definitions,
    ];
    lists.into_iter().flatten().for_each(spoil);
    spoil(&mut estate.tenant);
    let people = &mut estate.directory;
    [&mut people.users, &mut people.groups, &mut people.service_principals]
        .into_iter()
        .flatten()
        .for_each(spoil);
    estate
}

/// Every value of the estate that must never be shown: keys and connection strings.
pub fn secrets(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.to_lowercase();
                let secret = name.ends_with("instrumentationkey")
                    || name.ends_with("connectionstring")
                    || name.contains("telemetryappinsightskey");
                match member {
                    Value::String(text) if secret && !text.is_empty() => {
                        found.insert(text.clone());
                    }
                    other => secrets(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets(item, found)),
        _ => {}
    }
}

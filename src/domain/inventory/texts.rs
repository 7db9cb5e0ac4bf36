//! Texts that repeat, kept once: regions, group names, GUIDs of subscriptions, tags.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

/// Texts that repeat, kept once.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The one copy of this text.
    pub(super) fn keep(&mut self, text: &str) -> Arc<str> {
        match self.0.get(text) {
            Some(kept) => kept.clone(),
            None => {
                let kept: Arc<str> = text.into();
                self.0.insert(kept.clone());
                kept
            }
        }
    }
}

fn lower(ascii: &str) -> impl Iterator<Item = u8> {
    ascii.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// Compares names without regard to case.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return lower(a).cmp(lower(b));
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}

/// The beginning of a name in lower case as a number: where two differ, so do the names, in the same
/// direction.
pub(super) fn beginning(name: &str) -> u128 {
    let mut bytes = [0; size_of::<u128>()];
    if name.is_ascii() {
        for (byte, letter) in bytes.iter_mut().zip(lower(name)) {
            *byte = letter;
        }
    } else {
        for (byte, letter) in bytes.iter_mut().zip(name.to_lowercase().bytes()) {
            *byte = letter;
        }
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case_and_their_beginnings_agree() {
        let names = ["", "a", "B", "b-2", "mlw-forecast-0001", "MLW-forecast-0002", "ärger", "ΠΩΛ", "データ"];
        for (at, a) in names.iter().enumerate() {
            for b in &names[at + 1..] {
                assert_eq!(compare(a, b), Ordering::Less, "{a} {b}");
                assert!(beginning(a) <= beginning(b), "{a} {b}");
            }
        }
        assert_eq!(compare("Mlw", "mLW"), Ordering::Equal);
    }
}

//! Texts that repeat, kept once: regions, group names, GUIDs of subscriptions, tags.

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

//! Answers that are kept between their pages: the rows are worked out once, as long as nothing changes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::emulator::kql::Kept;

/// Answers that are kept at a time. A client follows one or a few.
const MOST: usize = 4;

/// What has to be the same for a page to be one of the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// The query.
    pub query: String,
    /// The object id of who asks.
    pub caller: String,
    /// The subscriptions that are asked about; all when absent.
    pub subscriptions: Option<BTreeSet<String>>,
    /// Whether what hangs above them is asked about.
    pub above: bool,
    /// The state of the documents.
    pub revision: u64,
}

/// The answers of which pages are left, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub(in crate::emulator) struct Pages(Mutex<VecDeque<(Asked, Kept)>>);

impl Pages {
    /// Takes an answer out, if it is there. Those of documents that have changed since are forgotten.
    pub(super) fn take(&self, asked: &Asked) -> Option<Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _)| of.revision == asked.revision);
        let at = kept.iter().position(|(of, _)| of == asked)?;
        kept.remove(at).map(|(_, answer)| answer)
    }

    /// Keeps an answer, in place of the one that was not asked for the longest.
    pub(super) fn keep(&self, asked: Asked, answer: Kept) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _)| *of != asked && of.revision == asked.revision);
        kept.push_back((asked, answer));
        if kept.len() > MOST {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::emulator::kql::{Tables, answer};

    struct Nothing;

    impl Tables for Nothing {
        fn tenant_id(&self) -> &str {
            ""
        }

        fn rows<'a>(
            &'a self,
            _: &str,
            _: Option<&[String]>,
        ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>> {
            Some(Box::new(std::iter::empty()))
        }
    }

    #[test]
    fn an_answer_is_the_callers_own_and_is_forgotten_when_something_changes() {
        let kept = || answer("resources", &Nothing).unwrap().keep().unwrap();
        let asked = |caller: &str, revision| Asked {
            query: "resources".to_owned(),
            caller: caller.to_owned(),
            subscriptions: None,
            above: false,
            revision,
        };
        let pages = Pages::default();
        pages.keep(asked("one", 1), kept());
        assert!(pages.take(&asked("other", 1)).is_none());
        assert!(pages.take(&asked("one", 1)).is_some() && pages.take(&asked("one", 1)).is_none());
        pages.keep(asked("one", 1), kept());
        assert!(pages.take(&asked("one", 2)).is_none());
        for caller in ["1", "2", "3", "4", "5"] {
            pages.keep(asked(caller, 2), kept());
        }
        assert!(pages.take(&asked("1", 2)).is_none() && pages.take(&asked("5", 2)).is_some());
    }
}

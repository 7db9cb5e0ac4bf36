//! Workspaces that were marked in the list, for what is done with several at once.

use crate::azure::arm::id::ArmId;

/// The marked workspaces, in the order in which they were marked.
#[derive(Debug, Clone, Default)]
pub struct Marks(Vec<ArmId>);

impl Marks {
    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> &[ArmId] {
        &self.0
    }

    /// Whether a workspace is marked.
    #[must_use]
    pub fn has(&self, id: &ArmId) -> bool {
        self.0.contains(id)
    }

    /// Marks a workspace, or takes its mark away.
    pub fn toggle(&mut self, id: &ArmId) {
        match self.0.iter().position(|known| known == id) {
            Some(at) => drop(self.0.remove(at)),
            None => self.0.push(id.clone()),
        }
    }

    /// Takes all marks away; how many there were.
    pub fn clear(&mut self) -> usize {
        std::mem::take(&mut self.0).len()
    }

    /// Keeps the marks of workspaces that are still there.
    pub fn keep(&mut self, is_there: impl Fn(&ArmId) -> bool) {
        self.0.retain(is_there);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_keep_their_order_ignore_case_and_go_with_their_workspace() {
        let mut marks = Marks::default();
        let id = |text: &str| ArmId::subscription(text);
        for text in ["b", "a", "c", "A"] {
            marks.toggle(&id(text));
        }
        assert_eq!(marks.all(), [id("b"), id("c")]);
        assert!(marks.has(&id("B")) && !marks.has(&id("a")));
        marks.keep(|one| *one != id("b"));
        assert_eq!(marks.all(), [id("c")]);
        assert_eq!((marks.clear(), marks.clear()), (1, 0));
    }
}

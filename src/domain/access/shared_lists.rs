//! Lists as they were read, looked at as one without copying what is in them.

use std::ops::Index;
use std::sync::Arc;

/// What several lists hold, each once, in the order in which it came. The lists are shared with whoever else
/// looks at them: there may be tens of thousands of documents in one.
#[derive(Debug, Clone)]
pub struct SharedLists<T> {
    lists: Vec<Arc<Vec<T>>>,
    /// Of each that counts, its list and its place there.
    places: Vec<(u32, u32)>,
}

impl<T> Default for SharedLists<T> {
    fn default() -> Self {
        Self { lists: Vec::new(), places: Vec::new() }
    }
}

impl<T> SharedLists<T> {
    /// Takes a list; of what is in it only what is new.
    pub(super) fn add(&mut self, list: Arc<Vec<T>>, mut is_new: impl FnMut(&T) -> bool) {
        let number = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        let places = (0_u32..).zip(list.iter()).filter(|(_, item)| is_new(item));
        self.places.extend(places.map(|(place, _)| (number, place)));
        self.lists.push(list);
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().map(|(list, place)| &self.lists[*list as usize][*place as usize])
    }
}

impl<T> Index<u32> for SharedLists<T> {
    type Output = T;

    /// One of them, by its number; panics for a number that was never given, as slices do.
    fn index(&self, number: u32) -> &T {
        let (list, place) = self.places[number as usize];
        &self.lists[list as usize][place as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_lists_hold_is_there_once_and_shared() {
        let (one, other) = (Arc::new(vec!["a", "b"]), Arc::new(vec!["b", "c"]));
        let mut seen = std::collections::HashSet::new();
        let mut lists = SharedLists::default();
        lists.add(Arc::clone(&one), |item| seen.insert(*item));
        lists.add(other, |item| seen.insert(*item));
        assert_eq!(lists.iter().copied().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(std::ptr::eq(&raw const lists[1], &raw const one[1]) && lists[2] == "c");
    }
}

//! Ids as small numbers: texts are kept once, in lower case, and compared as numbers from then on.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Texts by number and numbers by text, without regard to case.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    /// The number of a text, a new one where it was not met.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let text = lower(text);
        if let Some(number) = self.numbers.get(&*text) {
            return *number;
        }
        // More texts than numbers cannot be: each would take tens of bytes.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    /// The number of a text that was met.
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        self.numbers.get(&*lower(text)).copied()
    }

    /// The text of a number; empty for one that was never given.
    pub(super) fn text(&self, number: u32) -> Arc<str> {
        self.texts.get(number as usize).cloned().unwrap_or_else(|| Arc::from(""))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// Many short lists of numbers in two long ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    /// Where the list of each number begins, and where the last one ends.
    begins: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// The lists of `count` numbers, from pairs of a number and an item; items keep their order.
    pub(super) fn of(count: usize, pairs: &[(u32, u32)]) -> Self {
        let mut begins = vec![0_u32; count + 1];
        for (of, _) in pairs {
            begins[*of as usize + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let mut next = begins.clone();
        let mut items = vec![0; pairs.len()];
        for (of, item) in pairs {
            let place = &mut next[*of as usize];
            items[*place as usize] = *item;
            *place += 1;
        }
        Self { begins, items }
    }

    /// The same with the items of every list in order.
    pub(super) fn in_order(mut self) -> Self {
        for at in 1..self.begins.len() {
            self.items[self.begins[at - 1] as usize..self.begins[at] as usize].sort_unstable();
        }
        self
    }

    /// The list of a number; empty for one beyond the last.
    pub(super) fn get(&self, of: u32) -> &[u32] {
        let of = of as usize;
        match (self.begins.get(of), self.begins.get(of + 1)) {
            (Some(from), Some(to)) => &self.items[*from as usize..*to as usize],
            _ => &[],
        }
    }
}

//! Ids as small numbers: texts are kept once, in lower case, and compared as numbers from then on.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

/// Hashes ids: eight bytes at a time, for a fraction of what the hasher of the standard library takes. A large
/// estate asks for the number of an id nearly a million times. It begins somewhere else in every process, so that
/// nobody can choose names that meet.
#[derive(Debug, Clone)]
struct Quick(u64);

impl Default for Quick {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl BuildHasher for Quick {
    type Hasher = QuickHasher;

    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(self.0)
    }
}

/// What was taken so far.
struct QuickHasher(u64);

impl QuickHasher {
    fn take(&mut self, word: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        // The upper half of the product depends on every bit, the lower one on few: together they are mixed.
        let product = u128::from(self.0 ^ word).wrapping_mul(u128::from(ODD));
        let (high, low) = ((product >> 64) as u64, product as u64);
        self.0 = high ^ low.rotate_left(23);
    }
}

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.take(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.take(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn write_usize(&mut self, number: usize) {
        self.take(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A GUID as it is written.
type Guid = [u8; 36];

/// Texts by number and numbers by text, without regard to case.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// What is as long as a GUID lies in the table itself: comparing it needs no second look into memory.
    guids: HashMap<Guid, u32, Quick>,
    others: HashMap<Arc<str>, u32, Quick>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    /// The number of a text, a new one where it was not met.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let text = lower(text);
        if let Some(number) = self.find(&text) {
            return number;
        }
        // More texts than numbers cannot be: each would take tens of bytes.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let kept: Arc<str> = (&*text).into();
        match text.as_bytes().try_into() {
            Ok(guid) => self.guids.insert(guid, number),
            Err(_) => self.others.insert(kept.clone(), number),
        };
        self.texts.push(kept);
        number
    }

    /// The number of a text that was met.
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        self.find(&lower(text))
    }

    /// The number of a text in lower case.
    fn find(&self, text: &str) -> Option<u32> {
        match <&Guid>::try_from(text.as_bytes()) {
            Ok(guid) => self.guids.get(guid),
            Err(_) => self.others.get(text),
        }
        .copied()
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
    pub(super) fn of(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut begins = vec![0_u32; count + 1];
        for (of, _) in pairs.clone() {
            begins[of as usize + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let mut next = begins.clone();
        let mut items = vec![0; begins.last().map_or(0, |all| *all as usize)];
        for (of, item) in pairs {
            let place = &mut next[of as usize];
            items[*place as usize] = item;
            *place += 1;
        }
        Self { begins, items }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_whatever_its_case_and_others_have_others() {
        let mut texts = Texts::default();
        let ids: Vec<String> = (0..5_000).map(|n| format!("C0000000-0000-4000-8000-{n:012}")).collect();
        let numbers: Vec<u32> = ids.iter().map(|id| texts.add(id)).collect();
        assert_eq!(numbers, (0..5_000).collect::<Vec<u32>>());
        for (id, number) in ids.iter().zip(numbers) {
            assert_eq!(texts.get(&id.to_lowercase()), Some(number));
            assert_eq!(*texts.text(number), id.to_lowercase());
        }
        assert_eq!((texts.get("c0000000-0000-4000-8000-00000000000"), texts.len()), (None, 5_000));
        let scope = "/Subscriptions/S";
        assert_eq!((texts.add(scope), texts.get("/subscriptions/s")), (5_000, Some(5_000)));
    }

    #[test]
    fn ids_that_differ_in_one_place_do_not_meet() {
        // Tables look at the lowest bits for the place and at the uppermost for the first comparison.
        let quick = Quick(7);
        let mut hashes: Vec<u64> = (0..10_000)
            .map(|n| quick.hash_one(format!("{n:08x}-0000-4000-8000-000000000000").as_str()))
            .chain((0..10_000).map(|n| quick.hash_one(format!("c0000000-0000-4000-8000-{n:012}").as_str())))
            .collect();
        let mut low = vec![0_u32; 1 << 10];
        for hash in &hashes {
            low[(hash & 0x3ff) as usize] += 1;
        }
        assert!(low.iter().all(|here| (1..64).contains(here)), "twenty of them in a place on average");
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 20_000);
    }

    #[test]
    fn lists_hold_what_belongs_to_each_number_as_it_came() {
        let lists = Lists::of(3, [(2, 7), (0, 1), (2, 5)].into_iter());
        assert_eq!(
            (lists.get(0), lists.get(1), lists.get(2), lists.get(9)),
            (&[1][..], &[][..], &[7, 5][..], &[][..])
        );
    }
}

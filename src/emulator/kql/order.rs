//! `order by` and `top`: the first rows are put in order, the others when somebody asks for them.

use std::cmp::Ordering;

use super::ast::OrderKey;
use super::cell::Cell;
use super::fault::Fault;
use super::relation::{Relation, Row};
use super::scalar::Scalar;

/// The order of rows, and how many of them are in it already.
#[derive(Debug)]
pub(super) struct Order {
    keys: Vec<Key>,
    /// How many rows from the beginning are in order.
    pub(super) sorted: usize,
}

#[derive(Debug)]
struct Key {
    scalar: Scalar,
    descending: bool,
    nulls_first: bool,
}

impl Order {
    /// The order that keys ask for.
    ///
    /// # Errors
    /// For keys that cannot be compared.
    pub(super) fn bind(keys: &[OrderKey], relation: &Relation<'_>) -> Result<Self, Fault> {
        let bound = keys.iter().map(|key| {
            let scalar = Scalar::bind_key(&key.expr, relation)?;
            Ok(Key { scalar, descending: key.descending, nulls_first: key.nulls_first })
        });
        Ok(Self { keys: bound.collect::<Result<_, _>>()?, sorted: 0 })
    }

    /// Whether it is that of the documents' ids, from the first to the last.
    pub(super) fn is_by_id(&self) -> bool {
        matches!(self.keys.as_slice(), [Key { scalar, descending: false, .. }] if scalar.is_id())
    }

    /// How many steps it takes to look at the keys of a row.
    pub(super) fn weight(&self) -> usize {
        self.keys.iter().map(|key| key.scalar.weight()).sum()
    }

    /// The order of rows of which at least the first `want` are to be right, as positions, and how many of them are.
    /// Rows with equal keys stay as they stand.
    pub(super) fn arrange(&self, rows: &[Row<'_>], want: usize) -> (Vec<usize>, usize) {
        let cells: Vec<Cell<'_>> =
            rows.iter().flat_map(|row| self.keys.iter().map(|key| key.scalar.value(row))).collect();
        if let [key] = self.keys.as_slice()
            && let Some(texts) = cells.iter().map(Cell::as_str).collect::<Option<Vec<_>>>()
        {
            // The usual case: names and ids are compared without looking at what else there could be.
            return if key.descending {
                arrange(&texts, want, |a, b| b.cmp(a))
            } else {
                arrange(&texts, want, Ord::cmp)
            };
        }
        let lists: Vec<&[Cell<'_>]> = cells.chunks(self.keys.len()).collect();
        arrange(&lists, want, |a, b| self.compare(a, b))
    }

    fn compare(&self, left: &[Cell<'_>], right: &[Cell<'_>]) -> Ordering {
        let each = self.keys.iter().zip(left.iter().zip(right));
        let mut orders = each.map(|(key, (left, right))| key.compare(left, right));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl Key {
    fn compare(&self, left: &Cell<'_>, right: &Cell<'_>) -> Ordering {
        let null_order = if self.nulls_first { Ordering::Less } else { Ordering::Greater };
        match (left, right) {
            (Cell::Null, Cell::Null) => Ordering::Equal,
            (Cell::Null, _) => null_order,
            (_, Cell::Null) => null_order.reverse(),
            _ if self.descending => right.compare(left),
            _ => left.compare(right),
        }
    }
}

/// The positions of keys in order, as far as is wanted, the rest as they stand; and how many are in order.
fn arrange<K: Copy>(keys: &[K], want: usize, compare: impl Fn(&K, &K) -> Ordering) -> (Vec<usize>, usize) {
    let count = keys.len();
    if want.saturating_mul(4) >= count {
        let mut pairs: Vec<(K, usize)> = keys.iter().copied().zip(0..).collect();
        pairs.sort_by(|(a, _), (b, _)| compare(a, b));
        return (pairs.into_iter().map(|(_, at)| at).collect(), count);
    }
    let mut first = smallest(keys, want, compare);
    let mut taken = vec![false; count];
    first.iter().for_each(|at| taken[*at] = true);
    first.extend((0..count).filter(|at| !taken[*at]));
    (first, want)
}

/// The positions of the smallest keys in order, of equal ones those that come first. Most keys are compared once, with
/// the largest that is small enough so far.
fn smallest<K>(keys: &[K], want: usize, compare: impl Fn(&K, &K) -> Ordering) -> Vec<usize> {
    if want == 0 {
        return Vec::new();
    }
    let in_order = |a: &usize, b: &usize| compare(&keys[*a], &keys[*b]).then(a.cmp(b));
    let mut kept: Vec<usize> = Vec::with_capacity(want * 2);
    let mut bound: Option<usize> = None;
    for at in 0..keys.len() {
        if bound.is_some_and(|bound| compare(&keys[at], &keys[bound]).is_ge()) {
            continue;
        }
        kept.push(at);
        if kept.len() == want * 2 {
            kept.select_nth_unstable_by(want - 1, in_order);
            kept.truncate(want);
            bound = kept.last().copied();
        }
    }
    kept.sort_unstable_by(in_order);
    kept.truncate(want);
    kept
}

/// Moves what stands behind `from` into an order of positions counted from there.
pub(super) fn permute<T>(rows: &mut Vec<T>, from: usize, order: Vec<usize>) {
    let mut rest: Vec<Option<T>> = rows.drain(from..).map(Some).collect();
    rows.extend(order.into_iter().filter_map(|at| rest[at].take()));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is wanted first, it is what a whole sort puts there, and nothing is lost.
        #[test]
        fn a_part_of_the_order_is_the_beginning_of_the_whole(keys in prop::collection::vec(0_u8..20, 0..200), want in 0_usize..60) {
            let mut whole: Vec<usize> = (0..keys.len()).collect();
            whole.sort_by_key(|at| keys[*at]);
            let (part, sorted) = arrange(&keys, want, Ord::cmp);
            prop_assert!(sorted >= want.min(keys.len()));
            prop_assert_eq!(&part[..sorted], &whole[..sorted]);
            let mut all = part;
            all.sort_unstable();
            prop_assert_eq!(all, (0..keys.len()).collect::<Vec<_>>());
        }
    }
}

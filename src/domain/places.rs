//! Sorting many rows of few different values: the values are sorted once, the rows by numbers.

use std::collections::HashMap;
use std::hash::Hash;

/// The place of each row's value among all values in order. Values that are equal in order, such as texts
/// that differ in case only, share a place.
#[must_use]
pub fn places<V: Hash + Eq, O: Ord>(values: impl Iterator<Item = V>, order: impl Fn(V) -> O) -> Vec<usize> {
    let mut numbers: HashMap<V, usize> = HashMap::new();
    let number = |value| {
        let next = numbers.len();
        *numbers.entry(value).or_insert(next)
    };
    let of_row: Vec<usize> = values.map(number).collect();
    let mut sorted: Vec<(O, usize)> =
        numbers.into_iter().map(|(value, number)| (order(value), number)).collect();
    sorted.sort_unstable();
    let mut place = 0;
    let mut of_number = vec![0; sorted.len()];
    for (at, (order, number)) in sorted.iter().enumerate() {
        place += usize::from(at > 0 && sorted[at - 1].0 != *order);
        of_number[*number] = place;
    }
    of_row.into_iter().map(|number| of_number[number]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_the_place_of_their_value_and_what_is_equal_in_order_shares_one() {
        let values = ["b", "A", "c", "a", "b"];
        assert_eq!(places(values.into_iter(), str::to_lowercase), [1, 0, 2, 0, 1]);
        assert!(places([0; 0].into_iter(), |n| n).is_empty());
    }
}

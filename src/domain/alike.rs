//! Words that are nearly the same: what somebody may have meant.

/// The candidate that differs from a word in few letters; `None` when none does.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 3)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be changed, added or left out to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, wanted) in other.iter().enumerate() {
            let above = row[column + 1];
            let same = usize::from(letter != *wanted);
            row[column + 1] = (above + 1).min(row[column] + 1).min(diagonal + same);
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_a_few_wrong_letters_is_known_and_another_one_is_not() {
        let names = ["mlw-fraud-prod", "mlw-churn-dev"];
        for (word, near) in
            [("mlw-fruad-prod", Some("mlw-fraud-prod")), ("MLW-churn", Some("mlw-churn-dev")), ("x", None)]
        {
            assert_eq!(nearest(word, names.into_iter()), near, "{word}");
        }
        assert_eq!(distance("region", "regoin"), 2);
        assert_eq!(nearest("colour", ["region", "workspace"].into_iter()), None);
    }
}

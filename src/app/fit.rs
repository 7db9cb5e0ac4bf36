//! Which choices of a list fit what was typed, the closest fits first.

use super::filter::Filter;
use super::haystack::{Haystack, Haystacks};

/// How closely a text fits, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Its name is what was typed.
    Same,
    /// Its name begins with it.
    Begins,
    /// Each word that was typed begins one of its words.
    Words,
    /// It holds each word that was typed.
    Holds,
    /// A word is short for its name.
    Short,
}

impl Fit {
    const ALL: [Self; 5] = [Self::Same, Self::Begins, Self::Words, Self::Holds, Self::Short];

    /// How one word, in lower case, fits a text that holds it, or its letters in the name.
    #[must_use]
    pub fn of(word: &str, text: Haystack<'_>) -> Self {
        let mut holds = false;
        for (at, _) in text.lower.match_indices(word) {
            let before = text.lower[..at].chars().next_back();
            if before.is_none_or(|before| !before.is_alphanumeric()) {
                return Self::Words;
            }
            holds = true;
        }
        match holds {
            true => Self::Holds,
            false => Self::Short,
        }
    }
}

/// Whether a word is made of beginnings of words of a name, in their order: `frapr` of fraud-prod.
#[must_use]
pub fn has_initials(word: &str, text: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    // How much of the word words so far may have spelt, as bits; nobody types more.
    let Some(whole) = u32::try_from(letters.len()).ok().and_then(|len| 1_u64.checked_shl(len)) else {
        return false;
    };
    let mut spelt = 1_u64;
    for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let before = spelt;
        for begun in (0..letters.len()).filter(|begun| before & (1 << begun) != 0) {
            for (more, _) in
                part.chars().zip(&letters[begun..]).enumerate().take_while(|(_, (own, typed))| own == *typed)
            {
                spelt |= 1 << (begun + more + 1);
            }
        }
        if spelt & whole != 0 {
            return true;
        }
    }
    false
}

/// Whether the letters of a word stand in a name in their order, others between them, the first at the beginning of one
/// of its words.
#[must_use]
pub fn has_letters(word: &str, name: &str) -> bool {
    let Some(first) = word.chars().next() else { return true };
    let mut before = None;
    let begins = name.char_indices().find(|(_, c)| {
        let starts = before.replace(*c).is_none_or(|before: char| !before.is_alphanumeric());
        starts && *c == first
    });
    let Some((at, _)) = begins else { return false };
    let mut rest = name[at..].chars();
    word.chars().all(|letter| rest.any(|c| c == letter))
}

/// The labels that fit what was typed, by number, the closest fits first.
#[must_use]
pub fn closest(mut filter: Filter, labels: &Haystacks) -> Vec<usize> {
    filter.widen(|filter| ranked(filter, labels), |found| !found.is_empty())
}

fn ranked(filter: &mut Filter, labels: &Haystacks) -> Vec<usize> {
    let mut by_fit: [Vec<usize>; Fit::ALL.len()] = Default::default();
    for at in 0..labels.len() {
        if let Some(fit) = filter.fit(&labels.get(at)) {
            by_fit[fit as usize].push(at);
        }
    }
    by_fit.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str, texts: &[&'static str]) -> Vec<&'static str> {
        let mut labels = Haystacks::default();
        texts.iter().for_each(|text| labels.add(&text.split('|').collect::<Vec<_>>()));
        closest(Filter::parse(typed), &labels).into_iter().map(|at| texts[at]).collect()
    }

    #[test]
    fn letters_of_a_name_count_only_where_nothing_holds_the_word() {
        let questions =
            ["Who can read secrets?|the vault", "What can Lucas Moreau do?|User lucas.moreau@contoso.com"];
        assert_eq!(found("secret", &questions), [questions[0]]);
        assert_eq!(found("wlmd", &questions), [questions[1]], "better than nothing");
        let roles = [
            "Storage Blob Data Reader",
            "AzureML Data Scientist",
            "Key Vault Data Access Administrator",
            "Update Manager",
            "Desktop Virtualization Contributor",
        ];
        assert_eq!(found("data", &roles), roles[..3]);
        assert_eq!(found("sbdr", &roles), roles[..1]);
        assert_eq!(found("dc", &roles), [roles[4]], "initials, not the letters of Data Access too");
        assert_eq!(found("blb", &roles), roles[..1]);
        assert_eq!(found("lob", &roles), roles[..1], "as it stands, wherever");
        assert_eq!(found("ageb", &roles), Vec::<&str>::new(), "no word begins with the first letter");
    }

    #[test]
    fn the_closest_fit_comes_first() {
        let names = ["rg-mlw-st", "mlw-staging", "mlw-st", "mlw-fast", "mlw-forecast-test", "xmlw-st"];
        assert_eq!(found("mlw-st", &names), ["mlw-st", "mlw-staging", "rg-mlw-st", "xmlw-st"]);
        assert_eq!(
            found("fraud pr", &["prod of fraud", "xfraud xpr", "fraud pr", "mlw-fraud-prod"]),
            ["fraud pr", "prod of fraud", "mlw-fraud-prod", "xfraud xpr"]
        );
        assert_eq!(found("zzz", &names), Vec::<&str>::new());
        assert_eq!(found("!mlw", &["rg-a", "mlw-a"]), ["rg-a"]);
        assert_eq!(found("ПРО", &["про данные", "xпро"]), ["про данные", "xпро"]);
    }

    #[test]
    fn beginnings_of_words_in_order_are_an_abbreviation() {
        for (word, text, expected) in [
            ("mfp", "mlw-fraud-prod", true),
            ("frapr", "mlw-fraud-prod", true),
            ("mlfp", "mlw-fraud-prod", true),
            ("ssd", "sum source data", true),
            ("mfd", "mlw-fraud-prod", false),
            ("pf", "mlw-fraud-prod", false),
            ("ra", "mlw-fraud-prod", false),
            ("", "x", true),
        ] {
            assert_eq!(has_initials(word, text) || word.is_empty(), expected, "{word} of {text}");
        }
        assert!(!has_initials(&"a".repeat(70), &"a ".repeat(70)), "nobody types as much");
    }
}

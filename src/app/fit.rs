//! Which choices of a list fit what was typed, the closest fits first. Letters that are scattered over a text fit nearly
//! anything, so that they count only where nothing fits better.

use super::filter::Filter;
use super::haystack::{FIELD, Haystacks};

/// How closely a text fits, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is what was typed.
    Same,
    /// It begins with it.
    Begins,
    /// Each word that was typed begins one of its words.
    Words,
    /// It holds each word that was typed.
    Holds,
    /// Letters begin its words, one after the other: `mfp` is mlw-fraud-prod.
    Initials,
    /// The letters stand in it in order, others between them.
    Scattered,
}

impl Fit {
    const ALL: [Self; 6] =
        [Self::Same, Self::Begins, Self::Words, Self::Holds, Self::Initials, Self::Scattered];

    /// How one word, in lower case, fits a text in lower case that holds its letters.
    #[must_use]
    pub fn of(word: &str, text: &str) -> Self {
        let mut holds = false;
        for (at, _) in text.match_indices(word) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|before| !before.is_alphanumeric()) {
                return Self::Words;
            }
            holds = true;
        }
        match holds {
            true => Self::Holds,
            false if text.split(FIELD).any(|field| abbreviates(word, field)) => Self::Initials,
            false => Self::Scattered,
        }
    }
}

/// Whether a word is made of beginnings of words of a text, in their order: `frapr` of fraud-prod.
fn abbreviates(word: &str, text: &str) -> bool {
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

/// The labels that fit what was typed, by number, the closest fits first.
#[must_use]
pub fn closest(filter: &mut Filter, labels: &Haystacks) -> Vec<usize> {
    let mut by_fit: [Vec<usize>; Fit::ALL.len()] = Default::default();
    for at in 0..labels.len() {
        if let Some(fit) = filter.fit(&labels.get(at)) {
            by_fit[fit as usize].push(at);
        }
    }
    let scattered = std::mem::take(&mut by_fit[Fit::Scattered as usize]);
    let closer = by_fit.concat();
    if closer.is_empty() { scattered } else { closer }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str, texts: &[&'static str]) -> Vec<&'static str> {
        let mut labels = Haystacks::default();
        texts.iter().for_each(|text| labels.add(&text.split('|').collect::<Vec<_>>()));
        closest(&mut Filter::parse(typed), &labels).into_iter().map(|at| texts[at]).collect()
    }

    #[test]
    fn letters_that_are_scattered_count_only_where_nothing_fits_better() {
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
            assert_eq!(abbreviates(word, text) || word.is_empty(), expected, "{word} of {text}");
        }
        assert!(!abbreviates(&"a".repeat(70), &"a ".repeat(70)), "nobody types as much");
    }
}

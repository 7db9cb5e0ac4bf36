//! Texts that filters look into, prepared once and not for every key: in lower case, side by side in
//! memory, each with a note of the characters in it, so that most that do not fit are never read.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Separates the fields of a text.
pub const FIELD: char = '\n';

/// Texts, by the number of the row that they belong to.
#[derive(Debug, Clone, Default)]
pub struct Haystacks {
    text: String,
    ends: Vec<usize>,
    letters: Vec<Letters>,
}

/// One text.
#[derive(Debug, Clone, Copy)]
pub struct Haystack<'a> {
    /// Field by field as [`push_lower`] makes it, with [`FIELD`] between.
    pub lower: &'a str,
    /// The characters in it.
    pub letters: Letters,
}

impl<'a> Haystack<'a> {
    /// The first field, which is the name of what has the text.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.lower.split(FIELD).next().unwrap_or_default()
    }
}

/// Which characters a text holds. Letters of ASCII and digits have a bit each, other signs of ASCII share
/// some, and all that is not ASCII shares one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Letters(u64);

const FOREIGN: u64 = 1 << 63;

/// The bit of each byte.
const BITS: [u64; 256] = {
    let mut bits = [FOREIGN; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        bits[byte as usize] = match byte {
            b'\n' => 0,
            b'a'..=b'z' => 1 << (byte - b'a'),
            b'A'..=b'Z' => 1 << (byte - b'A'),
            b'0'..=b'9' => 1 << (26 + byte - b'0'),
            _ => 1 << (36 + byte % 27),
        };
        byte += 1;
    }
    bits
};

impl Letters {
    /// The characters of a text, without regard to case.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |letters, byte| letters | BITS[usize::from(byte)]))
    }

    /// Whether the text may hold everything that another one holds; `false` is certain.
    #[must_use]
    pub fn may_hold(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Haystacks {
    /// Room for this many texts.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self { text: String::new(), ends: Vec::with_capacity(rows), letters: Vec::with_capacity(rows) }
    }

    /// Adds the text of the next row.
    pub fn add(&mut self, fields: &[&str]) {
        let begin = self.text.len();
        for (n, field) in fields.iter().enumerate() {
            if n > 0 {
                self.text.push(FIELD);
            }
            push_lower(&mut self.text, field);
        }
        self.letters.push(Letters::of(&self.text[begin..]));
        self.ends.push(self.text.len());
    }

    /// The text of a row; the empty one for a row that there is not.
    #[must_use]
    pub fn get(&self, row: usize) -> Haystack<'_> {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or(0));
        let end = self.ends.get(row).copied().unwrap_or(begin);
        Haystack {
            lower: &self.text[begin..end],
            letters: self.letters.get(row).copied().unwrap_or_default(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// Takes letters apart into the bare letter and its accents.
const APART: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfd();

/// Adds a text in lower case and without accents, however they are written: who looks for Tomás may type tomas.
pub fn push_lower(to: &mut String, text: &str) {
    if text.is_ascii() {
        let begin = to.len();
        to.push_str(text);
        to[begin..].make_ascii_lowercase();
    } else {
        let lower = text.to_lowercase();
        let letters = APART.normalize_iter(lower.chars()).filter(|c| !('\u{300}'..='\u{36f}').contains(c));
        // A stroke is part of the letter.
        to.extend(letters.map(|c| match c {
            'ø' => 'o',
            'ł' => 'l',
            'đ' => 'd',
            _ => c,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_its_accents_are_written() {
        let of = |text: &str| {
            let mut lower = String::new();
            push_lower(&mut lower, text);
            lower
        };
        assert_eq!(
            (of("Zo\u{eb} Nguy\u{1ec5}n"), of("Zoe\u{308} Nguye\u{302}\u{303}n")),
            ("zoe nguyen".into(), "zoe nguyen".into())
        );
    }

    #[test]
    fn each_row_has_its_own_text_in_lower_case() {
        let mut texts = Haystacks::default();
        texts.add(&["Zoë ØSTERGÅRD", "zoe@contoso.example"]);
        texts.add(&[]);
        texts.add(&["mlw-Fraud"]);
        assert_eq!(texts.get(0).lower, "zoe ostergard\nzoe@contoso.example");
        assert_eq!((texts.get(1).lower, texts.get(2).lower, texts.get(3).lower), ("", "mlw-fraud", ""));
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn a_text_may_hold_what_it_holds_and_never_a_letter_or_digit_that_it_lacks() {
        let text = "mlw-Fraud_01 (Ada)";
        for part in ["fraud", "01", "(", "MLW", "", "-_ "] {
            assert!(Letters::of(text).may_hold(Letters::of(part)), "{part}");
        }
        for part in ["z", "7", "fraudx"] {
            assert!(!Letters::of(text).may_hold(Letters::of(part)), "{part}");
        }
    }
}

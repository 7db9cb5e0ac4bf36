//! Words of a POSIX shell. Whatever is told as a line to type goes through here: a name may hold what a shell would read.

use std::borrow::Cow;

/// A flag with its value. One that begins with a hyphen must not be taken for a flag.
#[must_use]
pub fn flag_words(flag: &str, value: &str) -> Vec<String> {
    if value.starts_with('-') || value.is_empty() {
        vec![format!("{flag}={value}")]
    } else {
        vec![flag.to_owned(), value.to_owned()]
    }
}

/// A word that a POSIX shell takes as it is.
#[must_use]
pub fn quote(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// Words as one line to type.
#[must_use]
pub fn line<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| quote(word.as_ref()).into_owned()).collect();
    quoted.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        let words = [
            ("a-b.c", "a-b.c"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$x", "'$x'"),
            ("rg(prod)", "'rg(prod)'"),
            ("$(reboot)", "'$(reboot)'"),
            ("a, b", "'a, b'"),
            ("a@b", "a@b"),
        ];
        for (word, quoted) in words {
            assert_eq!(quote(word), quoted);
        }
        assert_eq!(flag_words("--name", "-x"), ["--name=-x"]);
        assert_eq!(flag_words("--name", "x"), ["--name", "x"]);
        assert_eq!(line(flag_words("--name", "rg(prod)")), "--name 'rg(prod)'");
    }
}

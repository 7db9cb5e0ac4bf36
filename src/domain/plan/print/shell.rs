//! Words of a POSIX shell, and what `az` makes of them. Whatever is printed as commands goes through here.

use std::borrow::Cow;

/// Whether `az` takes a word as it stands: one that begins with `@`, alone or behind an equals sign, it reads from a file.
#[must_use]
pub fn is_plain(word: &str) -> bool {
    !word.starts_with('@') && !word.contains("=@")
}

/// A tag as `az` takes it, `name=value`; none where one of its commands would read it as something else: some parse a
/// name with more than letters and digits as a path, take `null` for no value, a quote for the beginning of one, and
/// an empty value for none; all of them take a leading hyphen for a flag, and a leading `@` for a file.
#[must_use]
pub fn tag(name: &str, value: &str) -> Option<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let plain = !name.is_empty()
        && name.chars().all(is_name)
        && !name.starts_with('-')
        && !["", "null", "??"].contains(&value)
        && !value.starts_with(['\'', '@'])
        && !value.contains(char::is_control);
    let pair = format!("{name}={value}");
    (plain && is_plain(&pair)).then_some(pair)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_az_would_read_otherwise_has_no_word() {
        assert_eq!(tag("owner", "ml team").as_deref(), Some("owner=ml team"));
        assert_eq!(tag("owner", "-x").as_deref(), Some("owner=-x"));
        for (name, value) in [
            ("owner", "@team"),
            ("@owner", "x"),
            ("-x", "y"),
            ("a=b", "c"),
            ("a", "b=@c"),
            ("cost centre", "4711"),
            ("a.b", "c"),
            ("a", ""),
            ("a", "null"),
            ("a", "??"),
            ("a", "'b'"),
            ("a", "b\nc"),
        ] {
            assert_eq!(tag(name, value), None, "{name} {value}");
        }
    }

    #[test]
    fn words_survive_the_shell() {
        for (word, quoted) in
            [("a-b.c", "a-b.c"), ("", "''"), ("it's", r"'it'\''s'"), ("$x", "'$x'"), ("a@b", "a@b")]
        {
            assert_eq!(quote(word), quoted);
        }
        assert_eq!(flag_words("--name", "-x"), ["--name=-x"]);
        assert_eq!(flag_words("--name", "x"), ["--name", "x"]);
    }
}

//! What `az` makes of the words of a command. Whatever is printed as commands goes through here.

pub use crate::azure::shell::{flag_words, line, quote};

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
}

//! Regular expressions as the documents write them.

use regex_lite::Regex;

/// Whether the text fits the pattern; `None` where the pattern cannot be read.
pub(super) fn fits(pattern: &str, text: &str) -> Option<bool> {
    // The regular expressions at hand know no look-ahead. `P(?!N)R` means: fits `PR`, does not fit `PN`.
    if let Some((before, rest)) = pattern.split_once("(?!") {
        let (refused, after) = rest.split_at(closing(rest)?);
        let fits = Regex::new(&format!("{before}{}", after.get(1..)?)).ok()?.is_match(text);
        return Some(fits && !Regex::new(&format!("{before}{refused}")).ok()?.is_match(text));
    }
    Some(Regex::new(pattern).ok()?.is_match(text))
}

/// Where the group that is open at the start of the text closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return Some(index),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn a_pattern_with_a_look_ahead_refuses_what_it_excludes() {
    // The name of a compute may not end in a hyphen and digits.
    let compute = r"^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9\-]{2,23}$";
    assert_eq!(fits(compute, "gpu-cluster"), Some(true));
    assert_eq!(fits(compute, "gpu-cluster-12"), Some(false));
    assert_eq!(fits(compute, "1gpu"), Some(false));
    assert_eq!(fits("^[a-zA-Z0-9-_]*$", "a_b-c"), Some(true));
    assert_eq!(fits("^[", "a"), None);
}

//! The signs on screen: Unicode, or plain ASCII where a font or a screen reader asks for it.

/// One set of signs. Each is one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    /// A branch that is open.
    pub open: &'static str,
    /// A branch that is closed.
    pub closed: &'static str,
    /// Healthy.
    pub good: &'static str,
    /// On its way.
    pub busy: &'static str,
    /// Broken.
    pub bad: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Something to look at.
    pub warning: &'static str,
    /// In front of the selected row.
    pub cursor: &'static str,
    /// In front of what is marked.
    pub mark: &'static str,
    /// Between two facts.
    pub dot: &'static str,
    /// Where a text was cut.
    pub ellipsis: &'static str,
    /// Sorted upwards.
    pub ascending: &'static str,
    /// Sorted downwards.
    pub descending: &'static str,
    /// The frames of the spinner.
    pub spinner: &'static [&'static str],
    /// Whether borders are drawn with box characters.
    pub boxes: bool,
}

/// The default.
pub const UNICODE: Symbols = Symbols {
    open: "▾",
    closed: "▸",
    good: "●",
    busy: "◐",
    bad: "✖",
    unknown: "○",
    warning: "⚠",
    cursor: "▌",
    mark: "✓",
    dot: "·",
    ellipsis: "…",
    ascending: "↑",
    descending: "↓",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"],
    boxes: true,
};

/// For terminals and readers without.
pub const ASCII: Symbols = Symbols {
    open: "v",
    closed: ">",
    good: "o",
    busy: "~",
    bad: "x",
    unknown: "?",
    warning: "!",
    cursor: ">",
    mark: "*",
    dot: "-",
    ellipsis: "~",
    ascending: "^",
    descending: "v",
    spinner: &["|", "/", "-", "\\"],
    boxes: false,
};

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn every_sign_is_one_cell_wide_and_ascii_is_ascii() {
        for set in [UNICODE, ASCII] {
            let signs = [
                set.open,
                set.closed,
                set.good,
                set.busy,
                set.bad,
                set.unknown,
                set.warning,
                set.cursor,
                set.mark,
                set.dot,
                set.ellipsis,
                set.ascending,
                set.descending,
            ];
            for sign in signs.iter().chain(set.spinner) {
                assert_eq!(sign.width(), 1, "{sign}");
                assert!(set.boxes || sign.is_ascii(), "{sign}");
            }
        }
    }
}

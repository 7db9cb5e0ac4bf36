//! What the console tells besides the data: a line at the bottom, and a history of it.

use jiff::Timestamp;

use crate::domain::fact::Tone;
use crate::domain::plan::RunId;

/// How many are remembered.
const HISTORY: usize = 500;

/// One thing that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// How it is meant.
    pub tone: Tone,
    /// A line.
    pub text: String,
    /// The whole of it, where a line is not enough.
    pub detail: String,
    /// The run of a plan that it is about.
    pub run: Option<RunId>,
}

/// The history, and what stands at the bottom now.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    all: Vec<Notice>,
    shown: bool,
    hint: Option<String>,
}

impl Notices {
    /// Tells something.
    pub fn tell(&mut self, at: Timestamp, tone: Tone, text: impl Into<String>, detail: impl Into<String>) {
        self.put(Notice { at, tone, text: text.into(), detail: detail.into(), run: None });
    }

    /// Tells what became of a run.
    pub fn tell_of(&mut self, run: RunId, at: Timestamp, tone: Tone, (text, detail): (String, String)) {
        self.put(Notice { at, tone, text, detail, run: Some(run) });
    }

    fn put(&mut self, notice: Notice) {
        self.shown = true;
        self.hint = None;
        // The same thing again moves up instead of filling the list.
        self.all.retain(|known| {
            (&known.text, &known.detail, &known.run) != (&notice.text, &notice.detail, &notice.run)
        });
        self.all.push(notice);
        if self.all.len() > HISTORY {
            self.all.remove(0);
        }
    }

    /// Says a word on the key that was just pressed; it is not worth remembering.
    pub fn hint(&mut self, text: impl Into<String>) {
        self.hint = Some(text.into());
    }

    /// The word on the last key, if there was one.
    #[must_use]
    pub fn current_hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Takes the word on the last key back, because it is true no more.
    pub fn end_hint(&mut self) {
        self.hint = None;
    }

    /// What stands at the bottom, until the next key.
    #[must_use]
    pub fn current(&self) -> Option<&Notice> {
        self.all.last().filter(|_| self.shown)
    }

    /// Takes it from the bottom.
    pub fn dismiss(&mut self) {
        self.shown = false;
        self.hint = None;
    }

    /// All, the newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<&Notice> {
        self.all.iter().rev().collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing was told yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_stands_until_it_is_dismissed_and_repeats_do_not_pile_up() {
        let mut notices = Notices::default();
        let at = Timestamp::UNIX_EPOCH;
        notices.tell(at, Tone::Plain, "copied", "");
        notices.tell(at, Tone::Bad, "offline", "no answer");
        notices.tell(at, Tone::Plain, "copied", "");
        assert_eq!(notices.current().map(|n| n.text.as_str()), Some("copied"));
        notices.dismiss();
        assert_eq!(notices.current(), None);
        let texts: Vec<_> = notices.newest_first().iter().map(|n| n.text.clone()).collect();
        assert_eq!(texts, ["copied", "offline"]);
    }

    #[test]
    fn a_hint_is_gone_with_the_next_key_and_not_remembered() {
        let mut notices = Notices::default();
        notices.hint("x does nothing here");
        assert_eq!(notices.current_hint(), Some("x does nothing here"));
        notices.dismiss();
        assert_eq!((notices.current_hint(), notices.len()), (None, 0));
    }
}

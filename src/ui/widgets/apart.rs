//! Texts that are too long for where they stand, cut so that they can still be told apart: the steps of a plan begin with
//! the same words and often end with the same name.

use std::collections::HashMap;

use super::sentence::{Sentence, Ways};
use super::text;

/// How much of the room the end of a text gets, in sixths, in the order in which they are tried.
const ENDS: [usize; 3] = [4, 3, 2];

/// Cuts each text that does not fit into its cells in the middle, between words where it can, so that it looks like no
/// other one; of a title that gives or takes a role, the word that says which stays. None for a text that looks like another
/// one however it is cut, or has too little room for that word. `ellipsis` (one cell) is where it was cut.
#[must_use]
pub fn apart(texts: &[(&str, usize)], ellipsis: &str) -> Vec<Option<String>> {
    let mut shown: Vec<Option<String>> = vec![None; texts.len()];
    // What stands in brackets at the end explains a name: it goes before the name does.
    for (end, brackets, place) in
        [(ENDS[0], false, true), (ENDS[0], true, true), (ENDS[1], true, false), (ENDS[2], true, false)]
    {
        let cut = |(text, cells): &(&str, usize)| {
            if text::width(text) > *cells
                && let Some(sentence) = Sentence::read(text)
            {
                return sentence.cut(*cells, Ways { brackets: !brackets, place }, ellipsis);
            }
            Some(match text.rfind(" (").filter(|_| text.ends_with(')')) {
                Some(at) if !brackets && text::width(text) > *cells => {
                    between_words(&format!("{} ({ellipsis})", &text[..at]), *cells, end, ellipsis)
                }
                _ => between_words(text, *cells, end, ellipsis),
            })
        };
        let cuts: Vec<Option<String>> = texts.iter().map(cut).collect();
        let mut stands_for: HashMap<&str, Option<&str>> = HashMap::with_capacity(cuts.len());
        for (cut, (text, _)) in cuts.iter().zip(texts).filter_map(|(cut, text)| Some((cut.as_ref()?, text))) {
            let known = stands_for.entry(cut).or_insert(Some(text));
            if *known != Some(text) {
                *known = None;
            }
        }
        for (at, cut) in cuts.iter().enumerate() {
            let Some(cut) = cut else { continue };
            if shown[at].is_none() && stands_for[cut.as_str()].is_some() {
                shown[at] = Some(cut.clone());
            }
        }
        if shown.iter().all(Option::is_some) {
            break;
        }
    }
    shown
}

/// A title that gives or takes a role in so many cells, with whose it is whole and the word that says which role; none where
/// it is no such title, or there is too little room.
#[must_use]
pub fn with_whole_end(title: &str, cells: usize, ellipsis: &str) -> Option<String> {
    Sentence::read(title)?.with_whole_end(cells, ellipsis)
}

/// A text in at most `cells` cells; of what is left of it, so many sixths are its end.
fn between_words(text: &str, cells: usize, end: usize, ellipsis: &str) -> String {
    if text::width(text) <= cells || cells < 12 {
        return text::cut_middle(text, cells, ellipsis).into_owned();
    }
    // Beside the sign there is a blank on either side.
    let tail_cells = (cells - 3) * end / 6;
    let (head, tail) = text::ends(text, cells - 3 - tail_cells, tail_cells);
    format!("{}{ellipsis}{}", beginning(head, text), ending(tail, text))
}

/// A beginning of a text up to its last whole word, with a blank behind it; as it is where that would be too little of it.
fn beginning(head: &str, text: &str) -> String {
    let whole = if head.ends_with(' ') || text[head.len()..].starts_with(' ') {
        Some(head)
    } else {
        head.rfind(' ').filter(|at| at * 2 >= head.len()).map(|at| &head[..at])
    };
    whole.map_or_else(|| head.to_owned(), |whole| format!("{} ", whole.trim_end()))
}

/// The same of an end of a text, from its first whole word on.
fn ending(tail: &str, text: &str) -> String {
    let whole = if tail.starts_with(' ') || text[..text.len() - tail.len()].ends_with(' ') {
        Some(tail)
    } else {
        tail.find(' ').filter(|at| at * 2 <= tail.len()).map(|at| &tail[at..])
    };
    whole.map_or_else(|| tail.to_owned(), |whole| format!(" {}", whole.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts: &[&str], cells: usize) -> Vec<Option<String>> {
        let texts: Vec<(&str, usize)> = texts.iter().map(|text| (*text, cells)).collect();
        apart(&texts, "…")
    }

    const BLOB: &str = "Give Storage Blob Data Contributor on stforecastprod to Forecasting";
    const FILE: &str = "Give Storage File Data Privileged Contributor on stforecastprod to Forecasting";
    const ADA: &str = "Give Storage File Data Privileged Contributor on stforecastprod to Ada Novak";

    #[test]
    fn what_fits_stays_as_it_is_and_what_does_not_keeps_both_ends() {
        let cut = shown(&[BLOB, FILE, ADA], 70);
        assert_eq!(cut[0].as_deref(), Some(BLOB));
        assert_eq!(
            cut[1].as_deref(),
            Some("Give Storage File Data … Contributor on stforecastprod to Forecasting")
        );
        assert_eq!(
            cut[2].as_deref(),
            Some("Give Storage File Data Privileged Contributor on stf…prod to Ada Novak")
        );
    }

    #[test]
    fn a_name_stays_longer_than_what_explains_it() {
        let own = "Give Storage Blob Data Contributor on stforecastprod to mlw-forecast (its own identity)";
        let other = "Give Storage Blob Data Contributor on stforecastprod to mlw-forecast (another one)";
        let cut = shown(&[own, BLOB], 70);
        assert_eq!(
            cut[0].as_deref(),
            Some("Give Storage Blob Data Contributor on stfo…astprod to mlw-forecast (…)")
        );
        let cut = shown(&[own, other], 70);
        assert_eq!(
            cut[0].as_deref(),
            Some("Give Storage Blob … Contributor … to mlw-forecast (its own identity)")
        );
    }

    #[test]
    fn two_texts_never_look_the_same_unless_they_are() {
        for cells in 0..90 {
            let cut = shown(&[BLOB, FILE, ADA, BLOB], cells);
            for (at, one) in cut.iter().enumerate() {
                assert!(one.as_deref().is_none_or(|one| text::width(one) <= cells), "{one:?} in {cells}");
                for other in &cut[at + 1..3.max(at + 1)] {
                    assert!(one.is_none() || one != other, "{one:?} in {cells}");
                }
            }
            assert_eq!(cut[0], cut[3], "the same text twice is cut in the same way");
            assert!(cells < 50 || cut.iter().all(Option::is_some), "{cells} are enough: {cut:?}");
        }
        let alike = ["the very long name of a, and its end", "the very long name of b, and its end"];
        assert_eq!(shown(&alike, 20), [None, None], "what differs is in the middle");
    }

    #[test]
    fn wide_and_combining_characters_stay_whole() {
        let texts = [
            "データ分析データ分析データ分析 に 佐藤 遥",
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
        ];
        for cells in 0..40 {
            for cut in shown(&texts, cells).into_iter().flatten() {
                assert!(text::width(&cut) <= cells, "{cut}");
            }
        }
    }
}

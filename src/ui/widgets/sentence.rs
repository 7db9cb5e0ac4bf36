//! Titles of steps that give or take a role, in less room than they need: the word that says which role it is stays, and the
//! account and the principal give way.

use super::text;

/// How such titles begin.
const VERBS: [&str; 4] = ["Give ", "Take ", "Grant ", "Make "];
/// What stands before the principal.
const BEFORE_WHO: [&str; 3] = [" back to ", " to ", " from "];
/// The cells that a place, and a principal, keep at least.
const LEAST: (usize, usize) = (8, 11);

/// A title in its parts: `Give Reader on mlw-a to Ada` and its like.
pub(super) struct Sentence<'a> {
    verb: &'a str,
    /// The role; in titles that name the principal first, behind that.
    role: &'a str,
    place: &'a str,
    /// What leads to the principal; empty where nobody stands at the end.
    link: &'a str,
    who: &'a str,
}

/// What gives way first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Ways {
    /// What stands in brackets at the end.
    pub brackets: bool,
    /// The place, and not the words within the role.
    pub place: bool,
}

impl<'a> Sentence<'a> {
    /// Reads a title; none where it is about no role.
    pub fn read(title: &'a str) -> Option<Self> {
        let verb = VERBS.into_iter().find(|verb| title.starts_with(verb))?;
        let (role, rest) = title[verb.len()..].split_once(" on ")?;
        let at = BEFORE_WHO.into_iter().filter_map(|link| Some((rest.find(link)?, link))).min();
        let (place, link, who) = match at {
            Some((at, link)) => (&rest[..at], &rest[at..at + link.len()], &rest[at + link.len()..]),
            None => (rest, "", ""),
        };
        Some(Self { verb, role, place, link, who })
    }

    /// The word that says which role it is: Reader, Contributor, Owner.
    pub fn decides(&self) -> &'a str {
        self.role.rsplit(' ').next().unwrap_or(self.role)
    }

    /// The title in at most `cells` cells; none where that is too little for what has to stay.
    pub fn cut(&self, cells: usize, ways: Ways, ellipsis: &str) -> Option<String> {
        let who = match self.who.rfind(" (").filter(|_| ways.brackets && self.who.ends_with(')')) {
            Some(at) => format!("{} ({ellipsis})", &self.who[..at]),
            None => self.who.to_owned(),
        };
        let (roles, bare) = self.roles(ellipsis);
        let most = text::width(self.place);
        let least = LEAST.0.min(most);
        // Either the place is cut before the role, or the role before the place.
        let mut tries: Vec<(&String, Option<usize>)> = match ways.place {
            true => roles.iter().flat_map(|role| [(role, Some(most)), (role, Some(least))]).collect(),
            false => [most, least].iter().flat_map(|at| roles.iter().map(|role| (role, Some(*at)))).collect(),
        };
        let short = roles.last()?;
        if ways.place && !self.link.is_empty() {
            tries.push((short, None));
        }
        let fits = |(role, place): &(&String, Option<usize>)| {
            self.around(role, place.is_some()) + place.unwrap_or_default() + text::width(&who) <= cells
        };
        if let Some((role, place)) = tries.into_iter().find(fits) {
            let room = cells - self.around(role, place.is_some()) - text::width(&who);
            let place = place.map(|_| text::cut_middle(self.place, room, ellipsis));
            return Some(self.put(role, place.as_deref(), &who, ellipsis));
        }
        // The principal gives way last.
        for (role, place) in [(short, None), (&bare, Some(least))] {
            let room = cells.saturating_sub(self.around(role, place.is_some()) + place.unwrap_or_default());
            if room >= LEAST.1 && (ways.place || place.is_some()) && !self.link.is_empty() {
                let place = place.map(|cells| text::cut_middle(self.place, cells, ellipsis));
                let who = text::cut_middle(&who, room, ellipsis);
                return Some(self.put(role, place.as_deref(), &who, ellipsis));
            }
        }
        let room = cells
            .checked_sub(self.around(&bare, true))
            .filter(|room| self.link.is_empty() && *room >= least)?;
        Some(self.put(&bare, Some(&*text::cut_middle(self.place, room, ellipsis)), "", ellipsis))
    }

    /// The title with the principal whole; none where that leaves too little for the word that decides.
    pub fn with_whole_end(&self, cells: usize, ellipsis: &str) -> Option<String> {
        let (roles, bare) = self.roles(ellipsis);
        let least = LEAST.0.min(text::width(self.place));
        let tries = roles.iter().flat_map(|role| [(role, Some(least)), (role, None)]).chain([(&bare, None)]);
        let left = |role: &str, place: Option<usize>| {
            let taken =
                self.around(role, place.is_some()) + place.unwrap_or_default() + text::width(self.who);
            cells.checked_sub(taken)
        };
        let (role, place, left) =
            tries.into_iter().find_map(|(role, place)| Some((role, place, left(role, place)?)))?;
        let place = place.map(|least| text::cut_middle(self.place, least + left, ellipsis));
        Some(self.put(role, place.as_deref(), self.who, ellipsis))
    }

    /// The role in ever fewer words, and its last word alone, which always stays.
    fn roles(&self, ellipsis: &str) -> (Vec<String>, String) {
        let words: Vec<&str> = self.role.split(' ').collect();
        let mut roles = vec![self.role.to_owned()];
        for first in (2..words.len().saturating_sub(1).min(4)).rev() {
            roles.push(format!("{} {ellipsis} {}", words[..first].join(" "), self.decides()));
        }
        let bare =
            if words.len() > 1 { format!("{ellipsis} {}", self.decides()) } else { self.role.to_owned() };
        (roles, bare)
    }

    /// The cells of what is neither place nor principal.
    fn around(&self, role: &str, has_place: bool) -> usize {
        // Before the place stands " on "; without one a blank and the sign.
        let place = if has_place { 4 } else { 2 };
        text::width(self.verb) + text::width(role) + place + self.link.len()
    }

    fn put(&self, role: &str, place: Option<&str>, who: &str, ellipsis: &str) -> String {
        match place {
            Some(place) => format!("{}{role} on {place}{}{who}", self.verb, self.link),
            None => format!("{}{role} {ellipsis}{}{who}", self.verb, self.link),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAYS: [Ways; 4] = [
        Ways { brackets: true, place: true },
        Ways { brackets: false, place: true },
        Ways { brackets: true, place: false },
        Ways { brackets: false, place: false },
    ];

    #[test]
    fn the_word_that_decides_stays_and_the_account_gives_way() {
        let title = "Give Storage Blob Data Contributor on stchurnlab to ML platform engineers";
        let cut = |cells: usize| Sentence::read(title).unwrap().cut(cells, WAYS[0], "…");
        assert_eq!(cut(73).as_deref(), Some(title));
        assert_eq!(
            cut(71).as_deref(),
            Some("Give Storage Blob Data Contributor on stc…nlab to ML platform engineers")
        );
        assert_eq!(cut(58).as_deref(), Some("Give Storage Blob … Contributor … to ML platform engineers"));
        assert_eq!(cut(55).as_deref(), Some("Give Storage Blob … Contributor … to ML pla…m engineers"));
        let people = "Grant Friederike von Hohenstein-Wallersdorf Storage Blob Data Reader on stfraudprod";
        let own = "Take Key Vault Secrets Officer on kv-fraud-prod from mlw-fraud-prod (its own identity)";
        let back = "Give Owner on Contoso Production back to Ada Novak";
        for title in [title, people, own, back] {
            let sentence = Sentence::read(title).unwrap();
            let stays = |cut: &str| {
                [" on ", " … "]
                    .map(|next| format!("{}{next}", sentence.decides()))
                    .iter()
                    .any(|word| cut.contains(word))
            };
            for (cells, ways) in (0..100).flat_map(|cells| WAYS.map(|ways| (cells, ways))) {
                let Some(cut) = sentence.cut(cells, ways, "…") else {
                    assert!(cells < 50, "{title} has room in {cells}");
                    continue;
                };
                assert!(text::width(&cut) <= cells && stays(&cut), "{cut} in {cells}");
                assert!(cells < text::width(title) || cut == title || ways.brackets, "{cut}");
            }
        }
        assert!(Sentence::read("Set friendly name").is_none());
    }
}

//! Matching actions against the patterns of role definitions. Pure text work; the rules are Azure's:
//! `*` stands for any run of characters, slashes included, anywhere in a pattern; case does not matter;
//! what a `not` list takes out, it takes out of its own role only; data actions are never implied by
//! actions.

use crate::azure::resources::permissions::Permission;

/// The two worlds of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Plane {
    /// Management actions: `actions` and `notActions`.
    Control,
    /// Data actions: `dataActions` and `notDataActions`.
    Data,
}

/// How one role answers for one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// A pattern of the role allows it.
    Allowed {
        /// The pattern.
        by: &'a str,
    },
    /// A pattern would allow it, but another one of the same permission takes it out.
    TakenOut {
        /// The pattern that would allow it.
        by: &'a str,
        /// The pattern that takes it out.
        out: &'a str,
    },
    /// No pattern speaks of it.
    NotMentioned,
}

impl Grant<'_> {
    /// Whether it is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Whether a pattern covers an action, such as `Microsoft.Storage/*/read`.
///
/// A star between two slashes also stands for no segment at all: `workspaces/*/read` covers
/// `workspaces/read`. Microsoft's definitions rest on it: AzureML Data Scientist has no other pattern
/// that lets it read its workspace, takes `workspaces/write` out of `workspaces/*/write`, and is kept from
/// creating compute (`workspaces/computes/write`) by `workspaces/computes/*/write` alone.
#[must_use]
pub fn matches(pattern: &str, action: &str) -> bool {
    let literal = pattern.find('*').unwrap_or(pattern.len());
    let last = pattern.rfind('*').map_or(0, |star| star + 1);
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let (head, tail) = (&pattern[..literal], &pattern[last..]);
    let begins = || action.get(..head.len()).is_some_and(|own| is_same(own, head));
    let ends = action.len().checked_sub(tail.len()).is_some_and(|at| is_same(&action[at..], tail));
    let may_leave_out = || pattern.windows(3).any(|three| three == b"/*/");
    // Most patterns end here, at what they say literally before the first star and behind the last.
    ends && begins() && (glob(pattern, action) || may_leave_out() && covers(pattern, action))
}

/// Whether two texts of one length are the same without case. Compared from behind: all actions begin alike.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.iter().rev().zip(other.iter().rev()).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Plain matching: `*` is any run of characters, also none; everything else is itself, without case.
fn glob(pattern: &[u8], action: &[u8]) -> bool {
    let (mut p, mut a) = (0, 0);
    // Where the last star stood, and how much of the action it had swallowed: on a mismatch it swallows
    // one more. Linear in practice, and never worse than pattern times action.
    let mut star: Option<(usize, usize)> = None;
    while a < action.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, a));
            p += 1;
        } else if p < pattern.len() && pattern[p].eq_ignore_ascii_case(&action[a]) {
            p += 1;
            a += 1;
        } else if let Some((at, swallowed)) = star {
            star = Some((at, swallowed + 1));
            p = at + 1;
            a = swallowed + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The same where `/*/` may also be `/`. For each length of the action's beginning it is kept whether the pattern so
/// far covers it, so that it never takes more than pattern times action, whatever a custom role says.
fn covers(pattern: &[u8], action: &[u8]) -> bool {
    // By the number of bytes covered; and how that was before the last star.
    let mut covered = vec![false; action.len() + 1];
    covered[0] = true;
    let mut before_star = covered.clone();
    for (at, byte) in pattern.iter().enumerate() {
        let may_be_left_out = *byte == b'/' && at >= 2 && pattern[at - 2..at] == *b"/*";
        if *byte == b'*' {
            before_star.clone_from(&covered);
            for length in 1..covered.len() {
                covered[length] |= covered[length - 1];
            }
        } else {
            for length in (1..covered.len()).rev() {
                covered[length] = covered[length - 1] && byte.eq_ignore_ascii_case(&action[length - 1]);
            }
            covered[0] = false;
        }
        // `/*/` taken as `/`: what was covered up to the first slash is covered up to the second.
        if may_be_left_out {
            covered.iter_mut().zip(&before_star).for_each(|(now, before)| *now |= before);
        }
    }
    covered[action.len()]
}

/// The first of these patterns that covers an action.
#[must_use]
pub fn first_match<'a>(patterns: &'a [String], action: &str) -> Option<&'a str> {
    patterns.iter().map(String::as_str).find(|pattern| matches(pattern, action))
}

impl Permission {
    /// How this permission answers for an action.
    #[must_use]
    pub fn grant(&self, plane: Plane, action: &str) -> Grant<'_> {
        let (allow, not) = match plane {
            Plane::Control => (&self.actions, &self.not_actions),
            Plane::Data => (&self.data_actions, &self.not_data_actions),
        };
        // What is taken out matters only of what is given: most roles say nothing of most actions.
        let Some(by) = first_match(allow, action) else { return Grant::NotMentioned };
        match first_match(not, action) {
            None => Grant::Allowed { by },
            Some(out) => Grant::TakenOut { by, out },
        }
    }
}

/// How a whole role answers, its own conditions apart: one permission that allows is enough; else what took it out is
/// told.
#[must_use]
pub fn grant<'a>(permissions: &'a [Permission], plane: Plane, action: &str) -> Grant<'a> {
    let mut answer = Grant::NotMentioned;
    for permission in permissions {
        match permission.grant(plane, action) {
            allowed @ Grant::Allowed { .. } => return allowed,
            taken @ Grant::TakenOut { .. } => answer = taken,
            Grant::NotMentioned => {}
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ML: &str = "Microsoft.MachineLearningServices";

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn stars_match_anywhere_and_across_slashes() {
        for (pattern, action, fits) in [
            ("*", "Microsoft.Storage/storageAccounts/read", true),
            ("*/read", "Microsoft.Storage/storageAccounts/blobServices/read", true),
            ("*/read", "Microsoft.Storage/storageAccounts/readMetadata", false),
            ("Microsoft.Authorization/*/Write", "microsoft.authorization/roleassignments/write", true),
            ("a/*/write", "a/write", true),
            ("a/*/b/*/write", "a/b/write", true),
            ("a/*/b/*/write", "a/x/b/write", true),
            ("a/*/*/write", "a/write", true),
            ("a/*/write", "awrite", false),
            ("a/*write", "a/write", true),
            ("a/*", "a", false),
            ("Microsoft.Storage/*", "Microsoft.StorageSync/x", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a**c", "ac", true),
            ("", "", true),
            ("", "a", false),
            ("*a", "", false),
        ] {
            assert_eq!(matches(pattern, action), fits, "{pattern} on {action}");
        }
    }

    fn data_scientist() -> Permission {
        Permission {
            actions: ["read", "action", "delete", "write"]
                .iter()
                .map(|v| format!("{ML}/workspaces/*/{v}"))
                .collect(),
            not_actions: texts(&[
                "Microsoft.MachineLearningServices/workspaces/delete",
                "Microsoft.MachineLearningServices/workspaces/write",
                "Microsoft.MachineLearningServices/workspaces/computes/*/write",
                "Microsoft.MachineLearningServices/workspaces/computes/*/delete",
                "Microsoft.MachineLearningServices/workspaces/listKeys/action",
            ]),
            ..Permission::default()
        }
    }

    #[test]
    fn a_role_answers_with_the_pattern_that_decides() {
        let role = data_scientist();
        let runs = format!("{ML}/workspaces/jobs/write");
        assert_eq!(
            role.grant(Plane::Control, &runs),
            Grant::Allowed { by: "Microsoft.MachineLearningServices/workspaces/*/write" }
        );
        let keys = format!("{ML}/workspaces/listKeys/action");
        assert!(matches!(role.grant(Plane::Control, &keys), Grant::TakenOut { .. }));
        assert_eq!(
            role.grant(Plane::Control, &format!("{ML}/workspaces/computes/write")),
            Grant::TakenOut {
                by: "Microsoft.MachineLearningServices/workspaces/*/write",
                out: "Microsoft.MachineLearningServices/workspaces/computes/*/write"
            }
        );
        assert!(role.grant(Plane::Control, &format!("{ML}/workspaces/read")).is_allowed());
        assert_eq!(role.grant(Plane::Control, "Microsoft.Storage/storageAccounts/read"), Grant::NotMentioned);
    }

    #[test]
    fn what_one_permission_takes_out_another_may_give() {
        let delete = format!("{ML}/workspaces/delete");
        let both = [
            data_scientist(),
            Permission {
                actions: texts(&["Microsoft.MachineLearningServices/workspaces/delete"]),
                ..Permission::default()
            },
        ];
        assert!(grant(&both, Plane::Control, &delete).is_allowed());
        assert!(!grant(&both[..1], Plane::Control, &delete).is_allowed());
    }

    #[test]
    fn actions_never_imply_data_actions() {
        let owner = Permission { actions: texts(&["*"]), ..Permission::default() };
        let read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
        assert!(owner.grant(Plane::Control, read).is_allowed());
        assert_eq!(owner.grant(Plane::Data, read), Grant::NotMentioned);
    }

    proptest! {
        #[test]
        fn case_never_matters(pattern in "[aA/*]{0,8}", action in "[aA/]{0,8}") {
            let upper = matches(&pattern.to_uppercase(), &action.to_lowercase());
            prop_assert_eq!(matches(&pattern, &action), upper);
        }

        #[test]
        fn a_pattern_cut_from_an_action_covers_it(action in "[a-c/]{1,12}", from in 0_usize..12, to in 0_usize..12) {
            let (from, to) = (from.min(action.len()), to.min(action.len()));
            let (from, to) = (from.min(to), from.max(to));
            let pattern = format!("{}*{}", &action[..from], &action[to..]);
            prop_assert!(matches(&pattern, &action));
        }

        #[test]
        fn it_agrees_with_the_plain_definition(pattern in "[ab*]{0,6}", action in "[ab]{0,8}") {
            fn plain(p: &[u8], a: &[u8]) -> bool {
                match (p.first(), a.first()) {
                    (None, None) => true,
                    (Some(b'*'), _) => plain(&p[1..], a) || (!a.is_empty() && plain(p, &a[1..])),
                    (Some(x), Some(y)) => x == y && plain(&p[1..], &a[1..]),
                    _ => false,
                }
            }
            prop_assert_eq!(matches(&pattern, &action), plain(pattern.as_bytes(), action.as_bytes()));
        }

        #[test]
        fn a_star_between_slashes_is_any_run_or_no_segment(pattern in "[a/*]{0,9}", action in "[a/]{0,9}") {
            fn naive(p: &[u8], a: &[u8]) -> bool {
                if p.starts_with(b"/*/") && naive(&p[2..], a) {
                    return true;
                }
                match (p.first(), a.first()) {
                    (None, None) => true,
                    (Some(b'*'), _) => naive(&p[1..], a) || (!a.is_empty() && naive(p, &a[1..])),
                    (Some(x), Some(y)) => x == y && naive(&p[1..], &a[1..]),
                    _ => false,
                }
            }
            prop_assert_eq!(matches(&pattern, &action), naive(pattern.as_bytes(), action.as_bytes()));
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_answered_at_once() {
        let pattern = format!("a{}/write", "/*".repeat(40));
        assert!(matches(&pattern, "a/write"));
        assert!(!matches(&pattern, "a/read"));
        let between = format!("a{}write", "/*/b/".repeat(40));
        assert!(!matches(&between, &format!("a{}read", "/b/".repeat(40))));
    }
}

//! The plan files of the repository, for tests.

use super::people::Directory;
use super::resolve::SetUp;
use super::spec::PlanFile;

const FILES: [(&str, &str); 6] = [
    ("dev-prod", include_str!("../../../assets/plans/dev-prod.toml")),
    ("one", include_str!("../../../tests/plans/one.toml")),
    ("staged", include_str!("../../../tests/plans/staged.toml")),
    ("existing", include_str!("../../../tests/plans/existing.toml")),
    ("nested", include_str!("../../../tests/plans/nested.toml")),
    ("teams", include_str!("../../../tests/plans/teams.toml")),
];

/// All of them by name; none is refused anything.
pub(super) fn all() -> Vec<(&'static str, SetUp)> {
    let read = |(name, text)| {
        let file = PlanFile::read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let set_up = SetUp::of(&file, &Directory::new());
        assert_eq!(
            set_up.refusals().map(|one| &one.text).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{name}"
        );
        (name, set_up)
    };
    FILES.into_iter().map(read).collect()
}

/// One of them.
pub(super) fn named(wanted: &str) -> SetUp {
    all().into_iter().find(|(name, _)| *name == wanted).map(|(_, set_up)| set_up).unwrap()
}

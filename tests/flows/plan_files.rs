//! The plan files that the flows apply, by name: that of the documentation, and one for each shape.

/// Name and text of each.
pub const FILES: [(&str, &str); 6] = [
    ("dev-prod", DEV_PROD),
    ("one", ONE),
    ("staged", STAGED),
    ("existing", include_str!("../plans/existing.toml")),
    ("nested", include_str!("../plans/nested.toml")),
    ("teams", include_str!("../plans/teams.toml")),
];

/// One workspace, everything new.
pub const ONE: &str = include_str!("../plans/one.toml");
/// A set of two, the example of the documentation.
pub const DEV_PROD: &str = include_str!("../../assets/plans/dev-prod.toml");
/// A set of three.
pub const STAGED: &str = include_str!("../plans/staged.toml");

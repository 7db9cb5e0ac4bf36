//! The words by which plan files call things: they are the keys of choices too.

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Value;

/// The word for something that plan files have a word for.
pub fn word<T: Serialize>(thing: T) -> String {
    match Value::try_from(thing) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// What a word means; nothing where it is no word of plan files.
pub fn meant<T: DeserializeOwned>(word: &str) -> Option<T> {
    Value::String(word.to_owned()).try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setup::spec::{Isolation, Layout};

    #[test]
    fn words_are_those_of_plan_files_and_mean_what_they_are_for() {
        assert_eq!(word(Layout::DevStagingProd), "dev-staging-prod");
        assert_eq!(meant::<Isolation>("approved-outbound"), Some(Isolation::ApprovedOutbound));
        assert_eq!(meant::<Isolation>("nothing"), None);
    }
}

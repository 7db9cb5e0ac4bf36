//! Data that comes from somewhere else, with everything the screen must say about it.

use jiff::Timestamp;

/// One piece of remote data. The last good value stays while it is fetched again and when that fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Remote<T, E = String> {
    value: Option<(T, Timestamp)>,
    loading: Option<Timestamp>,
    error: Option<E>,
}

impl<T, E> Default for Remote<T, E> {
    fn default() -> Self {
        Self { value: None, loading: None, error: None }
    }
}

impl<T, E> Remote<T, E> {
    /// A value that was fetched at a time.
    pub fn ready(value: T, at: Timestamp) -> Self {
        Self { value: Some((value, at)), loading: None, error: None }
    }

    /// Nothing was asked yet.
    pub fn is_idle(&self) -> bool {
        self.value.is_none() && self.loading.is_none() && self.error.is_none()
    }

    /// Whether it is on its way.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// The last good value.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().map(|(value, _)| value)
    }

    /// When the last good value was fetched.
    pub fn at(&self) -> Option<Timestamp> {
        self.value.as_ref().map(|(_, at)| *at)
    }

    /// Why the last try failed. It goes when a new try begins to succeed, not when it begins.
    pub fn error(&self) -> Option<&E> {
        self.error.as_ref()
    }

    /// It was asked for.
    pub fn begin(&mut self, now: Timestamp) {
        self.loading.get_or_insert(now);
    }

    /// It was called off.
    pub fn cancel(&mut self) {
        self.loading = None;
    }

    /// It arrived, or failed.
    pub fn finish(&mut self, result: Result<T, E>, now: Timestamp) {
        self.loading = None;
        match result {
            Ok(value) => {
                self.value = Some((value, now));
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_the_last_good_value_and_its_age() {
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + jiff::Span::new().minutes(5));
        let mut remote: Remote<u8> = Remote::default();
        assert!(remote.is_idle());
        remote.begin(early);
        assert!(remote.is_loading() && remote.value().is_none());
        remote.finish(Ok(1), early);
        remote.begin(late);
        remote.finish(Err("offline".to_owned()), late);
        assert_eq!((remote.value(), remote.at()), (Some(&1), Some(early)));
        assert_eq!(remote.error().map(String::as_str), Some("offline"));
        remote.finish(Ok(2), late);
        assert_eq!((remote.value(), remote.error()), (Some(&2), None));
    }
}

//! Work that is under way, by what it is for: at most one for each.

use std::collections::HashMap;
use std::hash::Hash;

use tokio::task::AbortHandle;

/// Tasks by what they are for. Those that ended are forgotten, and what still runs is called off with this.
#[derive(Debug)]
pub(super) struct Tasks<K>(HashMap<K, AbortHandle>);

impl<K: Eq + Hash> Tasks<K> {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Notes a task in place of the one before, which is called off.
    pub(super) fn put(&mut self, key: K, task: AbortHandle) {
        // Few are ever under way at once, so that looking through them costs nothing beside a request.
        self.0.retain(|_, task| !task.is_finished());
        if let Some(old) = self.0.insert(key, task) {
            old.abort();
        }
    }

    /// Calls one off, where there is one.
    pub(super) fn cancel(&mut self, key: &K) {
        if let Some(task) = self.0.remove(key) {
            task.abort();
        }
    }

    /// Calls all of them off.
    pub(super) fn cancel_all(&mut self) {
        for (_, task) in self.0.drain() {
            task.abort();
        }
    }
}

impl<K> Drop for Tasks<K> {
    fn drop(&mut self) {
        for task in self.0.values() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_that_ended_are_forgotten_and_one_of_the_same_key_is_called_off() {
        let mut tasks = Tasks::new();
        for key in 0..100 {
            let done = tokio::spawn(async {});
            tasks.put(key, done.abort_handle());
            done.await.unwrap();
        }
        assert_eq!(tasks.0.len(), 1, "only the last, which had not ended when it was noted");
        let [first, second, third] = [(); 3].map(|()| tokio::spawn(std::future::pending::<()>()));
        tasks.put(7, first.abort_handle());
        tasks.put(7, second.abort_handle());
        assert!(first.await.unwrap_err().is_cancelled());
        tasks.cancel(&7);
        assert!(second.await.unwrap_err().is_cancelled());
        tasks.put(8, third.abort_handle());
        drop(tasks);
        assert!(third.await.unwrap_err().is_cancelled());
    }
}

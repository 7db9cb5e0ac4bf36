//! Work beside the screen: each piece ends in one message, however it ends, and is counted until then.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::app::message::Message;

/// Starts work and counts it.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    messages: UnboundedSender<Message>,
    count: Count,
}

/// How many pieces of work are under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Count(watch::Sender<usize>);

/// Work that is under way; it counts itself off when it ends, however it ends.
#[derive(Debug)]
pub(super) struct Busy(Count);

impl Count {
    /// Counts one more, until what comes back is dropped.
    pub(super) fn begin(&self) -> Busy {
        self.0.send_modify(|count| *count += 1);
        Busy(self.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

impl Workers {
    /// Nothing is under way yet.
    pub(super) fn new(messages: UnboundedSender<Message>) -> Self {
        Self { messages, count: Count::default() }
    }

    /// How much is under way.
    pub(super) fn count(&self) -> &Count {
        &self.count
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        *self.count.0.borrow() == 0
    }

    /// Waits until nothing is under way.
    pub(super) fn idle(&self) -> impl Future<Output = ()> + use<> {
        let mut count = self.count.0.subscribe();
        async move {
            // The sender is held by what is waited for, so that there is an end of it in any case.
            let _ = count.wait_for(|count| *count == 0).await;
        }
    }

    /// Starts work that ends in one message; `broken` is sent where a panic ends it, so that nobody waits for it for ever.
    pub(super) fn start(
        &self,
        broken: Message,
        work: impl Future<Output = Message> + Send + 'static,
    ) -> AbortHandle {
        let (messages, busy) = (self.messages.clone(), self.count.begin());
        let task = tokio::spawn(async move {
            let message = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(broken);
            // Nobody listens any more only when the console ends.
            let _ = messages.send(message);
            drop(busy);
        });
        task.abort_handle()
    }

    /// The same for work that reads and writes files or counts for long, on a thread where it keeps nobody waiting.
    pub(super) fn start_blocking(&self, broken: Message, work: impl FnOnce() -> Message + Send + 'static) {
        self.start(broken, on_blocking_thread(work));
    }
}

/// Does work on a thread where it keeps nobody waiting; a panic of it goes on here.
pub(super) async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // Only when the process ends, and nobody waits for this any more.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[tokio::test]
    async fn work_that_breaks_ends_in_its_message_and_counts_itself_off() {
        let (sender, mut messages) = unbounded_channel();
        let workers = Workers::new(sender);
        workers.start(Message::Settled(7), async { panic!("a defect") });
        workers.start_blocking(Message::Settled(7), || panic!("a defect"));
        assert!(!workers.is_idle());
        workers.idle().await;
        assert!(workers.is_idle());
        for _ in 0..2 {
            assert!(matches!(messages.try_recv(), Ok(Message::Settled(7))));
        }
        workers.start(Message::Settled(7), async { Message::Tick }).abort();
        workers.idle().await;
    }
}

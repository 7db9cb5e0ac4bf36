//! Tokens in memory, one for each tenant and scope, with a single request under way for each.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::chain::SignInError;
use super::credential::TokenSource;
use super::token::Token;

/// How long a failed renewal is left alone while the old token still holds.
const RENEW_AGAIN: SignedDuration = SignedDuration::from_secs(30);

#[derive(Default)]
struct Slot {
    /// Counts finished requests, so that those who waited for one know that its result is theirs.
    finished: AtomicU64,
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    failure: Option<SignInError>,
    renew_not_before: Option<Timestamp>,
}

type Key = (Option<String>, String);

/// The cache. Clones share it.
///
/// The command line credentials start a process for every token, and Azure Resource Manager and Microsoft
/// Graph need tokens of their own: each scope has its own slot, so one may fail without hurting the other.
#[derive(Clone)]
pub struct TokenCache {
    source: Arc<dyn TokenSource>,
    slots: Arc<Mutex<HashMap<Key, Arc<Slot>>>>,
}

impl TokenCache {
    /// An empty cache in front of a source.
    #[must_use]
    pub fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, slots: Arc::default() }
    }

    fn slot(&self, tenant: Option<&str>, scope: &str) -> Arc<Slot> {
        let key = (tenant.map(str::to_owned), scope.to_owned());
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }

    /// A token for the tenant (`None`: the credential's own) and scope, from memory or from the source.
    ///
    /// Tokens are renewed five minutes before they end; if that fails while the old one holds, the old one
    /// is given. Those who ask while a request is under way share its result, a failure too.
    ///
    /// # Errors
    /// When the source gave none.
    pub async fn token(&self, tenant: Option<&str>, scope: &str) -> Result<Token, SignInError> {
        let slot = self.slot(tenant, scope);
        let seen = slot.finished.load(Ordering::Acquire);
        let mut state = slot.state.lock().await;
        let now = Timestamp::now();
        if let Some(token) = &state.token {
            let left_alone = state.renew_not_before.is_some_and(|at| now < at) && token.is_valid(now);
            if !token.is_due(now) || left_alone {
                return Ok(token.clone());
            }
        }
        if slot.finished.load(Ordering::Acquire) != seen
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        let answer = self.source.token(tenant, scope).await;
        slot.finished.fetch_add(1, Ordering::Release);
        match answer {
            Ok(token) => {
                *state = State { token: Some(token.clone()), ..State::default() };
                Ok(token)
            }
            Err(error) => match state.token.clone().filter(|token| token.is_valid(now)) {
                Some(old) => {
                    state.renew_not_before = now.checked_add(RENEW_AGAIN).ok();
                    Ok(old)
                }
                None => {
                    *state = State { failure: Some(error.clone()), ..State::default() };
                    Err(error)
                }
            },
        }
    }

    /// Drops a token that a service refused. A newer one that came in meanwhile stays.
    pub async fn refuse(&self, tenant: Option<&str>, scope: &str, refused: &Token) {
        let slot = self.slot(tenant, scope);
        let mut state = slot.state.lock().await;
        if state.token.as_ref().is_some_and(|token| token.secret == refused.secret) {
            *state = State::default();
        }
    }

    /// Forgets every token, so that the next request signs in anew.
    pub fn clear(&self) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("TokenCache").field("slots", &slots.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::auth::CredentialKind;
    use futures_util::future::{BoxFuture, join_all};

    /// Gives `token-N` for the N-th question, with the given life; questions to Graph fail.
    struct Source {
        asked: AtomicU64,
        life: SignedDuration,
        fail_after: u64,
    }

    impl TokenSource for Source {
        fn token<'a>(
            &'a self,
            tenant: Option<&'a str>,
            scope: &'a str,
        ) -> BoxFuture<'a, Result<Token, SignInError>> {
            Box::pin(async move {
                let n = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::task::yield_now().await;
                if scope.contains("graph") || n > self.fail_after {
                    let (tenant, scope) = (tenant.map(str::to_owned), scope.to_owned());
                    return Err(SignInError { tenant, scope, attempts: Vec::new() });
                }
                let expires = Timestamp::now() + self.life;
                Ok(Token::new(&format!("token-{n}"), Some(expires), CredentialKind::AzureCli))
            })
        }
    }

    fn cache(life: SignedDuration, fail_after: u64) -> (TokenCache, Arc<Source>) {
        let source = Arc::new(Source { asked: AtomicU64::new(0), life, fail_after });
        (TokenCache::new(Arc::clone(&source) as Arc<dyn TokenSource>), source)
    }

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_question() {
        let (cache, source) = cache(HOUR, u64::MAX);
        let answers = join_all((0..50).map(|_| cache.token(None, "arm"))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().secret.expose() == "token-1"));
        assert_eq!(source.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_who_waited_and_asked_anew_by_those_who_come_later() {
        let (cache, source) = cache(HOUR, u64::MAX);
        let answers = join_all((0..50).map(|_| cache.token(None, "graph"))).await;
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(source.asked.load(Ordering::SeqCst), 1);
        assert!(cache.token(None, "graph").await.is_err());
        assert_eq!(source.asked.load(Ordering::SeqCst), 2);
        assert!(cache.token(None, "arm").await.is_ok(), "the failure of one scope does not hurt the other");
    }

    #[tokio::test]
    async fn tenants_have_tokens_of_their_own() {
        let (cache, _) = cache(HOUR, u64::MAX);
        let a = cache.token(Some("a"), "arm").await.unwrap();
        let b = cache.token(Some("b"), "arm").await.unwrap();
        assert_ne!(a.secret, b.secret);
    }

    #[tokio::test]
    async fn a_refused_token_is_dropped_once() {
        let (cache, source) = cache(HOUR, u64::MAX);
        let first = cache.token(None, "arm").await.unwrap();
        cache.refuse(None, "arm", &first).await;
        let second = cache.token(None, "arm").await.unwrap();
        cache.refuse(None, "arm", &first).await;
        assert_eq!(cache.token(None, "arm").await.unwrap().secret, second.secret);
        assert_eq!(source.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn an_expired_token_is_renewed() {
        let (cache, source) = cache(SignedDuration::ZERO, u64::MAX);
        cache.token(None, "arm").await.unwrap();
        assert_eq!(cache.token(None, "arm").await.unwrap().secret.expose(), "token-2");
        assert_eq!(source.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_renewal_that_fails_leaves_the_old_token_while_it_holds() {
        let (cache, source) = cache(HOUR, 1);
        cache.token(None, "arm").await.unwrap();
        {
            let slot = cache.slot(None, "arm");
            let mut state = slot.state.lock().await;
            let token = state.token.as_mut().unwrap();
            token.expires = Some(Timestamp::now() + SignedDuration::from_mins(2));
            token.obtained = Timestamp::now() - SignedDuration::from_hours(1);
        }
        assert_eq!(cache.token(None, "arm").await.unwrap().secret.expose(), "token-1");
        assert_eq!(source.asked.load(Ordering::SeqCst), 2, "the renewal was tried");
        assert_eq!(cache.token(None, "arm").await.unwrap().secret.expose(), "token-1");
        assert_eq!(source.asked.load(Ordering::SeqCst), 2, "and then left alone for a while");
    }
}

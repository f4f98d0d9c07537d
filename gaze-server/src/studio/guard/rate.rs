//! How often one address may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Visitor;
use crate::studio::App;
use crate::studio::failure::Failure;

/// Limits by address, or by /64 of IPv6.
pub(crate) struct RateLimits {
    uploads: Option<DefaultKeyedRateLimiter<IpAddr>>,
    requests: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl RateLimits {
    pub(crate) fn new(uploads_per_minute: u32, requests_per_minute: u32) -> Self {
        let limiter = |per_minute| {
            NonZeroU32::new(per_minute).map(|n| RateLimiter::keyed(Quota::per_minute(n)))
        };
        Self { uploads: limiter(uploads_per_minute), requests: limiter(requests_per_minute) }
    }

    /// Counts an upload.
    ///
    /// # Errors
    /// 429, and when to try again.
    pub(crate) fn count_upload(&self, visitor: &Visitor) -> Result<(), Failure> {
        check(self.uploads.as_ref(), visitor, "you have sent many portraits in a short time")
    }

    fn count_request(&self, visitor: &Visitor) -> Result<(), Failure> {
        check(self.requests.as_ref(), visitor, "there are very many requests from your address")
    }

    /// Forgets who has not asked for a while.
    pub(crate) fn forget_old(&self) {
        for limiter in [&self.uploads, &self.requests].into_iter().flatten() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn check(
    limiter: Option<&DefaultKeyedRateLimiter<IpAddr>>,
    visitor: &Visitor,
    what: &str,
) -> Result<(), Failure> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(&visitor.network).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        let seconds = (wait + Duration::from_millis(999)).as_secs().max(1);
        Failure::too_many(format!("{what}: try again in {seconds} s"), seconds)
    })
}

/// Refuses requests of an address that sends too many.
pub(crate) async fn limit_requests(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let counted = request
        .extensions()
        .get::<Visitor>()
        .map_or(Ok(()), |visitor| app.rates.count_request(visitor));
    match counted {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

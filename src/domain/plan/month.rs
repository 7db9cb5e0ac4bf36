//! A budget begins with a month that is not over: Azure takes no day before the one that it is, by its specification of
//! `timePeriod` ("Past start date should be selected within the timegrain period"). A run that lay over the end of a month
//! begins it with the one that it is then.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::step::Step;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Method;

/// Where a budget says with which month it begins.
const BEGINS: &str = "/properties/timePeriod/startDate";

impl Step {
    /// What a request is to begin with where it would begin with a month that is over by now, as `2026-12-01T00:00:00Z`;
    /// none where that is not so.
    #[must_use]
    pub fn overdue(&self, request: usize, now: Timestamp) -> Option<String> {
        let request = self.requests.get(request).filter(|request| request.method == Method::Put)?;
        let is_budget =
            ArmId::parse(&request.path).is_ok_and(|id| id.is_type("Microsoft.Consumption/budgets"));
        let begins = request.body.as_ref().filter(|_| is_budget)?.pointer(BEGINS)?.as_str()?;
        let month = |at: Timestamp| at.to_zoned(TimeZone::UTC).date().first_of_month();
        let begins: Timestamp = begins.parse().ok()?;
        (month(begins) < month(now)).then(|| format!("{}T00:00:00Z", month(now)))
    }

    /// Begins a request with another month.
    pub(super) fn begin_with(&mut self, request: usize, begins: &str) {
        let body = self.requests.get_mut(request).and_then(|request| request.body.as_mut());
        if let Some(there) = body.and_then(|body| body.pointer_mut(BEGINS)) {
            *there = Value::from(begins);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::arm::request::Request;

    #[test]
    fn only_a_month_that_is_over_is_renewed_and_only_of_a_budget() {
        let put = |kind: &str, begins: &str| {
            let id = ArmId::group("s", "rg").join(&format!("providers/{kind}/b"));
            let body = json!({ "properties": { "timePeriod": { "startDate": begins } } });
            Step::send("a", "A", "A.", Request::arm(Method::Put, &id, "1").body(body))
        };
        let budget = |begins: &str| put("Microsoft.Consumption/budgets", begins);
        let now = |text: &str| text.parse::<Timestamp>().unwrap();
        let november = "2026-11-01T00:00:00Z";
        let december = Some("2026-12-01T00:00:00Z".to_owned());
        assert_eq!(budget(november).overdue(0, now("2026-11-30T23:59:59Z")), None);
        assert_eq!(budget(november).overdue(0, now("2026-12-01T00:00:00Z")), december);
        assert_eq!(budget("2027-01-01T00:00:00Z").overdue(0, now("2026-12-05T00:00:00Z")), None);
        assert_eq!(put("Microsoft.Other/things", november).overdue(0, now("2026-12-05T00:00:00Z")), None);
        let mut step = budget(november);
        step.begin_with(0, "2026-12-01T00:00:00Z");
        assert_eq!(step.overdue(0, now("2026-12-05T00:00:00Z")), None);
        assert_eq!(
            step.requests[0].body.as_ref().unwrap().pointer(BEGINS),
            Some(&json!("2026-12-01T00:00:00Z"))
        );
    }
}

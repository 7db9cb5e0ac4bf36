//! What a request needs and nobody knew when the plan was made, such as the object id of an identity that an earlier
//! step makes: it is read from Azure just before the request is sent, and the journal keeps what was read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::read_as;
use super::step::Step;
use crate::azure::arm::request::Request;

/// A text in the body of a request that is read from Azure when its turn has come. Until then a placeholder stands
/// there, which every printer shows as it is. It may stand in what says that the step is so already, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fill {
    /// Which of the step's requests.
    pub request: usize,
    /// Where in its body, as a pointer of RFC 6901.
    pub at: String,
    /// What is read.
    pub read: Request,
    /// Where the text stands in the answer, as a pointer; names are found without regard to case.
    pub from: String,
    /// What it is: `object id of the identity of mlw-fraud`.
    pub words: String,
}

impl Fill {
    /// What stands in the body until it is known.
    #[must_use]
    pub fn placeholder(&self) -> String {
        format!("<{}>", self.words.replace(['\'', '<', '>'], ""))
    }

    /// What an answer says; none where it does not say it, or something else than a text.
    #[must_use]
    pub fn found<'a>(&self, answer: &'a Value) -> Option<&'a str> {
        read_as(answer, &self.from)?.as_str().filter(|text| !text.is_empty())
    }

    /// The same place in the words of JMESPath, which `az --query` takes.
    #[must_use]
    pub fn query(&self) -> String {
        self.from.trim_start_matches('/').replace('/', ".")
    }
}

impl Step {
    /// Puts a placeholder into the body of a request, to be filled when its turn has come. A place that is not in
    /// the body stays as it is.
    #[must_use]
    pub fn fill(mut self, fill: Fill) -> Self {
        let text = fill.placeholder();
        if self.put(fill.request, &fill.at, &text) {
            self.fills.push(fill);
        }
        self
    }

    /// Puts what was read in the place of a placeholder.
    pub fn fill_in(&mut self, fill: usize, text: &str) {
        if let Some(fill) = self.fills.get(fill).cloned() {
            self.put(fill.request, &fill.at, text);
            self.already = self.already.take().map(|check| check.filled(&fill.placeholder(), text));
        }
    }

    /// The placeholders of a request that nothing was read for yet, by their place in [`Step::fills`].
    pub fn unfilled(&self, request: usize) -> impl Iterator<Item = (usize, &Fill)> {
        self.fills.iter().enumerate().filter(move |(_, fill)| {
            let body = self.requests.get(fill.request).and_then(|request| request.body.as_ref());
            let stands = body.and_then(|body| body.pointer(&fill.at)).and_then(Value::as_str);
            fill.request == request && stands == Some(&fill.placeholder())
        })
    }

    fn put(&mut self, request: usize, at: &str, text: &str) -> bool {
        let body = self.requests.get_mut(request).and_then(|request| request.body.as_mut());
        match body.and_then(|body| body.pointer_mut(at)) {
            Some(place) => {
                *place = Value::from(text);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::id::ArmId;
    use crate::azure::arm::request::Method;
    use crate::domain::plan::{Check, Expect};
    use serde_json::json;

    fn fill(at: &str) -> Fill {
        Fill {
            request: 0,
            at: at.to_owned(),
            read: Request::get(&ArmId::subscription("s"), "2024-01-01"),
            from: "/identity/principalId".to_owned(),
            words: "object id of the identity of mlw's".to_owned(),
        }
    }

    #[test]
    fn a_placeholder_stands_in_the_body_until_it_is_filled() {
        let body = json!({ "properties": { "principalId": "", "role": "r" } });
        let request = Request::arm_path(Method::Put, "/x", "v").body(body);
        let mut step = Step::send("a", "t", "e", request).fill(fill("/properties/principalId"));
        assert_eq!(
            step.requests[0].body.as_ref().unwrap()["properties"]["principalId"],
            "<object id of the identity of mlws>"
        );
        let answer = json!({ "identity": { "PrincipalID": "0f0e" } });
        let found: Vec<(usize, &str)> =
            step.unfilled(0).filter_map(|(at, fill)| Some((at, fill.found(&answer)?))).collect();
        assert_eq!(found, [(0, "0f0e")]);
        assert_eq!(step.fills[0].query(), "identity.principalId");
        let id = fill("/x").placeholder();
        let wanted = |id: &str| {
            let read = Request::get(&ArmId::subscription("s"), "v")
                .query("$filter", format!("principalId eq '{id}'"));
            let item = Expect::All(vec![Expect::Exists, Expect::equals("/principalId", id)]);
            let expect = Expect::Some { list: "/value".to_owned(), item: Box::new(item) };
            Check::new(read.clone(), expect.clone(), "w").and([Check::new(
                read,
                Expect::Not(Box::new(expect)),
                "x",
            )])
        };
        step = step.already(wanted(&id));
        step.fill_in(0, "0f0e");
        assert_eq!(step.already, Some(wanted("0f0e")), "also in what says that it is so already");
        assert_eq!(step.unfilled(0).count(), 0);
        assert_eq!(step.requests[0].body.as_ref().unwrap()["properties"]["principalId"], "0f0e");
        assert_eq!(fill("/x").found(&json!({ "identity": { "principalId": null } })), None);
    }

    #[test]
    fn a_place_that_is_not_there_is_no_placeholder() {
        let request = Request::arm_path(Method::Put, "/x", "v").body(json!({}));
        assert!(Step::send("a", "t", "e", request).fill(fill("/properties/principalId")).fills.is_empty());
    }
}

//! Asks what a set-up wants to know beforehand.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::Value;

use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;
use crate::azure::directory::object;
use crate::domain::setup::people::{Directory, PrincipalKind, by_id, to_look_up};
use crate::domain::setup::preflight::{
    About, Learnt, Question, by_object_id, further, held_by, holder, instead, is_list, learn, linked,
    links_to_read, look_up, looked_up, own_of, questions, role, takes_time, there,
};
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::Person;

/// Asks every question about a set-up at once, and then what follows from the answers; gives what these mean, in the order
/// of the questions.
pub async fn preflight(client: &Client, set_up: &SetUp) -> Vec<Learnt> {
    let all = each(client, &questions(set_up)).await;
    let mut learnt: Vec<Learnt> = Vec::new();
    let take = |learnt: &mut Vec<Learnt>, all: Vec<Vec<Learnt>>| {
        for one in all.into_iter().flatten() {
            if !learnt.contains(&one) {
                learnt.push(one);
            }
        }
    };
    take(&mut learnt, all);
    let further = further(set_up, &learnt);
    take(&mut learnt, each(client, &further).await);
    learnt
}

/// What the answers to questions mean, one by one. A request that several of them have is sent once.
async fn each(client: &Client, questions: &[Question]) -> Vec<Vec<Learnt>> {
    let answers = answers(client, questions).await;
    join_all(questions.iter().zip(answers).map(|(question, answer)| what(client, question, answer))).await
}

/// The answers to questions, in their order.
async fn answers(client: &Client, questions: &[Question]) -> Vec<Arc<Result<Value, Error>>> {
    let mut distinct: Vec<&Question> = Vec::new();
    let places: Vec<usize> = questions
        .iter()
        .map(|question| {
            let known = distinct.iter().position(|known| known.request == question.request);
            known.unwrap_or_else(|| {
                distinct.push(question);
                distinct.len() - 1
            })
        })
        .collect();
    let answers = join_all(distinct.into_iter().map(|question| ask(client, question))).await;
    let answers: Vec<_> = answers.into_iter().map(Arc::new).collect();
    places.into_iter().filter_map(|place| answers.get(place).cloned()).collect()
}

/// Asks only some of the questions, at once, and gives what the answers mean.
///
/// # Errors
/// When Azure cannot be asked at all: nobody is signed in, or it is not reached.
pub async fn preflight_of(
    client: &Client,
    set_up: &SetUp,
    which: impl Fn(&Question) -> bool,
) -> Result<Vec<Learnt>, Error> {
    let questions: Vec<Question> = questions(set_up).into_iter().filter(which).collect();
    let mut learnt = Vec::new();
    for (question, answer) in questions.iter().zip(answers(client, &questions).await) {
        match &*answer {
            Err(error) if error.is_offline() || error.is_sign_in() => return Err(error.clone()),
            answer => learnt.extend(learn(question, answer.as_ref())),
        }
    }
    Ok(learnt)
}

pub(super) async fn one(client: &Client, question: &Question) -> Vec<Learnt> {
    what(client, question, Arc::new(ask(client, question).await)).await
}

/// What an answer means, with what has to be asked to know it.
async fn what(client: &Client, question: &Question, answer: Arc<Result<Value, Error>>) -> Vec<Learnt> {
    match &*answer {
        Err(error) if error.is_not_found() => {
            if let Some(other) = instead(question) {
                let answer = ask(client, &other).await;
                return learn(&other, answer.as_ref());
            }
        }
        Ok(body) if matches!(question.about, About::Linked { .. }) => {
            return linked(question, &there_of(client, links_to_read(question, body)).await);
        }
        Ok(body) if let About::Role { identity, .. } = &question.about => {
            return role(question, body, client.value(identity).await.as_ref());
        }
        Ok(body) => {
            if let Some(own) = own_of(question, body)
                && client.value(&own).await.is_ok()
            {
                return there(question).into_iter().collect();
            }
            if let Some(held) = held_by(question, body)
                && let Ok(found) = client.value(&held).await
                && let Some(learnt) = holder(question, &found)
            {
                return vec![learnt];
            }
        }
        Err(_) => {}
    }
    learn(question, answer.as_ref().as_ref())
}

/// Those of the links that are there: only a link that Azure does not find is left out.
async fn there_of(client: &Client, links: Vec<ArmId>) -> Vec<ArmId> {
    let read = |link: ArmId| async move {
        let answer = client.value(&Request::get(&link, versions::PRIVATE_DNS).background()).await;
        (!answer.is_err_and(|error| error.is_not_found())).then_some(link)
    };
    join_all(links.into_iter().map(read)).await.into_iter().flatten().collect()
}

async fn ask(client: &Client, question: &Question) -> Result<Value, Error> {
    if is_list(question) {
        client.list::<Value>(&question.request).await.map(Value::Array)
    } else if takes_time(question) {
        client.run(&question.request, |_| {}).await
    } else {
        client.value(&question.request).await
    }
}

/// Looks up everybody who is given by name, and whether those who are given by object id are there at all.
///
/// # Errors
/// What Microsoft Graph refused, and names that fit nobody or several: all of them, in words.
pub async fn directory_of(client: &Client, people: &[Person]) -> Result<Directory, Vec<String>> {
    let wanted = to_look_up(people, &Directory::new());
    let found = join_all(wanted.into_iter().map(|(kind, name)| named(client, kind, name))).await;
    let (mut directory, mut problems) = (Directory::new(), Vec::new());
    let by_id = join_all(by_id(people).into_iter().map(|(kind, id)| not_there(client, kind, id))).await;
    problems.extend(by_id.into_iter().flatten());
    for one in found {
        match one {
            Ok((key, id)) => {
                directory.insert(key, id);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(directory) } else { Err(problems) }
}

async fn named(
    client: &Client,
    kind: PrincipalKind,
    name: String,
) -> Result<((PrincipalKind, String), String), String> {
    match client.list::<Value>(&look_up(kind, &name)).await {
        Ok(found) => looked_up(kind, &name, &found).map(|id| ((kind, name), id)),
        Err(error) => Err(format!("the {} '{name}' could not be looked up: {}", kind.words(), error.plain())),
    }
}

/// That the directory has nobody with an object id, or somebody of another kind; none where it has them, or does not say.
async fn not_there(client: &Client, kind: PrincipalKind, id: String) -> Option<String> {
    let answer = client.value(&object(&id)?.background()).await;
    by_object_id(kind, &id, answer.as_ref())
}

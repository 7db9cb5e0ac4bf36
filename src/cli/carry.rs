//! Carrying a run on in a terminal or without one: consent, and what an interruption means.

use std::io::{BufRead, IsTerminal, Write};

use super::args::Consent;
use super::exit::{Failure, tell};
use super::serve::{self, Signal};
use crate::app::runtime::{Control, RunError};
use crate::domain::plan::{Confirmation, Plan, Run};

/// Sees that `--yes` is enough for a plan: one that is in production, or has a step that cannot be taken back, wants
/// its name besides.
///
/// # Errors
/// When the name is missing or another one, with what to type.
pub fn named(plan: &Plan, consent: &Consent) -> Result<(), Failure> {
    match plan.confirmation() {
        Confirmation::TypeName(name) if consent.name.as_deref() != Some(name) => {
            let why = if plan.production { "is in production" } else { "is changed for good" };
            Err(Failure::wrong_use(format!(
                "nothing was sent: {name} {why}: repeat its name with --name {name}"
            )))
        }
        _ => Ok(()),
    }
}

/// Sees that somebody agrees to a plan: by the flags, or by an answer at the terminal, which is No unless it is given
/// in full.
///
/// # Errors
/// When nobody agrees, or there is nobody to ask.
pub async fn agreed(plan: &Plan, consent: &Consent) -> Result<(), Failure> {
    if consent.yes {
        return named(plan, consent);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::wrong_use(
            "nothing was sent: there is no terminal to ask at. `amldeck plan` shows the plan, `--yes` runs it unasked",
        ));
    }
    let wanted = match plan.confirmation() {
        Confirmation::Yes => "yes".to_owned(),
        Confirmation::TypeName(name) => name.to_owned(),
    };
    let mut error = std::io::stderr();
    // When standard error is closed there is nobody to ask, and the answer below is No.
    let _ = write!(error, "Type {wanted} to go on: ");
    let _ = error.flush();
    // A thread of its own: an interruption must not wait for the answer.
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = read.await.map_err(Failure::house)?.map_err(Failure::house)?;
    if line.trim() == wanted { Ok(()) } else { Err(Failure::house("nothing was sent: the answer was no")) }
}

/// Waits for a run. The first interruption at the keyboard stops it and cancels in Azure what can be cancelled; a
/// second one, a closed terminal or the wish to end leave it: what Azure took goes on there. `None` when it was left.
pub async fn to_the_end(
    control: &Control,
    run: impl Future<Output = Result<Run, RunError>>,
) -> Option<Result<Run, RunError>> {
    let mut run = Box::pin(run);
    let mut signals = serve::Signals::listen();
    let mut stopping = false;
    loop {
        tokio::select! {
            run = &mut run => return Some(run),
            signal = signals.next() => {
                if stopping || signal == Signal::End {
                    return None;
                }
                stopping = true;
                control.stop(true);
                tell("stopping, and cancelling in Azure what can be cancelled; once more leaves it to go on there");
            }
        }
    }
}

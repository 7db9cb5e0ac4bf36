//! `--print`: the settled screen as text, without a terminal.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tokio::time::timeout;

use super::args::FrameSize;
use super::exit::{Exit, Failure, print, tell};
use super::start::Context;
use super::{landing, list};
use crate::app::console::Console;
use crate::app::effect::Host;
use crate::app::runtime::Services;
use crate::config::input::Input;
use crate::config::key::{Key, parse_script};

/// Connects, presses the keys, each on a settled screen, and prints the last frame. What the inventory
/// lacks is told, and ends as it does for `amldeck list`.
///
/// # Errors
/// When `--keys` cannot be read, the frame cannot be drawn, the screen does not settle in time, or sign-in
/// or inventory failed.
pub async fn run(
    mut console: Console,
    services: Services,
    size: FrameSize,
    context: &Context,
    workspace: Option<&str>,
) -> Result<Exit, Failure> {
    let keys =
        parse_script(context.global.keys.as_deref().unwrap_or_default()).map_err(Failure::wrong_use)?;
    let mut terminal = Terminal::new(TestBackend::new(size.columns, size.rows)).map_err(Failure::local)?;
    console.model.size = (size.columns, size.rows);
    console.connect(services);
    let limit = Duration::from_secs(context.global.timeout);
    let settled = match timeout(limit, play(&mut console, &mut terminal, &keys)).await {
        Ok(played) => played.map(|()| true)?,
        Err(_) => {
            // What is known by now says more than an empty frame.
            draw(&mut console, &mut terminal)?;
            false
        }
    };
    print(&text_of(terminal.backend().buffer()))?;
    if let Some(error) = &console.model.inventory_status.error {
        tell(&error.to_string());
        return Ok(Failure::from(error.clone()).exit());
    }
    if let Some(workspace) = workspace
        && landing::find(&console.model.inventory, workspace)?.is_none()
    {
        list::tell_problems(&console.model.inventory);
        tell(&format!("whether there is a workspace '{workspace}' cannot be told"));
        return Ok(Exit::CannotTell);
    }
    if !settled {
        return Err(Failure::local(format!("the screen did not settle within {} s", limit.as_secs())));
    }
    Ok(list::tell_problems(&console.model.inventory))
}

async fn play(
    console: &mut Console,
    terminal: &mut Terminal<TestBackend>,
    keys: &[Key],
) -> Result<(), Failure> {
    settle(console, terminal).await?;
    for key in keys {
        let hosts = console.input(Input::Key(*key));
        if hosts.contains(&Host::Quit) {
            break;
        }
        settle(console, terminal).await?;
    }
    Ok(())
}

async fn settle(console: &mut Console, terminal: &mut Terminal<TestBackend>) -> Result<(), Failure> {
    console.settle().await;
    draw(console, terminal)
}

/// Draws a whole frame: what a buffer keeps of wide characters of the frame before is no part of this one.
fn draw(console: &mut Console, terminal: &mut Terminal<TestBackend>) -> Result<(), Failure> {
    terminal.clear().map_err(Failure::local)?;
    console.draw(terminal).map_err(Failure::local)
}

/// The characters of a buffer, row by row, without blanks at the ends of rows.
#[must_use]
pub fn text_of(buffer: &Buffer) -> String {
    use unicode_width::UnicodeWidthStr;
    let area = buffer.area;
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(symbol.width().max(1)).unwrap_or(1);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

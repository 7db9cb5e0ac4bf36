//! From a key to the frame after it, in this process, with everything loaded.

use std::time::{Duration, Instant};

use amldeck::config::key::parse_script;
use anyhow::Result;

use crate::shared::{FULL, Stage};
use crate::table::{Table, millis, percentile};

/// What is pressed: a name, the keys that lead there, the keys that are measured, how often, the keys
/// that lead back.
const SCRIPTS: &[(&str, &str, &str, usize, &str)] = &[
    ("tree closed: j and k", "_gg", "jjjjjjjjjjkkkkk", 40, "+ggjj"),
    ("tree open: j and k", "", "jjjjjjjjjjkkkkk", 40, "ggjj"),
    ("tree open: pages and ends", "", "<c-d><pgdn>G<pgup><c-u>gg", 40, "ggjj"),
    ("tree: fold and unfold one", "ggj", "<enter><enter>hl", 40, "ggjj"),
    ("tree: fold and unfold all", "", "_+", 50, "ggjj"),
    ("tree or table", "", "t", 100, ""),
    ("table: j and k", "t", "jjjjjjjjjjkkkkk", 40, "tggjj"),
    ("table: sort by each column", "t", SORT_TABLE, 4, "S/name<enter>tggjj"),
    ("tree: typing a filter", "", "/fraud prod<esc>", 20, "ggjj"),
    (
        "tree: typing a filter and taking it back",
        "",
        "/churn 00<bs><bs><bs><bs><bs><bs><bs><esc>",
        20,
        "ggjj",
    ),
    ("tree: typing a filter by column", "", "/isolation:approved<esc>", 10, "ggjj"),
    ("table: typing a filter", "t", "/fraud prod<esc>", 20, "tggjj"),
    ("table: typing a filter by column", "t", "/findings:1 state:succ !env:dev<esc>", 10, "tggjj"),
    ("panes: focus and zoom", "", "<tab><tab><tab><tab><tab>0zz2zz3zz1", 20, "1"),
    ("access of 50,000 rows: j, pages, ends", "4", "jjjjj<c-d><pgdn>G<pgup>gg", 20, "1"),
    ("access of 50,000 rows: zoom", "4", "zz", 50, "1"),
    ("access of 50,000 rows: zoomed, j and k", "4z", "jjjjjkkkkk", 20, "z1"),
    ("access of 50,000 rows: zoomed, a row in full", "4z", "<enter>jj<esc>J<esc>", 20, "z1"),
    ("access of 50,000 rows: typing a filter", "4", "/person 49<esc>", 10, "1"),
    ("access of 50,000 rows: typing what is nowhere", "4", "/nosrep eht<esc>", 10, "1"),
    ("access of 50,000 rows: typing exact and negated words", "4", "/'number 1 !contoso<esc>", 10, "1"),
    ("access of 50,000 rows: typing a filter by column", "4", "/role:number from:sub<esc>", 10, "1"),
    ("access of 50,000 rows: sort by each column", "4", SORT_ACCESS, 4, "1"),
    ("matrix of 50,000: j, pages, ends", "4z", "jjjjj<c-d><pgdn>G<pgup>gg", 20, "z1"),
    ("matrix of 50,000: sideways, by role, by scope", "4z", "llhhbbb", 4, "z1"),
    ("matrix of 50,000: sort by each column", "4z", SORT_MATRIX, 4, "z1"),
    ("matrix of 50,000: typing a filter", "4z", "/person 49<esc>", 6, "z1"),
    ("matrix of 50,000: typing a filter by column", "4z", "/role:number from:sub<esc>", 6, "z1"),
    ("matrix of 50,000: a row in full", "4z", "<enter>jj<esc>", 20, "z1"),
    ("who can: opening, typing, closing", "4", "wperson 49<esc>", 10, "1"),
    ("who can: a question of which 5,000 are the answer", "4", "wread the work<enter>jjG<esc>", 10, "1"),
    ("who can: typing a filter over them", "4wread the work<enter>", "/person 49<esc>", 10, "<esc>1"),
    ("what can somebody do: a no, and why not", "4wperson 77<enter>", "G<enter>jj<esc>", 10, "<esc>1"),
    ("command palette: open and close", "", ":<esc>", 40, ""),
    ("command palette: typing", "", ":mlw-churn<esc>", 10, ""),
    ("command palette: typing and taking it back", "", ":vision<bs><bs><bs><bs><bs><bs><esc>", 10, ""),
    ("findings of a subscription", "_gg", "fjjkG<esc>", 20, "+ggjj"),
    ("findings of all 10,000", "_gg", "ffjjkG<enter><esc><esc>", 20, "+ggjj"),
    ("request log of 500", "", "@jjG<enter><esc>gg<esc>", 20, ""),
    ("help, notifications, actions, JSON", "", "?<esc>!<esc>a<esc>J<esc>Y<esc>", 20, ""),
    ("theme", "", "Tj<enter>T<enter>", 20, ""),
    ("copy or save the list of 10,000", "", "YtYcYsYm<c-s>c", 4, ""),
    ("copy or save the access of 50,000 rows", "4", "YtYcYsYm<c-s>c", 4, "1"),
];

const SORT_TABLE: &str = "S/group<enter>S/subscr<enter>S/region<enter>S/kind<enter>S/isolation<enter>\
    S/public<enter>S/storage<enter>S/findings<enter>S/state<enter>S/name<enter>";
const SORT_MATRIX: &str = "S/principal<enter>S/type<enter>S/how<enter>S/workspace<enter>S/sub<enter>";
const SORT_ACCESS: &str = "S/principal<enter>S/type<enter>S/role<enter>S/from<enter>S/since<enter>";

/// Measures keys and frames.
pub fn measure(table: &mut Table) -> Result<()> {
    let mut stage = Stage::loaded(FULL)?;
    let mut all = Vec::new();
    for (name, there, keys, times, back) in SCRIPTS {
        stage.press(there)?;
        stage.draw()?;
        let keys = parse_script(keys)?;
        let mut taken: Vec<Duration> = Vec::new();
        for _ in 0..*times {
            for key in &keys {
                let begun = Instant::now();
                let effects = stage.key_to_frame(*key)?;
                taken.push(begun.elapsed());
                // What goes on beside the screen is not what the hand waits for; taking what comes of it is.
                stage.work(effects);
            }
        }
        stage.press(back)?;
        all.extend_from_slice(&taken);
        let worst = taken.iter().max().copied().unwrap_or_default();
        let median = percentile(&mut taken, 0.5);
        let p99 = percentile(&mut taken, 0.99);
        table.most(
            format!(
                "key to frame, p99: {name} (median {:.1}, worst {:.1} ms)",
                millis(median),
                millis(worst)
            ),
            5.0,
            millis(p99),
            "ms",
        );
    }
    table.most("key to frame, p99 of all these", 5.0, millis(percentile(&mut all, 0.99)), "ms");
    let mut whole = Vec::new();
    let mut diff = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        stage.draw_whole()?;
        whole.push(begun.elapsed());
        let begun = Instant::now();
        stage.draw()?;
        diff.push(begun.elapsed());
    }
    table.most(
        "a frame at 200x60, all panes, nothing changed",
        1.0,
        millis(percentile(&mut diff, 0.5)),
        "ms",
    );
    table.most(
        "a frame at 200x60, all panes, every cell sent",
        1.0,
        millis(percentile(&mut whole, 0.5)),
        "ms",
    );
    Ok(())
}

//! `parse`: new columns cut out of a text by a pattern.

use super::ast::{Expr, Part};
use super::cell::Cell;
use super::fault::Fault;
use super::functions;
use super::relation::Relation;
use super::scalar::Scalar;

/// Columns cut out of a text by a pattern; all are null where it does not fit.
pub(super) fn cut<'a>(of: &Expr, parts: &[Part], mut relation: Relation<'a>) -> Result<Relation<'a>, Fault> {
    let scalar = Scalar::bind(of, &relation)?;
    let mut casts = Vec::new();
    for part in parts {
        if let Part::Column(name, cast) = part {
            let cast = cast.map(|cast| functions::find(cast, 1)).transpose();
            casts.push(cast.map_err(|message| Fault::semantic(name.at, message))?);
            relation.add_column(name.text.clone(), false);
        }
    }
    relation.budget.take(relation.rows.len().saturating_mul(scalar.weight() + parts.len()))?;
    let budget = relation.budget.clone();
    for row in &mut relation.rows {
        let cell = scalar.value(row);
        let text = cell.to_text();
        budget.take(text.len() / 16)?;
        let found = pieces(&text, parts);
        let cells: Vec<Cell<'a>> = casts
            .iter()
            .enumerate()
            .map(|(index, cast)| {
                let piece = found.as_ref().and_then(|found| found.get(index)).map(|text| Cell::text(*text));
                match (piece, cast) {
                    (None, _) => Cell::Null,
                    (Some(cell), Some(cast)) => cast.call_on(cell),
                    (Some(cell), None) => cell,
                }
            })
            .collect();
        drop(text);
        row.cells.extend(cells);
    }
    relation.budget.check()?;
    Ok(relation)
}

/// The texts at the columns of a pattern, a text for each.
fn pieces<'t>(text: &'t str, parts: &[Part]) -> Option<Vec<&'t str>> {
    let mut found = Vec::new();
    let mut rest = text;
    // What stands between two texts of the pattern shares what stands between them in the text.
    let mut open: Vec<&Part> = Vec::new();
    for part in parts {
        let Part::Text(wanted) = part else {
            open.push(part);
            continue;
        };
        let mut from = 0;
        loop {
            let start = from + rest[from..].find(wanted.as_str())?;
            if let Some(shared) = share(&rest[..start], &open) {
                found.extend(shared);
                rest = &rest[start + wanted.len()..];
                break;
            }
            from = start + rest[start..].chars().next().map_or(1, char::len_utf8);
            if from > rest.len() {
                return None;
            }
        }
        open.clear();
    }
    if !open.is_empty() {
        found.extend(share(rest, &open)?);
    }
    Some(found)
}

/// Divides a stretch between adjacent columns: a number takes its digits, a text as little as it can, the last one what is
/// left. `*` is no column.
fn share<'t>(stretch: &'t str, open: &[&Part]) -> Option<Vec<&'t str>> {
    let mut found = Vec::new();
    let mut rest = stretch;
    for (at, part) in open.iter().enumerate() {
        let next = open.get(at + 1);
        let end = if is_number(part) {
            digits(rest).filter(|end| next.is_some() || *end == rest.len())?
        } else if next.is_none() {
            rest.len()
        } else if next.is_some_and(|next| is_number(next)) {
            rest.find(|letter: char| letter.is_ascii_digit())?
        } else {
            0
        };
        if matches!(part, Part::Column(..)) {
            found.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    rest.is_empty().then_some(found)
}

fn is_number(part: &Part) -> bool {
    matches!(part, Part::Column(_, Some("tolong" | "todouble")))
}

/// Where the number ends that a text begins with.
fn digits(text: &str) -> Option<usize> {
    let sign = usize::from(text.starts_with('-'));
    let end = text[sign..].find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let end = sign + end.unwrap_or(text.len() - sign);
    (end > sign).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::super::ast::Name;
    use super::super::fault::Span;
    use super::*;

    #[test]
    fn adjacent_columns_share_what_stands_between_two_texts() {
        let text = |text: &str| Part::Text(text.to_owned());
        let of = |cast| Part::Column(Name { text: "c".to_owned(), at: Span::default() }, Some(cast));
        let (word, number) = (|| of("tostring"), || of("tolong"));
        for (given, pattern, expected) in [
            ("a=1;b", vec![text("a="), number(), text(";"), word()], Some(vec!["1", "b"])),
            ("rg12x", vec![word(), number(), word()], Some(vec!["rg", "12", "x"])),
            ("12ab;", vec![number(), word(), text(";")], Some(vec!["12", "ab"])),
            ("ab;", vec![word(), word(), text(";")], Some(vec!["", "ab"])),
            ("7 of 9", vec![number(), Part::Any, number()], Some(vec!["7", "9"])),
            ("x-y-1", vec![word(), text("-"), number()], None),
            ("x-y", vec![text("y"), word()], None),
            ("x-1-2", vec![Part::Any, text("-"), number()], None),
            ("né", vec![text("n"), word()], Some(vec!["é"])),
            ("", vec![text("a")], None),
        ] {
            assert_eq!(pieces(given, &pattern), expected, "{given} {pattern:?}");
        }
    }
}

//! Text to tokens.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::fault::{Fault, Span};
use super::time;

/// One token of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword, among them the dashed (`project-away`), negated (`!contains`) and tilde
    /// (`in~`) ones, and `$left`.
    Name(String),
    /// A string literal, without quotes.
    Text(String),
    /// A whole number.
    Long(i64),
    /// A number with a fraction.
    Real(f64),
    /// A number with a unit of time, or `timespan(..)`.
    Span(SignedDuration),
    /// `datetime(..)`.
    Time(Timestamp),
    /// `dynamic(..)`.
    Json(Value),
    /// Punctuation and operators of one or two characters.
    Symbol(&'static str),
    /// Behind the last character.
    End,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) at: Span,
}

/// Longer ones first.
const SYMBOLS: &[&str] = &[
    "..", "==", "!=", "=~", "!~", "<=", ">=", "<", ">", "=", "|", "(", ")", "[", "]", ",", ".", ";", ":",
    "+", "-", "*", "/", "%",
];

/// Operator names with a dash in them, which is no minus there.
const DASHED: &[&str] =
    &["project-away", "project-keep", "project-rename", "project-reorder", "mv-expand", "mv-apply"];

/// Reads all tokens; the last one is always [`Token::End`].
pub(super) fn tokens(query: &str) -> Result<Vec<Lexeme>, Fault> {
    let mut lexer = Lexer { query, at: 0 };
    let mut all = Vec::new();
    loop {
        let lexeme = lexer.next()?;
        let end = lexeme.token == Token::End;
        all.push(lexeme);
        if end {
            return Ok(all);
        }
    }
}

struct Lexer<'q> {
    query: &'q str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.query[self.at..]
    }

    fn next(&mut self) -> Result<Lexeme, Fault> {
        self.skip_blanks();
        let start = self.at;
        let token = self.token()?;
        Ok(Lexeme { token, at: Span { start, end: self.at } })
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        if first == '\'' || first == '"' {
            return self.text(first);
        }
        if first == '@' && rest[1..].starts_with(['\'', '"']) {
            self.at += 1;
            return self.verbatim();
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        let negated = first == '!' && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        if negated || is_name_start(first) {
            return self.name_or_literal();
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.at += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        let span = Span { start: self.at, end: self.at + first.len_utf8() };
        Err(Fault::syntax(span, format!("the character '{}' means nothing here", first.escape_debug())))
    }

    /// A name, or a literal that is written like a call: what is in it is no expression.
    fn name_or_literal(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let name = self.name();
        let Token::Name(word) = &name else { return Ok(name) };
        let kind = word.to_ascii_lowercase();
        if !matches!(kind.as_str(), "datetime" | "timespan" | "time" | "dynamic")
            || !self.rest().starts_with('(')
        {
            return Ok(name);
        }
        let wrong = |end: usize, what: &str| Fault::syntax(Span { start, end }, what.to_owned());
        let Some(length) = closing(self.rest()) else {
            return Err(wrong(self.query.len(), "the literal does not end"));
        };
        let inner = self.rest()[1..length].to_owned();
        self.at += length + 1;
        let read = match kind.as_str() {
            "datetime" => time::time(&inner).map(Token::Time),
            "dynamic" => serde_json::from_str(&inner.replace('\'', "\"")).ok().map(Token::Json),
            _ => time::span(&inner).map(Token::Span),
        };
        read.ok_or_else(|| wrong(self.at, "the literal is not valid"))
    }

    fn name(&mut self) -> Token {
        let rest = self.rest();
        let mut length = 1 + rest[1..].find(|c| !is_name_part(c)).unwrap_or(rest.len() - 1);
        if let Some(dashed) = DASHED.iter().find(|dashed| {
            rest.starts_with(**dashed) && !rest[dashed.len()..].starts_with(|c: char| is_name_part(c))
        }) {
            length = dashed.len();
        } else if matches!(&rest[..length], "in" | "!in") && rest[length..].starts_with('~') {
            length += 1;
        }
        let name = rest[..length].to_owned();
        self.at += length;
        Token::Name(name)
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let rest = self.rest();
        let whole = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let tail = &rest[whole..];
        let mut length = whole;
        if tail.starts_with('.') && tail[1..].starts_with(|c: char| c.is_ascii_digit()) {
            length += 1 + tail[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len() - 1);
        }
        let span = Span { start: self.at, end: self.at + length };
        let too_large = || Fault::syntax(span, "the number is too large".to_owned());
        if rest[length..].starts_with(is_name_part) {
            let tail = &rest[length..];
            let unit = &tail[..tail.find(|c| !is_name_part(c)).unwrap_or(tail.len())];
            let number = rest[..length].parse().unwrap_or(f64::NAN);
            let Some(found) = time::span_of(number, unit) else {
                return Err(Fault::syntax(span, format!("the unit '{unit}' is not known here")));
            };
            self.at += length + unit.len();
            return Ok(Token::Span(found));
        }
        let digits = &rest[..length];
        let token = if length == whole {
            Token::Long(digits.parse().map_err(|_| too_large())?)
        } else {
            Token::Real(digits.parse().map_err(|_| too_large())?)
        };
        self.at += length;
        Ok(token)
    }

    fn text(&mut self, quote: char) -> Result<Token, Fault> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.query[start + 1..].char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                c if c == quote => {
                    self.at = start + 1 + offset + 1;
                    return Ok(Token::Text(text));
                }
                '\n' => break,
                '\\' => match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, c @ ('\\' | '\'' | '"'))) => text.push(c),
                    _ => break,
                },
                c => text.push(c),
            }
        }
        Err(self.unterminated(start))
    }

    /// `@'...'`: backslashes stand for themselves, a doubled quote for one.
    fn verbatim(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let quote = if self.rest().starts_with('"') { "\"" } else { "'" };
        let mut text = String::new();
        self.at += 1;
        while let Some(length) = self.rest().find(quote) {
            text.push_str(&self.query[self.at..self.at + length]);
            self.at += length + 1;
            if !self.rest().starts_with(quote) {
                return Ok(Token::Text(text));
            }
            text.push_str(quote);
            self.at += 1;
        }
        Err(self.unterminated(start))
    }

    fn unterminated(&self, start: usize) -> Fault {
        let span = Span { start, end: self.query.len() };
        Fault::syntax(span, "the string does not end, or has an unknown escape".to_owned())
    }
}

/// Where the parenthesis ends that a text begins with, strings in it left alone.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, sign) in text.char_indices() {
        if let Some(open) = quote {
            quote = (open != sign).then_some(open);
            continue;
        }
        match sign {
            '"' | '\'' => quote = Some(sign),
            '(' => depth += 1,
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '$'
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Vec<Token> {
        tokens(query).unwrap().into_iter().map(|lexeme| lexeme.token).collect()
    }

    #[test]
    fn operators_with_dashes_marks_and_tildes_are_one_name() {
        let name = |text: &str| Token::Name(text.to_owned());
        assert_eq!(
            read("project-away a-b !contains in~ !in~"),
            [
                name("project-away"),
                name("a"),
                Token::Symbol("-"),
                name("b"),
                name("!contains"),
                name("in~"),
                name("!in~"),
                Token::End
            ]
        );
        assert_eq!(read("a!=b!~c")[1..2], [Token::Symbol("!=")]);
    }

    #[test]
    fn strings_know_both_quotes_escapes_and_verbatim() {
        let cases = [
            (r"'it\'s'", "it's"),
            (r#""a'b""#, "a'b"),
            (r"@'c:\d''e'", r"c:\d'e"),
            ("'日本 \u{1f600}'", "日本 \u{1f600}"),
        ];
        for (query, text) in cases {
            assert_eq!(read(query)[0], Token::Text(text.to_owned()), "{query}");
        }
    }

    #[test]
    fn comments_and_line_ends_are_blanks() {
        assert_eq!(read("a // b | c\n// d").len(), 2);
    }

    #[test]
    fn what_is_no_token_is_a_fault_where_it_stands() {
        for (query, start) in
            [("a ? b", 2), ("x 'open", 2), ("ago(7y)", 4), ("a # b", 2), (r"'\q'", 0), ("dynamic([1)", 0)]
        {
            assert_eq!(tokens(query).unwrap_err().at.start, start, "{query}");
        }
    }
}

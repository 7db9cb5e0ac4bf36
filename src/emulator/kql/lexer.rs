//! Text to tokens.

use super::fault::{Fault, Span};

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
    "==", "!=", "=~", "!~", "<=", ">=", "<", ">", "=", "|", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/",
    "%",
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
            return Ok(self.name());
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.at += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        let span = Span { start: self.at, end: self.at + first.len_utf8() };
        Err(Fault::syntax(span, format!("the character '{}' means nothing here", first.escape_debug())))
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
            return Err(Fault::syntax(span, "numbers with a unit are not known here".to_owned()));
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
        for (query, start) in [("a ; b", 2), ("x 'open", 2), ("ago(7d)", 4), ("a # b", 2), (r"'\q'", 0)] {
            assert_eq!(tokens(query).unwrap_err().at.start, start, "{query}");
        }
    }
}

//! Reading the language of conditions: `!(ActionMatches{'...'}) OR (@Resource[...] StringEquals 'x')`.
//! Words and operators are taken in any case.

use super::{Expression, Term};

/// Nested deeper, and with more parts, than any condition that the service takes (it ends at 8 KB).
const DEEPEST: usize = 200;
const LONGEST: usize = 500;

/// Reads a whole condition; none where it is not understood.
pub(super) fn expression(text: &str) -> Option<Expression> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0, joined: 0 };
    let found = reader.any()?;
    (reader.at == tokens.len()).then_some(found)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `(`, `)`, `{`, `}`, `,`, `!`, `&` for `&&`, `|` for `||`.
    Sign(char),
    /// A word, an operator, a number or a time.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// `@Resource[...]`.
    Attribute { source: String, name: String },
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' | ')' | '{' | '}' | ',' | '!' => (Token::Sign(first), 1),
            '&' if rest.starts_with("&&") => (Token::Sign('&'), 2),
            '|' if rest.starts_with("||") => (Token::Sign('|'), 2),
            '\'' | '"' => quoted(rest, first)?,
            '@' => {
                let open = rest.find('[')?;
                let close = rest.find(']').filter(|close| *close > open)?;
                let (source, name) = (rest[1..open].trim(), rest[open + 1..close].trim());
                (Token::Attribute { source: source.to_owned(), name: name.to_owned() }, close + 1)
            }
            _ if is_word(first) => {
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
            _ => return None,
        };
        found.push(token);
        rest = rest.get(length..)?.trim_start();
    }
    Some(found)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '-' | '+')
}

/// A text in quotes; a doubled or escaped quote stands for itself.
fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?.1),
            c if c != quote => text.push(c),
            _ if chars.next_if(|(_, next)| *next == quote).is_some() => text.push(quote),
            _ => return Some((Token::Text(text), at + 1)),
        }
    }
    None
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    joined: usize,
}

impl Reader<'_> {
    fn next_is(&mut self, wanted: impl Fn(&Token) -> bool) -> bool {
        let is = self.tokens.get(self.at).is_some_and(wanted);
        self.at += usize::from(is);
        is
    }

    fn sign(&mut self, sign: char) -> bool {
        self.next_is(|token| *token == Token::Sign(sign))
    }

    fn word(&mut self, word: &str) -> bool {
        self.next_is(|token| matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word)))
    }

    fn any(&mut self) -> Option<Expression> {
        let mut found = self.all()?;
        while self.word("OR") || self.sign('|') {
            found = Expression::Or(Box::new(found), Box::new(self.joined(Self::all)?));
        }
        Some(found)
    }

    fn all(&mut self) -> Option<Expression> {
        let mut found = self.one()?;
        while self.word("AND") || self.sign('&') {
            found = Expression::And(Box::new(found), Box::new(self.joined(Self::one)?));
        }
        Some(found)
    }

    fn joined(&mut self, read: fn(&mut Self) -> Option<Expression>) -> Option<Expression> {
        self.joined += 1;
        if self.joined > LONGEST { None } else { read(self) }
    }

    fn one(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = self.part();
        self.depth -= 1;
        found
    }

    fn part(&mut self) -> Option<Expression> {
        if self.sign('!') || self.word("NOT") {
            return Some(Expression::Not(Box::new(self.one()?)));
        }
        if self.sign('(') {
            let found = self.any()?;
            return self.sign(')').then_some(found);
        }
        if self.word("ActionMatches") {
            return self.braced().map(Expression::Action);
        }
        if self.word("SubOperationMatches") {
            return self.braced().map(Expression::Suboperation);
        }
        if self.word("Exists") {
            return self.term().map(Expression::Exists);
        }
        if self.word("NotExists") {
            return self.term().map(|term| Expression::Not(Box::new(Expression::Exists(term))));
        }
        let left = self.term()?;
        let Some(Token::Word(operator)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        Some(Expression::Compare { left, operator: operator.clone(), right: self.term()? })
    }

    /// `{'text'}`.
    fn braced(&mut self) -> Option<String> {
        let open = self.sign('{');
        let Some(Token::Text(text)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        (open && self.sign('}')).then(|| text.clone())
    }

    fn term(&mut self) -> Option<Term> {
        if self.sign('{') {
            let mut values = Vec::new();
            while !self.sign('}') {
                if !values.is_empty() && !self.sign(',') {
                    return None;
                }
                values.push(self.value()?);
            }
            return Some(Term::Set(values));
        }
        self.value()
    }

    fn value(&mut self) -> Option<Term> {
        let found = match self.tokens.get(self.at)? {
            Token::Attribute { source, name } => {
                Term::Attribute { source: source.clone(), name: name.clone() }
            }
            Token::Text(text) | Token::Word(text) => Term::Value(text.clone()),
            Token::Sign(_) => return None,
        };
        self.at += 1;
        Some(found)
    }
}

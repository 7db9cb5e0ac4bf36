//! The template expression language: from the text of a template to a tree.
//!
//! A string that begins with `[` and ends with `]` is an expression; `[[` stands for a bracket. Inside there are
//! calls, texts in single quotes (a quote is doubled), numbers, `.property` and `[index]`.

/// How deep expressions may nest; beyond it a template is refused instead of the stack running out.
const DEEPEST: usize = 96;
/// How many properties and indices one text may take: each is a level of what is made of it.
const MOST_LINKS: usize = 400;

/// One expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A call; names of functions compare without case. A template's own functions have a dot in the name.
    Call(String, Vec<Expression>),
    /// A property or an element: of what, which one, and whether its absence gives null (`.?name`).
    Member(Box<Expression>, Box<Expression>, bool),
}

/// What a string of a template is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    /// As it stands.
    Literal(String),
    /// To be evaluated.
    Expression(Expression),
}

/// Reads a string of a template.
///
/// # Errors
/// What is wrong and at which character, in a sentence without an end.
pub(super) fn read(text: &str) -> Result<Reading, String> {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Ok(Reading::Literal(text.to_owned()));
    };
    if inner.starts_with('[') {
        return Ok(Reading::Literal(text[1..].to_owned()));
    }
    let mut parser = Parser { rest: inner, length: inner.len(), depth: 0, links: 0 };
    let expression = parser.expression()?;
    parser.skip_space();
    if parser.rest.is_empty() {
        Ok(Reading::Expression(expression))
    } else {
        Err(parser.expected("the end of the expression"))
    }
}

struct Parser<'a> {
    rest: &'a str,
    length: usize,
    depth: usize,
    links: usize,
}

impl<'a> Parser<'a> {
    fn link(&mut self) -> Result<(), String> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(format!("the expression takes more than {MOST_LINKS} properties and indices"));
        }
        Ok(())
    }

    fn expected(&self, what: &str) -> String {
        let position = self.length - self.rest.len() + 1;
        match self.rest.chars().next() {
            Some(found) => format!("expected {what} at position {position} and found '{found}'"),
            None => format!("expected {what} and found the end"),
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, mark: char) -> bool {
        self.skip_space();
        let stripped = self.rest.strip_prefix(mark);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    fn need(&mut self, mark: char) -> Result<(), String> {
        if self.take(mark) { Ok(()) } else { Err(self.expected(&format!("'{mark}'"))) }
    }

    fn name(&mut self) -> Option<&'a str> {
        self.skip_space();
        let end = self
            .rest
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .unwrap_or(self.rest.len());
        let name = &self.rest[..end];
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        self.rest = &self.rest[end..];
        Some(name)
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("the expression nests more than {DEEPEST} levels"));
        }
        let mut expression = self.primary()?;
        loop {
            if self.take('.') {
                self.link()?;
                let safe = self.take('?');
                let Some(name) = self.name() else { return Err(self.expected("a property name")) };
                let name = Expression::Text(name.to_owned());
                expression = Expression::Member(Box::new(expression), Box::new(name), safe);
            } else if self.take('[') {
                self.link()?;
                let safe = self.take('?');
                let index = self.expression()?;
                self.need(']')?;
                expression = Expression::Member(Box::new(expression), Box::new(index), safe);
            } else {
                break;
            }
        }
        self.depth -= 1;
        Ok(expression)
    }

    fn primary(&mut self) -> Result<Expression, String> {
        self.skip_space();
        if self.rest.starts_with('\'') {
            return self.text();
        }
        if self.rest.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
            return self.number();
        }
        let Some(name) = self.name() else { return Err(self.expected("a function, a text or a number")) };
        let mut name = name.to_owned();
        if !self.rest.trim_start().starts_with('(') && self.take('.') {
            let Some(member) = self.name() else { return Err(self.expected("a function name")) };
            name = format!("{name}.{member}");
        }
        self.need('(')?;
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.expression()?);
                if !self.take(',') {
                    break;
                }
            }
            self.need(')')?;
        }
        Ok(Expression::Call(name, arguments))
    }

    fn text(&mut self) -> Result<Expression, String> {
        let mut out = String::new();
        let mut rest = &self.rest[1..];
        loop {
            let Some(end) = rest.find('\'') else {
                return Err("a text that begins with a quote does not end with one".to_owned());
            };
            out.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(more) => {
                    out.push('\'');
                    rest = more;
                }
                None => break,
            }
        }
        self.rest = rest;
        Ok(Expression::Text(out))
    }

    fn number(&mut self) -> Result<Expression, String> {
        let end = self
            .rest
            .char_indices()
            .find(|(at, letter)| !(letter.is_ascii_digit() || (*at == 0 && *letter == '-')))
            .map_or(self.rest.len(), |(at, _)| at);
        let number = self.rest[..end].parse().map_err(|_| self.expected("a whole number"))?;
        self.rest = &self.rest[end..];
        Ok(Expression::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Expression {
        Expression::Text(text.to_owned())
    }

    fn call(name: &str, arguments: Vec<Expression>) -> Expression {
        Expression::Call(name.to_owned(), arguments)
    }

    #[test]
    fn only_text_in_brackets_is_an_expression() {
        for (given, literal) in
            [("plain", "plain"), ("[[x]", "[x]"), ("[half", "[half"), ("", ""), ("]", "]")]
        {
            assert_eq!(read(given), Ok(Reading::Literal(literal.to_owned())), "{given}");
        }
    }

    #[test]
    fn calls_texts_numbers_and_members() {
        let expression = |source: &str| match read(source) {
            Ok(Reading::Expression(expression)) => expression,
            other => panic!("{source}: {other:?}"),
        };
        assert_eq!(
            expression("[concat( 'it''s' , parameters('a'))]"),
            call("concat", vec![text("it's"), call("parameters", vec![text("a")])])
        );
        assert_eq!(
            expression("[reference('x', '2018-11-30').clientId]"),
            Expression::Member(
                Box::new(call("reference", vec![text("x"), text("2018-11-30")])),
                Box::new(text("clientId")),
                false
            )
        );
        assert_eq!(
            expression("[variables('v')[add(-1, 2)].?name]"),
            Expression::Member(
                Box::new(Expression::Member(
                    Box::new(call("variables", vec![text("v")])),
                    Box::new(call("add", vec![Expression::Number(-1), Expression::Number(2)])),
                    false
                )),
                Box::new(text("name")),
                true
            )
        );
        assert_eq!(expression("[contoso.name('x')]"), call("contoso.name", vec![text("x")]));
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        for (source, part) in [
            ("[concat('a']", "')' and found the end"),
            ("[concat('a' 'b')]", "')' at position 12"),
            ("['open]", "does not end"),
            ("[]", "a function"),
            ("[a.]", "a function name"),
            ("[f() g]", "the end of the expression"),
        ] {
            let message = read(source).unwrap_err();
            assert!(message.contains(part), "{source}: {message}");
        }
        let deep = format!("[{}{}]", "not(".repeat(500), ")".repeat(500));
        assert!(read(&deep).unwrap_err().contains("nests"));
        for link in [".a", "[0]"] {
            let long = format!("[f(){}]", link.repeat(100_000));
            assert!(read(&long).unwrap_err().contains("properties and indices"));
        }
    }

    proptest! {
        #[test]
        fn every_text_has_an_answer(source in "\\[[a-c.,'()\\[\\]?0-9 -]{0,40}\\]") {
            let _ = read(&source);
        }

        #[test]
        fn a_quoted_text_comes_back(inner in "[^\\[\\]]{0,20}") {
            let source = format!("['{}']", inner.replace('\'', "''"));
            prop_assert_eq!(read(&source), Ok(Reading::Expression(text(&inner))));
        }
    }
}

//! Rules of users, written as maths: `log(1 + x) => log1p(x) if real(x)`.
//!
//! Invariants: every fault of a text is told with its place; nesting is limited, so that no text
//! is too deep to be read.
//!
//! Not here: the trial of what was read (`trial/`), the texts of the rule book (`pattern.rs`).

use super::guard::Guard;
use super::pattern::{HOLES, Pattern};
use crate::error::Fault;
use crate::language::Head;
use hypatia_ir::op::{BinaryOp, UnaryOp};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{opt, recognize, verify};
use nom::error::{ErrorKind, ParseError};
use nom::multi::separated_list0;
use nom::number::complete::recognize_float;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// How deep parentheses may lie in each other.
const DEPTH: usize = 64;

/// What was read of a rule.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    /// The name in front of the colon, if there is one.
    pub name: Option<&'a str>,
    pub left: Pattern,
    pub right: Pattern,
    pub guards: Vec<Guard>,
    /// The user's names of the holes.
    pub holes: Vec<&'a str>,
}

/// Why a text cannot be read, and from where on.
#[derive(Debug)]
struct Stop<'a> {
    at: &'a str,
    why: String,
}

impl<'a> ParseError<&'a str> for Stop<'a> {
    fn from_error_kind(at: &'a str, _: ErrorKind) -> Stop<'a> {
        Stop { at, why: "expected an expression".into() }
    }

    fn append(_: &'a str, _: ErrorKind, other: Stop<'a>) -> Stop<'a> {
        other
    }
}

type Read<'a, T> = IResult<&'a str, T, Stop<'a>>;

fn stop<'a, T>(at: &'a str, why: impl Into<String>) -> Read<'a, T> {
    Err(nom::Err::Failure(Stop { at, why: why.into() }))
}

/// Reads a rule.
pub(super) fn rule(text: &str) -> Result<Parsed<'_>, Fault> {
    read(text).map_err(|e| {
        let (at, why) = match e {
            nom::Err::Error(stop) | nom::Err::Failure(stop) => (stop.at, stop.why),
            nom::Err::Incomplete(_) => ("", "expected more".into()),
        };
        let column = text.len() - at.len().min(text.len());
        Fault { text: text.to_string(), column, why }
    })
}

fn read(text: &str) -> Result<Parsed<'_>, nom::Err<Stop<'_>>> {
    let mut reader = Reader { holes: Vec::new(), open: true, depth: 0 };
    let (rest, name) = opt((preceded(multispace0, word), token(":"))).parse(text)?;
    let start = rest.trim_start();
    let (rest, left) = reader.sum(rest)?;
    if !matches!(left, Pattern::Term(..)) {
        stop::<()>(start, "the left side must be an op on something, not a name or a number")?;
    }
    let (rest, _) = expected("=>", rest)?;
    reader.open = false;
    let (rest, right) = reader.sum(rest)?;
    let (mut rest, condition) = opt(preceded(multispace0, tag("if"))).parse(rest)?;
    let mut guards = Vec::new();
    if condition.is_some() {
        let (after, found) =
            separated_list0(alt((token(","), token("and"))), |i| reader.guard(i)).parse(rest)?;
        (rest, guards) = (after, found);
    }
    let (rest, _) = multispace0(rest)?;
    if !rest.is_empty() {
        stop::<()>(rest, "expected the end of the rule, or `if` and its conditions")?;
    }
    Ok(Parsed { name: name.map(|(n, _)| n), left, right, guards, holes: reader.holes })
}

/// What is known while a rule is read.
struct Reader<'a> {
    holes: Vec<&'a str>,
    /// Whether new names may appear: on the left side.
    open: bool,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn sum(&mut self, i: &'a str) -> Read<'a, Pattern> {
        const OPS: [(&str, BinaryOp); 2] = [("+", BinaryOp::Add), ("-", BinaryOp::Sub)];
        let (mut i, mut left) = self.product(i)?;
        loop {
            let found = OPS.iter().find_map(|(text, op)| Some((token(text)(i).ok()?.0, *op)));
            let Some((rest, op)) = found else { return Ok((i, left)) };
            let (rest, right) = self.product(rest)?;
            (i, left) = (rest, Pattern::Term(Head::Binary(op), vec![left, right]));
        }
    }

    fn product(&mut self, i: &'a str) -> Read<'a, Pattern> {
        const OPS: [(&str, Head); 3] = [
            ("*", Head::Binary(BinaryOp::Mul)),
            ("/", Head::Binary(BinaryOp::Div)),
            ("@", Head::MatMul),
        ];
        let (mut i, mut left) = self.signed(i)?;
        loop {
            let found = OPS.iter().find_map(|(text, op)| Some((token(text)(i).ok()?.0, op)));
            let Some((rest, op)) = found else { return Ok((i, left)) };
            let (rest, right) = self.signed(rest)?;
            (i, left) = (rest, Pattern::Term(op.clone(), vec![left, right]));
        }
    }

    /// A sign binds less tightly than a power: `-x ** 2` is `-(x ** 2)`.
    fn signed(&mut self, i: &'a str) -> Read<'a, Pattern> {
        let (rest, minus) = opt(token("-")).parse(i)?;
        if minus.is_none() {
            return self.power(i);
        }
        let (rest, x) = self.nested(rest, Self::signed)?;
        let negated = match x {
            Pattern::Number(n) => Pattern::Number(-n),
            x => Pattern::Term(Head::Unary(UnaryOp::Neg), vec![x]),
        };
        Ok((rest, negated))
    }

    fn power(&mut self, i: &'a str) -> Read<'a, Pattern> {
        let (i, base) = self.atom(i)?;
        let Ok((rest, _)) = token("**")(i) else { return Ok((i, base)) };
        let (rest, exponent) = self.nested(rest, Self::signed)?;
        Ok((rest, Pattern::Term(Head::Binary(BinaryOp::Pow), vec![base, exponent])))
    }

    fn atom(&mut self, i: &'a str) -> Read<'a, Pattern> {
        let (i, _) = multispace0(i)?;
        if let Ok((rest, _)) = token("(")(i) {
            let (rest, inner) = self.nested(rest, Self::sum)?;
            let (rest, _) = expected(")", rest)?;
            return Ok((rest, inner));
        }
        if let Ok((rest, name)) = word(i) {
            return match (token("(")(rest), name) {
                (Ok((inside, _)), _) => self.application(i, name, inside),
                (_, "inf") => Ok((rest, Pattern::Number(f64::INFINITY))),
                (_, "pi") => Ok((rest, Pattern::Number(std::f64::consts::PI))),
                _ => {
                    let hole = self.hole(i, name)?;
                    Ok((rest, Pattern::Hole(hole)))
                }
            };
        }
        let Ok((rest, digits)) = number(i) else {
            return stop(i, "expected a name, a number or `(`");
        };
        match digits.parse() {
            Ok(value) => Ok((rest, Pattern::Number(value))),
            Err(_) => stop(i, "expected a number"),
        }
    }

    /// What follows the parenthesis after a name.
    fn application(&mut self, at: &'a str, name: &'a str, i: &'a str) -> Read<'a, Pattern> {
        let Some(head) = Head::from_name(name) else {
            return stop(at, format!("there is no op `{name}`; docs/ops.md lists all"));
        };
        let mut attribute = None;
        let mut operands = Vec::new();
        let (mut i, _) = multispace0(i)?;
        while token(")")(i).is_err() {
            if !operands.is_empty() || attribute.is_some() {
                let Ok((rest, _)) = token(",")(i) else { return missing("`,` or `)`", i) };
                i = rest;
            }
            let key = (preceded(multispace0, word), keyed, preceded(multispace0, word)).parse(i);
            if let Ok((rest, (_, _, value))) = key {
                attribute = Some(Pattern::Hole(self.hole(i, value)?));
                i = rest;
            } else {
                let (rest, operand) = self.nested(i, Self::sum)?;
                operands.push(operand);
                i = rest;
            }
        }
        let (rest, _) = expected(")", i)?;
        if let Some(count) = head.arity().filter(|&n| n != operands.len()) {
            let found = operands.len();
            return stop(at, format!("`{name}` has {count} operands, found {found}"));
        }
        match (head.attribute(), attribute) {
            (Some(key), None) => stop(at, format!("`{name}` needs `{key}=` and a name for it")),
            (None, Some(_)) => stop(at, format!("`{name}` has operands only")),
            (_, attribute) => {
                Ok((rest, Pattern::Term(head, attribute.into_iter().chain(operands).collect())))
            }
        }
    }

    fn guard(&mut self, i: &'a str) -> Read<'a, Guard> {
        let (i, _) = multispace0(i)?;
        let Ok((rest, name)) = word(i) else { return stop(i, "expected a condition") };
        let (rest, _) = expected("(", rest)?;
        let (rest, names) = separated_list0(token(","), preceded(multispace0, word)).parse(rest)?;
        let (rest, _) = expected(")", rest)?;
        let holes: Vec<u8> =
            names.into_iter().map(|n| self.hole(i, n)).collect::<Result<_, _>>()?;
        match Guard::of(name, &holes) {
            Ok(guard) => Ok((rest, guard)),
            Err(why) => stop(i, why),
        }
    }

    /// The hole of a name; on the left side a new one if the name is new.
    fn hole(&mut self, at: &'a str, name: &'a str) -> Result<u8, nom::Err<Stop<'a>>> {
        let there = self.holes.iter().position(|h| *h == name);
        let why = match there {
            Some(hole) => return Ok(hole as u8),
            None if !self.open => format!("`{name}` is not on the left side"),
            None if self.holes.len() == HOLES => format!("a rule has at most {HOLES} names"),
            None => {
                self.holes.push(name);
                return Ok(self.holes.len() as u8 - 1);
            }
        };
        Err(nom::Err::Failure(Stop { at, why }))
    }

    fn nested(
        &mut self,
        i: &'a str,
        read: fn(&mut Self, &'a str) -> Read<'a, Pattern>,
    ) -> Read<'a, Pattern> {
        if self.depth == DEPTH {
            return stop(i, format!("parentheses lie more than {DEPTH} deep"));
        }
        self.depth += 1;
        let found = read(self, i);
        self.depth -= 1;
        found
    }
}

/// A name: a letter, then letters, digits and underscores.
fn word(i: &str) -> Read<'_, &str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    verify(take_while1(is_part), |w: &str| !w.starts_with(|c: char| c.is_numeric())).parse(i)
}

/// A number without a sign.
fn number(i: &str) -> Read<'_, &str> {
    verify(recognize(recognize_float), |t: &str| !t.starts_with(['+', '-'])).parse(i)
}

/// A sign after blanks, and not the beginning of a longer one.
fn token<'a>(text: &'static str) -> impl Fn(&'a str) -> Read<'a, &'a str> {
    move |i| {
        let (rest, found) = preceded(multispace0, tag(text)).parse(i)?;
        let longer = text == "*" && rest.starts_with('*')
            || text.chars().all(char::is_alphabetic) && rest.starts_with(char::is_alphanumeric);
        if longer {
            Err(nom::Err::Error(Stop { at: i, why: String::new() }))
        } else {
            Ok((rest, found))
        }
    }
}

/// The `=` of an attribute, not that of an arrow.
fn keyed(i: &str) -> Read<'_, char> {
    preceded(multispace0, char('=')).parse(i)
}

fn expected<'a>(text: &'static str, i: &'a str) -> Read<'a, &'a str> {
    token(text)(i).or_else(|_| missing(&format!("`{text}`"), i))
}

fn missing<'a, T>(what: &str, i: &'a str) -> Read<'a, T> {
    let at = i.trim_start();
    if at.is_empty() {
        return stop(at, format!("expected {what}, found the end"));
    }
    let found: String = at.chars().take(12).collect();
    stop(at, format!("expected {what}, found `{}`", found.trim_end()))
}

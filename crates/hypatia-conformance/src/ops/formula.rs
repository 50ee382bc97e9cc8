//! Formulas in plain infix, as manifests write them: `log(1 + exp(-x))`, `x@w + b`.
//!
//! Invariants: functions are rows of the tables, called without constants; `mean f(x)` is
//! `mean(f(x))`; what cannot be read is refused as a whole.
//!
//! Not here: texts with subscripts or words (`composite.rs` builds those by name).

use super::{Call, Defect, find};
use crate::manifest::params::Params;
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia_ir::operators::Operand;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{map, opt, peek, verify};
use nom::error::{Error, ErrorKind};
use nom::multi::{many0, separated_list0};
use nom::number::complete::double;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use std::collections::BTreeMap;

/// A formula.
#[derive(Debug)]
pub struct Formula {
    text: String,
    root: Term,
}

#[derive(Debug)]
enum Term {
    Number(f64),
    Name(String),
    Apply(String, Vec<Term>),
    Infix(&'static str, Box<(Term, Term)>),
}

/// Longer texts are refused: reading is recursive.
const LONGEST: usize = 2000;
/// Brackets may nest so deep.
const DEEPEST: usize = 100;

/// Infix signs from loose to tight, with the rows that they stand for.
const SIGNS: &[&[(&str, &str)]] = &[
    &[("<=", "le"), (">=", "ge"), ("==", "eq"), ("!=", "ne"), ("<", "lt"), (">", "gt")],
    &[("+", "add"), ("-", "sub")],
    &[("*", "mul"), ("/", "div"), ("@", "matmul")],
];

fn spaced<'a, O>(
    inner: impl Parser<&'a str, Output = O, Error = Error<&'a str>>,
) -> impl Parser<&'a str, Output = O, Error = Error<&'a str>> {
    delimited(multispace0, inner, multispace0)
}

fn name(input: &str) -> IResult<&str, &str> {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = |s: &str| s.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    spaced(verify(take_while1(letter), head)).parse(input)
}

/// A chain of terms with the signs of a level between them, from the left.
fn level(input: &str, at: usize) -> IResult<&str, Term> {
    let Some(signs) = SIGNS.get(at) else { return signed(input) };
    let sign = |input| {
        for (sign, row) in *signs {
            // `**` is a power, not two products.
            if let Ok((rest, _)) = spaced(tag::<_, _, Error<&str>>(*sign)).parse(input)
                && !(*sign == "*" && rest.starts_with('*'))
            {
                return Ok((rest, *row));
            }
        }
        Err(nom::Err::Error(Error::new(input, ErrorKind::Tag)))
    };
    let (rest, first) = level(input, at + 1)?;
    let (rest, more) = many0((sign, |input| level(input, at + 1))).parse(rest)?;
    let join = |left, (row, right)| Term::Infix(row, Box::new((left, right)));
    Ok((rest, more.into_iter().fold(first, join)))
}

/// A sign before a power; powers bind tighter than the sign.
fn signed(input: &str) -> IResult<&str, Term> {
    let minus = preceded(spaced(char('-')), signed);
    alt((map(minus, |x| Term::Apply("neg".into(), vec![x])), power)).parse(input)
}

fn power(input: &str) -> IResult<&str, Term> {
    let (rest, base) = primary(input)?;
    let (rest, exponent) = opt(preceded(spaced(alt((tag("**"), tag("^")))), signed)).parse(rest)?;
    Ok(match exponent {
        Some(exponent) => (rest, Term::Infix("pow", Box::new((base, exponent)))),
        None => (rest, base),
    })
}

fn primary(input: &str) -> IResult<&str, Term> {
    let digit = peek(take_while1(|c: char| c.is_ascii_digit() || c == '.'));
    let number = map(spaced(preceded(digit, double)), Term::Number);
    let inner = |input| level(input, 0);
    let bracket = delimited(spaced(char('(')), inner, spaced(char(')')));
    alt((number, bracket, applied)).parse(input)
}

/// A name, a call, or a function before what it is applied to.
fn applied(input: &str) -> IResult<&str, Term> {
    let (rest, name) = name(input)?;
    let inner = |input| level(input, 0);
    let list = separated_list0(spaced(char(',')), inner);
    let call = delimited(spaced(char('(')), list, spaced(char(')')));
    if let Ok((rest, args)) = { call }.parse(rest) {
        return Ok((rest, Term::Apply(name.into(), args)));
    }
    match find(name).map(|_| applied(rest)) {
        Some(Ok((rest, arg))) => Ok((rest, Term::Apply(name.into(), vec![arg]))),
        _ => Ok((rest, Term::Name(name.into()))),
    }
}

/// What a part of a formula is worth.
enum Value {
    Number(f64),
    Expr(Expr),
}

impl Value {
    fn operand(self) -> Operand {
        match self {
            Value::Expr(expr) => Operand::Expr(expr),
            Value::Number(v) if v.fract() == 0.0 && v.abs() < 2f64.powi(53) => {
                Operand::Int(v as i64)
            }
            Value::Number(v) => Operand::Float(v),
        }
    }
}

impl Formula {
    /// Reads a text.
    pub fn read(text: &str) -> Result<Formula, Defect> {
        let wrong = |why: String| Defect::Formula { text: text.into(), why };
        let depth = text.chars().fold((0usize, 0usize), |(now, most), c| match c {
            '(' => (now + 1, most.max(now + 1)),
            ')' => (now.saturating_sub(1), most),
            _ => (now, most),
        });
        if text.len() > LONGEST || depth.1 > DEEPEST {
            return Err(wrong("too long".into()));
        }
        match level(text, 0) {
            Ok(("", root)) => Ok(Formula { text: text.into(), root }),
            Ok((rest, _)) => Err(wrong(format!("at `{rest}`"))),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    /// Whether every function is a row of the tables, and every other name one of these.
    pub fn knows(&self, variable: impl Fn(&str) -> bool) -> bool {
        let mut stack = vec![&self.root];
        while let Some(term) = stack.pop() {
            match term {
                Term::Number(_) => {}
                Term::Name(name) if variable(name) || constant(name).is_some() => {}
                Term::Name(_) => return false,
                Term::Apply(name, args) if name == "cast" => stack.extend(args.first()),
                Term::Apply(name, args) if find(name).is_some() => stack.extend(args),
                Term::Apply(..) => return false,
                Term::Infix(row, pair) if find(row).is_some() => stack.extend([&pair.0, &pair.1]),
                Term::Infix(..) => return false,
            }
        }
        true
    }

    /// The expression, given those that its names stand for.
    pub fn expr(&self, names: &BTreeMap<String, Expr>) -> Result<Expr, Defect> {
        // Constants beside tensors take their type; alone they are of this one.
        let like = names.values().next();
        match self.value(&self.root, names)? {
            Value::Expr(expr) => Ok(expr),
            value => match like {
                Some(x) => Ok(x.like(value.operand())),
                None => Err(self.wrong("no variable")),
            },
        }
    }

    fn wrong(&self, why: &str) -> Defect {
        Defect::Formula { text: self.text.clone(), why: why.into() }
    }

    fn value(&self, term: &Term, names: &BTreeMap<String, Expr>) -> Result<Value, Defect> {
        let unknown = |name: &str| self.wrong(&format!("`{name}` is unknown"));
        Ok(match term {
            Term::Number(v) => Value::Number(*v),
            Term::Name(name) => match names.get(name) {
                Some(expr) => Value::Expr(expr.clone()),
                None => Value::Number(constant(name).ok_or_else(|| unknown(name))?),
            },
            Term::Apply(name, args) => match (name.as_str(), args.as_slice()) {
                ("cast", [x, Term::Name(to)]) => {
                    let to = DType::from_name(to).ok_or_else(|| unknown(to))?;
                    Value::Expr(self.tensor(x, names)?.cast(to))
                }
                ("neg", [Term::Number(v)]) => Value::Number(-v),
                _ => {
                    let args = args.iter().map(|x| self.value(x, names));
                    self.call(name, args.collect::<Result<_, _>>()?)?
                }
            },
            Term::Infix(row, pair) => {
                let (x, y) = (self.value(&pair.0, names)?, self.value(&pair.1, names)?);
                self.call(row, vec![x, y])?
            }
        })
    }

    fn tensor(&self, term: &Term, names: &BTreeMap<String, Expr>) -> Result<Expr, Defect> {
        match self.value(term, names)? {
            Value::Expr(expr) => Ok(expr),
            Value::Number(_) => Err(self.wrong("a tensor is needed, not a number")),
        }
    }

    /// A row applied: numbers become constants of the type of the tensor beside them.
    fn call(&self, name: &str, args: Vec<Value>) -> Result<Value, Defect> {
        if let [Value::Number(x), Value::Number(y)] = args[..] {
            let folded = match name {
                "add" => x + y,
                "sub" => x - y,
                "mul" => x * y,
                "div" => x / y,
                "pow" => x.powf(y),
                _ => return Err(self.wrong("no tensor")),
            };
            return Ok(Value::Number(folded));
        }
        let float = |v: &&Value| matches!(v, Value::Expr(e) if e.type_or_none().is_none_or(|t| t.dtype != DType::Bool));
        let like = match args.iter().find(float) {
            Some(Value::Expr(expr)) => expr.clone(),
            _ => return Err(self.wrong("no tensor")),
        };
        let args: Vec<Expr> = args
            .into_iter()
            .map(|arg| match arg {
                Value::Expr(expr) => expr,
                number @ Value::Number(_) => like.like(number.operand()),
            })
            .collect();
        let row = find(name).ok_or_else(|| self.wrong(&format!("`{name}` is unknown")))?;
        let dtype = like.type_or_none().map_or(DType::F64, |ty| ty.dtype);
        let outputs = row.outputs(&Call { inputs: &args, params: &Params::default(), dtype })?;
        let output = outputs.into_iter().next().ok_or_else(|| self.wrong("no output"))?;
        Ok(Value::Expr(output))
    }
}

/// Names that stand for numbers.
fn constant(name: &str) -> Option<f64> {
    match name {
        "pi" => Some(std::f64::consts::PI),
        "e" => Some(std::f64::consts::E),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypatia::expr::{scalar, vector};

    #[test]
    fn formulas_mean_what_they_say() {
        let names: BTreeMap<String, Expr> =
            [("x".to_string(), vector::<f64>("x", 3)), ("y".to_string(), scalar::<f64>("y"))]
                .into();
        for (text, means) in [
            ("1 + x*y", "1 + x * y"),
            ("-x**2", "-x^2"),
            ("2^3 * x", "8 * x"),
            ("x - y - 1", "x - y - 1"),
            ("(x - y)/2", "(x - y) / 2"),
            ("where(x > 0, sqrt(x), 0)", "select(x > 0, sqrt(x), 0)"),
            ("exp(-x)", "exp(-x)"),
            ("maximum(x, y + 1e-3)", "maximum(x, y + 0.001)"),
        ] {
            let formula = Formula::read(text).unwrap();
            assert!(formula.knows(|name| names.contains_key(name)), "{text}");
            assert_eq!(formula.expr(&names).unwrap().to_string(), means, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let deep = "(".repeat(101) + "x" + &")".repeat(101);
        for text in ["sum 100*(x[i+1]-x[i]^2)^2", "x +", "(x", "", "x y z", &deep] {
            let formula = Formula::read(text);
            assert!(formula.is_err(), "{text}: {formula:?}");
        }
        for text in ["wobble(x)", "x + z"] {
            assert!(!Formula::read(text).unwrap().knows(|name| name == "x"), "{text}");
        }
    }
}

//! Constants of a case: numbers, lists, flags, words.
//!
//! Invariants: a constant that is missing or null is a default, which the caller states.
//!
//! Not here: what the constants mean.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The constants of a case by name.
#[derive(Clone, Debug, Default)]
pub struct Params(Map<String, Value>);

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Params, D::Error> {
        Ok(Params(Option::<Map<String, Value>>::deserialize(source)?.unwrap_or_default()))
    }
}

impl From<Map<String, Value>> for Params {
    fn from(map: Map<String, Value>) -> Params {
        Params(map)
    }
}

/// A constant that is missing, or of another kind than the op takes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("parameter `{name}` should be {expected}, found {found}")]
pub struct Misfit {
    name: String,
    expected: &'static str,
    found: String,
}

/// A number; "inf", "-inf" and "nan" are words in JSON.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => match s.as_str() {
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            "nan" => Some(f64::NAN),
            _ => None,
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An integer, also where it is written with a fraction of zero.
pub fn integer(value: &Value) -> Option<i64> {
    let whole = |v: f64| (v.fract() == 0.0 && v.abs() < 2f64.powi(53)).then_some(v as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

impl Params {
    /// The constant as it stands; `None` if missing or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Misfit> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let misfit = || Misfit { name: name.into(), expected, found: value.to_string() };
        read(value).map(Some).ok_or_else(misfit)
    }

    /// A number.
    pub fn number(&self, name: &str) -> Result<f64, Misfit> {
        need(name, "a number", self.read(name, "a number", number)?)
    }

    /// A number, or the default.
    pub fn number_or(&self, name: &str, default: f64) -> Result<f64, Misfit> {
        Ok(self.read(name, "a number", number)?.unwrap_or(default))
    }

    /// An integer.
    pub fn int(&self, name: &str) -> Result<i64, Misfit> {
        need(name, "an integer", self.read(name, "an integer", integer)?)
    }

    /// An integer, or the default.
    pub fn int_or(&self, name: &str, default: i64) -> Result<i64, Misfit> {
        Ok(self.read(name, "an integer", integer)?.unwrap_or(default))
    }

    /// A flag, or the default.
    pub fn flag_or(&self, name: &str, default: bool) -> Result<bool, Misfit> {
        Ok(self.read(name, "true or false", Value::as_bool)?.unwrap_or(default))
    }

    /// A word.
    pub fn word(&self, name: &str) -> Result<&str, Misfit> {
        match self.get(name) {
            Some(Value::String(word)) => Ok(word),
            _ => need(name, "a word", self.read(name, "a word", |_| None)?),
        }
    }

    /// A word, or the default.
    pub fn word_or<'a>(&'a self, name: &str, default: &'a str) -> Result<&'a str, Misfit> {
        self.get(name).map_or(Ok(default), |_| self.word(name))
    }

    /// Integers: a list, or one alone; `None` where the default holds.
    pub fn ints_or_all(&self, name: &str) -> Result<Option<Vec<i64>>, Misfit> {
        self.read(name, "integers", |value| match value {
            Value::Array(list) => list.iter().map(integer).collect(),
            other => integer(other).map(|i| vec![i]),
        })
    }

    /// Integers: a list, or one alone.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>, Misfit> {
        need(name, "integers", self.ints_or_all(name)?)
    }

    /// Pairs of integers.
    pub fn pairs(&self, name: &str) -> Result<Vec<(i64, i64)>, Misfit> {
        let pair = |value: &Value| match value.as_array()?.as_slice() {
            [a, b] => Some((integer(a)?, integer(b)?)),
            _ => None,
        };
        let read = |value: &Value| value.as_array()?.iter().map(pair).collect();
        need(name, "pairs of integers", self.read(name, "pairs of integers", read)?)
    }

    /// Lists of integers.
    pub fn lists(&self, name: &str) -> Result<Vec<Vec<i64>>, Misfit> {
        let list = |value: &Value| value.as_array()?.iter().map(integer).collect();
        let read = |value: &Value| value.as_array()?.iter().map(list).collect();
        need(name, "lists of integers", self.read(name, "lists of integers", read)?)
    }

    /// That a constant cannot be used as it is.
    pub fn misfit(&self, name: &str, expected: &'static str) -> Misfit {
        let found = self.0.get(name).map_or("nothing".into(), Value::to_string);
        Misfit { name: name.into(), expected, found }
    }
}

fn need<T>(name: &str, expected: &'static str, value: Option<T>) -> Result<T, Misfit> {
    value.ok_or_else(|| Misfit { name: name.into(), expected, found: "nothing".into() })
}

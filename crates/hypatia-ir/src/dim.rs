//! Symbolic axis lengths: integers, names, and arithmetic on them.
//!
//! Invariants: a dim is a polynomial with integer coefficients in canonical form, so two dims
//! that are equal by ring arithmetic compare equal; a polynomial without names is `Known`;
//! arithmetic saturates at ±`i64::MAX`, and a saturated dim is refused when bytes are counted.
//!
//! Not here: shapes and broadcasting (`shape.rs`), which names are bound by which input
//! (`capture.rs`).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

/// The length of an axis: a number, a name, or arithmetic on both.
///
/// ```
/// # use hypatia_ir::dim::Dim;
/// let n = Dim::symbol("n");
/// assert_eq!(&(&n + &n) - &n, n);
/// assert_eq!((&n * &Dim::from(2)).to_string(), "2*n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dim {
    /// A number.
    Known(i64),
    /// A polynomial with at least one name.
    Symbolic(Arc<Poly>),
}

/// A polynomial: terms sorted by monomial, no zero coefficients.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Poly(Vec<(Monomial, i64)>);

/// A product of atoms, sorted, with repetition; empty is 1.
type Monomial = Vec<Atom>;

/// What cannot be taken apart by ring arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Atom {
    Symbol(Arc<str>),
    /// Floor of the quotient.
    FloorDiv(Dim, Dim),
}

/// Values of dim names, by name.
pub type DimValues = BTreeMap<Arc<str>, i64>;

impl Dim {
    /// A named dim.
    pub fn symbol(name: &str) -> Dim {
        Dim::from_terms(vec![(vec![Atom::Symbol(name.into())], 1)])
    }

    /// The number, if it is one.
    pub fn known(&self) -> Option<i64> {
        match self {
            Dim::Known(value) => Some(*value),
            Dim::Symbolic(_) => None,
        }
    }

    /// Whether the dim is the number `value`.
    pub fn is(&self, value: i64) -> bool {
        self.known() == Some(value)
    }

    /// The name, if the dim is nothing but a name.
    pub fn as_symbol(&self) -> Option<&Arc<str>> {
        match self {
            Dim::Symbolic(poly) => match poly.0.as_slice() {
                [(monomial, 1)] => match monomial.as_slice() {
                    [Atom::Symbol(name)] => Some(name),
                    _ => None,
                },
                _ => None,
            },
            Dim::Known(_) => None,
        }
    }

    /// The quotient rounded down. Exact where the divisor divides every term; a divisor of 0 gives 0.
    pub fn floor_div(&self, divisor: &Dim) -> Dim {
        match (self, divisor) {
            (_, Dim::Known(1)) => self.clone(),
            (_, Dim::Known(0)) => Dim::Known(0),
            (Dim::Known(a), Dim::Known(b)) => Dim::Known(floor_div(*a, *b)),
            _ if self == divisor => Dim::Known(1),
            _ => self.div_exact(divisor).or_else(|| self.div_again(divisor)).unwrap_or_else(|| {
                Dim::from_terms(vec![(vec![Atom::FloorDiv(self.clone(), divisor.clone())], 1)])
            }),
        }
    }

    /// `floor((floor(a/b) + k)/c)` as `floor((a + k·b)/(b·c))`, for numbers `b, c > 0`: chains of
    /// quotients do not nest.
    fn div_again(&self, divisor: &Dim) -> Option<Dim> {
        let c = divisor.known().filter(|&c| c > 0)?;
        let terms = self.terms();
        let (k, quotient) = match terms.as_slice() {
            [(monomial, 1)] => (0, monomial),
            [(constant, k), (monomial, 1)] if constant.is_empty() => (*k, monomial),
            _ => return None,
        };
        let [Atom::FloorDiv(a, b)] = quotient.as_slice() else { return None };
        let b = b.known().filter(|&b| b > 0)?;
        let (added, both) = (k.checked_mul(b)?, b.checked_mul(c)?);
        Some((a + added).floor_div(&Dim::Known(both)))
    }

    /// The quotient, if ring arithmetic alone proves that it is exact (divisors of one term).
    pub fn div_exact(&self, divisor: &Dim) -> Option<Dim> {
        let divisor = divisor.terms();
        let [(by, coefficient)] = divisor.as_slice() else {
            return (self.terms() == divisor).then_some(Dim::Known(1));
        };
        let mut quotient = Vec::new();
        for (monomial, c) in self.terms() {
            if c.checked_rem(*coefficient)? != 0 {
                return None;
            }
            let mut rest = monomial;
            for atom in by {
                let at = rest.iter().position(|a| a == atom)?;
                rest.remove(at);
            }
            quotient.push((rest, c.checked_div(*coefficient)?));
        }
        Some(Dim::from_terms(quotient))
    }

    /// The number of terms of the polynomial; 1 for numbers.
    pub fn term_count(&self) -> usize {
        match self {
            Dim::Known(_) => 1,
            Dim::Symbolic(poly) => poly.0.len(),
        }
    }

    /// Every name in the dim, in order of first appearance.
    pub fn symbols(&self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        self.visit_symbols(&mut |name| {
            if !names.contains(name) {
                names.push(name.clone());
            }
        });
        names
    }

    fn visit_symbols(&self, f: &mut dyn FnMut(&Arc<str>)) {
        let Dim::Symbolic(poly) = self else { return };
        for (monomial, _) in &poly.0 {
            for atom in monomial {
                match atom {
                    Atom::Symbol(name) => f(name),
                    Atom::FloorDiv(a, b) => {
                        a.visit_symbols(f);
                        b.visit_symbols(f);
                    }
                }
            }
        }
    }

    /// The number the dim has for these values of its names; `None` if a name has no value or
    /// the number does not fit.
    pub fn eval(&self, values: &DimValues) -> Option<i64> {
        let poly = match self {
            Dim::Known(value) => return Some(*value),
            Dim::Symbolic(poly) => poly,
        };
        let mut sum = 0i64;
        for (monomial, c) in &poly.0 {
            let mut product = *c;
            for atom in monomial {
                let factor = match atom {
                    Atom::Symbol(name) => *values.get(name)?,
                    Atom::FloorDiv(a, b) => match (a.eval(values)?, b.eval(values)?) {
                        (_, 0) => return None,
                        (a, b) => floor_div(a, b),
                    },
                };
                product = product.checked_mul(factor)?;
            }
            sum = sum.checked_add(product)?;
        }
        Some(sum)
    }

    /// The dim with names replaced.
    #[must_use]
    pub fn substitute(&self, by: &BTreeMap<Arc<str>, Dim>) -> Dim {
        let poly = match self {
            Dim::Known(_) => return self.clone(),
            Dim::Symbolic(poly) => poly,
        };
        let mut sum = Dim::Known(0);
        for (monomial, c) in &poly.0 {
            let mut product = Dim::Known(*c);
            for atom in monomial {
                let factor = match atom {
                    Atom::Symbol(name) => by
                        .get(name)
                        .cloned()
                        .unwrap_or_else(|| Dim::from_terms(vec![(vec![atom.clone()], 1)])),
                    Atom::FloorDiv(a, b) => a.substitute(by).floor_div(&b.substitute(by)),
                };
                product = &product * &factor;
            }
            sum = &sum + &product;
        }
        sum
    }

    /// Solves `self == other` for one name: a name that occurs once, alone, with coefficient ±1.
    /// `Ok(None)` if they are equal already or no name can be isolated; `Err` if they differ for
    /// all values.
    pub fn solve(&self, other: &Dim) -> Result<Option<(Arc<str>, Dim)>, NeverEqual> {
        let difference = self - other;
        let poly = match &difference {
            Dim::Known(0) => return Ok(None),
            Dim::Known(_) => return Err(NeverEqual),
            Dim::Symbolic(poly) => poly,
        };
        // The last name in order goes, so that the first named survives.
        for (monomial, c) in poly.0.iter().rev() {
            let [atom @ Atom::Symbol(name)] = monomial.as_slice() else {
                continue;
            };
            let mut uses = 0;
            difference.visit_symbols(&mut |n| uses += usize::from(n == name));
            if uses == 1 && c.unsigned_abs() == 1 {
                let term = Dim::from_terms(vec![(vec![atom.clone()], *c)]);
                let rest = &difference - &term;
                let value = if *c == 1 { -&rest } else { rest };
                return Ok(Some((name.clone(), value)));
            }
        }
        Ok(None)
    }

    fn terms(&self) -> Vec<(Monomial, i64)> {
        match self {
            Dim::Known(0) => Vec::new(),
            Dim::Known(value) => vec![(Vec::new(), *value)],
            Dim::Symbolic(poly) => poly.0.clone(),
        }
    }

    fn from_terms(terms: Vec<(Monomial, i64)>) -> Dim {
        let mut sorted: BTreeMap<Monomial, i64> = BTreeMap::new();
        for (monomial, c) in terms {
            let sum = sorted.entry(monomial).or_insert(0);
            *sum = sum.saturating_add(c);
        }
        sorted.retain(|_, c| *c != 0);
        let terms: Vec<_> = sorted.into_iter().collect();
        match terms.as_slice() {
            [] => Dim::Known(0),
            [(monomial, c)] if monomial.is_empty() => Dim::Known(*c),
            _ => Dim::Symbolic(Arc::new(Poly(terms))),
        }
    }
}

/// Two dims that differ whatever the values of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeverEqual;

/// The quotient rounded down, saturating; the divisor must not be 0.
fn floor_div(a: i64, b: i64) -> i64 {
    let down = i64::from(b < 0 && a.wrapping_rem_euclid(b) != 0);
    a.checked_div_euclid(b).map_or(i64::MAX, |q| q - down)
}

impl Add for &Dim {
    type Output = Dim;
    fn add(self, other: &Dim) -> Dim {
        if let (Dim::Known(a), Dim::Known(b)) = (self, other) {
            return Dim::Known(a.saturating_add(*b));
        }
        let mut terms = self.terms();
        terms.extend(other.terms());
        Dim::from_terms(terms)
    }
}

impl Neg for &Dim {
    type Output = Dim;
    fn neg(self) -> Dim {
        self * &Dim::Known(-1)
    }
}

impl Sub for &Dim {
    type Output = Dim;
    fn sub(self, other: &Dim) -> Dim {
        self + &-other
    }
}

impl Mul for &Dim {
    type Output = Dim;
    fn mul(self, other: &Dim) -> Dim {
        if let (Dim::Known(a), Dim::Known(b)) = (self, other) {
            return Dim::Known(a.saturating_mul(*b));
        }
        let mut terms = Vec::new();
        for (a, c) in self.terms() {
            for (b, d) in other.terms() {
                let mut monomial = a.clone();
                monomial.extend(b);
                monomial.sort();
                terms.push((monomial, c.saturating_mul(d)));
            }
        }
        Dim::from_terms(terms)
    }
}

macro_rules! owned_dim_ops {
    ($($trait:ident $f:ident),*) => {$(
        impl $trait for Dim {
            type Output = Dim;
            fn $f(self, other: Dim) -> Dim { (&self).$f(&other) }
        }
        impl $trait<i64> for &Dim {
            type Output = Dim;
            fn $f(self, other: i64) -> Dim { self.$f(&Dim::Known(other)) }
        }
    )*};
}
owned_dim_ops!(Add add, Sub sub, Mul mul);

macro_rules! dim_from {
    ($($t:ty),*) => {$(
        impl From<$t> for Dim {
            fn from(value: $t) -> Dim { Dim::Known(value as i64) }
        }
    )*};
}
dim_from!(i32, i64, u32, usize);

impl From<&Dim> for Dim {
    fn from(dim: &Dim) -> Dim {
        dim.clone()
    }
}

impl From<&str> for Dim {
    /// A number if the text is digits, otherwise a name. Names that the text form cannot write
    /// are refused by the input that uses them.
    fn from(text: &str) -> Dim {
        match text.parse::<i64>() {
            Ok(value) if value >= 0 => Dim::Known(value),
            _ => Dim::symbol(text),
        }
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let poly = match self {
            Dim::Known(value) => return write!(f, "{value}"),
            Dim::Symbolic(poly) => poly,
        };
        // Constant term last: `n + 1`, not `1 + n`.
        let (constant, named): (Vec<_>, Vec<_>) = poly.0.iter().partition(|(m, _)| m.is_empty());
        for (at, (monomial, c)) in named.into_iter().chain(constant).enumerate() {
            match (at, *c < 0) {
                (0, false) => {}
                (0, true) => f.write_str("-")?,
                (_, false) => f.write_str(" + ")?,
                (_, true) => f.write_str(" - ")?,
            }
            let size = c.unsigned_abs();
            if monomial.is_empty() || size != 1 {
                write!(f, "{size}")?;
            }
            for (k, atom) in monomial.iter().enumerate() {
                if k > 0 || size != 1 {
                    f.write_str("*")?;
                }
                match atom {
                    Atom::Symbol(name) => f.write_str(name)?,
                    Atom::FloorDiv(a, b) => write!(f, "floor(({a})/({b}))")?,
                }
            }
        }
        Ok(())
    }
}

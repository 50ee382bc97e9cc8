//! Shared variables: named state that lives between calls, read and updated by functions.
//!
//! Invariants: the type never changes after creation; a value is replaced as a whole.
//!
//! Not here: updates (`hypatia-compile`).

use crate::error::Cause;
use crate::expr::{Expr, Kind};
use crate::shape::{Shape, Type};
use crate::tensor::Tensor;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// The value behind a shared variable.
pub struct Cell {
    value: Mutex<Tensor>,
    update: Mutex<Option<Rule>>,
}

/// The next value of a variable, from the variable.
type Rule = Arc<dyn Fn(&Expr) -> Expr + Send + Sync>;

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cell").field(&*self.lock()).finish()
    }
}

impl Cell {
    /// Exclusive access to the value. A panic of another holder does not poison it: values are
    /// replaced as a whole.
    pub fn lock(&self) -> MutexGuard<'_, Tensor> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rule(&self) -> MutexGuard<'_, Option<Rule>> {
        self.update.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A named variable with a value. Use it like an expression; read it with [`Shared::get`],
/// replace it with [`Shared::set`], let a function update it.
///
/// ```
/// # use hypatia_ir::{shared::shared, tensor::Tensor};
/// let w = shared("w", vec![1.0f32, 2.0]);
/// let doubled = &w * 2.0;
/// assert_eq!(doubled.to_string(), "w * 2");
/// w.set(vec![3.0f32, 4.0]).unwrap();
/// assert_eq!(w.get(), Tensor::from(vec![3.0f32, 4.0]));
/// ```
#[derive(Clone)]
pub struct Shared {
    expr: Expr,
    cell: Arc<Cell>,
}

/// A value that a shared variable cannot take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("shared variable `{name}` holds {expected}, the new value is {found}")]
pub struct SetError {
    /// The variable.
    pub name: String,
    /// Its type.
    pub expected: Type,
    /// The type of the refused value.
    pub found: Type,
}

/// A shared variable of the type of `value`.
#[track_caller]
pub fn shared(name: &str, value: impl Into<Tensor>) -> Shared {
    let value = value.into();
    let ty = type_of(&value);
    let cell = Arc::new(Cell { value: Mutex::new(value), update: Mutex::new(None) });
    let expr = Expr::input(name, Ok::<_, Cause>(ty), Some(cell.clone()));
    Shared { expr, cell }
}

fn type_of(value: &Tensor) -> Type {
    Type::new(value.dtype(), Shape::from(value.shape()))
}

impl Shared {
    /// A copy of the value.
    pub fn get(&self) -> Tensor {
        self.cell.lock().clone()
    }

    /// Replaces the value. The type must be the same; otherwise nothing changes.
    pub fn set(&self, value: impl Into<Tensor>) -> Result<(), SetError> {
        let value = value.into();
        let mut held = self.cell.lock();
        if (held.dtype(), held.shape()) != (value.dtype(), value.shape()) {
            return Err(SetError {
                name: self.expr.to_string(),
                expected: type_of(&held),
                found: type_of(&value),
            });
        }
        *held = value;
        Ok(())
    }

    /// The same variable with a default update: after each call of a function that reads it, it
    /// has the value that `rule` makes of it, unless the function has another update for it, or
    /// is built without default updates.
    ///
    /// ```
    /// # use hypatia_ir::shared::shared;
    /// let calls = shared("calls", 0i64).with_update(|n| n + 1);
    /// assert_eq!(calls.default_update().unwrap().to_string(), "calls + 1");
    /// ```
    #[must_use]
    pub fn with_update(self, rule: impl Fn(&Expr) -> Expr + Send + Sync + 'static) -> Shared {
        *self.cell.rule() = Some(Arc::new(rule));
        self
    }

    /// The value after a call by default, if it changes.
    pub fn default_update(&self) -> Option<Expr> {
        let rule = self.cell.rule().clone();
        rule.map(|rule| self.expr.span().on_behalf_of(|| rule(&self.expr)))
    }

    /// The variable that an expression is, if it is one.
    pub fn of(expr: &Expr) -> Option<Shared> {
        match expr.kind() {
            Kind::Input(input) => {
                let cell = input.cell.clone()?;
                Some(Shared { expr: expr.clone(), cell })
            }
            Kind::Literal(_) | Kind::Apply(..) | Kind::Invalid(..) | Kind::Unknown(..) => None,
        }
    }

    /// The variable as an expression.
    pub fn expr(&self) -> Expr {
        self.expr.clone()
    }
}

impl Deref for Shared {
    type Target = Expr;
    fn deref(&self) -> &Expr {
        &self.expr
    }
}

impl From<&Shared> for Expr {
    fn from(shared: &Shared) -> Expr {
        shared.expr()
    }
}

impl From<Shared> for Expr {
    fn from(shared: Shared) -> Expr {
        shared.expr
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shared {}", self.expr)
    }
}

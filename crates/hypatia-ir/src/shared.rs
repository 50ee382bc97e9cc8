//! Shared variables: named state that lives between calls, read and updated by functions.
//!
//! Invariants: the type never changes after creation; a value is replaced as a whole.
//!
//! Not here: updates (`hypatia-compile`).

use crate::error::Cause;
use crate::expr::Expr;
use crate::shape::{Shape, Type};
use crate::tensor::Tensor;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// The value behind a shared variable.
#[derive(Debug)]
pub struct Cell(Mutex<Tensor>);

impl Cell {
    /// Exclusive access to the value. A panic of another holder does not poison it: values are
    /// replaced as a whole.
    pub fn lock(&self) -> MutexGuard<'_, Tensor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    let cell = Arc::new(Cell(Mutex::new(value)));
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

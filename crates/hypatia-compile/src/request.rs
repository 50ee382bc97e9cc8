//! Gradients with choices, asked for step by step: see [`gradient_of`].
//!
//! Invariants: nothing is differentiated before `compute`; without choices the result is that of
//! [`gradients`](crate::gradient::gradients).
//!
//! Not here: the sweep (`hypatia-grad`), the stable form (`stable.rs`).

use crate::error::GradientError;
use crate::stable::Stable;
use hypatia_grad::{Disconnected, Options, Undefined};
use hypatia_ir::expr::Expr;
use hypatia_ir::span::Span;

/// A gradient that is being asked for: see [`gradient_of`].
#[must_use = "nothing is differentiated before `compute`"]
#[derive(Clone, Debug)]
pub struct Gradient {
    at: Span,
    cost: Option<Expr>,
    wrt: Vec<Expr>,
    options: Options,
}

/// Starts the gradient of a float scalar, with choices.
///
/// ```
/// # use hypatia_compile::gradient::{Disconnected, gradient_of};
/// # use hypatia_ir::expr::vector;
/// let (x, y) = (vector::<f32>("x", "n"), vector::<f32>("y", 3));
/// let scale = x.max();
/// let found = gradient_of((&x / &scale).sqr().sum())
///     .by(&[x, y])
///     .consider_constant(&[scale])
///     .disconnected(Disconnected::Zero)
///     .compute()
///     .unwrap();
/// assert_eq!(found[1].ty().unwrap().to_string(), "f32[3]");
/// ```
#[track_caller]
pub fn gradient_of(cost: impl Into<Expr>) -> Gradient {
    let options = Options::default();
    Gradient { at: Span::caller(), cost: Some(cost.into()), wrt: Vec::new(), options }
}

/// Starts a gradient of which only the cotangents of some expressions are known: pairs of an
/// expression and a cotangent of its type.
#[track_caller]
pub fn gradient_from(known: &[(Expr, Expr)]) -> Gradient {
    let options = Options { known: known.to_vec(), ..Options::default() };
    Gradient { at: Span::caller(), cost: None, wrt: Vec::new(), options }
}

impl Gradient {
    /// By these variables: free variables, shared variables, or any expressions that the cost was
    /// built from, beside those given before.
    pub fn by(mut self, wrt: &[Expr]) -> Gradient {
        self.wrt.extend_from_slice(wrt);
        self
    }

    /// Nothing flows through these expressions to what they are built from. They may themselves
    /// be variables.
    pub fn consider_constant(mut self, constants: &[Expr]) -> Gradient {
        self.options.constants.extend_from_slice(constants);
        self
    }

    /// The cotangents of these expressions, of their types, instead of what comes from the cost.
    pub fn known(mut self, known: &[(Expr, Expr)]) -> Gradient {
        self.options.known.extend_from_slice(known);
        self
    }

    /// What the gradient by a variable is that the cost does not depend on smoothly: an error,
    /// unless said otherwise.
    pub fn disconnected(mut self, disconnected: Disconnected) -> Gradient {
        self.options.disconnected = disconnected;
        self
    }

    /// What flows through [`Expr::undefined_gradient`]: an error, unless said otherwise.
    pub fn undefined(mut self, undefined: Undefined) -> Gradient {
        self.options.undefined = undefined;
        self
    }

    /// The gradients by each variable, of its type.
    ///
    /// Errors: the cost or a variable is no float, the cost is no scalar, known cotangents have not
    /// the types of what they belong to, a variable is not connected or a gradient undefined
    /// (unless other choices were made), or an expression does not type-check.
    pub fn compute(&self) -> Result<Vec<Expr>, GradientError> {
        let (stable, cost, wrt, options) = self.stable()?;
        let found =
            self.at.on_behalf_of(|| hypatia_grad::gradient_with(cost.as_ref(), &wrt, &options))?;
        Ok(stable.unpinned(&found))
    }

    /// As [`Gradient::compute`], but with `None` for variables that the cost does not depend on
    /// smoothly.
    pub fn compute_connected(&self) -> Result<Vec<Option<Expr>>, GradientError> {
        let (stable, cost, wrt, options) = self.stable()?;
        let found = self
            .at
            .on_behalf_of(|| hypatia_grad::connected_gradient(cost.as_ref(), &wrt, &options))?;
        let connected: Vec<Expr> = found.iter().flatten().cloned().collect();
        let mut connected = stable.unpinned(&connected).into_iter();
        Ok(found.into_iter().map(|g| g.and_then(|_| connected.next())).collect())
    }

    /// Cost, variables and options in the stable form.
    fn stable(&self) -> Result<(Stable, Option<Expr>, Vec<Expr>, Options), GradientError> {
        let known: Vec<Expr> = self.options.known.iter().map(|(expr, _)| expr.clone()).collect();
        let roots = [self.cost.as_slice(), &known].concat();
        let pins = [self.wrt.as_slice(), &self.options.constants, &known].concat();
        let stable = Stable::of(&roots, &pins)?;
        let cotangents = self.options.known.iter().map(|(_, cotangent)| cotangent.clone());
        let options = Options {
            constants: stable.pinned(&self.options.constants),
            known: stable.pinned(&known).into_iter().zip(cotangents).collect(),
            ..self.options.clone()
        };
        let cost = self.cost.as_ref().map(|_| stable.roots[0].clone());
        let wrt = stable.pinned(&self.wrt);
        Ok((stable, cost, wrt, options))
    }
}

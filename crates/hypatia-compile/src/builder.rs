//! How a function is asked for: inputs, outputs, updates, givens, defaults, device.
//!
//! Invariants: order of calls does not matter, except that arguments come in the order of inputs;
//! nothing is checked before `compile`.
//!
//! Not here: the checks (`check.rs`), the pipeline (`pipeline.rs`).

use crate::cache::Cache;
use crate::device::Device;
use crate::error::CompileError;
use crate::function::Function;
use crate::pipeline;
use hypatia_ir::expr::Expr;
use hypatia_ir::shared::Shared;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Mode, Opt, Options, Rule};
use std::sync::Arc;

/// Free variables that become arguments: an array or tuple of handles, a vector, or nothing.
pub trait IntoInputs {
    /// The handles by position.
    fn into_inputs(self) -> Vec<Expr>;
}

/// Expressions that become results: one, an array or tuple, a vector of pairs with names,
/// or nothing.
pub trait IntoOutputs {
    /// Names and expressions; results without a name are `out0`, `out1`, ….
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)>;
}

fn numbered(outputs: impl IntoIterator<Item = Expr>) -> Vec<(Arc<str>, Expr)> {
    let name = |i: usize| Arc::from(format!("out{i}"));
    outputs.into_iter().enumerate().map(|(i, e)| (name(i), e)).collect()
}

impl IntoInputs for () {
    fn into_inputs(self) -> Vec<Expr> {
        Vec::new()
    }
}

impl<E: Into<Expr>, const N: usize> IntoInputs for [E; N] {
    fn into_inputs(self) -> Vec<Expr> {
        self.into_iter().map(Into::into).collect()
    }
}

impl IntoInputs for Vec<Expr> {
    fn into_inputs(self) -> Vec<Expr> {
        self
    }
}

impl IntoInputs for &[Expr] {
    fn into_inputs(self) -> Vec<Expr> {
        self.to_vec()
    }
}

impl IntoOutputs for () {
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
        Vec::new()
    }
}

impl IntoOutputs for Expr {
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
        numbered([self])
    }
}

impl IntoOutputs for &Expr {
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
        numbered([self.clone()])
    }
}

impl<E: Into<Expr>, const N: usize> IntoOutputs for [E; N] {
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
        numbered(self.into_iter().map(Into::into))
    }
}

impl IntoOutputs for Vec<(&str, Expr)> {
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
        self.into_iter().map(|(name, e)| (name.into(), e)).collect()
    }
}

impl IntoOutputs for Vec<Expr> {
    fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
        numbered(self)
    }
}

macro_rules! tuples {
    ($(($($t:ident),+))*) => {$(
        impl<$($t: Into<Expr>),+> IntoInputs for ($($t,)+) {
            fn into_inputs(self) -> Vec<Expr> {
                #[allow(non_snake_case)]
                let ($($t,)+) = self;
                vec![$($t.into()),+]
            }
        }

        impl<$($t: Into<Expr>),+> IntoOutputs for ($($t,)+) {
            fn into_outputs(self) -> Vec<(Arc<str>, Expr)> {
                numbered(self.into_inputs())
            }
        }
    )*};
}
tuples! {
    (A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F)(A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}

/// A new value for a shared variable.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub variable: Shared,
    pub value: Expr,
    pub at: Span,
}

/// A replacement of one expression by another.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub old: Expr,
    pub new: Expr,
    pub at: Span,
}

/// A value for an argument that is left out.
#[derive(Clone, Debug)]
pub(crate) struct Fallback {
    pub input: Expr,
    pub value: Tensor,
    pub at: Span,
}

/// A function about to be compiled.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `.compile()`"]
pub struct Builder {
    pub(crate) at: Span,
    pub(crate) inputs: Vec<Expr>,
    pub(crate) outputs: Vec<(Arc<str>, Expr)>,
    pub(crate) updates: Vec<Update>,
    pub(crate) givens: Vec<Given>,
    pub(crate) defaults: Vec<Fallback>,
    pub(crate) default_updates: bool,
    pub(crate) allow_unused: bool,
    pub(crate) device: Device,
    pub(crate) threads: Option<usize>,
    pub(crate) cache: Cache,
    pub(crate) options: Options,
}

/// A function from these inputs to these outputs.
///
/// ```
/// # use hypatia_ir::expr::scalar;
/// # use hypatia_compile::function;
/// let (x, y) = (scalar::<f64>("x"), scalar::<f64>("y"));
/// let hypot = function([&x, &y], (x.sqr() + y.sqr()).sqrt()).compile().unwrap();
/// let length: f64 = hypot.call((3.0, 4.0)).unwrap();
/// assert_eq!(length, 5.0);
/// ```
#[track_caller]
pub fn function(inputs: impl IntoInputs, outputs: impl IntoOutputs) -> Builder {
    Builder {
        at: Span::caller(),
        inputs: inputs.into_inputs(),
        outputs: outputs.into_outputs(),
        updates: Vec::new(),
        givens: Vec::new(),
        defaults: Vec::new(),
        default_updates: true,
        allow_unused: false,
        device: Device::default(),
        threads: None,
        cache: Cache::default(),
        options: Options::default(),
    }
}

impl Builder {
    /// After each call `variable` has this value, computed from the values before the call. The
    /// types must be the same.
    #[track_caller]
    pub fn update(mut self, variable: &Shared, value: impl Into<Expr>) -> Builder {
        let (variable, value, at) = (variable.clone(), value.into(), Span::caller());
        self.updates.push(Update { variable, value, at });
        self
    }

    /// Every update of a list, as [`Builder::update`].
    #[track_caller]
    pub fn updates(mut self, updates: impl IntoIterator<Item = (Shared, Expr)>) -> Builder {
        let at = Span::caller();
        let update = |(variable, value)| Update { variable, value, at };
        self.updates.extend(updates.into_iter().map(update));
        self
    }

    /// Replaces an expression, known by its handle, in all outputs and updates. The types must be
    /// the same.
    #[track_caller]
    pub fn given(mut self, old: impl Into<Expr>, new: impl Into<Expr>) -> Builder {
        let (old, new, at) = (old.into(), new.into(), Span::caller());
        self.givens.push(Given { old, new, at });
        self
    }

    /// The value of an input for calls that leave it out.
    #[track_caller]
    pub fn default(mut self, input: &Expr, value: impl Into<Tensor>) -> Builder {
        let (input, value, at) = (input.clone(), value.into(), Span::caller());
        self.defaults.push(Fallback { input, value, at });
        self
    }

    /// Leaves out the updates that shared variables have by default
    /// ([`Shared::with_update`]): random numbers, for one, are the same in every call then.
    pub fn no_default_updates(mut self) -> Builder {
        self.default_updates = false;
        self
    }

    /// Accepts inputs that nothing depends on.
    pub fn allow_unused(mut self) -> Builder {
        self.allow_unused = true;
        self
    }

    /// Where the function runs; by default on this processor.
    pub fn device(mut self, device: Device) -> Builder {
        self.device = device;
        self
    }

    /// On how many threads it runs, at least 1; by default one for each core. Results do not depend
    /// on it.
    pub fn threads(mut self, threads: usize) -> Builder {
        self.threads = Some(threads.max(1));
        self
    }

    /// Where the compiled function is kept for other processes, and looked for.
    pub fn cache(mut self, cache: Cache) -> Builder {
        self.cache = cache;
        self
    }

    /// Which rewrites the simplifier may use.
    pub fn mode(mut self, mode: Mode) -> Builder {
        self.options.mode = mode;
        self
    }

    /// How hard the simplifier tries; by default as hard as it can.
    pub fn opt(mut self, opt: Opt) -> Builder {
        self.options.opt = opt;
        self
    }

    /// Adds a rewrite rule of the user's own.
    ///
    /// ```
    /// # use hypatia_compile::function;
    /// # use hypatia_ir::expr::vector;
    /// # use hypatia_opt::Rule;
    /// let circle = Rule::parse("circle: sqr(sin(x)) + sqr(cos(x)) => 1 + 0 * sin(x)").unwrap();
    /// let x = vector::<f64>("x", "n");
    /// let f = function([&x], x.sin().sqr() + x.cos().sqr()).rule(circle).compile().unwrap();
    /// assert_eq!(f.report().fired["circle"], 1);
    /// ```
    pub fn rule(mut self, rule: Rule) -> Builder {
        self.options.rules.own.push(rule);
        self
    }

    /// Of the simplifier's own rules only these, by the names that `docs/rules.md` lists.
    pub fn only_rules<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Builder {
        let only = self.options.rules.only.get_or_insert_default();
        only.extend(names.into_iter().map(Into::into));
        self
    }

    /// Also these of the simplifier's own rules, which cost more than most want to pay and are used
    /// only if they are named: `docs/rules.md` marks them.
    ///
    /// ```
    /// # use hypatia_compile::function;
    /// # use hypatia_ir::expr::vector;
    /// let x = vector::<f32>("x", 2);
    /// let norm = x.sqr().sum().sqrt();
    /// let f = function([&x], &norm).with_rules(["scaled_norm"]).compile().unwrap();
    /// let length: f32 = f.call((&vec![3e30f32, 4e30],)).unwrap();
    /// assert_eq!(length, 5e30, "the squares overflow");
    /// ```
    pub fn with_rules<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Builder {
        self.options.rules.also.extend(names.into_iter().map(Into::into));
        self
    }

    /// None of these rules, by name.
    pub fn without_rules<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Builder {
        self.options.rules.without.extend(names.into_iter().map(Into::into));
        self
    }

    /// Compiles the function.
    ///
    /// Errors: every independent type error; inputs that are unused, missing or no variables;
    /// updates and givens of the wrong type; names that are no rules; a device that is not there.
    pub fn compile(self) -> Result<Function, CompileError> {
        pipeline::compile(self)
    }
}

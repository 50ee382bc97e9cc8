//! What can go wrong when a function is compiled or called.
//!
//! Invariants: a message has at most 12 lines and names the user's lines; nothing has happened to
//! any state when an error comes back.
//!
//! Not here: errors of expressions (`hypatia_ir::error`) and of derivatives (`hypatia_grad`).

use crate::device::Device;
use hypatia_ir::error::TypeErrors;
use hypatia_ir::eval::BindError;
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;
use hypatia_lower::backend::Failure;
use std::sync::Arc;
use thiserror::Error;

/// Why an expression has no derivative, or could not be prepared for one.
#[derive(Clone, Debug, Error)]
pub enum GradientError {
    /// The derivative does not exist.
    #[error(transparent)]
    Gradient(#[from] hypatia_grad::Error),
    /// A derivative is not what differences say.
    #[error(transparent)]
    Verify(#[from] hypatia_grad::VerifyError),
    /// An expression does not type-check.
    #[error(transparent)]
    Type(#[from] TypeErrors),
    /// The simplifier broke an invariant of its own.
    #[error(transparent)]
    Stabilize(#[from] hypatia_opt::Error),
}

/// Why a function could not be compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    /// Expressions that do not type-check: every independent error.
    #[error(transparent)]
    Type(#[from] TypeErrors),
    /// An input that is no free variable.
    #[error(
        "function at {at}: input {position} is not a free variable\n  given `{expr}`   from {from}\n  \
         help: inputs are made by `scalar`, `vector`, `matrix` or `tensor`; to replace a part of an expression use `.given`"
    )]
    NotInput {
        /// Where the function was asked for.
        at: Span,
        /// The position among the inputs, from 0.
        position: usize,
        /// What was given.
        expr: String,
        /// Where that was built.
        from: Span,
    },
    /// Two inputs of one name.
    #[error(
        "function at {at}: two inputs are named `{name}`\n  first from {first}\n  second from {second}\n  \
         help: give each input a name of its own, or pass the same handle once"
    )]
    DuplicateInput {
        /// Where the function was asked for.
        at: Span,
        /// The name.
        name: Arc<str>,
        /// Where the first was declared.
        first: Span,
        /// Where the other was declared.
        second: Span,
    },
    /// An input that nothing depends on.
    #[error(
        "function at {at}: input `{name}` is not used by any output or update\n  `{name}`: {ty}   from {from}\n  \
         help: leave it out, or allow it with `.allow_unused()`"
    )]
    UnusedInput {
        /// Where the function was asked for.
        at: Span,
        /// The input.
        name: Arc<str>,
        /// Its type.
        ty: Type,
        /// Where it was declared.
        from: Span,
    },
    /// A free variable that is no input.
    #[error(
        "function at {at}: `{name}` is needed but is not among the inputs\n  `{name}`: {ty}   from {from}\n  \
         help: add it to the inputs, make it `shared`, or replace it with `.given`"
    )]
    MissingInput {
        /// Where the function was asked for.
        at: Span,
        /// The variable.
        name: Arc<str>,
        /// Its type.
        ty: Type,
        /// Where it was declared.
        from: Span,
    },
    /// A dim whose value no input tells.
    #[error(
        "function at {at}: no input says how long `{dim}` is\n  needed by `{op}`: {ty}   at {from}\n  \
         help: declare an input with an axis `{dim}`, or use a number"
    )]
    UnknownDim {
        /// Where the function was asked for.
        at: Span,
        /// The name of the dim.
        dim: Arc<str>,
        /// The op that needs it.
        op: &'static str,
        /// The type of its result.
        ty: Type,
        /// Where that was built.
        from: Span,
    },
    /// Two updates of one shared variable.
    #[error(
        "update at {second}: shared variable `{name}` has an update already\n  first at {first}\n  \
         help: combine both into one expression"
    )]
    DoubleUpdate {
        /// The variable.
        name: Arc<str>,
        /// The first update.
        first: Span,
        /// The other.
        second: Span,
    },
    /// An update or replacement of another type than what it stands for.
    #[error(transparent)]
    Replacement(Box<Replacement>),
    /// A default for something that is no input, or of another type.
    #[error("default at {at}: {why}\n  for `{name}`   from {from}")]
    Default {
        /// Where it was given.
        at: Span,
        /// The variable, as text.
        name: String,
        /// Where that was declared.
        from: Span,
        /// What is wrong.
        why: String,
    },
    /// A device that is not there.
    #[error("device `{device}` cannot be used: {why}\n  help: {help}")]
    Device {
        /// The device.
        device: Device,
        /// Why not.
        why: &'static str,
        /// What to try.
        help: &'static str,
    },
    /// The simplifier broke an invariant of its own.
    #[error(transparent)]
    Optimize(#[from] hypatia_opt::Error),
    /// Lowering broke an invariant of its own.
    #[error(transparent)]
    Lower(#[from] hypatia_lower::error::Error),
    /// The code generator refused a kernel.
    #[cfg(feature = "cpu")]
    #[error(transparent)]
    Cpu(#[from] hypatia_cpu::Error),
}

/// An update or replacement of another type than what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{what} at {at}: the new value must have the type of the variable\n  \
     variable `{name}`: {expected}   from {from}\n  new value `{expr}`: {found}   from {built}\n  \
     help: {help}"
)]
pub struct Replacement {
    /// `update` or `given`.
    pub what: &'static str,
    /// Where it was asked for.
    pub at: Span,
    /// The variable, as text.
    pub name: String,
    /// Its type.
    pub expected: Type,
    /// Where it was declared.
    pub from: Span,
    /// The new value, as text.
    pub expr: String,
    /// Its type.
    pub found: Type,
    /// Where it was built.
    pub built: Span,
    /// What to try.
    pub help: &'static str,
}

/// Why a call failed. Shared variables are as they were before.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("call at {at}: {cause}{}", declaration(.declared))]
pub struct CallError {
    /// The user's line with the call.
    pub at: Span,
    /// What is wrong.
    pub cause: Box<CallCause>,
    /// The input that is to blame, if one is: name, type and where it was declared.
    pub declared: Option<Box<(Arc<str>, Type, Span)>>,
}

/// What is wrong with a call.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CallCause {
    /// Too many or too few arguments.
    #[error("expected {expected} arguments ({names}), found {found}")]
    Count {
        /// How many inputs have no default.
        expected: usize,
        /// The names of all inputs.
        names: String,
        /// How many came.
        found: usize,
    },
    /// A name that is no input.
    #[error("there is no input `{name}`; the inputs are {names}")]
    NoSuchInput {
        /// The name.
        name: String,
        /// The names of all inputs.
        names: String,
    },
    /// An input named twice.
    #[error("input `{name}` is given twice")]
    Twice {
        /// The name.
        name: Arc<str>,
    },
    /// An input without value and without default.
    #[error("input `{name}` is missing and has no default")]
    Missing {
        /// The name.
        name: Arc<str>,
    },
    /// Values that do not fit the declared types, or each other.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// An index outside its axis, or a matrix that a routine has no result for.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// With [`Opt::Verify`](hypatia_opt::Opt): a result that the simplifier changed.
    #[error(transparent)]
    Simplifier(hypatia_opt::Error),
    /// Sizes that no memory can hold.
    #[error(transparent)]
    Size(#[from] hypatia_lower::error::Error),
    /// Memory that could not be had.
    #[error("{bytes} bytes of memory could not be allocated")]
    Memory {
        /// How many bytes.
        bytes: usize,
    },
    /// The caller asks for another number of results.
    #[error("the function has {found} outputs, the caller takes {expected}")]
    OutputCount {
        /// How many the caller takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The caller asks for another type of result.
    #[error("output `{name}` is {found}, the caller takes {expected}")]
    OutputType {
        /// The output.
        name: Arc<str>,
        /// Its type.
        found: Type,
        /// What the caller takes, in words.
        expected: String,
    },
}

fn declaration(input: &Option<Box<(Arc<str>, Type, Span)>>) -> String {
    match input.as_deref() {
        Some((name, ty, at)) => format!(
            "\n  `{name}`: {ty}   declared at {at}\n  \
             help: pass a value of that type; an axis with a name may have any length"
        ),
        None => String::new(),
    }
}

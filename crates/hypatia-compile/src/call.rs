//! A call: arguments find their places.
//!
//! Invariants: every argument has a value before anything runs, or the call is an error.
//!
//! Not here: what happens then (`run.rs`).

use crate::args::{Arg, IntoArgs};
use crate::error::{CallCause, CallError};
use crate::function::Function;
use crate::outputs::FromOutputs;
use hypatia_ir::eval::BindError;
use hypatia_ir::span::Span;
use smallvec::SmallVec;

/// One argument for each place, some still missing.
type Places<'b, 'a> = SmallVec<[Option<&'b Arg<'a>>; 6]>;

/// One argument for each place.
type Whole<'b, 'a> = SmallVec<[&'b Arg<'a>; 6]>;

impl Function {
    /// Calls the function. Arguments come in the order of the inputs; those with defaults may be
    /// left out at the end. Results become what the caller's type says: a scalar, an array, a
    /// tensor, a tuple of those, `Vec<Tensor>`, or `()` to drop them.
    ///
    /// Errors: arguments of the wrong number, element type or shape; an index outside its axis;
    /// results that are not of the caller's type; memory. Shared variables are then unchanged.
    #[track_caller]
    pub fn call<'a, O: FromOutputs>(&self, args: impl IntoArgs<'a>) -> Result<O, CallError> {
        let at = Span::caller();
        let result = args.with_args(|args| match args.len() == self.argument_count {
            true => {
                let mut whole = Whole::new();
                args.iter().for_each(|arg| whole.push(arg));
                self.run(&whole)
            }
            false => {
                self.with_defaults(args.iter().map(Some).collect()).and_then(|args| self.run(&args))
            }
        });
        result.map_err(|cause| self.error(at, cause))
    }

    /// Calls the function with arguments by name; those with defaults may be left out.
    #[track_caller]
    pub fn call_named<'a, O: FromOutputs>(
        &self,
        args: impl IntoIterator<Item = (&'a str, Arg<'a>)>,
    ) -> Result<O, CallError> {
        let at = Span::caller();
        let args: Vec<(&str, Arg<'_>)> = args.into_iter().collect();
        let whole = self.by_position(&args).and_then(|args| self.with_defaults(args));
        whole.and_then(|args| self.run(&args)).map_err(|cause| self.error(at, cause))
    }

    /// The error with the user's lines.
    fn error(&self, at: Span, cause: CallCause) -> CallError {
        let name = match &cause {
            CallCause::Bind(
                BindError::DType { input, .. }
                | BindError::Rank { input, .. }
                | BindError::Extent { input, .. }
                | BindError::Unbound { input, .. },
            ) => Some(input),
            CallCause::Missing { name } | CallCause::Twice { name } => Some(name),
            _ => None,
        };
        let declared = name.and_then(|n| self.inputs.iter().find(|i| i.name == *n));
        let declared = declared.map(|i| Box::new((i.name.clone(), i.ty.clone(), i.at)));
        CallError { at, cause: Box::new(cause), declared }
    }

    fn names(&self) -> String {
        let names = self.inputs[..self.argument_count].iter().map(|i| format!("`{}`", i.name));
        let names: Vec<String> = names.collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }

    fn by_position<'b, 'a>(
        &self,
        args: &'b [(&str, Arg<'a>)],
    ) -> Result<Places<'b, 'a>, CallCause> {
        let mut places = Places::from_elem(None, self.argument_count);
        for (name, arg) in args {
            let arguments = &self.inputs[..self.argument_count];
            let Some(at) = arguments.iter().position(|i| &*i.name == *name) else {
                let (name, names) = ((*name).to_string(), self.names());
                return Err(CallCause::NoSuchInput { name, names });
            };
            if places[at].replace(arg).is_some() {
                return Err(CallCause::Twice { name: arguments[at].name.clone() });
            }
        }
        Ok(places)
    }

    /// The arguments with defaults where there is none.
    fn with_defaults<'b, 'a>(
        &'b self,
        mut args: Places<'b, 'a>,
    ) -> Result<Whole<'b, 'a>, CallCause> {
        if args.len() > self.argument_count {
            let (expected, names, found) = (self.argument_count, self.names(), args.len());
            return Err(CallCause::Count { expected, names, found });
        }
        args.resize(self.argument_count, None);
        let whole = args.into_iter().zip(&self.defaults).zip(&self.inputs);
        let whole = whole.map(|((arg, default), input)| {
            let missing = || CallCause::Missing { name: input.name.clone() };
            arg.or(default.as_ref()).ok_or_else(missing)
        });
        whole.collect()
    }
}

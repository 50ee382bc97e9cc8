//! A call: bind, check, run, hand out.
//!
//! Invariants: everything is checked before anything runs; results and updates appear only if
//! the whole run succeeded; only results are allocated, once sizes have been seen.
//!
//! Not here: what is remembered between calls (`function.rs`).

use crate::args::{Arg, IntoArgs};
use crate::builder::as_arg;
use crate::error::{CallCause, CallError};
use crate::function::{Function, Key, key};
use crate::outputs::FromOutputs;
use crate::profile::Recording;
use crate::workspace::Workspace;
use hypatia_ir::eval::{BindError, bind, check_guards};
use hypatia_ir::graph::Role;
use hypatia_ir::shared::Cell;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use hypatia_lower::plan::{Place, SizePlan};
use smallvec::SmallVec;
use std::sync::{Arc, MutexGuard};

/// The locked values of shared variables, by input number less the number of arguments.
type Held<'a> = SmallVec<[MutexGuard<'a, Tensor>; 8]>;

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
        let args = args.into_args();
        let whole = self.with_defaults(args.iter().map(Some).collect());
        whole.and_then(|args| self.run(&args)).map_err(|cause| self.error(at, cause))
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
    ) -> Result<SmallVec<[Option<&'b Arg<'a>>; 6]>, CallCause> {
        let mut places: SmallVec<[Option<&'b Arg<'a>>; 6]> =
            SmallVec::from_elem(None, self.argument_count);
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
        args: SmallVec<[Option<&'b Arg<'a>>; 6]>,
    ) -> Result<SmallVec<[Argument<'b, 'a>; 6]>, CallCause> {
        if args.len() > self.argument_count {
            let (expected, names, found) = (self.argument_count, self.names(), args.len());
            return Err(CallCause::Count { expected, names, found });
        }
        let mut args = args;
        args.resize(self.argument_count, None);
        let whole = args.into_iter().zip(&self.defaults).zip(&self.inputs);
        let whole = whole.map(|((arg, default), input)| match (arg, default) {
            (Some(arg), _) => Ok(Argument::Given(arg)),
            (None, Some(default)) => Ok(Argument::Default(as_arg(default))),
            (None, None) => Err(CallCause::Missing { name: input.name.clone() }),
        });
        whole.collect()
    }

    fn run<O: FromOutputs>(&self, args: &[Argument<'_, '_>]) -> Result<O, CallCause> {
        let mut recording = self.recorder.begin();
        O::check(&self.outputs)?;
        self.check_dtypes(args)?;
        let key = key(args.iter().map(|a| &a.arg().lengths));
        let (found, mut workspace) = self.recall(&key);
        let result = found.map_or_else(|| self.new_size(key, args), Ok).and_then(|size| {
            let tensors = self.run_in(&size, &mut workspace, args, &mut recording)?;
            Ok((size, tensors))
        });
        self.give_back(workspace);
        let (size, tensors) = result?;
        let found = tensors.len();
        // `check` accepted the types, so this cannot fail.
        let outputs =
            O::from_outputs(tensors).ok_or(CallCause::OutputCount { expected: found, found })?;
        if let Some(recording) = recording {
            self.recorder.end(&recording, &size, &self.plan);
        }
        Ok(outputs)
    }

    fn check_dtypes(&self, args: &[Argument<'_, '_>]) -> Result<(), CallCause> {
        for (input, arg) in self.inputs.iter().zip(args) {
            let (expected, found) = (input.ty.dtype, arg.arg().dtype);
            if expected != found {
                let input = input.name.clone();
                return Err(BindError::DType { input, expected, found }.into());
            }
            let (expected, found) = (input.ty.rank(), arg.arg().lengths.len());
            if expected != found {
                let input = input.name.clone();
                return Err(BindError::Rank { input, expected, found }.into());
            }
        }
        Ok(())
    }

    /// The plan for sizes not seen before.
    fn new_size(&self, key: Key, args: &[Argument<'_, '_>]) -> Result<Arc<SizePlan>, CallCause> {
        let held: Vec<Vec<usize>> = self.inputs[self.argument_count..]
            .iter()
            .map(|i| i.cell.as_ref().map_or(Vec::new(), |c| c.lock().shape().to_vec()))
            .collect();
        let own = args.iter().map(|a| a.arg().lengths.as_slice());
        let shapes: Vec<&[usize]> = own.chain(held.iter().map(Vec::as_slice)).collect();
        let dims = bind(&self.graph, &shapes)?;
        check_guards(&self.graph, &dims)?;
        let size = Arc::new(self.plan.size(&dims)?);
        self.remember(key, &size);
        Ok(size)
    }

    fn run_in(
        &self,
        size: &SizePlan,
        workspace: &mut Workspace,
        args: &[Argument<'_, '_>],
        recording: &mut Option<Recording>,
    ) -> Result<Vec<Tensor>, CallCause> {
        let mut held = self.hold();
        if let Some(doubt) = &self.doubt {
            let own = args.iter().map(|a| a.arg().to_tensor());
            doubt.check(own.chain(held.iter().map(|h| (**h).clone())).collect())?;
        }
        let mut results = self.new_results(size)?;
        self.prepare_spares(size, workspace)?;
        self.fill_addresses(size, workspace, args, &mut held, &mut results)?;
        // SAFETY: every buffer has an address of its size and alignment: arguments and literals
        // are only read; the arena, results and spares are this call's own; shared variables are
        // locked by `held`.
        unsafe {
            match recording {
                None => self.executable.run(size, &workspace.addresses)?,
                Some(recording) => {
                    recording.lap();
                    let mut after = |_| recording.lap();
                    self.executable.run_watched(size, &workspace.addresses, &mut after)?;
                }
            }
        }
        for (root, spare) in workspace.spares.iter_mut().enumerate() {
            if let (Some(spare), Role::Update(input)) = (spare, &self.roles[root]) {
                std::mem::swap(spare, &mut *held[*input as usize - self.argument_count]);
            }
        }
        Ok(results)
    }

    /// Locks the shared variables, in an order that all functions agree on.
    fn hold(&self) -> Held<'_> {
        let cells = self.inputs[self.argument_count..].iter().enumerate();
        let mut cells: SmallVec<[(usize, &Arc<Cell>); 8]> =
            cells.filter_map(|(i, input)| Some((i, input.cell.as_ref()?))).collect();
        cells.sort_unstable_by_key(|(_, cell)| Arc::as_ptr(cell));
        let mut guards: SmallVec<[(usize, MutexGuard<'_, Tensor>); 8]> =
            cells.into_iter().map(|(i, cell)| (i, cell.lock())).collect();
        guards.sort_unstable_by_key(|(i, _)| *i);
        guards.into_iter().map(|(_, guard)| guard).collect()
    }

    fn new_results(&self, size: &SizePlan) -> Result<Vec<Tensor>, CallCause> {
        let mut results = Vec::with_capacity(self.outputs.len());
        for (role, buffer) in self.roles.iter().zip(&self.plan.roots) {
            if let Role::Output(_) = role {
                let at = buffer.index();
                results.push(self.new_tensor(at, size)?);
            }
        }
        Ok(results)
    }

    /// Memory for updates that are computed beside their variable.
    fn prepare_spares(&self, size: &SizePlan, workspace: &mut Workspace) -> Result<(), CallCause> {
        if !workspace.spares.is_empty() || self.roles.is_empty() {
            return Ok(());
        }
        let mut spares = Vec::with_capacity(self.roles.len());
        for (role, buffer) in self.roles.iter().zip(&self.plan.roots) {
            let at = buffer.index();
            let beside = matches!(self.plan.buffers[at].place, Place::Root(_));
            spares.push(match role {
                // The types of shared variables are fixed, so these fit all later calls.
                Role::Update(_) if beside => Some(self.new_tensor(at, size)?),
                Role::Update(_) | Role::Output(_) => None,
            });
        }
        workspace.spares = spares;
        Ok(())
    }

    fn new_tensor(&self, buffer: usize, size: &SizePlan) -> Result<Tensor, CallCause> {
        let dtype = self.plan.buffers[buffer].ty.dtype;
        let bytes = size.bytes[buffer];
        Tensor::try_zeros(dtype, &size.lengths[buffer]).ok_or(CallCause::Memory { bytes })
    }

    fn fill_addresses(
        &self,
        size: &SizePlan,
        workspace: &mut Workspace,
        args: &[Argument<'_, '_>],
        held: &mut Held<'_>,
        results: &mut [Tensor],
    ) -> Result<(), CallCause> {
        let arena = workspace.arena(size.arena)?;
        workspace.addresses.clear();
        for (at, buffer) in self.plan.buffers.iter().enumerate() {
            let address = match buffer.place {
                Place::Input(i) => match args.get(i as usize) {
                    Some(arg) => arg.arg().address().cast_mut(),
                    None => held[i as usize - self.argument_count].as_mut_ptr(),
                },
                Place::Literal(i) => self.plan.literals[i as usize].as_ptr().cast_mut(),
                Place::Root(root) => match &mut workspace.spares[root as usize] {
                    Some(spare) => spare.as_mut_ptr(),
                    // Outputs come before updates.
                    None => results[root as usize].as_mut_ptr(),
                },
                // SAFETY: offsets lie inside the arena, which has room for all of them.
                Place::Arena { .. } => unsafe { arena.add(size.offsets[at]) },
            };
            workspace.addresses.push(address);
        }
        Ok(())
    }
}

/// An argument of the caller, or a default.
pub(crate) enum Argument<'b, 'a> {
    Given(&'b Arg<'a>),
    Default(Arg<'b>),
}

impl<'b, 'a: 'b> Argument<'b, 'a> {
    fn arg(&self) -> &Arg<'b> {
        match self {
            Argument::Given(arg) => arg,
            Argument::Default(arg) => arg,
        }
    }
}

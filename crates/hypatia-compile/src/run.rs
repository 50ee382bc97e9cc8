//! A run: check, bind, execute, hand out.
//!
//! Invariants: everything is checked before anything runs; results and updates appear only if the
//! whole run succeeded; with sizes that the workspace has seen, only results are allocated, and
//! only those that are not [`Reused`](crate::outputs::Reused).
//!
//! Not here: how arguments find their places (`call.rs`), what is remembered (`function.rs`).

use crate::args::Arg;
use crate::error::CallCause;
use crate::function::{Function, Key};
use crate::memory::Room;
use crate::outputs::{FromOutputs, Outputs};
use crate::profile::Recording;
use crate::workspace::Workspace;
use hypatia_ir::eval::{BindError, bind, check_guards};
use hypatia_ir::tensor::Tensor;
use hypatia_lower::plan::SizePlan;
use smallvec::SmallVec;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

/// The locked values of shared variables, in the order of [`Wiring::cells`](crate::wiring::Wiring).
type Held<'a> = SmallVec<[MutexGuard<'a, Tensor>; 8]>;

impl Function {
    pub(crate) fn run<O: FromOutputs>(&self, args: &[&Arg<'_>]) -> Result<O, CallCause> {
        let recording = self.recorder.begin();
        O::check(&self.outputs)?;
        self.check_types(args)?;
        let mut workspace = self.shelf.take();
        let result = self.run_in(&mut workspace, args, recording);
        self.shelf.put(workspace);
        result
    }

    fn check_types(&self, args: &[&Arg<'_>]) -> Result<(), CallCause> {
        for (input, arg) in self.inputs.iter().zip(args) {
            let (expected, found) = (input.ty.dtype, arg.dtype);
            if expected != found {
                let input = input.name.clone();
                return Err(BindError::DType { input, expected, found }.into());
            }
            let (expected, found) = (input.ty.rank(), arg.lengths.len());
            if expected != found {
                let input = input.name.clone();
                return Err(BindError::Rank { input, expected, found }.into());
            }
        }
        Ok(())
    }

    fn run_in<O: FromOutputs>(
        &self,
        workspace: &mut Workspace,
        args: &[&Arg<'_>],
        mut recording: Option<Recording>,
    ) -> Result<O, CallCause> {
        if !workspace.fits(args) {
            self.lay_out(workspace, args)?;
        }
        let Workspace { sizes: Some((_, size)), spares, rooms, addresses, .. } = workspace else {
            return Err(CallCause::Memory { bytes: 0 }); // `lay_out` has just set them
        };
        self.prepare_rooms(size, rooms)?;
        let mut held = Held::new();
        self.wiring.cells.iter().for_each(|cell| held.push(cell.lock()));
        if let Some(doubt) = &self.doubt {
            let variables = self.wiring.places.iter().map(|&at| (*held[at]).clone());
            doubt.check(args.iter().map(|arg| arg.to_tensor()).chain(variables).collect())?;
        }
        self.prepare_spares(size, spares)?;
        for wire in &self.wiring.arguments {
            addresses[wire.buffer] = args[wire.to].address().cast_mut();
        }
        for wire in &self.wiring.variables {
            addresses[wire.buffer] = held[wire.to].as_mut_ptr();
        }
        for (wire, room) in self.wiring.results.iter().zip(&*rooms) {
            addresses[wire.buffer] = room.address();
        }
        for (wire, spare) in self.wiring.spares.iter().zip(&mut *spares) {
            addresses[wire.buffer] = spare.as_mut_ptr();
        }
        // SAFETY: every buffer has an address of its size and alignment: arguments and literals
        // are only read; the arena, rooms and spares are this call's own; shared variables are
        // locked by `held`.
        unsafe {
            match &mut recording {
                None => self.executable.run(size, addresses)?,
                Some(recording) => {
                    recording.lap();
                    let mut after = |_| recording.lap();
                    self.executable.run_watched(size, addresses, &mut after)?;
                }
            }
        }
        for (wire, spare) in self.wiring.spares.iter().zip(spares) {
            std::mem::swap(spare, &mut *held[wire.to]);
        }
        // SAFETY: a run that succeeds writes all of every root.
        let outputs =
            unsafe { Outputs::new(rooms.drain(..), &self.wiring.results, size, &self.home) };
        let found = self.outputs.len();
        // `check` accepted the types, so this cannot fail.
        let outputs =
            O::from_outputs(outputs).ok_or(CallCause::OutputCount { expected: found, found })?;
        if let Some(recording) = recording {
            self.recorder.end(&recording, size, &self.plan);
        }
        Ok(outputs)
    }

    /// Lays the workspace out for the shapes of these arguments.
    fn lay_out(&self, workspace: &mut Workspace, args: &[&Arg<'_>]) -> Result<(), CallCause> {
        // Ranks are fixed by the declared types, so lengths alone are enough.
        let key: Key = args.iter().flat_map(|arg| arg.lengths.iter().copied()).collect();
        let size = match self.recall(&key) {
            Some(size) => size,
            None => self.new_size(key.clone(), args)?,
        };
        workspace.lay_out(key, &size, &self.wiring, &self.plan)?;
        self.arena.store(size.arena, Ordering::Relaxed);
        Ok(())
    }

    /// The plan for sizes not seen before.
    fn new_size(&self, key: Key, args: &[&Arg<'_>]) -> Result<Arc<SizePlan>, CallCause> {
        let held: Vec<Vec<usize>> = self.inputs[self.argument_count..]
            .iter()
            .map(|i| i.cell.as_ref().map_or(Vec::new(), |c| c.lock().shape().to_vec()))
            .collect();
        let own = args.iter().map(|arg| arg.lengths.as_slice());
        let shapes: Vec<&[usize]> = own.chain(held.iter().map(Vec::as_slice)).collect();
        let dims = bind(&self.graph, &shapes)?;
        check_guards(&self.graph, &dims)?;
        let size = Arc::new(self.plan.size(&dims)?);
        self.remember(key, &size);
        Ok(size)
    }

    /// Memory for results, used before if some came back.
    #[inline]
    fn prepare_rooms(&self, size: &SizePlan, rooms: &mut Vec<Room>) -> Result<(), CallCause> {
        // Those of a call that failed.
        rooms.clear();
        for (result, wire) in self.wiring.results.iter().enumerate() {
            let dtype = self.plan.buffers[wire.buffer].ty.dtype;
            let len = size.lengths[wire.buffer].iter().product();
            let bytes = size.bytes[wire.buffer];
            rooms.push(self.home.room(result, dtype, len).ok_or(CallCause::Memory { bytes })?);
        }
        Ok(())
    }

    /// Memory for updates that are computed beside their variable.
    fn prepare_spares(&self, size: &SizePlan, spares: &mut Vec<Tensor>) -> Result<(), CallCause> {
        // The types of shared variables are fixed, so these fit all later calls.
        for wire in self.wiring.spares.iter().skip(spares.len()) {
            let dtype = self.plan.buffers[wire.buffer].ty.dtype;
            let bytes = size.bytes[wire.buffer];
            let spare = Tensor::try_zeros(dtype, &size.lengths[wire.buffer]);
            spares.push(spare.ok_or(CallCause::Memory { bytes })?);
        }
        Ok(())
    }
}

//! From kernels to objects: by the widest emitter that takes them, on several threads.
//!
//! Invariants: an object depends on its kernel alone, whichever thread writes it.
//!
//! Not here: which instructions (`emit/`, `wide/`), linking (`link.rs`).

use crate::emit::{declare, emit, expansions, function_named};
use crate::error::Error;
use crate::lanes::Lanes;
use crate::library::Number;
use crate::object::{Object, Size};
use crate::wide;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExternalName, Function};
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context, FinalizedMachReloc, FinalizedRelocTarget};
use cranelift_frontend::FunctionBuilderContext;
use hypatia_lower::kernel::Kernel;
use hypatia_lower::lane::expand::Expansion;

/// Kernels that a thread writes at least: starting one takes as long as a few.
const SHARE: usize = 8;

/// Compiles kernels for this processor, on up to so many threads.
///
/// # Errors
/// [`Error::Lanes`] if it does not have the instructions.
pub(crate) fn compile(
    kernels: &[Kernel],
    lanes: Lanes,
    threads: usize,
) -> Result<Vec<Object>, Error> {
    if !lanes.is_present() {
        return Err(Error::Lanes { lanes });
    }
    let isa = isa()?;
    let all = |kernels: &[Kernel]| {
        let mut writer = Writer::new(&*isa, lanes);
        kernels.iter().map(|k| writer.object(k, expansions(k)?)).collect::<Result<Vec<_>, _>>()
    };
    let threads = threads.min(kernels.len() / SHARE).max(1);
    if threads == 1 {
        return all(kernels);
    }
    let all = &all;
    let parts = kernels.chunks(kernels.len().div_ceil(threads));
    std::thread::scope(|scope| {
        let running: Vec<_> = parts.map(|part| scope.spawn(move || all(part))).collect();
        let mut objects = Vec::with_capacity(kernels.len());
        for thread in running {
            match thread.join() {
                Ok(part) => objects.extend(part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(objects)
    })
}

/// Writes objects, one after the other.
struct Writer<'a> {
    isa: &'a dyn TargetIsa,
    lanes: Lanes,
    context: Context,
    scratch: FunctionBuilderContext,
}

impl<'a> Writer<'a> {
    fn new(isa: &'a dyn TargetIsa, lanes: Lanes) -> Writer<'a> {
        Writer { isa, lanes, context: Context::new(), scratch: FunctionBuilderContext::new() }
    }

    /// The object of a kernel whose machine programs are given.
    fn object(&mut self, kernel: &Kernel, programs: Vec<Expansion>) -> Result<Object, Error> {
        if let Some(code) = wide::emit(kernel, &programs, self.lanes)? {
            let size = Size { lanes: self.lanes, bytes: code.all.len(), rows: code.rows };
            return Ok(Object { bytes: code.all, entry: code.entry, calls: Vec::new(), size });
        }
        self.context.clear();
        self.context.func.signature.call_conv = self.isa.default_call_conv();
        declare(&mut self.context.func.signature);
        let target = self.isa.frontend_config();
        emit(kernel, programs, &mut self.context.func, &mut self.scratch, target)?;
        let refused = |reason: String| Error::Code { kernel: kernel.name.clone(), reason };
        let compiled = self.context.compile(self.isa, &mut ControlPlane::default());
        let compiled = compiled.map_err(|e| refused(format!("{:?}", e.inner)))?;
        let bytes = compiled.code_buffer().to_vec();
        let relocations = compiled.buffer.relocs().to_vec();
        let call = |r: &FinalizedMachReloc| {
            let known = call(&self.context.func, r);
            known.ok_or_else(|| refused(format!("unexpected relocation {r:?}")))
        };
        let calls = relocations.iter().map(call).collect::<Result<_, _>>()?;
        let size = Size { lanes: Lanes::Portable, bytes: bytes.len(), rows: 4 };
        Ok(Object { bytes, entry: 0, calls, size })
    }
}

/// Where an address belongs, and which; `None` if it is not the address of a library function.
fn call(function: &Function, relocation: &FinalizedMachReloc) -> Option<(usize, Number)> {
    let FinalizedRelocTarget::ExternalName(name) = &relocation.target else { return None };
    let number = match name {
        ExternalName::User(name) => {
            let name = function.params.user_named_funcs().get(*name)?;
            Number::named(function_named(name.index)?)?
        }
        ExternalName::LibCall(call) => Number::of(*call)?,
        _ => return None,
    };
    let is_plain = relocation.kind == Reloc::Abs8 && relocation.addend == 0;
    is_plain.then_some((relocation.offset as usize, number))
}

/// The Cranelift text of a kernel, for people.
pub(crate) fn text(kernel: &Kernel) -> Result<String, Error> {
    let mut function = Function::new();
    let isa = isa()?;
    function.signature.call_conv = isa.default_call_conv();
    declare(&mut function.signature);
    let (programs, mut scratch) = (expansions(kernel)?, FunctionBuilderContext::new());
    emit(kernel, programs, &mut function, &mut scratch, isa.frontend_config())?;
    Ok(function.display().to_string())
}

/// What code depends on besides its kernel: the processor's family and features, and the version
/// of what writes it.
pub(crate) fn target(lanes: Lanes) -> Result<String, Error> {
    let isa = isa()?;
    let own = env!("CARGO_PKG_VERSION");
    let features: Vec<String> = isa.isa_flags().iter().map(|flag| flag.to_string()).collect();
    let code = cranelift_codegen::VERSION;
    Ok(format!("{own} {code} {} {lanes:?} {}", isa.triple(), features.join(" ")))
}

fn isa() -> Result<OwnedTargetIsa, Error> {
    let refused = |reason: String| Error::Processor { reason };
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("ssse3") {
        // Without it shuffles are calls of a function in a convention that Rust does not have.
        return Err(refused("it has no SSSE3".into()));
    }
    let builder = cranelift_native::builder().map_err(|e| refused(e.into()))?;
    builder.finish(flags()?).map_err(|e| refused(e.to_string()))
}

/// Settings of the code generator that do not depend on the processor.
fn flags() -> Result<settings::Flags, Error> {
    let refused = |reason: String| Error::Processor { reason };
    let mut flags = settings::builder();
    let verifier = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", "speed"),
        ("enable_verifier", verifier),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
    ] {
        flags.set(name, value).map_err(|e| refused(e.to_string()))?;
    }
    Ok(settings::Flags::new(flags))
}

#[cfg(test)]
mod tests;

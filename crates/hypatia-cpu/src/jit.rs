//! Machine code in memory: compiled, linked and made executable.
//!
//! Invariants: pages are writable or executable, never both; code lives as long as its [`Code`].
//!
//! Not here: which instructions (`emit/`).

use crate::emit::{declare, emit, expansions, imports};
use crate::error::Error;
use crate::lanes::Lanes;
use crate::wide;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};
use hypatia_lower::kernel::Kernel;
use hypatia_lower::lane::expand::Expansion;

/// What a kernel reports of an index outside its axis.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The number of the indirect access in the kernel; negative if all went well.
    pub number: i64,
    /// The index.
    pub index: i64,
    /// The length of the axis.
    pub extent: i64,
}

impl Fault {
    /// All went well.
    pub const NONE: Fault = Fault { number: -1, index: 0, extent: 0 };
}

/// The function of a kernel: buffer addresses, dim values, first row, row after the last, fault.
pub(crate) type Entry = unsafe extern "C" fn(*const *mut u8, *const i64, i64, i64, *mut Fault);

/// The code of the kernels of a plan.
pub(crate) struct Code {
    module: Option<JITModule>,
    /// The function of each kernel.
    pub entries: Vec<Entry>,
    /// The size of each function.
    pub sizes: Vec<Size>,
}

/// What there is to know of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// The instructions that it uses.
    pub lanes: Lanes,
    pub bytes: usize,
    /// How many rows run together.
    pub rows: usize,
}

/// A function before it is linked.
struct Written {
    id: FuncId,
    /// Where its first instruction is.
    start: usize,
    size: Size,
}

// SAFETY: the code is never changed once made, and the module is only used to free it.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: entries are private to the crate and do not outlive the code.
            unsafe { module.free_memory() }
        }
    }
}

macro_rules! library {
    ($($name:literal = |$($x:ident),*| -> $t:ty { $value:expr })*) => {
        /// Makes known what code calls, where processors have no instruction for it, by the
        /// names that C has for it.
        fn library(builder: &mut JITBuilder) {
            $({
                extern "C" fn function($($x: $t),*) -> $t {
                    $value
                }
                builder.symbol($name, function as *const u8);
            })*
        }
    };
}

library! {
    "fmaf" = |x, y, z| -> f32 { x.mul_add(y, z) }
    "fma" = |x, y, z| -> f64 { x.mul_add(y, z) }
    "floorf" = |x| -> f32 { x.floor() }
    "floor" = |x| -> f64 { x.floor() }
    "truncf" = |x| -> f32 { x.trunc() }
    "trunc" = |x| -> f64 { x.trunc() }
    "nearbyintf" = |x| -> f32 { x.round_ties_even() }
    "nearbyint" = |x| -> f64 { x.round_ties_even() }
    "fmodf" = |x, y| -> f32 { x % y }
    "fmod" = |x, y| -> f64 { x % y }
}

/// Compiles kernels for this processor.
///
/// # Errors
/// [`Error::Lanes`] if it does not have the instructions.
pub(crate) fn compile(kernels: &[Kernel], lanes: Lanes) -> Result<Code, Error> {
    if !lanes.is_present() {
        return Err(Error::Lanes { lanes });
    }
    let programs = kernels.iter().map(expansions).collect::<Result<_, _>>()?;
    assemble(isa()?, kernels, programs, lanes)
}

/// Compiles kernels whose machine programs are given.
fn assemble(
    isa: OwnedTargetIsa,
    kernels: &[Kernel],
    programs: Vec<Vec<Expansion>>,
    lanes: Lanes,
) -> Result<Code, Error> {
    let link = |reason: String| Error::Code { kernel: "all".into(), reason };
    let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
    library(&mut builder);
    let mut module = JITModule::new(builder);
    for (name, signature) in imports(module.target_config().default_call_conv) {
        let declared = module.declare_function(name, Linkage::Import, &signature);
        declared.map_err(|e| link(e.to_string()))?;
    }
    let mut context = module.make_context();
    let mut scratch = FunctionBuilderContext::new();
    let mut written = Vec::new();
    for (kernel, programs) in kernels.iter().zip(programs) {
        declare(&mut context.func.signature);
        if let Some(code) = wide::emit(kernel, &programs, lanes)? {
            let id = module.declare_anonymous_function(&context.func.signature);
            let id = id.map_err(|e| refused(kernel, &e))?;
            let defined = module.define_function_bytes(id, wide::ALIGN, &code.all, &[]);
            defined.map_err(|e| refused(kernel, &e))?;
            let (start, bytes, rows) = (code.entry, code.all.len(), code.rows);
            written.push(Written { id, start, size: Size { lanes, bytes, rows } });
            module.clear_context(&mut context);
            continue;
        }
        emit(kernel, programs, &mut context.func, &mut scratch, module.target_config())?;
        let id = module
            .declare_anonymous_function(&context.func.signature)
            .map_err(|e| refused(kernel, &e))?;
        module.define_function(id, &mut context).map_err(|e| refused(kernel, &e))?;
        let bytes = context.compiled_code().map_or(0, |c| c.code_buffer().len());
        let size = Size { lanes: Lanes::Portable, bytes, rows: 4 };
        written.push(Written { id, start: 0, size });
        module.clear_context(&mut context);
    }
    module.finalize_definitions().map_err(|e| link(e.to_string()))?;
    let entry = |own: &Written| {
        let address = module.get_finalized_function(own.id).wrapping_add(own.start);
        // SAFETY: the function was declared with the parameters of `Entry`, in the platform's C
        // convention.
        unsafe { std::mem::transmute::<*const u8, Entry>(address) }
    };
    let entries = written.iter().map(entry).collect();
    let sizes = written.iter().map(|w| w.size).collect();
    Ok(Code { module: Some(module), entries, sizes })
}

/// The Cranelift text of a kernel, for people.
pub(crate) fn text(kernel: &Kernel) -> Result<String, Error> {
    let mut function = cranelift_codegen::ir::Function::new();
    let isa = isa()?;
    function.signature.call_conv = isa.default_call_conv();
    declare(&mut function.signature);
    let (programs, mut scratch) = (expansions(kernel)?, FunctionBuilderContext::new());
    emit(kernel, programs, &mut function, &mut scratch, isa.frontend_config())?;
    Ok(function.display().to_string())
}

fn refused(kernel: &Kernel, error: &cranelift_module::ModuleError) -> Error {
    Error::Code { kernel: kernel.name.clone(), reason: format!("{error:?}") }
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

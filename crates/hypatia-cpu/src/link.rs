//! Code in memory: placed, its calls filled in, made executable.
//!
//! Invariants: pages are writable or executable, never both; code lives as long as its [`Code`].
//!
//! Not here: which instructions (`emit/`, `wide/`).

use crate::error::Error;
use crate::object::{Object, Size};
use memmap2::{Mmap, MmapMut};
use std::io::Write;

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
    /// Keeps the pages; none if there is no kernel.
    _pages: Option<Mmap>,
    /// The function of each kernel.
    pub entries: Vec<Entry>,
    /// The size of each function.
    pub sizes: Vec<Size>,
}

/// What all functions are aligned to, for the constants of the widest vectors.
const ALIGN: usize = 64;

/// Places objects in memory.
///
/// # Errors
/// [`Error::Link`] if the system has no memory for code, or an object calls what there is not.
pub(crate) fn link(objects: &[Object], names: &[&str]) -> Result<Code, Error> {
    let refused = |e: std::io::Error| Error::Link { reason: e.to_string() };
    let mut starts = Vec::with_capacity(objects.len());
    let mut end = 0usize;
    for object in objects {
        starts.push(end);
        end += object.bytes.len().next_multiple_of(ALIGN);
    }
    let sizes = objects.iter().map(|o| o.size).collect();
    if end == 0 {
        return Ok(Code { _pages: None, entries: Vec::new(), sizes });
    }
    let mut pages = MmapMut::map_anon(end).map_err(refused)?;
    for (object, &start) in objects.iter().zip(&starts) {
        let own = &mut pages[start..start + object.bytes.len()];
        own.copy_from_slice(&object.bytes);
        for &(at, function) in &object.calls {
            let missing = || Error::Link { reason: format!("no function {function:?}") };
            let address = function.address().ok_or_else(missing)? as u64;
            own[at..at + 8].copy_from_slice(&address.to_ne_bytes());
        }
    }
    let pages = pages.make_exec().map_err(refused)?;
    flush(&pages);
    let entry = |(object, &start): (&Object, &usize)| {
        let address = pages[start + object.entry..].as_ptr();
        // SAFETY: the function was written with the parameters of `Entry`, in the platform's C
        // convention.
        unsafe { std::mem::transmute::<*const u8, Entry>(address) }
    };
    let entries: Vec<Entry> = objects.iter().zip(&starts).map(entry).collect();
    note(&entries, objects, names);
    Ok(Code { _pages: Some(pages), entries, sizes })
}

/// Makes instructions that were written as data visible, where processors do not see to it.
#[cfg(target_arch = "aarch64")]
fn flush(pages: &Mmap) {
    unsafe extern "C" {
        fn __clear_cache(start: *const u8, end: *const u8);
    }
    let range = pages.as_ptr_range();
    // SAFETY: the C compiler's function of this name; the range is mapped.
    unsafe { __clear_cache(range.start, range.end) };
}

#[cfg(not(target_arch = "aarch64"))]
fn flush(_: &Mmap) {}

/// Tells Linux's `perf` the names of functions, if `HYPATIA_PERF_MAP` is set: it looks for them in
/// a file of the temporary folder with the process's number in its name. A file that cannot be
/// written is left out: it is about names alone.
fn note(entries: &[Entry], objects: &[Object], names: &[&str]) {
    if std::env::var_os("HYPATIA_PERF_MAP").is_none() {
        return;
    }
    let path = std::env::temp_dir().join(format!("perf-{}.map", std::process::id()));
    let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(path) else {
        return;
    };
    for ((entry, object), name) in entries.iter().zip(objects).zip(names) {
        let (start, length) = (*entry as usize, object.bytes.len() - object.entry);
        let _ = writeln!(file, "{start:x} {length:x} hypatia::{name}");
    }
}

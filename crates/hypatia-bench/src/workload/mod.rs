//! The workloads, by name: `peers/README.md` states each in a line of maths.
//!
//! Invariants: written with the public interface alone, as a user would write them; a name means
//! the same maths and data as with every other peer.
//!
//! Not here: how they are measured.

mod dense;
mod gpt;
mod image;
mod pointwise;
mod product;
mod recurrent;
mod rows;
mod second;
mod vae;

use crate::case::{Case, Definition};
use crate::error::Error;

/// A workload.
pub struct Workload {
    /// Its name: the letter of its family, and what it is.
    pub name: String,
    /// What is not as the reader of the name would think; most have none.
    pub note: Option<&'static str>,
    define: Box<dyn Fn() -> Result<Definition, Error>>,
}

impl Workload {
    fn new(
        name: impl Into<String>,
        define: impl Fn() -> Result<Definition, Error> + 'static,
    ) -> Workload {
        Workload { name: name.into(), note: None, define: Box::new(define) }
    }

    fn noted(self, note: &'static str) -> Workload {
        Workload { note: Some(note), ..self }
    }

    /// Builds its expressions and data, and compiles them for so many threads.
    ///
    /// Errors: a gradient does not exist, or a function does not compile.
    pub fn build(&self, threads: usize) -> Result<Case, Error> {
        (self.define)()?.compile(threads)
    }
}

/// Every workload, by family.
pub fn workloads() -> Vec<Workload> {
    let families = [
        pointwise::workloads,
        rows::workloads,
        product::workloads,
        dense::workloads,
        image::workloads,
        recurrent::workloads,
        gpt::workloads,
        vae::workloads,
        second::workloads,
    ];
    families.iter().flat_map(|family| family()).collect()
}

/// The workload of this name.
///
/// Errors: there is none.
pub fn named<'a>(all: &'a [Workload], name: &str) -> Result<&'a Workload, Error> {
    let found = all.iter().find(|w| w.name == name);
    found.ok_or_else(|| Error::Unknown { name: name.to_string() })
}

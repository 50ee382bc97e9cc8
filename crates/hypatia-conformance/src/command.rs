//! The command line.
//!
//! Invariants: nothing is read or run here.
//!
//! Not here: what the commands do.

use crate::backend::Backend;
use crate::error::Error;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::path::PathBuf;

const USAGE: &str = "\
Runs reference cases against Hypatia.

  hypatia-conformance DIR [options]           a folder of manifests
  hypatia-conformance --onnx PATH [options]   ONNX node tests: a folder, or a .tar.gz of one

  --backend NAME    reference, interpreter, cpu (default), or all
  --filter TEXT     only cases with TEXT in `family/id`
  --json FILE       also write every outcome to FILE (manifests)
  --write FILE      also write the list of operators to FILE (ONNX)
  --jobs N          cases side by side (default: one for each core)

Exit status: 0 nothing failed, 1 a case failed, 2 files or command line cannot be used.";

/// What to do.
#[derive(Debug)]
pub enum Command {
    /// Print a text.
    Say(&'static str),
    /// Run ONNX node tests.
    Onnx {
        /// A folder or an archive.
        path: PathBuf,
        /// What the names of cases must contain.
        filter: String,
        /// Where the list of operators is written.
        write: Option<PathBuf>,
        /// How many cases run side by side.
        jobs: usize,
    },
    /// Run the cases of a folder.
    Folder {
        /// Where the manifests are.
        folder: PathBuf,
        /// What runs them, one after the other.
        backends: Vec<Backend>,
        /// What the names of cases must contain.
        filter: String,
        /// Where outcomes are written.
        json: Option<PathBuf>,
        /// How many cases run side by side.
        jobs: usize,
    },
}

fn usage(why: impl std::fmt::Display) -> Error {
    Error::Usage(format!("{why}\n\n{USAGE}"))
}

/// Reads the command line.
pub fn read(mut parser: lexopt::Parser) -> Result<Command, Error> {
    let (mut folder, mut onnx, mut filter) = (None, None, String::new());
    let (mut json, mut write) = (None, None);
    let mut backends = vec![Backend::Cpu];
    let mut jobs = std::thread::available_parallelism().map_or(1, usize::from);
    while let Some(arg) = parser.next().map_err(usage)? {
        match arg {
            Long("help") | Short('h') => return Ok(Command::Say(USAGE)),
            Long("backend") => {
                let name = parser.value().and_then(|v| v.string()).map_err(usage)?;
                backends = match Backend::ALL.into_iter().find(|b| b.name() == name) {
                    Some(backend) => vec![backend],
                    None if name == "all" => Backend::ALL.to_vec(),
                    None => return Err(usage(format!("no backend is called `{name}`"))),
                };
            }
            Long("filter") => {
                filter = parser.value().and_then(|v| v.string()).map_err(usage)?;
            }
            Long("onnx") => onnx = Some(parser.value().map_err(usage)?.into()),
            Long("write") => write = Some(parser.value().map_err(usage)?.into()),
            Long("json") => json = Some(parser.value().map_err(usage)?.into()),
            Long("jobs") => {
                jobs = parser.value().and_then(|v| v.parse()).map_err(usage)?;
            }
            Value(path) if folder.is_none() => folder = Some(path.into()),
            other => return Err(usage(other.unexpected())),
        }
    }
    let jobs = jobs.max(1);
    match (folder, onnx) {
        (Some(folder), None) => Ok(Command::Folder { folder, backends, filter, json, jobs }),
        (None, Some(path)) => Ok(Command::Onnx { path, filter, write, jobs }),
        (None, None) => Err(usage("no folder given")),
        (Some(_), Some(_)) => Err(usage("a folder of manifests or ONNX tests, not both")),
    }
}

//! Compiled functions on disk: another process, or the next run, finds the simplified graph and the
//! machine code of what it compiles.
//!
//! An entry belongs to everything that its contents depend on (`key`): the captured graph with its
//! literals, options, the version of this crate, the processor. The key itself is in the entry, so
//! that no two keys share one. What is lowered from the graph is done anew, and held against what
//! the code was made for.
//!
//! Invariants: results are the same bits with and without; whatever is wrong with a file or folder,
//! the function is compiled as if it were not there; only files that nobody else can write are read.
//!
//! Not here: which bytes code is (`hypatia-cpu`), where files are (`folder.rs`).

mod entry;
mod folder;

use crate::builder::Builder;
use crate::device::Device;
use entry::Entry;
use folder::Folder;
use hypatia_ir::graph::Graph;
use hypatia_lower::kernel::Kernel;
use hypatia_lower::plan::Plan;
use hypatia_opt::Opt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

/// Where compiled functions are kept between processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// What the environment variable `HYPATIA_CACHE` says, a folder or `off`; without it,
    /// `hypatia` in the user's cache folder (`$XDG_CACHE_HOME` or `~/.cache`). Small functions are
    /// compiled anew: that takes no longer than reading them; so are all in builds with debug
    /// assertions.
    #[default]
    User,
    /// A folder, made if it is not there. For functions of all sizes.
    Folder(PathBuf),
    /// Nowhere.
    Off,
}

/// Functions of fewer nodes are only kept in a folder that was asked for.
const NODES: usize = 400;

/// Functions with more text are not kept: large literals are data, not programs.
const KEY_LIMIT: usize = 8 << 20;

/// The place of one function.
pub(crate) struct Slot {
    folder: Folder,
    key: String,
    found: Option<Entry>,
}

impl Slot {
    /// The place of a function with this graph, and what is there; `None` if it is not to be kept.
    pub fn of(builder: &Builder, captured: &Graph) -> Option<Slot> {
        let small = captured.nodes().len() < NODES;
        let folder = match &builder.cache {
            Cache::Off => return None,
            // Tests and programs under development change too often to be found again.
            Cache::User if small || cfg!(debug_assertions) => return None,
            Cache::User => Folder::of_user()?,
            Cache::Folder(path) => Folder::at(path.clone()),
        };
        let options = &builder.options;
        // Rules of the user have no text that says all of them, and doubt wants to see the graphs.
        if !options.rules.own.is_empty() || options.opt == Opt::Verify {
            return None;
        }
        let target = builder.device.target()?;
        let elements: usize = captured.literals.iter().map(|l| l.len()).sum();
        if elements > KEY_LIMIT / 8 {
            return None;
        }
        let key = format!("{}\n{target}\n{options:?}\n{captured}", env!("CARGO_PKG_VERSION"));
        if key.len() > KEY_LIMIT {
            return None;
        }
        let found = folder.read(&key).and_then(|bytes| Entry::unpack(&bytes, &key));
        Some(Slot { folder, key, found })
    }

    /// The simplified graph, with the lines of the captured one.
    pub fn graph(&self, captured: &Graph) -> Option<Graph> {
        self.found.as_ref()?.graph(captured)
    }

    /// The code for the kernels of a plan.
    pub fn code(&self, plan: &Plan) -> Option<&[u8]> {
        let entry = self.found.as_ref()?;
        (entry.kernels == fingerprint(&plan.kernels)).then_some(&entry.code)
    }

    /// Keeps a function.
    pub fn keep(&self, captured: &Graph, graph: &Graph, plan: &Plan, code: Vec<u8>) {
        if let Some(entry) = Entry::of(captured, graph, fingerprint(&plan.kernels), code) {
            self.folder.write(&self.key, &entry.pack(&self.key));
        }
    }
}

/// A number that tells kernels apart from those of another version.
fn fingerprint(kernels: &[Kernel]) -> u64 {
    let mut hasher = DefaultHasher::new();
    kernels.hash(&mut hasher);
    hasher.finish()
}

impl Device {
    /// What code for the device depends on; `None` if there is none to keep.
    fn target(self) -> Option<String> {
        match self {
            #[cfg(feature = "cpu")]
            Device::Cpu => hypatia_cpu::Cpu::default().target().ok(),
            _ => None,
        }
    }
}

//! A compiled function.
//!
//! Invariants: code is generated once; a new tuple of sizes only costs a size plan.
//!
//! Not here: what happens in a call (`call.rs`).

use crate::args::Lengths;
use crate::builder::Builder;
use crate::doubt::Doubt;
use crate::explain::{Explanation, Times};
use crate::outputs::Declared;
use crate::profile::Recorder;
use crate::workspace::Workspace;
use hypatia_ir::capture::Captured;
use hypatia_ir::expr::Input;
use hypatia_ir::graph::{Graph, Role};
use hypatia_ir::tensor::Tensor;
use hypatia_lower::backend::Executable;
use hypatia_lower::plan::{Plan, SizePlan};
use hypatia_opt::{Chain, Optimized, Options, Report, Unstable, WhyNot};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the pipeline made.
pub(crate) struct Parts {
    pub captured: Captured,
    pub optimized: Optimized,
    pub plan: Arc<Plan>,
    pub executable: Box<dyn Executable>,
    pub compile_count: AtomicUsize,
    pub times: Times,
}

/// The shapes of all arguments, one after the other.
pub(crate) type Key = SmallVec<[usize; 12]>;

/// What has been learnt from calls.
#[derive(Default)]
struct Memo {
    sizes: HashMap<Key, Arc<SizePlan>>,
    latest: Option<Arc<SizePlan>>,
    workspaces: Vec<Workspace>,
}

/// A compiled function. Calls from several threads are fine; those that share variables wait for
/// each other.
pub struct Function {
    /// Free variables: arguments first, then shared variables.
    pub(crate) inputs: Vec<Arc<Input>>,
    /// How many are arguments.
    pub(crate) argument_count: usize,
    /// For each argument, its default.
    pub(crate) defaults: Vec<Option<Tensor>>,
    pub(crate) outputs: Vec<Declared>,
    /// What becomes of each root.
    pub(crate) roles: Vec<Role>,
    pub(crate) doubt: Option<Doubt>,
    pub(crate) graph: Graph,
    pub(crate) plan: Arc<Plan>,
    pub(crate) executable: Box<dyn Executable>,
    compile_count: AtomicUsize,
    captured: Graph,
    report: Report,
    options: Options,
    times: Times,
    pub(crate) recorder: Recorder,
    memo: Mutex<Memo>,
}

/// Most size plans that a function remembers.
const SIZES_LIMIT: usize = 4096;

impl Function {
    pub(crate) fn new(builder: &Builder, parts: Parts) -> Function {
        let Parts { captured, optimized, plan, executable, compile_count, times } = parts;
        let default = |input: &hypatia_ir::expr::Expr| {
            let given = builder.defaults.iter().rev().find(|d| d.input.id() == input.id());
            given.map(|d| d.value.clone())
        };
        let doubt = Doubt::of(&builder.options, &captured.graph, &optimized);
        let graph = optimized.graph;
        let named = |root: &hypatia_ir::graph::Root| match &root.role {
            Role::Output(name) => Some((name.clone(), graph.ty(root.node).clone())),
            Role::Update(_) => None,
        };
        Function {
            inputs: captured.inputs,
            argument_count: builder.inputs.len(),
            defaults: builder.inputs.iter().map(default).collect(),
            outputs: graph.roots.iter().filter_map(named).collect(),
            roles: graph.roots.iter().map(|r| r.role.clone()).collect(),
            doubt,
            graph,
            plan,
            executable,
            compile_count,
            captured: captured.graph,
            report: optimized.report,
            options: builder.options.clone(),
            times,
            recorder: Recorder::default(),
            memo: Mutex::default(),
        }
    }

    /// How often code was generated for this function: once, whatever sizes calls have.
    pub fn compile_count(&self) -> usize {
        self.compile_count.load(Ordering::Relaxed)
    }

    /// For how many tuples of sizes the function has been called.
    pub fn size_count(&self) -> usize {
        self.memo().sizes.len()
    }

    /// How many distinct kernels the function has, matrix products not counted.
    pub fn kernel_count(&self) -> usize {
        self.plan.kernels.len()
    }

    /// How many steps a call runs.
    pub fn step_count(&self) -> usize {
        self.plan.steps.len()
    }

    /// Bytes of intermediate results for the sizes of the latest call; 0 before the first.
    pub fn arena_bytes(&self) -> usize {
        self.memo().latest.as_ref().map_or(0, |size| size.arena)
    }

    /// How long each stage of the compilation took.
    pub fn times(&self) -> Times {
        self.times
    }

    /// The simplified graph that was compiled.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What the simplifier did.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Unstable spellings for which no stable form was found, with the user's lines.
    ///
    /// ```
    /// # use hypatia_compile::function;
    /// # use hypatia_ir::expr::vector;
    /// let x = vector::<f32>("x", "n");
    /// let shares = x.exp() / (x.exp().sum() + 1e-6); // the small number hides the softmax
    /// let f = function([&x], shares).compile().unwrap();
    /// assert!(f.warnings()[0].to_string().contains("`exp` may overflow"));
    /// ```
    pub fn warnings(&self) -> &[Unstable] {
        &self.report.unstable
    }

    /// Why a rule of the simplifier did not fire on this function, or where it did.
    ///
    /// Errors: there is no rule of that name.
    pub fn why_not(&self, rule: &str) -> Result<WhyNot, hypatia_opt::Error> {
        hypatia_opt::why_not(&self.captured, rule, &self.options)
    }

    /// The chain of rules that leads from an output or update, by number, to what is computed for
    /// it.
    ///
    /// Errors: there is no such root, it is too large to be explained, or it took more steps than
    /// are looked for.
    pub fn chain(&self, root: usize) -> Result<Chain, hypatia_opt::Error> {
        hypatia_opt::explain_graphs(&self.captured, &self.graph, root, &self.options)
    }

    /// The text of the function at every stage.
    pub fn explain(&self) -> Explanation {
        Explanation {
            captured: self.captured.to_string(),
            optimized: self.graph.to_string(),
            rewrites: self.report.to_string(),
            plan: self.plan.to_string(),
            code: self.executable.explain(),
        }
    }

    fn memo(&self) -> MutexGuard<'_, Memo> {
        // Nothing in it is ever half done.
        self.memo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size plan for these shapes, if calls had them before, and a workspace.
    pub(crate) fn recall(&self, key: &Key) -> (Option<Arc<SizePlan>>, Workspace) {
        let mut memo = self.memo();
        let found = memo.sizes.get(key).cloned();
        if found.is_some() {
            memo.latest.clone_from(&found);
        }
        (found, memo.workspaces.pop().unwrap_or_default())
    }

    /// Remembers the size plan for these shapes.
    pub(crate) fn remember(&self, key: Key, size: &Arc<SizePlan>) {
        let mut memo = self.memo();
        if memo.sizes.len() >= SIZES_LIMIT {
            memo.sizes.clear();
        }
        memo.sizes.insert(key, size.clone());
        memo.latest = Some(size.clone());
    }

    /// Takes a workspace back.
    pub(crate) fn give_back(&self, workspace: Workspace) {
        self.memo().workspaces.push(workspace);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |range: &[Arc<Input>]| -> Vec<String> {
            range.iter().map(|i| format!("{}: {}", i.name, i.ty)).collect()
        };
        let (arguments, shared) = self.inputs.split_at(self.argument_count);
        f.debug_struct("Function")
            .field("inputs", &names(arguments))
            .field("shared", &names(shared))
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

/// The shapes of arguments as a key.
pub(crate) fn key<'a>(lengths: impl Iterator<Item = &'a Lengths>) -> Key {
    let mut key = Key::new();
    // Ranks are fixed by the declared types, so lengths alone are enough.
    lengths.for_each(|l| key.extend_from_slice(l));
    key
}

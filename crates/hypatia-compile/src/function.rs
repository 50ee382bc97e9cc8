//! A compiled function.
//!
//! Invariants: code is generated once; a new tuple of sizes only costs a size plan.
//!
//! Not here: what happens in a call (`call.rs`).

use crate::args::{Arg, IntoArg};
use crate::builder::Builder;
use crate::doubt::Doubt;
use crate::explain::{Explanation, Times};
use crate::outputs::Declared;
use crate::profile::Recorder;
use crate::reuse::Home;
use crate::wiring::Wiring;
use crate::workspace::Shelf;
use hypatia_ir::capture::Captured;
use hypatia_ir::expr::Input;
use hypatia_ir::graph::{Graph, Role};
use hypatia_lower::backend::Executable;
use hypatia_lower::plan::{Plan, SizePlan};
use hypatia_opt::{Chain, Opt, Optimized, Options, Report, Unstable, WhyNot};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What the pipeline made.
pub(crate) struct Parts {
    pub captured: Captured,
    pub graph: Graph,
    /// `None` if another process simplified it.
    pub report: Option<Report>,
    pub plan: Arc<Plan>,
    pub executable: Box<dyn Executable>,
    pub compile_count: AtomicUsize,
    pub times: Times,
}

/// The shapes of all arguments, one after the other.
pub(crate) type Key = SmallVec<[usize; 12]>;

/// A compiled function. Calls from several threads are fine; those that share variables wait for
/// each other.
pub struct Function {
    /// Free variables: arguments first, then shared variables.
    pub(crate) inputs: Vec<Arc<Input>>,
    /// How many are arguments.
    pub(crate) argument_count: usize,
    /// For each argument, its default.
    pub(crate) defaults: Vec<Option<Arg<'static>>>,
    pub(crate) outputs: Vec<Declared>,
    pub(crate) doubt: Option<Doubt>,
    pub(crate) graph: Graph,
    pub(crate) plan: Arc<Plan>,
    pub(crate) executable: Box<dyn Executable>,
    compile_count: AtomicUsize,
    captured: Graph,
    report: OnceLock<Report>,
    options: Options,
    times: Times,
    pub(crate) recorder: Recorder,
    pub(crate) wiring: Wiring,
    /// Plans for the sizes that calls have had.
    sizes: Mutex<HashMap<Key, Arc<SizePlan>>>,
    /// Bytes of the arena for those of the latest call.
    pub(crate) arena: AtomicUsize,
    pub(crate) shelf: Shelf,
    pub(crate) home: Arc<Home>,
}

/// Most size plans that a function remembers.
const SIZES_LIMIT: usize = 4096;

impl Function {
    pub(crate) fn new(builder: &Builder, parts: Parts) -> Function {
        let Parts { captured, graph, report, plan, executable, compile_count, times } = parts;
        let default = |input: &hypatia_ir::expr::Expr| {
            let given = builder.defaults.iter().rev().find(|d| d.input.id() == input.id());
            given.map(|d| d.value.clone().into_arg())
        };
        let optimized =
            |report: &Report| Optimized { graph: graph.clone(), report: report.clone() };
        let doubt = builder.options.opt == Opt::Verify;
        let optimized = report.as_ref().filter(|_| doubt).map(optimized);
        let doubt = Doubt::of(&builder.options, &captured.graph, optimized);
        let named = |root: &hypatia_ir::graph::Root| match &root.role {
            Role::Output(name) => Some((name.clone(), graph.ty(root.node).clone())),
            Role::Update(_) => None,
        };
        let outputs: Vec<Declared> = graph.roots.iter().filter_map(named).collect();
        let roles: Vec<Role> = graph.roots.iter().map(|r| r.role.clone()).collect();
        let argument_count = builder.inputs.len();
        let wiring = Wiring::new(&captured.inputs, argument_count, &roles, &plan);
        Function {
            inputs: captured.inputs,
            argument_count,
            defaults: builder.inputs.iter().map(default).collect(),
            home: Home::new(outputs.len()),
            outputs,
            doubt,
            graph,
            plan,
            executable,
            compile_count,
            captured: captured.graph,
            report: report.map_or_else(OnceLock::new, OnceLock::from),
            options: builder.options.clone(),
            times,
            recorder: Recorder::default(),
            wiring,
            sizes: Mutex::default(),
            arena: AtomicUsize::new(0),
            shelf: Shelf::default(),
        }
    }

    /// How often code was generated for this function: once, whatever sizes calls have.
    pub fn compile_count(&self) -> usize {
        self.compile_count.load(Ordering::Relaxed)
    }

    /// For how many tuples of sizes the function has been called.
    pub fn size_count(&self) -> usize {
        self.sizes().len()
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
        self.arena.load(Ordering::Relaxed)
    }

    /// How long each stage of the compilation took.
    pub fn times(&self) -> Times {
        self.times
    }

    /// The simplified graph that was compiled.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The graph as it was captured, and how it was simplified.
    pub(crate) fn origin(&self) -> (&Graph, &Options) {
        (&self.captured, &self.options)
    }

    /// What the simplifier did.
    pub fn report(&self) -> &Report {
        // Another process simplified it: this one does so once more, to tell.
        self.report.get_or_init(|| {
            let again = hypatia_opt::optimize(&self.captured, &self.options);
            again.map_or_else(|_| Report::default(), |optimized| optimized.report)
        })
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
        &self.report().unstable
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
            rewrites: self.report().to_string(),
            plan: self.plan.to_string(),
            code: self.executable.explain(),
        }
    }

    fn sizes(&self) -> MutexGuard<'_, HashMap<Key, Arc<SizePlan>>> {
        // Nothing in it is ever half done.
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size plan for these shapes, if calls had them before.
    pub(crate) fn recall(&self, key: &Key) -> Option<Arc<SizePlan>> {
        self.sizes().get(key).cloned()
    }

    /// Remembers the size plan for these shapes.
    pub(crate) fn remember(&self, key: Key, size: &Arc<SizePlan>) {
        let mut sizes = self.sizes();
        if sizes.len() >= SIZES_LIMIT {
            sizes.clear();
        }
        sizes.insert(key, size.clone());
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

//! ONNX node tests: a model of one operator, its inputs, and what should come out.
//!
//! Invariants: results may be off by 1e-3 of their size plus 1e-5, the tolerance under which the
//! suite's answers were confirmed; each test is passed, failed or unsupported with a reason.
//!
//! Not here: the reader of models (`import.rs`).

use super::import::Import;
use super::{Stop, ops, proto, tensor};
use crate::backend::Backend;
use crate::compare::compare;
use crate::error::Error;
use crate::manifest::Tolerance;
use crate::parallel;
use flate2::read::GzDecoder;
use hypatia::tensor::Tensor;
use prost::Message;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::io::Read;
use std::path::{Path, PathBuf};

const TOLERANCE: Tolerance = Tolerance(1e-3, 1e-5);

/// A test: files by their names in its folder.
pub struct Test {
    name: String,
    path: PathBuf,
    files: BTreeMap<String, Vec<u8>>,
}

/// What became of a test.
#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    Failed(String),
    Unsupported(String),
}

/// All tests with what became of them.
pub struct Suite {
    lines: Vec<(String, Vec<String>, Outcome)>,
}

/// The tests of a folder or archive, by name.
pub fn read(path: &Path) -> Result<Vec<Test>, Error> {
    let mut tests: BTreeMap<PathBuf, Test> = BTreeMap::new();
    let mut add = |file: &Path, bytes: Vec<u8>| {
        let set = file.parent().filter(|p| p.file_name().is_some_and(|n| n == "test_data_set_0"));
        let folder = set.or(Some(file)).and_then(Path::parent);
        let (Some(folder), Some(file)) = (folder, file.file_name()) else { return };
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let path = path.join(folder);
        let test =
            tests.entry(folder.into()).or_insert(Test { name, path, files: BTreeMap::new() });
        test.files.insert(file.to_string_lossy().into_owned(), bytes);
    };
    let wanted = |file: &Path| {
        let part = |name: &str| file.parent().is_some_and(|p| p.ends_with(name));
        file.ends_with("model.onnx")
            || (part("test_data_set_0") && file.extension().is_some_and(|e| e == "pb"))
    };
    if path.is_dir() {
        let mut folders = vec![path.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).map_err(Error::file(&folder))? {
                let file = entry.map_err(Error::file(&folder))?.path();
                if file.is_dir() {
                    folders.push(file);
                } else if wanted(&file) {
                    let bytes = std::fs::read(&file).map_err(Error::file(&file))?;
                    add(&file, bytes);
                }
            }
        }
    } else {
        let file = std::fs::File::open(path).map_err(Error::file(path))?;
        let mut archive = tar::Archive::new(GzDecoder::new(std::io::BufReader::new(file)));
        for entry in archive.entries().map_err(Error::file(path))? {
            let mut entry = entry.map_err(Error::file(path))?;
            let name = entry.path().map_err(Error::file(path))?.into_owned();
            if wanted(&name) {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(Error::file(path))?;
                add(&name, bytes);
            }
        }
    }
    match tests.is_empty() {
        true => Err(Error::Nothing { path: path.into() }),
        false => Ok(tests.into_values().collect()),
    }
}

/// A message of a file of a test.
fn message<M: Message + Default>(test: &Test, file: &str) -> Result<Option<M>, Stop> {
    let Some(bytes) = test.files.get(file) else { return Ok(None) };
    let path = test.path.join(file);
    let wrong = |source| Stop::Wrong(Error::Onnx { path, source }.to_string());
    M::decode(bytes.as_slice()).map(Some).map_err(wrong)
}

fn tensors(test: &Test, kind: &str, declared: &[&proto::ValueInfo]) -> Result<Vec<Tensor>, Stop> {
    let mut found = Vec::new();
    for (number, value) in declared.iter().enumerate() {
        match value.ty.as_ref().and_then(|ty| ty.kind.as_ref()) {
            Some(proto::Kind::Tensor(_)) | None => {}
            Some(proto::Kind::Sequence(_)) => return Err(Stop::Unsupported("a sequence".into())),
            Some(proto::Kind::Map(_)) => return Err(Stop::Unsupported("a map".into())),
            Some(proto::Kind::Sparse(_)) => {
                return Err(Stop::Unsupported("a sparse tensor".into()));
            }
            Some(proto::Kind::Optional(_)) => return Err(Stop::Unsupported("an optional".into())),
        }
        let file = format!("{kind}_{number}.pb");
        let Some(read) = message::<proto::Tensor>(test, &file)? else {
            return Err(Stop::Wrong(format!("{file} is missing")));
        };
        found.push(tensor::read(&read)?);
    }
    Ok(found)
}

fn judged(test: &Test, model: &proto::Model) -> Result<(), Stop> {
    let graph = model.graph.as_ref().ok_or_else(|| Stop::Wrong("no graph".into()))?;
    let constant = |name: &str| graph.initializer.iter().any(|t| t.name == name);
    let inputs: Vec<&proto::ValueInfo> =
        graph.input.iter().filter(|i| !constant(&i.name)).collect();
    let outputs: Vec<&proto::ValueInfo> = graph.output.iter().collect();
    let wanted = tensors(test, "output", &outputs)?;
    let import = Import::graph(model, tensors(test, "input", &inputs)?)?;
    let exprs = outputs.iter().map(|o| import.value(&o.name)).collect::<Result<Vec<_>, _>>()?;
    let found = import.run(Backend::Cpu, &exprs)?;
    for ((got, want), declared) in found.iter().zip(&wanted).zip(outputs) {
        if let Some(wrong) = compare(got, want, TOLERANCE).wrong {
            return Err(Stop::Wrong(format!("{} {wrong}", declared.name)));
        }
    }
    Ok(())
}

/// Runs every test whose name contains `filter`.
pub fn run(mut tests: Vec<Test>, filter: &str, jobs: usize) -> Suite {
    tests.retain(|t| t.name.contains(filter));
    let results = parallel::each(&tests, jobs, |test| {
        let model = match message::<proto::Model>(test, "model.onnx") {
            Ok(model) => model.unwrap_or_default(),
            Err(stop) => return (Vec::new(), Err(stop)),
        };
        let nodes = model.graph.iter().flat_map(|g| &g.node);
        let mut used: Vec<String> = nodes.map(|node| node.op_type.clone()).collect();
        used.sort();
        used.dedup();
        (used, judged(test, &model))
    });
    let line = |(test, result): (Test, Result<(Vec<String>, Result<(), Stop>), String>)| {
        let (used, outcome) = match result {
            Ok((used, Ok(()))) => (used, Outcome::Passed),
            Ok((used, Err(Stop::Unsupported(what)))) => (used, Outcome::Unsupported(what)),
            Ok((used, Err(Stop::Wrong(why)))) => (used, Outcome::Failed(why)),
            Err(panic) => (Vec::new(), Outcome::Failed(panic)),
        };
        (test.name, used, outcome)
    };
    Suite { lines: tests.into_iter().zip(results).map(line).collect() }
}

impl Suite {
    /// Whether a test failed.
    pub fn failed(&self) -> bool {
        self.count(|o| matches!(o, Outcome::Failed(_))) > 0
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.lines.iter().filter(|(_, _, outcome)| is(outcome)).count()
    }

    /// What tests lack, and how many, most first.
    fn lacking(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, outcome) in &self.lines {
            if let Outcome::Unsupported(what) = outcome {
                *counts.entry(what).or_default() += 1;
            }
        }
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        counts
    }

    fn totals(&self) -> String {
        let unsupported = self.count(|o| matches!(o, Outcome::Unsupported(_)));
        let (passed, all) = (self.count(|o| *o == Outcome::Passed), self.lines.len());
        format!(
            "{passed} passed, {} failed, {unsupported} unsupported of {all}",
            all - passed - unsupported
        )
    }

    /// The page of the documentation.
    pub fn page(&self) -> String {
        let mut page = String::from(
            "# ONNX operators\n\nWritten by `hypatia-conformance --onnx PATH --write docs/onnx.md`; do not edit.\n\n",
        );
        let _ = writeln!(page, "Node tests on `cpu`: {}.\n", self.totals());
        page += "| operator | node tests that use it, passed | of |\n| --- | ---: | ---: |\n";
        for name in ops::names() {
            let using = || self.lines.iter().filter(|(_, used, _)| used.iter().any(|u| u == name));
            let passed = using().filter(|(_, _, outcome)| *outcome == Outcome::Passed).count();
            let _ = writeln!(page, "| `{name}` | {passed} | {} |", using().count());
        }
        page += "\n## What tests lack\n\n| lacking | node tests |\n| --- | ---: |\n";
        for (what, count) in self.lacking() {
            let _ = writeln!(page, "| {what} | {count} |");
        }
        page
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, _, outcome) in &self.lines {
            if let Outcome::Failed(why) = outcome {
                writeln!(f, "FAILED {name}")?;
                for line in why.lines() {
                    writeln!(f, "    {line}")?;
                }
            }
        }
        writeln!(f, "onnx node tests on cpu: {}", self.totals())?;
        let lacking: Vec<String> =
            self.lacking().iter().map(|(what, count)| format!("{what} {count}")).collect();
        writeln!(f, "unsupported: {}", lacking.join(", "))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_lists_every_operator() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/onnx.md");
        let page = std::fs::read_to_string(path).unwrap();
        let listed: Vec<&str> =
            page.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(listed, super::ops::names(), "write the page again, as its head says");
    }
}

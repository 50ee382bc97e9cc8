//! A folder of reference cases: families, cases, and what each case states.
//!
//! Invariants: fields that the format does not know are ignored, fields that it knows have the
//! stated form or the file is refused; cases keep their order.
//!
//! Not here: tensors (`tensors.rs`), constants of cases (`params.rs`).

pub mod params;
pub mod tensors;
pub mod view;

use crate::error::Error;
use params::Params;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tensors::Store;
use view::View;

/// Cases of one kind, with the file that holds their tensors.
#[derive(Debug)]
pub struct Family {
    /// The name of the file without its ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The text as parsed, for families with a form of their own.
    pub text: serde_json::Value,
    /// The cases; none in families with a form of their own.
    pub cases: Vec<Case>,
    /// The tensors.
    pub tensors: Store,
}

/// Relative and absolute tolerance: values pass within `atol + rtol·|want|`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
pub struct Tolerance(pub f64, pub f64);

/// One call with its right answers.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Unique within its family.
    pub id: String,
    /// The name of the op.
    pub op: String,
    /// 1 everyday, 2 extended, 3 specialised.
    #[serde(default = "first_tier")]
    pub tier: u8,
    /// The dtype under test.
    pub dtype: Option<String>,
    /// Constants of the call.
    #[serde(default)]
    pub params: Params,
    /// What to build, where the op is an expression.
    pub expr: Option<String>,
    /// Tensor keys by input name.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Input names in order of the arguments.
    #[serde(default)]
    pub input_order: Vec<String>,
    /// How inputs are seen through views, by input name.
    #[serde(default)]
    pub views: BTreeMap<String, View>,
    /// Tensor keys of the right answers.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// How far answers may be off.
    #[serde(default)]
    pub tol: Tolerance,
    /// First derivatives.
    pub grad: Option<Grad>,
    /// Second derivatives along a direction.
    pub second: Option<Second>,
    /// All derivatives of the outputs.
    pub jacobian: Option<Whole>,
    /// All second derivatives of the output.
    pub hessian: Option<Whole>,
    /// Shapes of the arguments of a call that must be refused.
    #[serde(default)]
    pub shapes: Vec<Vec<usize>>,
    /// Dtypes of the arguments of a call that must be refused.
    #[serde(default)]
    pub dtypes: Vec<String>,
    /// `error` if the call must be refused.
    pub expect: Option<String>,
    /// Why the call must be refused.
    pub why: Option<String>,
}

fn first_tier() -> u8 {
    1
}

/// Gradients of the sum of all outputs times their cotangents.
#[derive(Debug, Deserialize)]
pub struct Grad {
    /// Keys of the cotangents, one for each output.
    pub ct: Vec<Option<String>>,
    /// Keys of the gradients by input name.
    pub wrt: BTreeMap<String, String>,
    /// How far they may be off.
    pub tol: Tolerance,
}

/// Derivatives along a direction.
#[derive(Debug, Deserialize)]
pub struct Second {
    /// Keys of the direction by input name.
    pub v: BTreeMap<String, String>,
    /// Keys of the derivatives of the outputs.
    #[serde(default)]
    pub jvp: Vec<Option<String>>,
    /// Keys of the derivatives of the gradients, by input name.
    #[serde(default)]
    pub hvp: BTreeMap<String, String>,
    /// How far they may be off.
    pub tol: Tolerance,
}

/// A whole matrix of derivatives.
#[derive(Debug, Deserialize)]
pub struct Whole {
    /// The input.
    pub wrt: String,
    /// The key of the answer.
    pub out: String,
    /// How far it may be off.
    pub tol: Tolerance,
}

impl Case {
    /// Names of the inputs in order of the arguments.
    pub fn order(&self) -> Vec<&String> {
        match self.input_order.is_empty() {
            true => self.inputs.keys().collect(),
            false => self.input_order.iter().collect(),
        }
    }
}

/// Every family of a folder, by name.
///
/// Errors: a file that cannot be read, is no JSON, or is not of the format; no family at all.
pub fn read(folder: &Path) -> Result<Vec<Family>, Error> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        let json = path.extension().is_some_and(|e| e == "json");
        if json && path.file_stem().is_some_and(|s| s != "index") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(Error::Nothing { path: folder.into() });
    }
    paths.into_iter().map(family).collect()
}

fn family(path: PathBuf) -> Result<Family, Error> {
    let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    let wrong = |source| Error::Manifest { path: path.clone(), source };
    let text: serde_json::Value = serde_json::from_str(&text).map_err(wrong)?;
    let listed = match text.get("cases") {
        Some(listed) => Vec::<serde_json::Value>::deserialize(listed).map_err(wrong)?,
        None => Vec::new(),
    };
    let case = |(number, case): (usize, serde_json::Value)| {
        serde_json::from_value(case).map_err(|source| Error::Case {
            path: path.clone(),
            number,
            source,
        })
    };
    let cases = listed.into_iter().enumerate().map(case).collect::<Result<_, _>>()?;
    let tensors = Store::read(&path.with_extension("safetensors"))?;
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Family { name, path, text, cases, tensors })
}

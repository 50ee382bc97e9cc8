//! The program as a whole: exit status and report for folders made for the purpose, and for the
//! reference folder where there is one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    run_with(args, None)
}

/// Runs with the vector instructions of this name; none: the widest.
fn run_with(args: &[&str], lanes: Option<&str>) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_hypatia-conformance");
    let Output { status, stdout, stderr } = Command::new(program)
        .args(args)
        .envs(lanes.map(|name| ("HYPATIA_LANES", name)))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn folder(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name).to_string_lossy().into_owned()
}

#[test]
fn failures_and_unknown_ops_are_reported() {
    for backend in ["reference", "interpreter", "cpu"] {
        let (code, report, _) = run(&[&folder("cases"), "--backend", backend]);
        assert_eq!(code, Some(1), "{report}");
        let has = |part: &str| assert!(report.contains(part), "no `{part}` in\n{report}");
        has(&format!("FAILED {backend} tiny square.f64.wrong"));
        has(&format!("FAILED {backend} tiny error.add.fine"));
        has("element 2 is 9, expected -6");
        has("6 of 9     2 failed 1 unknown");
        has("unknown: wobble 1");
        has("failed: add 1, square 1");
        has("scan: not yet supported: control flow (1)");
    }
}

#[test]
fn nothing_wrong_is_status_zero() {
    let cases = folder("cases");
    let (code, report, _) = run(&[&cases, "--backend", "all", "--filter", "square.f64.0"]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report.matches("1 of 1").count(), 6, "{report}");
}

#[test]
fn outcomes_are_written_as_json() {
    let path = std::env::temp_dir().join(format!("conformance-{}.json", std::process::id()));
    let (code, ..) = run(&[&folder("cases"), "--json", &path.to_string_lossy()]);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(json["totals"]["cpu"]["failed"], 2);
    assert_eq!(json["cases"].as_array().unwrap().len(), 10);
}

#[test]
fn files_that_cannot_be_used_are_status_two() {
    let (code, _, message) = run(&[&folder("broken")]);
    assert_eq!(code, Some(2));
    assert!(message.contains("broken.json") && message.contains("case 0"), "{message}");
    let (code, _, message) = run(&[&folder("nowhere")]);
    assert_eq!(code, Some(2));
    assert!(message.contains("nowhere"), "{message}");
    let (code, _, message) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(message.contains("no folder given"), "{message}");
    let (code, _, message) = run(&[&folder("cases"), "--backend", "abacus"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("abacus"), "{message}");
}

#[test]
fn vector_instructions_are_chosen_by_name() {
    let cases = folder("cases");
    let args = [&*cases, "--backend", "cpu", "--filter", "square.f64.0"];
    assert_eq!(run_with(&args, Some("portable")).0, Some(0));
    let (code, report, _) = run_with(&args, Some("sse9"));
    assert_eq!(code, Some(1));
    let message = "`HYPATIA_LANES` is `sse9`; expected one of portable, avx2, avx512";
    assert!(report.contains(message), "{report}");
}

#[test]
fn onnx_tests_pass_fail_or_name_what_they_lack() {
    let (code, report, _) = run(&["--onnx", &folder("onnx")]);
    assert_eq!(code, Some(1), "{report}");
    let has = |part: &str| assert!(report.contains(part), "no `{part}` in\n{report}");
    has("FAILED test_add_wrong\n    y element 2 is 33, expected 34");
    has("FAILED test_broken");
    has("model.onnx: no ONNX");
    has("1 passed, 2 failed, 1 unsupported of 4");
    has("unsupported: Frobnicate 1");
    let (code, report, _) = run(&["--onnx", &folder("onnx"), "--filter", "frob"]);
    assert_eq!(code, Some(0), "{report}");
}

/// The reference folder, if this machine has it.
fn reference() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let found = std::env::var_os("HYPATIA_FIXTURES").map_or(beside, PathBuf::from);
    found.is_dir().then_some(found)
}

#[test]
fn reference_cases_pass() {
    let Some(folder) = reference() else {
        println!("skipped: no folder at HYPATIA_FIXTURES or ../shared/fixtures");
        return;
    };
    // Families whose cases compile quickly; the program itself runs all.
    for family in ["cast/", "logic/", "indexing/", "errors/", "train_logreg"] {
        for (backend, lanes) in [("reference", None), ("cpu", None), ("cpu", Some("portable"))] {
            let args = [&*folder.to_string_lossy(), "--backend", backend, "--filter", family];
            let (code, report, message) = run_with(&args, lanes);
            assert_eq!(code, Some(0), "{report}{message}");
        }
    }
}

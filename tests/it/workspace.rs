//! What the sources themselves must keep to: who depends on whom, how long files and functions
//! are, what every file opens with, and what no file names.
//!
//! Invariants: reads the sources and the lock file only; a limit is stated once, here.
//!
//! Not here: format and lints (`.ci/run`), pages about the sources (`docs.rs`).

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// Our crates, and which of our crates each may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("hypatia-ir", &[]),
    ("hypatia-grad", &["hypatia-ir"]),
    ("hypatia-opt", &["hypatia-ir"]),
    ("hypatia-lower", &["hypatia-ir"]),
    ("hypatia-cpu", &["hypatia-ir", "hypatia-lower"]),
    (
        "hypatia-compile",
        &["hypatia-cpu", "hypatia-grad", "hypatia-ir", "hypatia-lower", "hypatia-opt"],
    ),
    ("hypatia-bench", &["hypatia"]),
    ("hypatia-conformance", &["hypatia", "hypatia-grad", "hypatia-ir"]),
    ("hypatia", &["hypatia-compile", "hypatia-grad", "hypatia-ir", "hypatia-lower", "hypatia-opt"]),
];

/// Libraries by the start of their names, and the one crate that may name them.
const RESERVED: &[(&str, &str)] = &[
    ("egg", "hypatia-opt"),
    ("cranelift", "hypatia-cpu"),
    ("gemm", "hypatia-cpu"),
    ("faer", "hypatia-cpu"),
    ("cudarc", "hypatia-cuda"),
];

/// Crates that may have features.
const FEATURED: &[&str] = &["hypatia", "hypatia-compile"];

/// Most lines of a file, and of a function, without tests.
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 60;

/// Functions that are tables, an arm for each op, so that their length says nothing.
const TABLES: &[&str] = &["infer", "push_tasks"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn crates_depend_on_what_they_may() {
    let manifest = root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let mut found = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = &**package.name;
        let row = CRATES.iter().find(|(n, _)| *n == name);
        let (_, allowed) = row.unwrap_or_else(|| panic!("`{name}` has no row in CRATES"));
        found.insert(name);
        for dependency in &package.dependencies {
            let on = &*dependency.name;
            let ours = on.starts_with("hypatia");
            let normal = dependency.kind == DependencyKind::Normal;
            assert!(!(ours && normal) || allowed.contains(&on), "`{name}` depends on `{on}`");
            for (library, owner) in RESERVED {
                let reserved = on == *library || on.starts_with(&format!("{library}-"));
                assert!(!reserved || name == *owner, "`{name}` depends on `{on}`");
            }
        }
        let plain = package.features.is_empty() || FEATURED.contains(&name);
        assert!(plain, "`{name}` has features");
    }
    let rows: BTreeSet<&str> = CRATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, rows, "a row of CRATES is not in the workspace");
}

/// Every file of the repository below `folder`, in order; what git does not keep left out.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match () {
                () if name == "target" || name == ".git" => {}
                () if path.is_dir() => folders.push(path),
                () => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// The sources of our crates, tests and programs of other projects (`peers/`) not counted: path
/// from the root, and text.
fn sources() -> Vec<(String, String)> {
    let source = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let test =
            name.ends_with("/tests.rs") || name.contains("/tests/") || name.contains("/peers/");
        (name.ends_with(".rs") && name.contains("/src/") && !test)
            .then(|| (name, fs::read_to_string(path).unwrap()))
    };
    files("crates").into_iter().filter_map(source).collect()
}

#[test]
fn every_file_says_what_it_is() {
    let opens = |(name, text): (String, String)| {
        let page: Vec<&str> = text.lines().take_while(|l| l.starts_with("//!")).collect();
        let has = |start: &str| page.iter().any(|l| l.starts_with(start));
        let whole = has("//! Invariants: ") && has("//! Not here: ");
        (!whole).then_some(name)
    };
    let wrong: Vec<String> = sources().into_iter().filter_map(opens).collect();
    assert!(wrong.is_empty(), "no sentence, `Invariants:` and `Not here:` in {wrong:#?}");
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for (name, text) in sources() {
        let code = without_text(&text);
        let lines: Vec<&str> = code.lines().collect();
        let tests = tests_start(&lines);
        if tests > FILE_LINES {
            long.push(format!("{name}: {tests} lines"));
        }
        let functions = functions(&lines[..tests]).into_iter();
        let allowed = |function: &str| TABLES.contains(&function);
        let over = functions.filter(|(f, n)| *n > FUNCTION_LINES && !allowed(f));
        long.extend(over.map(|(function, n)| format!("{name}: `{function}` has {n} lines")));
    }
    assert!(long.is_empty(), "{long:#?}");
}

/// The line where a module of tests starts, or how many lines there are.
fn tests_start(lines: &[&str]) -> usize {
    let is_tests = |pair: &[&str]| pair[0].trim() == "#[cfg(test)]" && pair[1].contains("mod ");
    lines.windows(2).position(is_tests).unwrap_or(lines.len())
}

/// Names of functions and their numbers of lines, from `fn` to the closing brace.
fn functions(lines: &[&str]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(name) = iter::zip(&words, &words[1.min(words.len())..])
            .find_map(|(word, next)| (*word == "fn").then_some(*next))
        else {
            continue;
        };
        let name = name.split(['(', '<']).next().unwrap_or_default();
        // A type such as `fn(&str)` has no name.
        if !name.is_empty() {
            found.extend(length(&lines[at..]).map(|n| (name.to_string(), n)));
        }
    }
    found
}

/// The number of lines up to the brace that closes the first one; `None` without a body.
fn length(lines: &[&str]) -> Option<usize> {
    let (mut depth, mut brackets) = (0usize, 0usize);
    for (at, line) in lines.iter().enumerate() {
        for c in line.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => return Some(at + 1),
                '}' => depth = depth.saturating_sub(1),
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets = brackets.saturating_sub(1),
                ';' if depth == 0 && brackets == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

/// A source with blanks instead of comments, strings and characters; lines stay.
fn without_text(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let len = text_length(rest);
        let (taken, after) = rest.split_at(len.unwrap_or(first.len_utf8()));
        match len {
            Some(_) => code.extend(taken.chars().filter(|&c| c == '\n')),
            None => code.push(first),
        }
        rest = after;
    }
    code
}

/// The length of the comment, string or character that a text starts with, if it does.
fn text_length(text: &str) -> Option<usize> {
    let until = |from: usize, end: &str| {
        text.get(from..).and_then(|t| t.find(end)).map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("//") {
        return Some(until(0, "\n") - usize::from(text.contains('\n')));
    }
    if text.starts_with("/*") {
        return Some(until(2, "*/"));
    }
    if text.starts_with("r\"") {
        return Some(until(2, "\""));
    }
    if text.starts_with("r#\"") {
        return Some(until(3, "\"#"));
    }
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    // A lifetime has no closing quote.
    let mut chars = text.strip_prefix('\'')?.chars();
    match (chars.next()?, chars.next()) {
        ('\\', _) => Some(quoted(text, '\'')),
        (c, Some('\'')) => Some(2 + c.len_utf8()),
        _ => None,
    }
}

/// The length of a text in quotes with escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[test]
fn the_scanner_knows_text_from_code() {
    let source =
        "fn a<'x>() { // {\n  b('{', \"}\\\"{\", r\"{\", '\\''); /* {\n */ c() }\nfn d();\n";
    let code = without_text(source);
    assert_eq!(code, "fn a<'x>() { \n  b(, , , ); \n c() }\nfn d();\n");
    let lines: Vec<&str> = code.lines().collect();
    assert_eq!(functions(&lines), [("a".to_string(), 3)]);
}

#[test]
fn no_file_names_a_machine() {
    // Spelled so that this file does not name them itself.
    let folders = ["home", "root", "work", "tmp", "Users", "opt"];
    let paths = folders.map(|folder| format!("/{folder}/"));
    let starts = ["\"", "'", "`", " ", "=", "("];
    let mut wrong = Vec::new();
    for path in files("") {
        let Ok(text) = fs::read_to_string(&path) else { continue }; // data
        let absolute = paths.iter().find(|p| {
            text.starts_with(*p) || starts.iter().any(|start| text.contains(&format!("{start}{p}")))
        });
        wrong.extend(absolute.map(|p| format!("{}: {p}", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn libraries_come_from_the_public_registry() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources = lock.lines().filter_map(|l| l.strip_prefix("source = "));
    let mut count = BTreeMap::new();
    sources.for_each(|source| *count.entry(source).or_insert(0) += 1);
    let registry = "\"registry+https://github.com/rust-lang/crates.io-index\"";
    assert_eq!(count.keys().collect::<Vec<_>>(), [&registry]);
    let settings =
        files("").into_iter().filter(|p| p.parent().is_some_and(|f| f.ends_with(".cargo")));
    assert_eq!(settings.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "settings of one machine");
}

//! The compile cache: what one process compiled, another finds; whatever is wrong with files,
//! functions work all the same.
//!
//! Invariants: every test has a folder of its own.
//!
//! Not here: how bytes are packed (`hypatia-compile`, `hypatia-cpu`).

use hypatia::prelude::*;
use hypatia::{Cache, Mode};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names a folder to the process that a test starts.
const VARIABLE: &str = "HYPATIA_TEST_CACHE";

/// A new folder, removed with what is in it when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("hypatia-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Scratch(path)
    }

    fn cache(&self) -> Cache {
        Cache::Folder(self.0.join("cache"))
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.join("cache")).unwrap();
        entries.map(|e| e.unwrap().path()).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A training step with a product, a softmax, an update, and a remainder, which code calls.
fn compiled(cache: Cache) -> (Function, Shared) {
    let x = matrix::<f32>("x", ("n", 4));
    let w = shared("w", Array2::from_shape_fn((4, 3), |(i, j)| 0.1 * (i as f32 - j as f32)));
    let loss = x.dot(&w).softmax(-1).log().mean() + x.modulo(0.3).sum();
    let [gradient] = grad(&loss, [&w]).unwrap();
    let function = function([&x], &loss).update(&w, &w - 0.1 * gradient);
    (function.cache(cache).compile().unwrap(), w)
}

/// The bits of three losses and of the weights after them.
fn bits((train, w): &(Function, Shared)) -> Vec<u32> {
    let x = Array2::from_shape_fn((5, 4), |(i, j)| (i * 4 + j) as f32 * 0.37 - 2.0);
    let mut bits: Vec<u32> = (0..3).map(|_| train.call::<f32>((&x,)).unwrap().to_bits()).collect();
    bits.extend(w.get().as_slice::<f32>().unwrap().iter().map(|v| v.to_bits()));
    bits
}

#[test]
fn what_was_compiled_is_found_again() {
    let scratch = Scratch::new("found");
    let expected = bits(&compiled(Cache::Off));
    let first = compiled(scratch.cache());
    let second = compiled(scratch.cache());
    assert_eq!((first.0.compile_count(), second.0.compile_count()), (1, 0));
    assert_eq!(scratch.files().len(), 1);
    assert_eq!((bits(&first), bits(&second)), (expected.clone(), expected));
    assert_eq!(first.0.explain(), second.0.explain());
    assert_eq!(first.0.report(), second.0.report());
    let wrong = |f: &Function| f.call::<f32>((&Array2::<f32>::ones((5, 3)),)).unwrap_err();
    let lines = |f: &Function| {
        let message = wrong(f).to_string();
        message.lines().filter(|l| !l.contains("call")).map(str::to_string).collect::<Vec<_>>()
    };
    assert_eq!(lines(&first.0), lines(&second.0));
    let spans = |f: &Function| f.graph().nodes().iter().map(|n| n.at).collect::<Vec<_>>();
    assert_eq!(spans(&first.0), spans(&second.0), "lines of the program are those of this process");
}

#[test]
fn another_function_has_another_entry() {
    let scratch = Scratch::new("other");
    let x = vector::<f64>("x", "n");
    for (number, y) in [x.exp(), x.exp() + 1.0, x.exp() + 2.0].iter().enumerate() {
        let f = function([&x], y).cache(scratch.cache()).compile().unwrap();
        assert_eq!((f.compile_count(), scratch.files().len()), (1, number + 1));
    }
    let strict = function([&x], x.exp()).mode(Mode::Strict).cache(scratch.cache());
    assert_eq!(strict.compile().unwrap().compile_count(), 1, "options belong to the key");
}

#[test]
fn damaged_files_are_compiled_anew_and_replaced() {
    let scratch = Scratch::new("damaged");
    let expected = bits(&compiled(scratch.cache()));
    let file = scratch.files().pop().unwrap();
    let good = fs::read(&file).unwrap();
    let mut damaged: Vec<Vec<u8>> = vec![Vec::new(), b"something else".to_vec()];
    let step = (good.len() / 40).max(1);
    for at in (0..good.len()).step_by(step) {
        damaged.push(good[..at].to_vec());
        let mut flipped = good.clone();
        flipped[at] ^= 0x10;
        damaged.push(flipped);
    }
    damaged.push([good.as_slice(), b"!"].concat());
    for bytes in damaged {
        fs::write(&file, &bytes).unwrap();
        let again = compiled(scratch.cache());
        assert_eq!(again.0.compile_count(), 1, "{} bytes", bytes.len());
        assert_eq!(fs::read(&file).unwrap(), good, "replaced");
        assert_eq!(bits(&again), expected);
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_left_alone() {
    let scratch = Scratch::new("refused");
    fs::create_dir_all(&scratch.0).unwrap();
    let blocked = scratch.0.join("file");
    fs::write(&blocked, "not a folder").unwrap();
    let expected = bits(&compiled(Cache::Off));
    for path in [blocked.clone(), blocked.join("below"), PathBuf::from("/proc/nowhere")] {
        let f = compiled(Cache::Folder(path));
        assert_eq!((f.0.compile_count(), bits(&f)), (1, expected.clone()));
    }
    assert_eq!(fs::read_to_string(blocked).unwrap(), "not a folder");
}

#[cfg(unix)]
#[test]
fn what_others_can_write_is_not_read() {
    use std::os::unix::fs::PermissionsExt;
    let set = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let scratch = Scratch::new("shared");
    assert_eq!(compiled(scratch.cache()).0.compile_count(), 1);
    let (folder, file) = (scratch.0.join("cache"), scratch.files().pop().unwrap());
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for (path, open, safe) in [(&folder, 0o777, 0o700), (&file, 0o666, 0o600)] {
        set(path, open);
        assert_eq!(compiled(scratch.cache()).0.compile_count(), 1, "{}", path.display());
        set(path, safe);
        assert_eq!(compiled(scratch.cache()).0.compile_count(), 0, "{}", path.display());
        set(&file, 0o644);
    }
}

#[test]
fn threads_write_at_the_same_time() {
    let scratch = Scratch::new("threads");
    let expected = bits(&compiled(Cache::Off));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(bits(&compiled(scratch.cache())), expected);
                }
            });
        }
    });
    assert_eq!(scratch.files().len(), 1, "nothing half done is left");
    assert_eq!(compiled(scratch.cache()).0.compile_count(), 0);
}

#[test]
fn another_process_finds_it() {
    if let Some(folder) = std::env::var_os(VARIABLE) {
        let f = compiled(Cache::Folder(folder.into()));
        assert_eq!(f.0.compile_count(), 0, "the process that started this one compiled it");
        assert_eq!(bits(&f), bits(&compiled(Cache::Off)));
        return;
    }
    let scratch = Scratch::new("process");
    assert_eq!(compiled(scratch.cache()).0.compile_count(), 1);
    let program = std::env::current_exe().unwrap();
    let mut processes: Vec<_> = (0..2)
        .map(|_| {
            Command::new(&program)
                .args(["--exact", "cache::another_process_finds_it"])
                .env(VARIABLE, scratch.0.join("cache"))
                .spawn()
                .unwrap()
        })
        .collect();
    assert!(processes.iter_mut().all(|p| p.wait().unwrap().success()));
}

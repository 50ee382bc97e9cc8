//! The files of the cache.
//!
//! Invariants: files appear whole or not at all; only those of this user, in a folder that nobody
//! else can write, are read; the folder stays below a size. What cannot be done is said once and
//! left out.
//!
//! Not here: what is in a file (`entry.rs`).

use hypatia_lower::notice::notice;
use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;
use std::{env, process};

/// Bytes that the folder may have, and to how many the oldest files are removed then.
const SIZE_LIMIT: u64 = 256 << 20;
const SIZE_AFTER: u64 = 192 << 20;

/// The end of the names of files.
const EXTENSION: &str = "hypatia";

/// Where entries are.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// That of the user; `None` if there is none, or it is not wanted.
    pub fn of_user() -> Option<Folder> {
        match env::var_os("HYPATIA_CACHE") {
            Some(off) if off == "off" || off.is_empty() => None,
            Some(path) => Some(Folder(path.into())),
            None => {
                let own = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
                let base = own
                    .filter(|p| p.is_absolute())
                    .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
                Some(Folder(base.join("hypatia")))
            }
        }
    }

    /// A folder of the caller's.
    pub fn at(path: PathBuf) -> Folder {
        Folder(path)
    }

    fn file(&self, key: &str) -> PathBuf {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, key).hash(&mut hasher);
            hasher.finish()
        };
        self.0.join(format!("{:016x}{:016x}.{EXTENSION}", half(0), half(1)))
    }

    /// The bytes that were written for a key, if they are there and can be trusted.
    pub fn read(&self, key: &str) -> Option<Vec<u8>> {
        let path = self.file(key);
        if !path.exists() {
            return None;
        }
        let read = trusted(&self.0).and_then(|()| trusted(&path)).and_then(|()| fs::read(&path));
        read.map_err(|e| say(&path, "is not read", &e)).ok()
    }

    /// Writes the bytes for a key.
    pub fn write(&self, key: &str, bytes: &[u8]) {
        let path = self.file(key);
        if let Err(e) = self.try_write(&path, bytes) {
            say(&self.0, "is not written", &e);
        }
    }

    fn try_write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        make(&self.0)?;
        trusted(&self.0)?;
        self.tidy(bytes.len() as u64)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let part = self.0.join(format!("{}-{number}.part", process::id()));
        let mut file = File::create(&part)?;
        let written = file.write_all(bytes).and_then(|()| fs::rename(&part, path));
        written.inspect_err(|_| {
            // What is left of it is of no use, and its removal of no importance.
            let _ = fs::remove_file(&part);
        })
    }

    /// Removes the oldest files if the folder is too large for so many bytes more.
    fn tidy(&self, more: u64) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for file in fs::read_dir(&self.0)?.flatten() {
            if let Ok(about) = file.metadata() {
                let age = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push((age, about.len(), file.path()));
            }
        }
        let mut size = more + files.iter().map(|(_, bytes, _)| bytes).sum::<u64>();
        if size > SIZE_LIMIT {
            files.sort();
            for (_, bytes, path) in files {
                if size <= SIZE_AFTER {
                    break;
                }
                // Another process may have removed it.
                let _ = fs::remove_file(path);
                size -= bytes;
            }
        }
        Ok(())
    }
}

fn say(path: &Path, what: &str, why: &io::Error) {
    let message = format!(
        "{} {what}: {why}. Functions are compiled anew. Another folder: HYPATIA_CACHE=PATH; none: \
         HYPATIA_CACHE=off",
        path.display()
    );
    notice("compile cache", &message);
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Whether only this user can have written a file or folder.
#[cfg(unix)]
fn trusted(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    unsafe extern "C" {
        fn geteuid() -> u32;
    }
    let about: Metadata = fs::metadata(path)?;
    // SAFETY: the C library's function of this name; it only reads.
    let user = unsafe { geteuid() };
    if about.uid() != user {
        return Err(io::Error::other(format!("it belongs to user {}, not {user}", about.uid())));
    }
    match about.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(io::Error::other("other users can write it")),
    }
}

#[cfg(not(unix))]
fn trusted(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(|_: Metadata| ())
}

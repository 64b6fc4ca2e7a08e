//! The public items of each published crate, beside those that stand in its `api.txt`.
//!
//! `cargo run -p zaloxide-public-api` compares, and exits 1 where they differ; `-- --write` writes
//! them. rustdoc tells them, in a form that is not stable: it is asked for what the stable compiler
//! hides, and read by a crate that knows one version of the form. With a compiler of another
//! version nothing can be said: exit 77, a skip.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use public_api::{Builder, MINIMUM_NIGHTLY_RUST_VERSION};

/// Has rustdoc, and only rustdoc, take unstable options: what cargo built already stays fresh.
const RUSTDOC: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";
const SKIPPED: u8 = 77;

fn main() -> ExitCode {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo knows the workspace");
    let published: Vec<&Package> =
        metadata.packages.iter().filter(|package| package.publish.is_none()).collect();
    assert!(!published.is_empty(), "nothing is published: is this the repository?");
    document(&metadata);
    let write = env::args().any(|argument| argument == "--write");
    let mut differs = false;
    for package in published {
        let Some(items) = items(&metadata, package) else {
            println!(
                "SKIPPED: public items: this rustdoc's form is not the one that is read here, that \
                 of {MINIMUM_NIGHTLY_RUST_VERSION}"
            );
            return ExitCode::from(SKIPPED);
        };
        let committed = package.manifest_path.with_file_name("api.txt");
        if write {
            fs::write(&committed, &items).expect("the list can be written");
        } else {
            differs |=
                compare(package, &fs::read_to_string(&committed).unwrap_or_default(), &items);
        }
    }
    if differs {
        println!("\nAre these changes meant? Then: cargo run -p zaloxide-public-api -- --write");
        println!("What each means for the version is in core/docs/semver.md");
    }
    ExitCode::from(u8::from(differs))
}

/// Has rustdoc describe all crates, with the features that they have in the workspace: all.
fn document(metadata: &Metadata) {
    let rustdoc = wrapper(metadata.target_directory.as_std_path());
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["doc", "--quiet", "--workspace", "--lib", "--no-deps", "--locked"])
        .env("RUSTDOC", rustdoc)
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        .current_dir(&metadata.workspace_root)
        .status()
        .expect("cargo can be run");
    assert!(built.success(), "cargo doc failed");
}

fn wrapper(target: &Path) -> PathBuf {
    let path = target.join("rustdoc-json");
    fs::write(&path, RUSTDOC).expect("the target directory can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let all = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, all).expect("it is ours");
    }
    path
}

/// A line an item. `None`: rustdoc wrote a form of another version.
fn items(metadata: &Metadata, package: &Package) -> Option<String> {
    let library = package.targets.iter().find(|target| target.is_lib())?;
    let json = format!("doc/{}.json", library.name.replace('-', "_"));
    let json = metadata.target_directory.join(json);
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .ok()?;
    let mut lines: Vec<String> = api.items().map(|item| format!("{item}\n")).collect();
    lines.sort_unstable();
    lines.dedup();
    Some(lines.concat())
}

/// Shows what is new and what is gone; whether there is anything of it.
fn compare(package: &Package, committed: &str, items: &str) -> bool {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<String>>();
    let (before, now) = (lines(committed), lines(items));
    let new: Vec<&String> = now.iter().filter(|line| !before.contains(line)).collect();
    let gone: Vec<&String> = before.iter().filter(|line| !now.contains(line)).collect();
    if new.is_empty() && gone.is_empty() {
        return false;
    }
    println!("{}:", package.name);
    for line in new {
        println!("  + {line}");
    }
    for line in gone {
        println!("  - {line}");
    }
    true
}

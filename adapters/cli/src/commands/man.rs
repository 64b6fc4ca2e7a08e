//! `man`: manual pages, made from what `--help` says.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  zaloxide man | man -l -
  zaloxide man ~/.local/share/man/man1 && man zaloxide-pairing-approve";

/// Print the manual page, or write all of them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// Write a page for each command into this directory
    directory: Option<PathBuf>,
}

pub(crate) fn run(args: &Man, context: &Context) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = &args.directory else {
        context.out.bytes(&page(&command)?)?;
        return Ok(Exit::Done);
    };
    let wrong = |path: &Path, error: std::io::Error| {
        Failure::failed(format!("can't write {}: {error}", path.display()))
    };
    fs::create_dir_all(directory).map_err(|error| wrong(directory, error))?;
    let pages = pages(&command)?;
    for (name, text) in &pages {
        let path = directory.join(name);
        fs::write(&path, text).map_err(|error| wrong(&path, error))?;
    }
    if context.out.is_json() {
        let names: Vec<&String> = pages.iter().map(|(name, _)| name).collect();
        context.out.json(&serde_json::json!({"directory": directory, "pages": names}))?;
    } else {
        context.out.line(format!("{} pages are in {}", pages.len(), directory.display()))?;
    }
    Ok(Exit::Done)
}

/// The page of a command and of all below it, with their files' names.
fn pages(command: &Command) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut pages = vec![(Page::new(command.clone()).get_filename(), page(command)?)];
    // `help` has no options of its own: its page would say nothing.
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        pages.extend(self::pages(below)?);
    }
    Ok(pages)
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    // The help's own groups of commands are no words of roff: the page lists them itself.
    Page::new(command.clone()).render(&mut text).map_err(Failure::failed)?;
    Ok(text)
}

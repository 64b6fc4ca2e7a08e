//! `Output`: standard output. A reader that has gone, or a full disk, is an error to answer and
//! never the end of the process by a panic.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use serde::Serialize;

use crate::exit::Failure;

/// Where commands write what they were asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    colours: bool,
}

// Who writes to standard output has been told how: the methods belong to the value.
#[allow(clippy::unused_self)]
impl Output {
    /// `json`: for programs.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, colours: !json && wants_colours(io::stdout().is_terminal()) }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Whether a person sees it on a terminal that shows colours.
    pub(crate) fn has_colours(self) -> bool {
        self.colours
    }

    /// The text in this style, if colours are wanted.
    pub(crate) fn styled(self, style: Style, text: impl Display) -> String {
        if self.colours { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// Writes a line for people.
    pub(crate) fn line(self, text: impl Display) -> Result<(), Failure> {
        Ok(writeln!(io::stdout().lock(), "{text}")?)
    }

    /// Writes a line for programs.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string(value).map_err(Failure::failed)?;
        let line = format!("{}\n", zaloxide::escape::json(&json));
        Ok(io::stdout().lock().write_all(line.as_bytes())?)
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }
}

/// Whether a stream shows colours: it is a terminal that can, and nobody asked for none.
pub(crate) fn wants_colours(is_terminal: bool) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_terminal && !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

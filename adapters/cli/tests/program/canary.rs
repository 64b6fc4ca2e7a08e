//! The canary: a text that stands in every secret that a test hands to the program. In no form may
//! it come out anywhere: every run of every test is searched for it.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Part of every secret here: tokens, webhook secrets, passwords, variables of agents.
pub(crate) const CANARY: &str = "canary-9f3b";

/// Files that may hold secrets: a test has put them there. Everything else in a place is searched.
const MEANT_FOR_IT: [&str; 2] = [".json5", ".secret"];

/// The forms in which it could come out, in lower case.
static FORMS: LazyLock<Vec<String>> = LazyLock::new(forms);

fn forms() -> Vec<String> {
    let each = |write: fn(u8) -> String| CANARY.bytes().map(write).collect::<String>();
    let mut forms = vec![
        CANARY.to_owned(),
        CANARY.chars().rev().collect(),
        CANARY.replace('-', "%2d"),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02x} ")).trim_end().to_owned(),
        each(|byte| format!("\\x{byte:02x}")),
        each(|byte| format!("\\u{byte:04x}")),
        each(|byte| format!("\\u{{{byte:x}}}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("{byte}, ")).trim_end_matches(", ").to_owned(),
        each(|byte| format!("{byte},")).trim_end_matches(',').to_owned(),
    ];
    // Wherever in a longer text it stands: its first byte is the first, second or third of three.
    for before in 0..3 {
        let text = [vec![b' '; before], CANARY.as_bytes().to_vec()].concat();
        let code = STANDARD_NO_PAD.encode(&text);
        // The first and last characters depend on what stands beside it.
        let first = [0, 2, 3][before];
        let whole = text.len() * 8 / 6;
        let code = &code[first..whole];
        forms.push(code.to_ascii_lowercase());
        forms.push(code.replace('+', "-").replace('/', "_").to_ascii_lowercase());
    }
    forms
}

/// The form in which it stands there.
fn found(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    FORMS.iter().find(|form| text.contains(form.as_str())).map(String::as_str)
}

/// Fails when it stands there.
pub(crate) fn search(what: &str, bytes: &[u8]) {
    if let Some(form) = found(bytes) {
        panic!("a secret, as {form:?}, is in {what}:\n{}", String::from_utf8_lossy(bytes));
    }
}

/// Fails when it stands there, or anything that a terminal does not show as it is: nothing here
/// runs on one, so there is no colour either.
pub(crate) fn search_shown(what: &str, bytes: &[u8]) {
    search(what, bytes);
    let text = String::from_utf8_lossy(bytes);
    let hidden = text.chars().find(|c| !matches!(c, '\n' | '\t') && is_hidden(*c));
    if let Some(hidden) = hidden {
        panic!("U+{:04X} is in {what}:\n{text:?}", u32::from(hidden));
    }
}

/// Control characters, and those of no width that turn or hide text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{206f}').contains(&c)
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
        || "\u{ad}\u{61c}\u{180e}\u{feff}\u{fff9}\u{fffa}\u{fffb}".contains(c)
}

/// Searches what a run has said.
pub(crate) fn search_output(output: &Output) {
    search_shown("standard output", &output.stdout);
    search_shown("standard error", &output.stderr);
}

/// Searches the command lines of a process and of its children: everybody can read them.
#[cfg(target_os = "linux")]
pub(crate) fn search_process(id: u32) {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    search("a command line", &line);
    let children = format!("/proc/{id}/task/{id}/children");
    let children = fs::read_to_string(children).unwrap_or_default();
    children.split_whitespace().for_each(|child| search_process(child.parse().unwrap()));
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn search_process(_: u32) {}

/// Searches every file below: the database, the log, what was recorded, what is hosted.
pub(crate) fn search_files(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().map_while(Result::ok) {
        let path = entry.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        search("a file's name", name.as_bytes());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => search_files(&path),
            Ok(kind) if kind.is_file() && !MEANT_FOR_IT.iter().any(|end| name.ends_with(end)) => {
                let bytes = fs::read(&path).unwrap_or_default();
                let is_log = name.contains(".log");
                let look = if is_log { search_shown } else { search };
                look(&path.display().to_string(), &bytes);
            }
            _ => {}
        }
    }
}

#[test]
fn the_canary_is_found_in_every_form() {
    let token = format!("12345689:{CANARY}-very-secret");
    let hex = |write: fn(u8) -> String| token.bytes().map(write).collect::<String>();
    let table = [
        token.clone(),
        token.to_uppercase(),
        token.replace(':', "%3A"),
        token.replace('-', "%2D"),
        hex(|byte| format!("%{byte:02X}")),
        hex(|byte| format!("{byte:02X}")),
        hex(|byte| format!("\\u{byte:04x}")),
        hex(|byte| format!("{byte}, ")),
        STANDARD_NO_PAD.encode(token.as_bytes()),
        STANDARD_NO_PAD.encode(format!(":{token}").as_bytes()),
        STANDARD_NO_PAD.encode(format!("a:{token}").as_bytes()),
        format!("{:?}", token.as_bytes()),
    ];
    for form in table {
        assert!(found(form.as_bytes()).is_some(), "{form}");
    }
    for harmless in
        ["12345689", "canary", "very-secret", &STANDARD_NO_PAD.encode(b"12345689:abc-xyz")]
    {
        assert_eq!(found(harmless.as_bytes()), None);
    }
}

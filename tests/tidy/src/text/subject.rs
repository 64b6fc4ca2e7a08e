//! The repository speaks of the project alone: not of how, where or with what it was written.

use crate::{File, Finding};

/// Written in halves, so that the rule does not find itself.
type Halves = [&'static str; 2];

/// Where packages come from is the user's setting; an address in the tree outlives its truth.
const HOSTS: [Halves; 5] = [
    ["crates", ".io"],
    ["pypi", ".org"],
    ["pythonhosted", ".org"],
    ["npmjs", ".org"],
    ["npmjs", ".com"],
];

/// First folders of paths that mean something on one machine only.
const HOMES: [&str; 4] = ["home", "Users", "root", "work"];

/// Talk about the writing instead of the written.
const TALK: [Halves; 11] = [
    ["this ", "session"],
    ["previous ", "session"],
    ["earlier ", "session"],
    ["issue ", "#"],
    ["this ", "issue"],
    ["later ", "issue"],
    ["another ", "issue"],
    ["the ", "brief"],
    ["../", "shared"],
    ["as an ", "ai"],
    ["ai-", "generated"],
];

/// Programs that write programs. One maker's name is missing: it is also that of a protocol which
/// agents speak.
const WRITERS: [Halves; 5] =
    [["clau", "de"], ["anth", "ropic"], ["chat", "gpt"], ["copi", "lot"], ["cod", "ex"]];

/// Looks at every text file but lock files.
pub fn check(file: &File) -> Vec<Finding> {
    if file.is_lock() || file.is_recorded() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let mut find = |message: String| findings.push(Finding::new(&file.path, number, message));
        let small = line.to_lowercase();
        for host in HOSTS.map(|halves| halves.concat()).iter().filter(|host| contains(&small, host))
        {
            find(format!("`{host}`: name the package, not where it is fetched from"));
        }
        for words in
            TALK.map(|halves| halves.concat()).iter().filter(|words| contains(&small, words))
        {
            find(format!("`{words}`: say what is, not how it came about (other words will do)"));
        }
        for name in
            WRITERS.map(|halves| halves.concat()).iter().filter(|name| contains(&small, name))
        {
            find(format!("`{name}`: the tree speaks of zaloxide alone"));
        }
        for home in HOMES.iter().filter(|home| contains_folder(line, home)) {
            find(format!(
                "`/{home}/..` exists on one machine: use `~`, a variable or a relative path"
            ));
        }
    }
    findings
}

/// Whether `words` stand in `line`, not inside a longer word.
fn contains(line: &str, words: &str) -> bool {
    let edge = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
    let open_end = !words.ends_with(char::is_alphanumeric);
    line.match_indices(words).any(|(at, _)| {
        let after = line[at + words.len()..].chars().next();
        edge(line[..at].chars().next_back()) && (open_end || edge(after))
    })
}

/// Whether `line` has an absolute path below `/home` that is no part of a URL or of a longer path.
fn contains_folder(line: &str, home: &str) -> bool {
    let folder = format!("/{home}/");
    line.match_indices(&folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let longer = |letter: char| letter.is_alphanumeric() || "_-.~}/*$".contains(letter);
        !before.is_some_and(longer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(line: &str) -> usize {
        check(&File::new("README.md", line)).len()
    }

    #[test]
    fn foreign_subjects_are_found() {
        assert_eq!(count(&format!("see https://{}/x", HOSTS[0].concat())), 1);
        assert_eq!(count(&format!("index-url = https://{}/simple", HOSTS[1].concat())), 1);
        assert_eq!(count(&format!("as decided in {}", TALK[0].concat())), 1);
        assert_eq!(count(&format!("closes {}12", TALK[3].concat())), 1);
        assert_eq!(count(&format!("read {}/design.md", TALK[8].concat())), 1);
        assert_eq!(count(&format!("Written by {}.", WRITERS[0].concat().to_uppercase())), 1);
        for home in HOMES {
            assert_eq!(count(&format!("cd {}", ["/", home, "/zaloxide"].concat())), 1, "{home}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_free() {
        assert_eq!(count("the agent's session key; an issue of the magazine; ~/work/zaloxide"), 0);
        assert_eq!(count("https://example.com/home/page and codec"), 0);
        let lock = File::new("Cargo.lock", &HOSTS[0].concat());
        assert_eq!(check(&lock), []);
    }
}

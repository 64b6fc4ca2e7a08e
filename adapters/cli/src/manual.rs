//! What operators read.
//!
#![doc = include_str!("../docs/operating.md")]

#[cfg(test)]
mod tests {
    use clap::Parser;
    use zaloxide::Config;

    use crate::cli::Cli;

    /// The pages that operators read, by name.
    const PAGES: [(&str, &str); 5] = [
        ("docs/operating.md", include_str!("../docs/operating.md")),
        ("docs/openclaw.md", include_str!("../docs/openclaw.md")),
        ("README.md", include_str!("../README.md")),
        ("README.vi.md", include_str!("../README.vi.md")),
        ("the repository's README.md", include_str!("../../../README.md")),
    ];

    /// The blocks of a page in this language, each with the line it begins at.
    fn blocks<'a>(page: &'a str, language: &str) -> Vec<(usize, Vec<&'a str>)> {
        let mut blocks: Vec<(usize, Vec<&str>)> = Vec::new();
        // Inside a block: whether it is one of those.
        let mut inside = None;
        for (number, line) in (1..).zip(page.lines().map(str::trim)) {
            if let Some(fence) = line.strip_prefix("```") {
                let begins = inside.is_none().then(|| fence == language);
                if begins == Some(true) {
                    blocks.push((number + 1, Vec::new()));
                }
                inside = begins;
            } else if let (Some(true), Some((_, lines))) = (inside, blocks.last_mut()) {
                lines.push(line);
            }
        }
        blocks
    }

    /// The command lines in a page's shell blocks and in its running text.
    fn commands(page: &str) -> Vec<(usize, String)> {
        let mut all = Vec::new();
        for (begin, lines) in [blocks(page, "sh"), blocks(page, "console")].concat() {
            let mut whole = String::new();
            for (number, line) in (begin..).zip(lines) {
                whole.push_str(line.trim().trim_start_matches("$ "));
                if let Some(before) = whole.strip_suffix('\\') {
                    whole = before.to_owned();
                    continue;
                }
                all.push((number, std::mem::take(&mut whole)));
            }
        }
        for (number, line) in (1..).zip(page.lines()) {
            let spans = line.split('`').skip(1).step_by(2);
            // A table writes `|` in its cells as `\|`.
            let spans = spans.map(|span| span.replace("\\|", "|"));
            let whole = spans.filter(|span| !span.contains('…') && !span.contains(".."));
            all.extend(whole.map(|span| (number, span)));
        }
        all
    }

    /// What of a line is the program's: what comes after variables, `sudo`, `docker exec`.
    fn arguments(line: &str) -> Option<Vec<String>> {
        let words = shlex::split(line.split(" # ").next()?)?;
        let at = words.iter().rposition(|word| word == "zaloxide" || word == "./zaloxide")?;
        let before = &words[..at];
        let is_variable = |word: &String| {
            let name = word.split_once('=').map(|(name, _)| name);
            name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
        };
        let runs_it = before.iter().all(is_variable)
            || matches!(before.first().map(String::as_str), Some("sudo"))
            || matches!(before, [docker, exec, ..] if docker == "docker" && exec == "exec");
        let names_it_only = at + 1 == words.len() && before.is_empty();
        (runs_it && !names_it_only).then(|| words[at..].to_vec())
    }

    /// `info|set` are two.
    fn alternatives(words: &[String]) -> Vec<Vec<String>> {
        let Some(at) = words.iter().position(|word| word.contains('|')) else {
            return vec![words.to_vec()];
        };
        let one = |choice: &str| {
            let mut words = words.to_vec();
            words[at] = choice.to_owned();
            words
        };
        words[at].split('|').map(one).collect()
    }

    #[test]
    fn every_command_of_the_pages_is_one() {
        let mut wrong = Vec::new();
        for (name, page) in PAGES {
            let mut count = 0;
            for (number, line) in commands(page) {
                // Another command's file is what is written to.
                let line = line.split(" > ").next().unwrap_or_default();
                let Some(arguments) = arguments(line) else { continue };
                count += 1;
                for one in alternatives(&arguments) {
                    if let Err(error) = Cli::try_parse_from(&one)
                        && error.use_stderr()
                    {
                        wrong.push(format!("{name}:{number}: {}\n{error}", one.join(" ")));
                    }
                }
            }
            assert!(count > 0, "{name} names no command");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_configuration_of_the_pages_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = |name: &str| match name {
            "ZALO_WEBHOOK_SECRET" => Some("a-long-random-secret".to_owned()),
            _ => None,
        };
        // What lies on the machine of whoever reads the page.
        let token = dir.path().join("token");
        std::fs::write(&token, "12345689:abc-xyz").unwrap();
        let there = [
            ("/etc/zaloxide/token", &*token),
            ("shop.token", &*token),
            ("/srv/shop/pictures", dir.path()),
        ];
        let mut wrong = Vec::new();
        for (name, page) in PAGES {
            for (number, lines) in [blocks(page, "json5"), blocks(page, "json")].concat() {
                let mut text = lines.join("\n");
                for (name, path) in there {
                    text = text.replace(name, path.to_str().unwrap());
                }
                if let Err(error) = Config::parse(&text, None, &secrets) {
                    wrong.push(format!("{name}:{number}: {error}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn commands_are_found_where_people_copy_them_from() {
        let page = "Run `zaloxide quota`, never `zaloxide`.\n\n```sh\nA_B=1 zaloxide run \\\n  --agent echo\n\
                    cargo build\nsudo -u zaloxide zaloxide forget 1\n```\n\n```text\nzaloxide no\n```\n";
        let found: Vec<String> = commands(page)
            .iter()
            .filter_map(|(_, line)| arguments(line))
            .map(|words| words[1..].join(" "))
            .collect();
        assert_eq!(found, ["run --agent echo", "forget 1", "quota"]);
    }
}

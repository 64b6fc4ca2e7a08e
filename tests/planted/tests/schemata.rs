//! Mutants are planted beside what they replace, and stand where the list says.

use zaloxide_planted::mutant::{self, Mutant};
use zaloxide_planted::schemata;

const TEXT: &str = "\
pub fn sum(a: u8, b: u8) -> u8 {
    if !even(a) && a < b { a } else { b }
}

fn name(n: Option<u8>) -> &'static str {
    match n {
        Some(n) if n > 7 => \"much\",
        Some(_) => \"some\",
        _ => \"none\",
    }
}
";

fn mutants() -> Vec<Mutant> {
    let list = tempfile();
    let one = |genre: &str, (line, from, to): (u8, u8, u8), replacement: &str| {
        format!(
            r#"{{"name":"{genre}","file":"a.rs","genre":"{genre}","replacement":"{replacement}","diff":"",
            "span":{{"start":{{"line":{line},"column":{from}}},"end":{{"line":{line},"column":{to}}}}}}}"#
        )
    };
    let all = [
        one("FnValue", (2, 5, 42), "1"),
        one("UnaryOperator", (2, 8, 9), ""),
        one("BinaryOperator", (2, 17, 19), "||"),
        one("BinaryOperator", (2, 22, 23), "<="),
        one("MatchArmGuard", (7, 20, 25), "true"),
        one("MatchArm", (8, 9, 27), ""),
        one("StructField", (9, 9, 10), ""),
    ];
    std::fs::write(&list, format!("[{}]", all.join(","))).unwrap();
    let read = mutant::list(&list).unwrap();
    std::fs::remove_file(list).unwrap();
    read
}

fn tempfile() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("zaloxide-mutants-{}.json", std::process::id()))
}

#[test]
fn all_but_one_are_planted_together_and_each_alone() {
    let mutants = mutants();
    let planted = schemata::plant(TEXT, &mutants).unwrap();
    assert_eq!(planted.numbers.iter().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let mut asked: Vec<u32> = planted.text.lines().flat_map(schemata::asked).collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked, [1, 2, 3, 4, 5, 6], "{}", planted.text);

    let changed: Vec<String> = mutants.iter().map(|mutant| mutant.changed(TEXT)).collect();
    for (text, part) in changed.iter().zip([
        "-> u8 {\n    1\n}",
        "if even(a) && a < b",
        "if !even(a) || a < b",
        "&& a <= b {",
        "Some(n) if true =>",
        "\"much\",\n        \n        _",
        "         => \"none\"",
    ]) {
        assert!(text.contains(part), "{text}");
    }
}

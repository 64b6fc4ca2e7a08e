//! Record files that are not what they should be. The engine's tests replay good ones.

use super::*;

fn run(text: &str) -> Result<String, String> {
    let mut out = Vec::new();
    replay(text.as_bytes(), &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

fn beginning(seed: &str) -> String {
    let config = AccountConfig::new("a", "1");
    let config = serde_json::to_string(&config).unwrap();
    format!(
        r#"{{"version":1,"account":"a","config":{config},"seed":"{seed}","now":5,"records":[]}}"#
    )
}

#[test]
fn seeds_survive_their_text() {
    let seed: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 7).unwrap());
    assert_eq!(unhex(&hex(&seed)), Some(seed));
    assert_eq!(unhex(&"+".repeat(64)), None);
    assert_eq!(unhex("é"), None);
}

#[test]
fn a_replay_depends_on_its_file_alone() {
    let begun = beginning(&"0b".repeat(32));
    let text = format!("{begun}\n{}\n", r#"{"account":"a","now":9,"event":{"type":"stop"}}"#);
    let first = run(&text).unwrap();
    assert!(first.starts_with(r#"{"n":1,"account":"a","action":{"type":"#), "{first}");
    assert_eq!(first, run(&text).unwrap());
    assert_eq!(run("").unwrap(), "");
}

#[test]
fn a_line_that_is_none_is_named() {
    let begun = beginning(&"0b".repeat(32));
    let table = [
        ("x".to_owned(), "line 1 of the record"),
        (beginning("12"), "64 hex digits"),
        (begun.replace("\"version\":1", "\"version\":2"), "version 2"),
        (
            r#"{"account":"a","now":9,"event":{"type":"stop"}}"#.into(),
            "has begun the account \"a\"",
        ),
        (format!("{begun}\n{{\"account\":\"a\"}}"), "line 2 of the record"),
        (
            format!("{begun}\n{}", r#"{"account":"a","now":1,"event":{"type":"dance"}}"#),
            "unknown variant",
        ),
        (begun.replace("\"records\":[]", "\"records\":[[7,{\"type\":\"x\"}]]"), "unknown variant"),
    ];
    for (text, word) in table {
        let error = run(&text).unwrap_err();
        assert!(error.contains(word), "{text}: {error}");
    }
}

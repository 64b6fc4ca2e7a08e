//! Every message of a configuration, as people read it. Read the snapshots by eye.

use std::fmt::Write;
use std::fs;

use super::*;

/// A case: its name, and the file. What begins with `{` is the whole of it, else what stands in
/// `channels.zalo`.
type Case = (&'static str, &'static str);

/// The messages of these, one after the other.
fn told(cases: &[Case]) -> String {
    let dir = tempfile::tempdir().unwrap();
    lay_out(dir.path());
    let file = dir.path().join("zaloxide.json5");
    let mut all = String::new();
    for (name, text) in cases {
        let whole = if text.starts_with(['{', '[', '\n']) || text.is_empty() {
            (*text).to_owned()
        } else {
            format!("{{\n  channels: {{\n    zalo: {{\n      {text}\n    }},\n  }},\n}}\n")
        };
        let said = match Config::parse(&whole, Some(&file), &env) {
            Ok(config) => {
                assert!(!config.warnings.is_empty(), "{name}: nothing was said");
                ConfigError { problems: config.warnings }
            }
            Err(error) => error,
        };
        for shown in [said.to_string(), format!("{said:?}")] {
            assert!(!shown.contains("CANARY"), "{name}: {shown}");
        }
        for problem in &said.problems {
            assert!(problem.help.as_ref().is_none_or(|help| !help.is_empty()), "{name}");
        }
        let said = said.to_string().replace(&dir.path().display().to_string(), "/etc/zalo");
        writeln!(all, "## {name}\n\n{said}\n").unwrap();
    }
    all
}

/// Token files, good and bad.
fn lay_out(dir: &Path) {
    fs::write(dir.join("good"), "12:CANARY\n").unwrap();
    fs::write(dir.join("empty"), " \n").unwrap();
    fs::write(dir.join("two"), "12:CANARY\n13:CANARY\n").unwrap();
    fs::write(dir.join("big"), "CANARY".repeat(3_000)).unwrap();
    fs::write(dir.join("bytes"), b"12:CANARY\xff").unwrap();
    fs::write(dir.join("words"), "my bot CANARY\n").unwrap();
    fs::create_dir(dir.join("folder")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(dir.join("good"), dir.join("link")).unwrap();
}

fn env(name: &str) -> Option<String> {
    match name {
        "BLANK" => Some(String::new()),
        "WORDS" => Some("CANARY words".into()),
        _ => None,
    }
}

#[test]
fn what_is_no_json5() {
    let all = told(&[
        ("nothing at all", ""),
        ("a text that is never closed", "{channels: {zalo: {botToken: \"12:CANARY}}}"),
        (
            "a text that goes over the end of its line",
            "botToken: '12:CANARY,\n      dmPolicy: 'open',",
        ),
        ("an object that is never closed", "{\n  channels: {\n    zalo: {typing: true},\n"),
        ("a list that is never closed", "{channels: {zalo: {allowFrom: ['a', 'b'"),
        ("a comment that is never closed", "{\n  /* all of it\n  channels: {},\n}"),
        ("a missing comma", "botToken: '12:CANARY'\n      dmPolicy: 'pairing'"),
        ("a missing comma in a list", "allowFrom: ['a' 'b']"),
        ("two commas", "typing: true,, enabled: true"),
        ("a missing colon", "dmPolicy 'pairing'"),
        ("an equals sign", "dmPolicy = 'pairing'"),
        ("a missing value", "dmPolicy: ,"),
        ("a text without quotes", "dmPolicy: pairing"),
        ("a word that is almost true", "typing: ture"),
        ("quotes of a word processor", "dmPolicy: “pairing”"),
        ("a number that begins with 0", "allowFrom: [0123456789]"),
        ("an id without quotes", "allowFrom: [1a2b3c4d5e6f70819203]"),
        ("a backslash", "tokenFile: 'C:\\users\\zalo.txt'"),
        ("a comment of another language", "# the shop\n      typing: true"),
        ("the wrong bracket", "allowFrom: ['a'}"),
        ("more than one configuration", "{channels: {}}}"),
        (
            "too deep",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        ),
    ]);
    insta::assert_snapshot!(all);
}

#[test]
fn keys_that_are_not_there() {
    let all = told(&[
        ("mistyped", "dmPolcy: 'open'"),
        ("its value may be a secret", "bot_token: '12:CANARY'"),
        ("half of a name", "token: '12:CANARY'"),
        ("in an account", "accounts: { shop: { allowfrom: ['a'] } }"),
        ("in a section", "pairing: { langauge: 'vi' }"),
        ("a section's key outside of it", "timeoutSec: 30"),
        ("the same in an account", "accounts: { shop: { takeOver: true } }"),
        ("about all accounts", "accounts: { shop: { webhook: { listen: '127.0.0.1:1' } } }"),
        ("one of few", "inbound: { image: 'deliver' }"),
        ("like nothing there is", "xyz: 1"),
        ("the log's key in the channel", "level: 'debug'"),
        ("twice", "typing: true,\n      enabled: true,\n      typing: false"),
        ("an account twice", "accounts: {\n        a: {},\n        a: {},\n      }"),
        ("an account's name", "accounts: { 'my shop': {} }"),
        ("an include", "$include: './zalo.json5'"),
        ("hidden characters", "\"dm\u{202e}\u{1b}[2J\": 1"),
        ("the program's own", "{zaloxide: {logs: {level: 'debug'}}}"),
        ("an agent's", "{zaloxide: {agent: {type: 'echo', cdw: '/'}}}"),
        ("no channel at all", "{gateway: {port: 1}}"),
        ("channels, mistyped", "{channel: {zalo: {botToken: '12:CANARY'}}}"),
        ("zalo, mistyped", "{channels: {zola: {botToken: '12:CANARY'}, Zalo: {}}}"),
        ("zalo beside channels", "{zalo: {botToken: '12:CANARY'}}"),
        ("a token at the top", "{botToken: '12:CANARY'}"),
        ("a file that includes", "{channels: {$include: './channels.json5'}}"),
    ]);
    insta::assert_snapshot!(all);
}

#[test]
fn values_of_another_kind() {
    let all = told(&[
        ("yes", "typing: 'yes'"),
        ("off", "enabled: 'off'"),
        ("a number for true", "typing: 1"),
        ("a word for true", "typing: 'maybe'"),
        ("a number in quotes", "mediaMaxMb: '5'"),
        ("too much", "mediaMaxMb: 500"),
        ("too little", "polling: { timeoutSec: 0 }"),
        ("a fraction", "polling: { timeoutSec: 1.5 }"),
        ("below zero", "turn: { tries: -1 }"),
        ("a list for a number", "turn: { tries: [1] }"),
        ("a value, mistyped", "dmPolicy: 'pair'"),
        ("a value in other letters", "format: 'Markdown'"),
        ("a value like nothing there is", "chunkMode: 'xyz'"),
        ("a flag for a choice", "streaming: false"),
        ("streaming that there is not", "streaming: 'partial'"),
        ("a number for a text", "name: 12"),
        ("null", "name: null"),
        ("one id without a list", "allowFrom: '1a2b'"),
        ("ids in one text", "allowFrom: '1a2b, 3c4d'"),
        ("everybody without a list", "allowFrom: '*'"),
        ("an id too long for a number", "allowFrom: [12345678901234567890]"),
        ("an id that is a fraction", "allowFrom: [1.5]"),
        ("an empty id", "allowFrom: ['a', ' ']"),
        ("no id", "allowFrom: [{ id: 'a' }]"),
        ("a text for an object", "polling: 30"),
        ("a list of accounts", "accounts: [{ botToken: '12:CANARY' }]"),
        ("a text for an account", "accounts: { shop: '12:CANARY' }"),
        ("the channel switched on", "{channels: {zalo: true}}"),
        ("channels in a list", "{channels: [{zalo: {botToken: '12:CANARY'}}]}"),
        ("a list for everything", "[]"),
        ("a password in a URL", "apiUrl: 'https://me:CANARY@api.example/?CANARY'"),
        ("a text that names a variable", "name: 'Shop ${CITY}'"),
    ]);
    insta::assert_snapshot!(all);
}

#[test]
fn tokens_and_secrets() {
    let all = told(&[
        ("no token", "enabled: true"),
        (
            "an account without one",
            "accounts: { a: { botToken: '12:CANARY' }, b: { botToken: '' } }",
        ),
        ("a number", "botToken: 1234567890"),
        ("no colon", "botToken: 'CANARY'"),
        ("no digits", "botToken: 'bot:CANARY'"),
        ("nothing after the colon", "botToken: '12:'"),
        ("a space", "botToken: '12:CANARY CANARY'"),
        ("from a file, another way", "botToken: { source: 'file', id: '/run/token' }"),
        ("from a program", "webhookSecret: { source: 'exec', id: 'pass' }"),
        ("from nowhere", "botToken: { id: 'TOKEN' }"),
        ("from some variable", "botToken: { source: 'env' }"),
        ("from a variable that is not set", "botToken: { source: 'env', id: 'TOKEN' }"),
        ("the same, as a text", "botToken: '${ZALO_TOKEN}'"),
        ("from a variable that is empty", "botToken: { source: 'env', id: 'BLANK' }"),
        ("from a variable that holds no token", "botToken: { source: 'env', id: 'WORDS' }"),
        ("from a file that is not there", "tokenFile: 'none'"),
        ("from a folder", "tokenFile: 'folder'"),
        ("from an empty file", "tokenFile: 'empty'"),
        ("from a file of two lines", "tokenFile: 'two'"),
        ("from a file that is too large", "tokenFile: 'big'"),
        ("from a file of bytes", "tokenFile: 'bytes'"),
        ("from a file of words", "tokenFile: 'words'"),
        ("a token for its file", "tokenFile: '12:CANARY'"),
        ("a token for a variable", "botToken: { source: 'env', id: '12:CANARY' }"),
        ("a token for a source", "botToken: { source: '12:CANARY' }"),
        ("a token for an account", "accounts: { '12:CANARY': {} }"),
        ("a token for a key", "'12:CANARY': true"),
        ("from two places", "botToken: '12:CANARY',\n      tokenFile: 'good'"),
        (
            "one bot twice",
            "accounts: {\n        shop: { botToken: '12:CANARY' },\n        help: { tokenFile: \
             'good' },\n      }",
        ),
        ("a proxy", "botToken: '12:CANARY', proxy: 'ftp://u:CANARY@proxy:21'"),
        ("a proxy for downloads", "botToken: '12:CANARY', mediaProxy: 'proxy:3128'"),
        ("a proxy from a variable", "proxy: '${PROXY}'"),
        (
            "variables of an agent",
            "{agent: {type: 'exec', command: ['a'], env: {'A=B': 'CANARY'}}}",
        ),
    ]);
    insta::assert_snapshot!(all);
}

#[cfg(unix)]
#[test]
fn a_token_file_is_no_link_and_no_device() {
    let all = told(&[("a link", "tokenFile: 'link'"), ("a device", "tokenFile: '/dev/null'")]);
    insta::assert_snapshot!(all);
}

#[test]
fn webhooks() {
    let all = told(&[
        ("http", "webhookUrl: 'http://bot.example/zalo', webhookSecret: 'CANARY-CANARY'"),
        ("no scheme", "webhookUrl: 'bot.example/zalo', webhookSecret: 'CANARY-CANARY'"),
        ("a query", "webhookUrl: 'http://b.example/z?t=CANARY', webhookSecret: 'CANARY-CANARY'"),
        ("no host", "webhookUrl: 'https://', webhookSecret: 'CANARY-CANARY'"),
        ("letters", "webhookUrl: 'https://cửahàng.vn/', webhookSecret: 'CANARY-CANARY'"),
        (
            "this machine",
            "webhookUrl: 'https://localhost/z', webhookSecret: 'CANARY-CANARY', botToken: '1:CANARY'",
        ),
        ("no secret", "webhookUrl: 'https://bot.example/zalo'"),
        ("a short secret", "webhookUrl: 'https://bot.example/zalo', webhookSecret: 'CANARY'"),
        (
            "a secret with a space",
            "webhookUrl: 'https://b.example/z', webhookSecret: 'CANARY CANARY'",
        ),
        (
            "a secret that can't be printed",
            "webhookUrl: 'https://b.example/z', webhookSecret: 'CANARY\\n\\n'",
        ),
        (
            "a secret alone",
            "botToken: '12:CANARY', webhookSecret: 'CANARY-CANARY', webhookPath: '/z'",
        ),
        (
            "a path without its slash",
            "webhookUrl: 'https://b.example/z', webhookSecret: 'CANARY-CANARY', webhookPath: 'zalo'",
        ),
        (
            "a URL for a path",
            "webhookUrl: 'https://b.example/z', webhookSecret: 'CANARY-CANARY',\n      webhookPath: 'https://b.example/z'",
        ),
        (
            "a path with a query",
            "webhookUrl: 'https://b.example/z', webhookSecret: 'CANARY-CANARY', webhookPath: '/z?a'",
        ),
        (
            "a path with a space",
            "webhookUrl: 'https://b.example/z', webhookSecret: 'CANARY-CANARY', webhookPath: '/z a'",
        ),
        (
            "one path with one secret",
            "accounts: {\n        a: { botToken: '1:CANARY', webhookUrl: 'https://a.example/zalo', \
             webhookSecret: 'CANARY-CANARY' },\n        b: { botToken: '2:CANARY', webhookUrl: \
             'https://b.example/zalo/', webhookSecret: 'CANARY-CANARY' },\n      }",
        ),
        (
            "the same, inherited",
            "webhookSecret: 'CANARY-CANARY',\n      webhookUrl: 'https://a.example/zalo',\n      \
             accounts: { a: { botToken: '1:CANARY' }, b: { botToken: '2:CANARY' } }",
        ),
        ("a port alone", "webhook: { listen: '8787' }"),
        ("a port of all addresses", "webhook: { listen: ':8787' }"),
        ("a name", "webhook: { listen: 'bot.example:8787' }"),
        ("localhost", "ops: { listen: 'localhost:9090' }"),
        ("no port", "ops: { listen: '127.0.0.1' }"),
        ("a port as a number", "webhook: { listen: 8787 }"),
        ("one address twice", "ops: { listen: '127.0.0.1:8787' }"),
        ("half of a certificate", "webhook: { tls: { cert: 'cert.pem' } }"),
        ("a proxy that is no network", "webhook: { trustedProxies: ['10.0.0.0/40', 'nginx'] }"),
    ]);
    insta::assert_snapshot!(all);
}

#[test]
fn who_may_write_and_who_answers() {
    let all = told(&[
        ("open to nobody in particular", "botToken: '12:CANARY', dmPolicy: 'open'"),
        (
            "open at the top, a list in the account",
            "dmPolicy: 'open',\n      allowFrom: ['*'],\n      accounts: {\n        shop: { botToken: \
             '12:CANARY', allowFrom: ['a'] },\n      }",
        ),
        ("a list of nobody", "botToken: '12:CANARY', dmPolicy: 'allowlist'"),
        ("an API in the clear", "botToken: '12:CANARY', apiUrl: 'http://api.example'"),
        ("an API without a scheme", "botToken: '12:CANARY', apiUrl: 'api.example'"),
        (
            "a folder that is not there",
            "botToken: '12:CANARY', media: { roots: ['/nowhere/pictures'] }",
        ),
        ("the whole disk", "botToken: '12:CANARY', media: { roots: ['/'] }"),
        (
            "a default that is near",
            "defaultAccount: 'shpo', accounts: { shop: { botToken: '1:CANARY' } }",
        ),
        (
            "a default that is not",
            "defaultAccount: 'xyz', accounts: { shop: { botToken: '1:CANARY' } }",
        ),
        (
            "keys of OpenClaw",
            "botToken: '12:CANARY',\n      configWrites: false,\n      markdown: { tables: 'off' \
             },\n      historyLimit: 50,\n      responsePrefix: '[bot]',\n      streaming: { mode: \
             'partial' }",
        ),
        (
            "an agent twice",
            "{agent: {type: 'echo'}, zaloxide: {agent: {type: 'echo'}}, channels: {zalo: {botToken: '1:CANARY'}}}",
        ),
        (
            "several at once",
            "dmPolcy: 'open',\n      botToken: 'CANARY',\n      webhookUrl: 'http://bot.example',\n      \
             dmPolicy: 'open',\n      typing: 'yes'",
        ),
    ]);
    insta::assert_snapshot!(all);
}

#[test]
fn files() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        fs::write(dir.path().join(name), bytes).unwrap();
    };
    write("latin1", b"{\n  // C\xe0 ph\xea\n}");
    write("utf16", b"\xff\xfe{\0}\0");
    write("large", &vec![b' '; (4 << 20) + 1]);
    let named = dir.path().join("named").display().to_string();
    let env = |name: &str| (name == "ZALOXIDE_CONFIG").then(|| named.clone());
    let mut all = String::new();
    for name in ["missing", "latin1", "utf16", "large", "."] {
        let error = Config::load(Some(&dir.path().join(name)), &no_env).unwrap_err();
        writeln!(all, "{error}\n").unwrap();
    }
    writeln!(all, "{}", Config::load(None, &env).unwrap_err()).unwrap();
    let bad = |name: &str| (name == "ZALO_BOT_TOKEN").then(|| "CANARY".to_owned());
    writeln!(all, "\n{}", Config::parse("{}", None, &bad).unwrap_err()).unwrap();
    let bad = |name: &str| match name {
        "ZALO_BOT_TOKEN" => Some("1:CANARY".to_owned()),
        "ZALO_API_URL" => Some("http://api.example".to_owned()),
        _ => None,
    };
    writeln!(all, "\n{}", Config::parse("{}", None, &bad).unwrap_err()).unwrap();
    assert!(!all.contains("CANARY"));
    let all = all.replace(&dir.path().display().to_string(), "/etc/zalo");
    insta::assert_snapshot!(all);
}

//! Configurations, good and bad, and what comes of them.

mod messages;

use std::fs;
use std::path::Path;

use zaloxide_core::{Delivery, DmPolicy, Language};
use zaloxide_polling::Secret;
use zaloxide_webhook::Proxies;

use super::*;
use crate::accounts::Account;

/// Stands for every secret: it must never be shown.
const CANARY: &str = "CANARY-secret";

fn no_env(_: &str) -> Option<String> {
    None
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Some(Path::new("z.json5")), &no_env)
}

fn zalo(text: &str) -> Result<Config, ConfigError> {
    parse(&format!("{{ channels: {{ zalo: {{\n{text}\n}} }} }}"))
}

fn account(config: &Config, name: &str) -> Account {
    let entry = config.accounts.iter().find(|entry| entry.account == name);
    match &entry.expect(name).standing {
        Standing::Ready(account) => (**account).clone(),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn every_key_reaches_the_core() {
    let config = zalo(
        r#"botToken: "12:abc", apiUrl: "http://127.0.0.1:1", proxy: "socks5://u:p@h:1",
        dmPolicy: "open", allowFrom: ["*", 123, "zalo:X1"], groupPolicy: "open",
        groupAllowFrom: ["zgr-1"], mediaMaxMb: 7, textChunkLimit: 100, chunkMode: "newline",
        format: "markdown", streaming: "off", typing: false, delivery: "at-most-once",
        unsupportedReply: "?", inbound: { sticker: "deliver", voice: "log" },
        pairing: { maxPending: 3, language: "vi", notify: [77, "x"] },
        session: { dmScope: "per-chat" }, polling: { timeoutSec: 5, takeOver: true },
        rate: { chatPerSec: 1, accountPerSec: 2, burst: 3 }, retry: { maxAgeSec: 9 },
        turn: { timeoutSec: 4, tries: 2, maxAgeSec: 60, parallel: 5, debounceMs: 800 }, quota: { monthly: 50 },
        webhookUrl: "https://bot.example/zalo/a?x", webhookSecret: "12345678",
        webhookPath: "/inside/a",
        webhook: {
            listen: "0.0.0.0:9", tls: { cert: "c.pem", key: "/k.pem" }, deleteOnStop: true,
            trustedProxies: ["10.0.0.0/8", "::1"],
        },
        ops: { listen: "127.0.0.1:10" },
        media: { roots: ["/tmp"], hostedTtlSec: 60, hostedMaxMb: 2 },
        mediaProxy: "http://h:1",
        enabled: true, name: "Shop", calls: { parallel: 3 }, defaultAccount: "default""#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.calls_parallel, config.default_account.as_deref()), (3, Some("default")));
    assert_eq!(config.accounts[0].name.as_deref(), Some("Shop"));
    let Account { config: core, settings, webhook_path, media_roots, hosting, media_proxy } =
        account(&config, "default");
    assert_eq!(settings.api_url, "http://127.0.0.1:1");
    assert_eq!(settings.proxy.as_deref(), Some("socks5://u:p@h:1"));
    assert_eq!((core.bot_id.as_str(), core.dm_policy), ("12", DmPolicy::Open));
    assert!(core.allow_from.any && core.allow_from.lists("123") && core.allow_from.lists("x1"));
    assert!(core.group_allow_from.is_some_and(|list| list.lists("zgr-1")));
    assert_eq!((core.pairing.max_pending, core.pairing.language), (3, Language::Vi));
    assert_eq!(core.pairing.notify[0].as_str(), "77");
    assert_eq!((core.turn.tries, core.turn.parallel, core.quota.monthly), (2, 5, 50));
    assert_eq!(core.turn.debounce_ms, 800);
    assert_eq!((core.rate.burst, core.delivery), (3, Delivery::AtMostOnce));
    assert!(!core.typing && core.polling.take_over);
    assert_eq!(core.webhook_url.as_deref(), Some("https://bot.example/zalo/a?x"));
    assert!(core.webhook_delete_on_stop);
    assert_eq!(settings.webhook_secret.as_ref().map(Secret::expose), Some("12345678"));
    assert_eq!(webhook_path.as_deref(), Some("/inside/a"));
    assert_eq!(media_roots, [Path::new("/tmp")]);
    assert_eq!((hosting.ttl_ms, hosting.bytes_max), (60_000, 2 << 20));
    assert!(media_proxy.is_some());
    let FrontConfig { listen, tls, trusted_proxies, ops, mounted } = config.front;
    assert!(!mounted, "a file can not say so");
    assert_eq!(listen.to_string(), "0.0.0.0:9");
    assert_eq!(tls, Some(("c.pem".into(), "/k.pem".into())));
    assert_eq!(trusted_proxies, Proxies::new(["10.0.0.0/8", "::1"]).unwrap());
    assert_eq!(ops.map(|ops| ops.to_string()).as_deref(), Some("127.0.0.1:10"));
}

#[test]
fn webhooks_that_can_not_work_are_named_with_their_place() {
    let errors = |text: &str| zalo(text).unwrap_err().to_string();
    let shop = "botToken: \"1:a\", webhookUrl: ";
    for (rest, says) in [
        (
            r#""http://bot.example/z", webhookSecret: "12345678""#,
            "webhookUrl` must start with https://",
        ),
        (r#""https://", webhookSecret: "12345678""#, "webhookUrl` names no host"),
        (r#""https://bot.example/z""#, "webhookUrl` needs `webhookSecret`"),
        (
            r#""https://bot.example/z", webhookSecret: "1234567""#,
            "webhookSecret` must have 8 to 256",
        ),
        (
            r#""https://bot.example/z", webhookSecret: "1234 5678""#,
            "webhookSecret` may hold only printable",
        ),
        (
            r#""https://bot.example/z", webhookSecret: "12345678", webhookPath: "z""#,
            "webhookPath` must begin with /",
        ),
        (
            r#""https://b.example/z", webhookSecret: "12345678", webhook: { listen: "8787" }"#,
            "webhook.listen` must be an address and a port",
        ),
        (
            r#""https://b.example/z", webhookSecret: "12345678", webhook: { tls: { cert: "c" } }"#,
            "webhook.tls` needs both `cert` and `key`",
        ),
        (
            r#""https://b.example/z", webhookSecret: "12345678",
            webhook: { trustedProxies: ["10.0.0.0/40"] }"#,
            "`10.0.0.0/40` is no address and no network",
        ),
    ] {
        let errors = errors(&format!("{shop}{rest}"));
        assert!(errors.contains(says), "{rest}\n{errors}");
        assert!(errors.contains("z.json5:"), "no place: {errors}");
        assert!(!errors.contains("12345678") && !errors.contains("1234 5678"), "{errors}");
    }
    let twins = errors(
        r#"webhookSecret: "12345678", accounts: {
            a: { botToken: "1:a", webhookUrl: "https://x.example/zalo" },
            b: { botToken: "2:b", webhookUrl: "https://y.example/zalo/" },
        }"#,
    );
    assert!(
        twins.contains("accounts \"a\" and \"b\" have the path /zalo/ with the same secret"),
        "{twins}"
    );
    let odd = zalo(r#"botToken: "1:a", webhookSecret: "12345678""#).unwrap();
    assert!(odd.warnings[0].message.contains("does nothing without"), "{:?}", odd.warnings);
    let local = r#"botToken: "1:a", webhookSecret: "12345678", webhookUrl: "https://localhost/z""#;
    assert!(zalo(local).unwrap().warnings[0].message.contains("no webhook for a host"));
}

#[test]
fn accounts_inherit_key_by_key() {
    let config = zalo(
        r#"dmPolicy: "open", allowFrom: ["*"], pairing: { language: "vi", maxPending: 2 },
        botToken: "1:top",
        accounts: {
            a: { botToken: "2:a", pairing: { maxPending: 9 } },
            b: { allowFrom: ["b"], dmPolicy: "allowlist" },
            c: { botToken: "3:c", enabled: false },
            d: { botToken: " " },
        }"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = config.accounts.iter().map(|entry| entry.account.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"], "b uses the top token, so there is no `default`");
    let a = account(&config, "a").config;
    assert_eq!((a.bot_id.as_str(), a.dm_policy), ("2", DmPolicy::Open));
    assert_eq!((a.pairing.max_pending, a.pairing.language), (9, Language::Vi));
    let b = account(&config, "b").config;
    assert_eq!(b.bot_id, "1");
    assert!(!b.allow_from.any && b.allow_from.lists("b"), "lists are replaced");
    assert!(matches!(config.accounts[2].standing, Standing::Disabled));
    assert!(matches!(config.accounts[3].standing, Standing::NotConfigured));
}

#[test]
fn tokens_come_from_the_first_place_that_has_one() {
    let env = |name: &str| match name {
        "ZALO_BOT_TOKEN" => Some("9:env".to_owned()),
        "OTHER" => Some("8:other".to_owned()),
        "ZALO_API_URL" => Some("http://127.0.0.1:7".to_owned()),
        _ => None,
    };
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("t"), "7:file\n").unwrap();
    let file = dir.path().join("z.json5");
    let table = [
        ("", "default", Some("9")),
        ("botToken: '5:top'", "default", Some("5")),
        ("tokenFile: 't'", "default", Some("7")),
        ("botToken: '5:top', tokenFile: 't'", "default", Some("5")),
        ("botToken: {source: 'env', id: 'OTHER'}", "default", Some("8")),
        ("accounts: { a: {} }", "a", None),
        ("accounts: { a: {} }", "default", Some("9")),
        ("botToken: '5:top', accounts: { a: { tokenFile: 't' } }", "a", Some("7")),
        ("botToken: '5:top', accounts: { a: { tokenFile: 't' } }", "default", Some("5")),
        ("botToken: '5:top', accounts: { a: {} }", "a", Some("5")),
        ("botToken: '5:top', accounts: { a: {} }", "default", Some("9")),
        ("botToken: '5:top', accounts: { a: { botToken: '' } }", "a", None),
    ];
    for (text, name, bot) in table {
        let text = format!("{{ channels: {{ zalo: {{ {text} }} }} }}");
        let config =
            Config::parse(&text, Some(&file), &env).unwrap_or_else(|e| panic!("{text}: {e}"));
        let entry = config.accounts.iter().find(|entry| entry.account == name).expect(name);
        let found = match &entry.standing {
            Standing::Ready(account) => {
                assert_eq!(account.settings.api_url, "http://127.0.0.1:7");
                Some(account.config.bot_id.as_str())
            }
            _ => None,
        };
        assert_eq!(found, bot, "{text}, account {name}");
    }
    // No file at all: the environment is enough.
    let alone = Config::parse("{}", None, &env).unwrap();
    assert_eq!(account(&alone, "default").config.bot_id, "9");
    assert!(Config::parse("{}", None, &no_env).unwrap().accounts.is_empty());
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let table = [
        // (text, line, column, words)
        ("dmPolcy: 'open'", 2, 1, "no key `channels.zalo.dmPolcy`|did you mean `dmPolicy`?"),
        ("botTokn: 'CANARY-secret'", 2, 1, "did you mean `botToken`?"),
        (
            "  allowFrom: [12345678901234567890]",
            2,
            15,
            "too long|quote it: \"12345678901234567890\"",
        ),
        ("allowFrom: [9007199254740993]", 2, 13, "too long to be exact"),
        (
            "allowFrom: 'x'",
            2,
            12,
            "`channels.zalo.allowFrom` must be a list|not a text|write [\"x\"]",
        ),
        ("allowFrom: [true]", 2, 13, "an id|not true"),
        ("dmPolicy: 'opne'", 2, 11, "\"pairing\", \"allowlist\"|did you mean \"open\"?"),
        ("dmPolicy: 'open', botToken: '1:CANARY-secret'", 2, 11, "needs \"*\" in allowFrom"),
        ("polling: { timeoutSec: 0 }", 2, 24, "a whole number from 1 to 300"),
        ("polling: { timeoutSec: 1.5 }", 2, 24, "a whole number from 1 to 300"),
        ("typing: 'yes'", 2, 9, "true or false"),
        ("typing: true, typing: false", 2, 15, "a second time|at line 2 too"),
        ("botToken: 'CANARY-secret'", 2, 11, "token"),
        ("botToken: 12", 2, 11, "must be a text, or {source"),
        ("botToken: { source: 'file', id: 'x' }", 2, 21, "\"file\"|tokenFile"),
        ("botToken: { source: 'env', id: 'NONE' }", 2, 11, "the variable NONE, which is not set"),
        ("tokenFile: '/nowhere/t'", 2, 12, "/nowhere/t"),
        ("botToken: '1:x', apiUrl: 'http://example.com'", 2, 26, "https"),
        ("botToken: '1:x', proxy: 'ftp://u:CANARY-secret@h'", 2, 25, "proxy"),
        ("turn: { debounceMs: 60001 }", 2, 21, "a whole number from 0 to 60000"),
        ("botToken: '1:x', media: { roots: ['/nowhere'] }", 2, 35, "media.roots`: /nowhere is not"),
        ("botToken: '1:x', media: { roots: ['/'] }", 2, 35, "media.roots`: / is the whole"),
        ("botToken: '1:x', mediaProxy: 'ftp://u:CANARY-secret@h'", 2, 30, "mediaProxy"),
        ("botToken: '1:x', webhookUrl: 'http://e.com'", 2, 30, "`webhookSecret`"),
        ("botToken: '1:x', webhookSecret: 'CANARY-secret\\n'", 2, 33, "webhookSecret"),
        ("accounts: { a: { calls: {} } }", 2, 18, "it is about all accounts"),
        ("accounts: { 'a/b': {} }", 2, 13, "can't be an account's name"),
        (
            "accounts: { a: {botToken:'1:CANARY-secret'}, b: {botToken:'1:CANARY-secret'} }",
            2,
            59,
            "accounts \"a\" and \"b\" are the same bot",
        ),
        (
            "defaultAccount: 'x', botToken: '1:y'",
            2,
            17,
            "which is no account|the accounts are: default",
        ),
        ("botToken: '1:CANARY-secret", 2, 11, "never closed"),
        ("typing: yes", 2, 9, "no quotes"),
    ];
    for (text, line, column, words) in table {
        let error = zalo(text).expect_err(text);
        let shown = error.to_string();
        assert!(!format!("{shown} {error:?}").contains(CANARY), "{shown}");
        for word in words.split('|') {
            assert!(shown.contains(word), "{text}: expected {word:?} in\n{shown}");
        }
        let place = error.problems[0].place.as_ref().expect(text);
        assert_eq!((place.line, place.column), (line, column), "{shown}");
    }
}

#[test]
fn all_errors_come_at_once_with_line_and_caret() {
    let error = zalo("  dmPolcy: 'x', botToken: '1:CANARY-secret',\n  typing: 1").unwrap_err();
    let expected = "\
error: there is no key `channels.zalo.dmPolcy`
 --> z.json5:2:3
  |
2 |   dmPolcy: '•', botToken: '•',
  |   ^^^^^^^
  = did you mean `dmPolicy`?

error: `channels.zalo.typing` must be true or false, not a number
 --> z.json5:3:11
  |
3 |   typing: 1
  |           ^
  = write true, without quotes";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn another_programs_file_runs_as_it_is() {
    let text = r#"// openclaw.json
    {
      gateway: { port: 1, token: "x" }, agent: { model: "m" }, log: "x",
      channels: {
        telegram: { botToken: 5 },
        zalo: { enabled: true, botToken: "1:x", dmPolicy: "pairing", configWrites: false,
          historyLimit: 10, markdown: { tables: "off" }, responsePrefix: "auto",
          streaming: { mode: "partial" } },
      },
    }"#;
    let config = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.warnings.len(), 5, "{:?}", config.warnings);
    assert!(config.agent.is_none());
    assert_eq!(account(&config, "default").config.bot_id, "1");
}

#[test]
fn agents_are_named_in_the_file_or_on_the_command_line() {
    let env = |name: &str| (name == "KEY").then(|| CANARY.to_owned());
    let text = "{ zaloxide: { agent: { type: 'exec', command: ['./a', 'b c'], cwd: '/tmp',
        env: { A: 'x', K: { source: 'env', id: 'KEY' } } }, log: { level: 'debug', file: 'l' } } }";
    let config = Config::parse(text, Some(Path::new("/etc/z.json5")), &env).unwrap();
    let Some(AgentConfig::Exec { command, env: variables, .. }) = &config.agent else {
        panic!("{:?}", config.agent)
    };
    assert_eq!(command, &["./a", "b c"]);
    assert_eq!(variables["K"], CANARY);
    assert!(!format!("{:?}", config.agent).contains(CANARY));
    assert_eq!(config.log.file.as_deref(), Some(Path::new("/etc/l")));
    assert_eq!(config.log.level, "debug");

    let line: AgentConfig = "exec:./bot 'a b' c".parse().unwrap();
    assert!(matches!(line, AgentConfig::Exec { command, .. } if command == ["./bot", "a b", "c"]));
    let table = [
        ("stdio:./bot 'a b'", Ok("stdio: ./bot a b")),
        ("http:http://127.0.0.1:8080/turn?key=CANARY", Ok("http: 127.0.0.1:8080")),
        ("https://example.com/turn", Ok("http: example.com")),
        ("ecko", Err("expected `echo`, `exec:COMMAND`, `stdio:COMMAND` or `http:URL`")),
        ("exec:", Err("`exec:` needs a command: exec:./my-agent")),
        ("stdio: ", Err("`stdio:` needs a command: stdio:./my-agent")),
        ("exec:'a", Err("a quote is not closed")),
        ("http:x", Err("the url is no URL")),
        ("http://u:CANARY@h", Err("use headers")),
    ];
    for (text, expected) in table {
        match (text.parse::<AgentConfig>(), expected) {
            (Ok(agent), Ok(expected)) => {
                assert_eq!(agent.to_string(), expected);
                assert!(!format!("{agent:?}").contains("CANARY"), "{agent:?}");
            }
            (Err(error), Err(words)) => {
                let error = error.to_string();
                assert!(error.contains(words) && !error.contains("CANARY"), "{error}");
            }
            (got, _) => panic!("{text}: {got:?}"),
        }
    }
    for (text, word) in [
        ("{ agent: { type: 'exec' } }", "command"),
        ("{ agent: { type: 'magic' } }", "\"echo\", \"exec\", \"stdio\""),
        ("{ agent: { type: 'stdio' } }", "a `stdio` agent needs a `command`"),
        ("{ agent: { type: 'stdio', command: ['a'], env: { K: 1 } } }", "env.K"),
        ("{ agent: { type: 'exec', command: ['a'], url: 'http://h' } }", "`url` is no key of"),
        ("{ agent: { type: 'echo', env: {} } }", "it has no other key"),
        ("{ agent: { type: 'http' } }", "a `http` agent needs a `url`"),
        ("{ agent: { type: 'http', url: ' ' } }", "`url` is empty"),
        ("{ agent: { type: 'http', url: 'ftp://CANARY-secret' } }", "http:// or https://"),
        ("{ agent: { type: 'http', url: 'http://u:CANARY-secret@h' } }", "use headers"),
        ("{ agent: { type: 'http', url: 'http://h', headers: { 'a b': 'c' } } }", "\"a b\""),
        (
            "{ agent: { type: 'http', url: 'http://h', headers: { a: 'CANARY-secret\\n' } } }",
            "\"a\"",
        ),
        (
            "{ agent: { type: 'http', url: { source: 'env', id: 'NONE' } } }",
            "variable NONE, which is not set",
        ),
        ("{ agent: { type: 'openai', url: 'http://h' } }", "an `openai` agent needs a `model`"),
        ("{ agent: { type: 'openai', model: 'm' } }", "an `openai` agent needs a `url`"),
        (
            "{ agent: { type: 'openai', url: 'http://h', model: 'm', apikey: 'CANARY-secret' } }",
            "`apiKey`",
        ),
        (
            "{ agent: { type: 'openai', url: 'http://h', model: 'm', apiKey: 'CANARY-secret\\n' } }",
            "Authorization",
        ),
        ("{ zaloxide: { agent: {} } }", "no `type`"),
        ("{ agent: { type: 'exec', command: [1] } }", "a text"),
        ("[]", "an object"),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.contains(word) && !error.contains("CANARY"), "{error}");
    }
}

#[test]
fn a_key_that_crosses_the_network_in_clear_is_a_warning() {
    let warnings = |agent: &str| {
        let config = parse(&format!("{{ agent: {{ {agent} }} }}")).unwrap();
        config.warnings.iter().filter(|warning| warning.message.contains("in clear")).count()
    };
    for (agent, expected) in [
        ("type: 'http', url: 'http://agent:8080', headers: { 'X-Key': 'k' }", 1),
        ("type: 'http', url: 'http://agent:8080'", 0),
        ("type: 'http', url: 'http://127.0.0.1:8080', headers: { 'X-Key': 'k' }", 0),
        ("type: 'http', url: 'https://agent', headers: { 'X-Key': 'k' }", 0),
        ("type: 'openai', url: 'http://h/v1', model: 'm', apiKey: 'k'", 1),
        ("type: 'openai', url: 'http://h/v1', model: 'm'", 0),
    ] {
        assert_eq!(warnings(agent), expected, "{agent}");
    }
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let load = |name: &str| Config::load(Some(&dir.path().join(name)), &no_env);
    let missing = load("missing.json5").unwrap_err().to_string();
    assert!(missing.contains("missing.json5") && missing.contains("is not there"), "{missing}");
    fs::write(dir.path().join("bytes"), b"{ a: '\xff' }").unwrap();
    let bytes = load("bytes").unwrap_err().to_string();
    assert!(bytes.contains("not UTF-8") && bytes.contains("bytes:1:7"), "{bytes}");
    fs::write(dir.path().join("good"), "{ channels: { zalo: { botToken: '1:x' } } }").unwrap();
    assert_eq!(load("good").unwrap().ready().count(), 1);
}

#[test]
fn nothing_crashes_on_odd_texts() {
    let good =
        "{ channels: { zalo: { botToken: '1:x', allowFrom: [1, 'é'], /* c */ } } } // \u{feff}";
    for (at, _) in good.char_indices() {
        for odd in ["", "{", "'", "\\", "\u{2028}", "/*", "é", "\0"] {
            let text = format!("{}{odd}{}", &good[..at], &good[at..]);
            let _ = parse(&text);
            let _ = parse(&format!("{}{odd}", &good[..at]));
        }
    }
}

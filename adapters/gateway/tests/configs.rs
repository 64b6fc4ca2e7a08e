//! Configurations as people have them: what comes of each, and that the schema takes them too.

use std::path::{Path, PathBuf};

use zaloxide::DmPolicy;
use zaloxide::config::{Config, Origin, Setting, Standing};

fn env(name: &str) -> Option<String> {
    let token = match name {
        "ZALO_SHOP_TOKEN" => "12345689:abc-xyz",
        "ZALO_HELP_TOKEN" => "98765432:uvw-rst",
        _ => return None,
    };
    Some(token.to_owned())
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(name)
}

fn load(name: &str) -> Config {
    Config::load(Some(&file(name)), &env).unwrap_or_else(|error| panic!("{error}"))
}

fn setting<'a>(config: &'a Config, account: &str, key: &str) -> &'a Setting {
    let entry = config.accounts.iter().find(|entry| entry.account == account).expect(account);
    entry.settings.iter().find(|setting| setting.key == key).expect(key)
}

#[test]
fn the_least_is_enough() {
    let config = load("minimal.json5");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let [account] = &config.ready().collect::<Vec<_>>()[..] else { panic!("{config:?}") };
    assert_eq!(
        (account.config.account.as_str(), account.config.bot_id.as_str()),
        ("default", "12345689")
    );
    assert_eq!(account.config.dm_policy, DmPolicy::Pairing);
}

#[test]
fn every_key_of_openclaws_reference_is_known() {
    let config = load("every-key.json5");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let ready: Vec<_> = config.ready().collect();
    let names: Vec<&str> = ready.iter().map(|account| account.config.account.as_str()).collect();
    assert_eq!(names, ["main", "help"]);
    let allowed = &ready[0].config.allow_from;
    for id in ["6ede9afa66b88fe6d6a9", "123456789", "987654321", "555000111"] {
        assert!(allowed.lists(id), "{id}");
    }
    assert_eq!(ready[0].settings.proxy.as_deref(), Some("http://proxy.example:3128"));
    let help = ready[1];
    assert_eq!((help.config.bot_id.as_str(), help.config.dm_policy), ("98765432", DmPolicy::Open));
    assert_eq!(help.webhook_path.as_deref(), Some("/zalo/help"));
    assert!(matches!(config.accounts[2].standing, Standing::Disabled));
}

#[test]
fn an_openclaw_json_is_used_as_it_is() {
    let config = load("openclaw.json");
    let words: Vec<&str> = config.warnings.iter().map(|warning| warning.message.as_str()).collect();
    let keys = ["configWrites", "markdown", "historyLimit", "responsePrefix", "streaming"];
    assert_eq!(words.len(), keys.len(), "{words:?}");
    for (word, key) in words.iter().zip(keys) {
        assert!(word.contains(key) && word.contains("OpenClaw's"), "{word}");
    }
    assert!(config.agent.is_none() && config.log.file.is_none());
    let states: Vec<(&str, bool)> = config
        .accounts
        .iter()
        .map(|entry| (entry.account.as_str(), matches!(entry.standing, Standing::Ready(_))))
        .collect();
    assert_eq!(states, [("shop", true), ("help", true), ("old", false)]);
    // The variables of its own `env` are read too.
    assert_eq!(config.accounts[1].name.as_deref(), Some("Help of shop.example"));
}

#[test]
fn each_value_says_where_it_comes_from() {
    let config = load("openclaw.json");
    let variable = |name: &str| Origin::Environment { variable: name.into() };
    let table = [
        ("shop", "botToken", "\"12345689:•\"", variable("ZALO_SHOP_TOKEN")),
        ("help", "botToken", "\"98765432:•\"", variable("ZALO_HELP_TOKEN")),
        ("help", "name", "\"Help of shop.example\"", variable("SHOP_HOST")),
        ("help", "mediaMaxMb", "5", Origin::File { line: 137, column: 21 }),
        ("help", "dmPolicy", "\"disabled\"", Origin::Account { line: 145, column: 97 }),
        ("help", "turn.tries", "3", Origin::Default),
        ("old", "enabled", "false", Origin::Account { line: 146, column: 29 }),
    ];
    for (account, key, value, origin) in table {
        let found = setting(&config, account, key);
        assert_eq!((found.value.as_str(), &found.origin), (value, &origin), "{account} {key}");
    }
    assert!(!format!("{config:?}").contains("uvw-rst"));
}

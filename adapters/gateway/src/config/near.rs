//! What was probably meant: the nearest key or value, and where a key belongs.

use super::keys::{ACCOUNT, Key, Kind, PROCESS, ZALOXIDE};

/// Less alike than this is something else.
const ALIKE: f64 = 0.8;

/// The one of these that is nearest to what was written, if any is near: the same but for case,
/// else the only one that ends so (`token`: `botToken`), else the most alike.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let written = written.to_lowercase();
    if let Some(same) = known.iter().find(|known| known.to_lowercase() == written) {
        return Some(same);
    }
    let mut ending = known.iter().filter(|known| known.to_lowercase().ends_with(&written));
    if let (true, Some(only), None) = (written.len() > 2, ending.next(), ending.next()) {
        return Some(only);
    }
    let likeness = |known: &str| strsim::jaro_winkler(&known.to_lowercase(), &written);
    let near = known.into_iter().map(|known| (likeness(known), known));
    let near = near.filter(|(likeness, _)| *likeness > ALIKE);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, known)| known)
}

/// Where else a key of this name stands: its full names, those of an account's keys below `base`.
pub(super) fn elsewhere(name: &str, base: &str) -> Vec<String> {
    fn gather(keys: &'static [Key], path: &str, name: &str, found: &mut Vec<String>) {
        for key in keys {
            let full = format!("{path}.{}", key.name);
            if let Kind::Section(keys) = &key.kind {
                gather(keys, &full, name, found);
            }
            if key.name == name {
                found.push(full);
            }
        }
    }
    let mut found = Vec::new();
    gather(ACCOUNT, base, name, &mut found);
    gather(PROCESS, "channels.zalo", name, &mut found);
    gather(ZALOXIDE, "zaloxide", name, &mut found);
    found
}

/// These, for people: `a, b or c`.
pub(super) fn or(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let keys = || ACCOUNT.iter().chain(PROCESS).map(|key| key.name);
        let table = [
            ("dmPolcy", Some("dmPolicy")),
            ("DMPOLICY", Some("dmPolicy")),
            ("token", Some("botToken")),
            ("secret", Some("webhookSecret")),
            ("token_file", Some("tokenFile")),
            ("allowList", Some("allowFrom")),
            ("webhook_url", Some("webhookUrl")),
            ("zzz", None),
            ("", None),
        ];
        for (written, meant) in table {
            assert_eq!(nearest(written, keys()), meant, "{written}");
        }
    }

    #[test]
    fn a_key_is_found_where_it_belongs() {
        let polling = ["channels.zalo.polling.timeoutSec", "channels.zalo.turn.timeoutSec"];
        assert_eq!(elsewhere("timeoutSec", "channels.zalo"), polling);
        assert_eq!(elsewhere("level", "x"), ["zaloxide.log.level"]);
        assert!(elsewhere("zzz", "x").is_empty());
    }
}

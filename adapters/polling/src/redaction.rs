//! `Redaction`: the last gate before a text leaves this crate. It takes the secrets out of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zaloxide_core::limits::REASON_CHARS_MAX;
use zeroize::Zeroizing;

use crate::settings::{Settings, path_segment};
use crate::token::Secret;

/// A part of a secret that is shorter than this is only taken out together with the rest: as a
/// toy token's `abc` it could stand in any message or id.
const PART_BYTES_MIN: usize = 16;

/// A header's value that is shorter than this is no secret.
const VALUE_BYTES_MIN: usize = 8;

const MARK: &str = "•";

/// The forms in which secrets may come back: an error page that repeats the URL it was asked for
/// holds the token, one that repeats the body of `setWebhook` the webhook's secret, and a proxy's
/// own page its credentials.
pub(crate) struct Redaction {
    /// Of what goes out with every call.
    always: Vec<Zeroizing<String>>,
    /// Of the webhook's secret. It may be a plain word: in what people write it stays.
    webhook: Vec<Zeroizing<String>>,
}

impl Redaction {
    pub(crate) fn new(settings: &Settings) -> Self {
        let (whole, half) = (settings.token.whole(), settings.token.secret_half());
        // The whole ones first, so that no id is left standing before a mark.
        let mut always = spellings(whole);
        if half.len() >= PART_BYTES_MIN {
            always.extend(spellings(half));
        }
        always.extend(settings.proxy.as_deref().map(of_proxy).unwrap_or_default());
        let secret = settings.webhook_secret.as_ref().map(Secret::expose);
        Self { always, webhook: secret.map(spellings).unwrap_or_default() }
    }

    /// The secrets of a request's headers. What stands after a word is one too: `Bearer key`.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let words = |value: &'a str| [Some(value), value.split_once(' ').map(|(_, key)| key)];
        let secrets = values.flat_map(words).flatten().map(str::trim);
        let secrets = secrets.filter(|text| text.len() >= VALUE_BYTES_MIN);
        Self { always: secrets.flat_map(spellings).collect(), webhook: Vec::new() }
    }

    /// An answer's body. One that repeats no secret is not copied. `registers`: it answers
    /// `setWebhook`, and may repeat the webhook's secret too.
    pub(crate) fn body(&self, mut body: Vec<u8>, registers: bool) -> Vec<u8> {
        let webhook = self.webhook.iter().filter(|_| registers);
        for form in self.always.iter().chain(webhook) {
            if memmem::find(&body, form.as_bytes()).is_some() {
                body = replaced(&body, form.as_bytes());
            }
        }
        body
    }

    /// A reason: besides, one line without control characters, at most as long as the core keeps.
    pub(crate) fn reason(&self, text: &str) -> String {
        let forms = self.always.iter().chain(&self.webhook);
        let clean = forms.fold(text.to_owned(), |text, form| text.replace(&**form, MARK));
        let line = clean.chars().map(|c| if c.is_control() { ' ' } else { c });
        line.take(REASON_CHARS_MAX).collect()
    }
}

/// The credentials of a proxy: as they were given, as they are meant, and as they go out.
fn of_proxy(url: &str) -> Vec<Zeroizing<String>> {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let Some((given, _)) = authority.and_then(|authority| authority.rsplit_once('@')) else {
        return Vec::new();
    };
    let meant = Zeroizing::new(percent_decode_str(given).decode_utf8_lossy().into_owned());
    let mut forms = vec![Zeroizing::new(STANDARD_NO_PAD.encode(meant.as_bytes()))];
    forms.extend(spellings(&meant));
    forms.push(Zeroizing::new(given.to_owned()));
    let password = meant.split_once(':').map_or("", |(_, password)| password);
    if password.len() >= PART_BYTES_MIN {
        forms.extend(spellings(password));
    }
    forms.retain(|form| !form.is_empty());
    forms
}

fn spellings(text: &str) -> Vec<Zeroizing<String>> {
    let strict = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    // The URL as it is sent; some echoes quote the colon alone, some in lower case.
    let path = path_segment(text);
    let colon = path.replace(':', "%3A");
    let mut forms: Vec<Zeroizing<String>> = Vec::new();
    for form in [text.to_owned(), lower_hex(&colon), colon, path, lower_hex(&strict), strict] {
        let form = Zeroizing::new(form);
        // A plain token looks the same in most of these.
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// `%3A` as `%3a`; letters outside of escapes stay.
fn lower_hex(text: &str) -> String {
    let mut escape = 0;
    let lower = |c: char| {
        let inside = escape > 0;
        escape = if c == '%' { 2 } else { escape.max(1) - 1 };
        if inside { c.to_ascii_lowercase() } else { c }
    };
    text.chars().map(lower).collect()
}

fn replaced(body: &[u8], form: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(body.len());
    let mut from = 0;
    for at in memmem::find_iter(body, form) {
        clean.extend_from_slice(&body[from..at]);
        clean.extend_from_slice(MARK.as_bytes());
        from = at + form.len();
    }
    clean.extend_from_slice(&body[from..]);
    clean
}

#[cfg(test)]
mod tests {
    use super::{Redaction, lower_hex};
    use crate::settings::Settings;

    fn of(token: &str) -> Redaction {
        Redaction::new(&Settings::new(token.parse().unwrap()))
    }

    #[test]
    fn every_form_of_the_token_is_taken_out() {
        let redaction = of("123456:CANARY-secret_half/+Zz");
        let table = [
            ("GET /bot123456:CANARY-secret_half/+Zz/getMe", "GET /bot•/getMe"),
            ("GET /bot123456:CANARY-secret_half%2F+Zz/getMe", "GET /bot•/getMe"),
            ("bot123456%3ACANARY-secret_half%2F+Zz", "bot•"),
            ("bot123456%3aCANARY-secret_half%2f+Zz", "bot•"),
            ("bot123456%3ACANARY%2Dsecret%5Fhalf%2F%2BZz", "bot•"),
            ("half: CANARY-secret_half/+Zz.", "half: •."),
            ("half: CANARY-secret_half%2F+Zz.", "half: •."),
            ("half: CANARY%2dsecret%5fhalf%2f%2bZz.", "half: •."),
            ("CANARY-secret_half/+ZzCANARY-secret_half/+Zz", "••"),
            ("nothing here", "nothing here"),
        ];
        for (text, expected) in table {
            assert_eq!(redaction.reason(text), expected);
            assert_eq!(redaction.body(text.into(), false), expected.as_bytes());
        }
    }

    #[test]
    fn a_webhooks_secret_and_a_proxys_credentials_are_taken_out_where_they_may_stand() {
        let mut settings = Settings::new("1:abc".parse().unwrap());
        settings.webhook_secret = Some("a-secret~word".parse().unwrap());
        settings.proxy = Some("http://me:pass%2Fword-of-16-bytes@proxy.example:3128".into());
        let redaction = Redaction::new(&settings);
        let table = [
            ("bad secret_token: a-secret~word", "bad secret_token: •"),
            ("secret_token=a%2Dsecret%7Eword", "secret_token=•"),
            ("Basic bWU6cGFzcy93b3JkLW9mLTE2LWJ5dGVz", "Basic •"),
            ("me:pass/word-of-16-bytes and pass/word-of-16-bytes", "• and •"),
            ("http://me:pass%2Fword-of-16-bytes@proxy", "http://•@proxy"),
        ];
        for (text, expected) in table {
            assert_eq!(redaction.reason(text), expected);
            assert_eq!(redaction.body(text.into(), true), expected.as_bytes());
        }
        // Who writes that word to the bot has it handed on.
        let update = b"a-secret~word".to_vec();
        assert_eq!(redaction.body(update.clone(), false), update);
    }

    #[test]
    fn the_values_of_headers_are_taken_out() {
        let redaction = Redaction::of(["Bearer sk-CANARY/123", "yes"].into_iter());
        let table = [
            ("bad key: sk-CANARY/123!", "bad key: •!"),
            ("got Bearer sk-CANARY/123, yes", "got •, yes"),
            ("?key=sk-CANARY%2F123", "?key=•"),
        ];
        for (text, expected) in table {
            assert_eq!(redaction.reason(text), expected);
        }
    }

    #[test]
    fn a_toy_token_does_not_garble_what_people_write() {
        let redaction = of("1:abc");
        assert_eq!(redaction.body(b"abc 1:abc".to_vec(), false), "abc •".as_bytes());
    }

    #[test]
    fn a_reason_is_one_bounded_line() {
        let redaction = of("1:abc");
        assert_eq!(redaction.reason("a\r\nb\u{1b}[1m"), "a  b [1m");
        assert_eq!(redaction.reason(&"ơ".repeat(999)).chars().count(), 300);
        assert_eq!(lower_hex("A%3AB%2FC"), "A%3aB%2fC");
    }
}

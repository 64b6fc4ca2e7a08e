//! `MediaProxy`: the proxy that downloads, and they alone, go through.

use std::fmt;
use std::str::FromStr;

use ureq::Proxy;

use crate::settings::{SettingsError, proxy};

/// A checked `mediaProxy`: `http://`, `https://`, `socks5://` (names are resolved and checked here)
/// or `socks5h://` (the proxy resolves them), with `user:password@` if it asks for them.
///
/// Addresses that are not public are refused in URLs all the same. What a name leads to is the
/// proxy's to judge, save for `socks5://`. `Debug` shows no credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaProxy(pub(super) Proxy);

impl FromStr for MediaProxy {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        proxy(text).map(Self).map_err(|error| match error {
            SettingsError::Proxy { url, reason } => SettingsError::MediaProxy { url, reason },
            other => other,
        })
    }
}

impl MediaProxy {
    /// Host and port, for people.
    pub(super) fn host(&self) -> String {
        format!("{}:{}", self.0.host(), self.0.port())
    }
}

impl fmt::Debug for MediaProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaProxy({})", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::MediaProxy;

    #[test]
    fn its_key_is_named_and_its_password_is_not() {
        let good: MediaProxy = "http://user:CANARY@proxy:3128".parse().unwrap();
        assert_eq!(format!("{good:?}"), "MediaProxy(proxy:3128)");
        let bad = "ftp://user:CANARY@proxy".parse::<MediaProxy>().unwrap_err();
        assert!(bad.to_string().starts_with("mediaProxy "), "{bad}");
        assert!(!format!("{bad} {bad:?}").contains("CANARY"));
    }
}

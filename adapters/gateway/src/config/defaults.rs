//! Defaults: what a key is when nobody says. Each is asked of the type that has it, so that no
//! second copy of a default can go its own way.

use serde_json::{Value as Json, json};
use zaloxide_core::AccountConfig;
use zaloxide_polling::DEFAULT_API_URL;

use super::{CALLS_PARALLEL, LogConfig};
use crate::front::FrontConfig;
use crate::media::HostLimits;

/// All defaults, as a configuration would say them: `channels.zalo` with every key that has one,
/// and `zaloxide`.
pub(super) fn all() -> Json {
    let mut zalo = serde_json::to_value(AccountConfig::new("", "")).unwrap_or_default();
    let hosted = HostLimits::default();
    let front = FrontConfig::default();
    let LogConfig { level, max_mb, .. } = LogConfig::default();
    let others = json!({
        "enabled": true,
        "apiUrl": DEFAULT_API_URL,
        "streaming": "off",
        "media": {
            "roots": [],
            "hostedTtlSec": hosted.ttl_ms / 1_000,
            "hostedMaxMb": hosted.bytes_max >> 20,
        },
        "calls": { "parallel": CALLS_PARALLEL },
        "webhook": {
            "listen": front.listen.to_string(),
            "deleteOnStop": zalo["webhookDeleteOnStop"],
            "trustedProxies": [],
        },
    });
    if let (Json::Object(zalo), Json::Object(others)) = (&mut zalo, others) {
        zalo.extend(others);
    }
    json!({ "zalo": zalo, "zaloxide": { "log": { "level": level, "maxMb": max_mb } } })
}

/// What stands at a path such as `polling.timeoutSec`; `None`: there is no default.
pub(super) fn at<'a>(defaults: &'a Json, path: &str) -> Option<&'a Json> {
    let found = path.split('.').try_fold(defaults, |json, name| json.get(name));
    found.filter(|json| !json.is_null())
}

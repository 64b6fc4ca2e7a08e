//! `setWebhook`, `deleteWebhook`, `getWebhookInfo`, `testWebhook`, and what a post to one tells.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use serde::Serialize;
use zaloxide_core::Time;

use crate::answer::{Answer, Problem};
use crate::deliver::{Failure, Post, Posted};
use crate::options::Quirks;
use crate::platform::bot::Webhook;
use crate::platform::params::{Params, units};
use crate::platform::{Platform, Step};

/// A ping that has to be posted before its call can be answered.
pub(crate) struct Ping {
    pub(crate) post: Post,
    asked: Asked,
}

enum Asked {
    Set { url: String, updated_at: Time },
    Test,
}

#[derive(Serialize)]
struct Info<'a> {
    url: &'a str,
    updated_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
}

#[derive(Serialize)]
struct Verification {
    ok: bool,
    outcome: String,
    status_code: u16,
    latency_ms: u64,
    hint: &'static str,
}

impl Platform {
    /// Saves the URL, whatever the verification says later.
    pub(crate) fn set_webhook(
        &mut self,
        now: Time,
        bot: usize,
        params: &Params,
    ) -> Result<Step, Problem> {
        let url = params.required("url")?;
        check_public(&url)?;
        let secret = params.required("secret_token")?;
        if !(8..=256).contains(&units(&secret)) {
            return Err(Problem::bad("The secret_token must have 8 to 256 characters"));
        }
        let post = self.ping(now, &url, &secret);
        self.bots[bot].webhook = Some(Webhook { url: url.clone(), secret, updated_at: now });
        Ok(match post {
            Some(post) => Step::Ping(Ping { post, asked: Asked::Set { url, updated_at: now } }),
            None => Step::Answer(self.info(&url, now)),
        })
    }

    pub(crate) fn delete_webhook(&mut self, now: Time, bot: usize) -> Result<Answer, Problem> {
        self.bots[bot].webhook.take().ok_or(Problem::NOT_FOUND)?;
        Ok(self.info("", now))
    }

    pub(crate) fn webhook_info(&self, bot: usize) -> Result<Answer, Problem> {
        match &self.bots[bot].webhook {
            Some(webhook) => Ok(self.info(&webhook.url, webhook.updated_at)),
            None if self.options.quirks.empty_webhook_info => Ok(self.info("", Time::default())),
            None => Err(Problem::NOT_FOUND),
        }
    }

    pub(crate) fn test_webhook(&mut self, now: Time, bot: usize) -> Result<Step, Problem> {
        let webhook = self.bots[bot].webhook.as_ref().ok_or(Problem::NOT_FOUND)?;
        let post = self.ping(now, &webhook.url, &webhook.secret);
        if !self.bots[bot].take_test(now) {
            return Ok(Step::Answer(Answer::tested_too_often()));
        }
        Ok(if let Some(post) = post {
            Step::Ping(Ping { post, asked: Asked::Test })
        } else {
            let nowhere = verification(&Posted { outcome: Err(Failure::Nowhere), ms: 0 });
            Step::Answer(Answer::result(self.options.quirks, &nowhere))
        })
    }

    fn info(&self, url: &str, updated_at: Time) -> Answer {
        Answer::result(self.options.quirks, &Info { url, updated_at, verification: None })
    }

    fn ping(&self, now: Time, url: &str, secret: &str) -> Option<Post> {
        let body = format!(
            r#"{{"event_name":"webhook.test","message":{{"date":{},"message_id":"webhook-test","text":"Zalo Bot Platform webhook test - please respond with HTTP 200"}}}}"#,
            now.as_ms() / 1_000
        );
        let secret = (!self.options.quirks.ping_without_secret).then(|| secret.to_owned());
        self.post(url, secret, body.into_bytes())
    }

    /// A post to the place where webhooks are delivered, with the registered URL's path and query.
    pub(crate) fn post(&self, url: &str, secret: Option<String>, body: Vec<u8>) -> Option<Post> {
        let origin = self.deliver_origin.as_ref()?;
        let uri: Uri = url.parse().ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(Post { url: format!("{origin}{path}"), secret, body, copies: 1 })
    }
}

impl Ping {
    /// The answer of the call that asked for the ping.
    pub(crate) fn answer(&self, quirks: Quirks, posted: &Posted) -> Answer {
        let verification = verification(posted);
        match &self.asked {
            Asked::Test => Answer::result(quirks, &verification),
            Asked::Set { url, updated_at } => {
                let verification = Some(verification);
                Answer::result(quirks, &Info { url, updated_at: *updated_at, verification })
            }
        }
    }
}

fn verification(posted: &Posted) -> Verification {
    let (outcome, status_code, hint) = match posted.outcome {
        Ok(status @ 200..=299) => ("webhook.ok".to_owned(), status, ""),
        Ok(status) => {
            let hint =
                if status == 403 { "Check the firewall's rules for User-Agent Java" } else { "" };
            (format!("webhook.http.{status}"), status, hint)
        }
        Err(Failure::TimedOut) => ("webhook.err.timeout".to_owned(), 0, ""),
        Err(Failure::Unreachable) => ("webhook.err.connect".to_owned(), 0, ""),
        Err(Failure::Nowhere) => (
            "webhook.err.connect".to_owned(),
            0,
            "This emulator delivers nowhere: start it with an address to deliver to",
        ),
    };
    let ok = posted.received();
    Verification { ok, outcome, status_code, latency_ms: posted.ms, hint }
}

/// A webhook's URL must be https and look public.
fn check_public(url: &str) -> Result<(), Problem> {
    if !url.starts_with("https://") {
        return Err(Problem::bad("The url must start with https://"));
    }
    let uri: Option<Uri> = url.parse().ok();
    match uri.as_ref().and_then(Uri::host) {
        Some(host) if is_public(host) => Ok(()),
        _ => Err(Problem::bad("The url is invalid")),
    }
}

fn is_public(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return is_public_v4(address);
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse().is_ok_and(|address: Ipv6Addr| {
            let local = address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local();
            !local && address.to_ipv4_mapped().is_none_or(is_public_v4)
        });
    }
    // `127.1` is an address too, to resolvers; a public host has a dot and a name for its end.
    let named = host.rsplit('.').next().is_some_and(|end| !end.bytes().all(|b| b.is_ascii_digit()));
    named && host.contains('.') && !host.ends_with(".localhost")
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::check_public;

    #[test]
    fn only_public_https_is_taken() {
        for url in
            ["https://bot.example.com/hook?x=1", "https://8.8.8.8/", "https://[2606:4700::1]/"]
        {
            assert_eq!(check_public(url), Ok(()), "{url}");
        }
        for url in [
            "http://bot.example.com/hook",
            "bot.example.com",
            "https://",
            "https://localhost/hook",
            "https://LOCALHOST./hook",
            "https://bot.localhost",
            "https://127.0.0.1:8443/hook",
            "https://127.1/hook",
            "https://10.1.2.3",
            "https://172.16.0.1",
            "https://192.168.1.1",
            "https://169.254.169.254",
            "https://0.0.0.0",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://intranet/hook",
            "https://a b.example.com",
        ] {
            assert!(check_public(url).is_err(), "{url}");
        }
    }
}

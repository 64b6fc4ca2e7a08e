//! The door: what Zalo pushes gets in, from this machine and from Zalo.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use serde_json::Value;
use zaloxide::control::Request;

use super::facts::{Bot, Facts};
use super::finding::Finding;

const CHECK: &str = "door";
/// How long an answer from this machine may take.
const NEAR: Duration = Duration::from_secs(5);

pub(super) fn check(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let pushed: Vec<&Bot> = facts.bots.iter().filter(|bot| bot.webhook_url.is_some()).collect();
    if pushed.is_empty() {
        return;
    }
    if !facts.is_running() {
        findings.push(free(facts.config.front.listen));
        return;
    }
    for bot in pushed {
        findings.push(near(facts, bot).of(&bot.account));
        let zalo = bot.probe.webhook.get("url").and_then(Value::as_str);
        if zalo == bot.webhook_url.as_deref() {
            findings.push(far(facts, bot).of(&bot.account));
        }
    }
}

/// Whether a gateway that starts can listen.
fn free(listen: SocketAddr) -> Finding {
    match TcpListener::bind(listen) {
        Ok(_) => Finding::well(CHECK, format!("{listen} is free")),
        Err(error) => {
            Finding::failed(CHECK, format!("can't listen at {listen}: {error}")).fix(format!(
                "ss -ltnp 'sport = :{}', and end that one, or set webhook.listen",
                listen.port()
            ))
        }
    }
}

/// What the door answers on this machine to what proves nothing and asks for nothing.
fn near(facts: &Facts<'_>, bot: &Bot) -> Finding {
    let listen = facts.config.front.listen;
    let account = facts.config.ready().find(|account| account.config.account == bot.account);
    let path = account.and_then(|account| account.path()).unwrap_or("/");
    let again = facts.command("run", &bot.account);
    match knock(listen, path, facts.config.front.tls.is_some()) {
        Ok(None) => Finding::well(CHECK, format!("{listen} is open")),
        Ok(Some(200)) => Finding::well(CHECK, format!("{listen}{path} answers")),
        Ok(Some(404)) => {
            let message = format!("{listen} answers, but knows no path {path}: 404");
            Finding::failed(CHECK, message).fix(facts.reload())
        }
        Ok(Some(status)) => Finding::failed(CHECK, format!("{listen}{path} answers {status}"))
            .fix(format!("end what else listens at {listen}, then: {again}")),
        Err(error) => Finding::failed(CHECK, format!("nobody answers at {listen}: {error}"))
            .fix(format!("restart the gateway: {again}")),
    }
}

/// The status that an empty request gets; none is looked for behind TLS.
fn knock(listen: SocketAddr, path: &str, tls: bool) -> io::Result<Option<u16>> {
    let mut to = listen;
    if to.ip().is_unspecified() {
        to.set_ip(if to.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            [0_u16, 0, 0, 0, 0, 0, 0, 1].into()
        });
    }
    let mut stream = TcpStream::connect_timeout(&to, NEAR)?;
    if tls {
        return Ok(None);
    }
    stream.set_read_timeout(Some(NEAR))?;
    let head = "Host: localhost\r\nContent-Length: 0\r\nConnection: close";
    stream.write_all(format!("POST {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.map(Some).ok_or_else(|| io::Error::other("what answers speaks no HTTP"))
}

/// What Zalo finds when it tries the webhook.
fn far(facts: &Facts<'_>, bot: &Bot) -> Finding {
    const CHECK: &str = "reachable";
    let request = Request::WebhookTest { account: Some(bot.account.clone()) };
    let url = bot.webhook_url.as_deref().unwrap_or_default();
    let said = match facts.ask(&request) {
        Ok(said) => said,
        // Not every Zalo has it, and none has it more than a few times a day.
        Err(why) => {
            return Finding::doubtful(CHECK, format!("Zalo did not try the webhook: {why}"))
                .fix(format!("from elsewhere: {}", outside(url)));
        }
    };
    let zalo = said.get("zalo").unwrap_or(&Value::Null);
    if zalo.get("ok") == Some(&Value::Bool(true)) {
        return Finding::well(CHECK, "Zalo has reached the webhook");
    }
    let part = |key: &str| match zalo.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(format!("status {number}")),
        _ => None,
    };
    let parts: Vec<String> =
        ["outcome", "status_code", "hint"].into_iter().filter_map(part).collect();
    let message = format!("Zalo can't reach the webhook: {}", parts.join(", "));
    Finding::failed(CHECK, message).fix(format!(
        "from elsewhere: {} must print 200; a proxy's browser check keeps Zalo out",
        outside(url)
    ))
}

/// Tries it as Zalo does, without what only Zalo has.
fn outside(url: &str) -> String {
    let url = zaloxide::escape::shown(url);
    format!("curl -sS -o /dev/null -w '%{{http_code}}\\n' -X POST -d '' {url}")
}

//! `Proxies`: those in front of the door whose word on a client's address is believed.

use std::fmt;
use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::HeaderName;
use ipnet::IpNet;

/// The header in which proxies write whom they speak for.
pub(super) const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies whose `X-Forwarded-For` is believed. Nobody's, unless said otherwise: whoever can write
/// that header chooses an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// A text that is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxiesError {
    /// The text.
    pub text: String,
}

impl fmt::Display for ProxiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no address and no network, such as 10.0.0.1 or 10.0.0.0/8",
            self.text.escape_debug()
        )
    }
}

impl std::error::Error for ProxiesError {}

impl Proxies {
    /// Those with these addresses, or in these networks.
    ///
    /// # Errors
    /// A text is neither.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, ProxiesError> {
        let read = |text: &str| {
            let network = text.parse::<IpNet>().ok();
            let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
            network.ok_or_else(|| ProxiesError { text: text.to_owned() })
        };
        texts.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    fn believes(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: the peer's own, or the last one named before it that is no such proxy.
    /// What stands further to the left was written by the client.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(FORWARDED).into_iter().rev();
        let mut named = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        while self.believes(client) {
            let Some(before) = named.next().and_then(address) else { break };
            client = before;
        }
        client
    }
}

/// An address as proxies write it; some add a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().ok().map(|address: std::net::SocketAddr| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_of_a_proxy_counts() {
        let proxies = Proxies::new(["10.0.0.0/8", "2001:db8::1"]).unwrap();
        let client = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            proxies.client(peer.parse().unwrap(), &headers).to_string()
        };
        let cases: [(&str, &[&str], &str); 12] = [
            ("192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            ("10.1.1.1", &[], "10.1.1.1"),
            ("10.1.1.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.1.1.1", &["203.0.113.9"], "203.0.113.9"),
            ("10.1.1.1", &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("10.1.1.1", &["1.2.3.4, 203.0.113.9, 10.2.2.2"], "203.0.113.9"),
            ("10.1.1.1", &["203.0.113.9", "10.2.2.2"], "203.0.113.9"),
            ("10.1.1.1", &["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
            ("10.1.1.1", &["1.2.3.4, nonsense, 10.2.2.2"], "10.2.2.2"),
            ("10.1.1.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.1.1.1", &["[2001:db8::7]:443"], "2001:db8::7"),
            ("2001:db8::1", &["\"_hidden\""], "2001:db8::1"),
        ];
        for (peer, lines, is) in cases {
            assert_eq!(client(peer, lines), is, "{peer} {lines:?}");
        }
        assert_eq!(
            Proxies::new(["10.0.0.0/33"]).unwrap_err().to_string(),
            "`10.0.0.0/33` is no address and no network, such as 10.0.0.1 or 10.0.0.0/8"
        );
    }
}

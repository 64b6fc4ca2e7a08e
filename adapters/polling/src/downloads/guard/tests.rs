//! Tables of URLs: what is refused, what is admitted, and as what.

use super::{Reach, UrlRefused, check_url};

/// Every one of these leads, for some reader, to a place that is not the public internet, or is
/// no https URL that all readers read alike.
#[rustfmt::skip]
const REFUSED: [&str; 148] = [
    // Not https, or no URL at all.
    "", "https", "https:", "https:/", "https://", "https:///", "https:///etc/passwd", "/etc/passwd",
    "https:media.example.com/", "https:/media.example.com/", "://media.example.com/",
    "//media.example.com/", "media.example.com/a.jpg", "http://media.example.com/a.jpg",
    "HTTP://media.example.com/", "ftp://media.example.com/", "file:///etc/passwd",
    "file://media.example.com/etc/passwd", "gopher://media.example.com/_GET", "dict://8.8.8.8:11211/",
    "data:image/png;base64,AAAA", "javascript://media.example.com/%0aalert(1)",
    "jar:https://media.example.com/", "https+unix://media.example.com/", "https://?q", "https://#f",
    "https://:443/", "ws://media.example.com/", " https://media.example.com/", "x https://8.8.8.8/",
    // Loopback and this network.
    "https://127.0.0.1/", "https://127.0.0.1:443/", "https://127.1.2.3/", "https://0.0.0.0/",
    "https://0.1.2.3/", "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]:443/",
    "https://localhost/", "https://LocalHost/", "https://a.localhost/", "https://localhost.localdomain/",
    "https://localhost./", "https://127.0.0.1./", "https://ip6-localhost/",
    // Decimal, octal, hex and short forms.
    "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://0X7F000001/",
    "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/", "https://127.0.1/", "https://0/",
    "https://0x/", "https://0x0/", "https://10.1/", "https://192.168.257/", "https://0xa9fea9fe/",
    "https://2852039166/", "https://0251.0376.0251.0376/", "https://0xa9.0xfe.0xa9.0xfe/",
    "https://169.254.43518/", "https://127.0.0.01/", "https://127.0.0.0x1/", "https://127.0.0.1.1/",
    "https://999.1.1.1/", "https://4294967297/", "https://1.2.3/", "https://media.example.com.1/",
    "https://08.8.8.8/", "https://8.8.8.8./", "https://2130706433./",
    // Private, shared and reserved ranges.
    "https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.254/",
    "https://192.168.1.1/", "https://100.64.0.1/", "https://192.0.0.8/", "https://192.0.2.1/",
    "https://198.18.0.1/", "https://198.51.100.7/", "https://203.0.113.9/", "https://192.88.99.1/",
    "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",
    // What clouds tell their machines.
    "https://169.254.169.254/latest/meta-data/", "https://169.254.170.2/", "https://100.100.100.200/",
    "https://192.0.0.192/", "https://168.63.129.16/", "https://[fd00:ec2::254]/",
    "https://metadata.google.internal/", "https://metadata.google.internal./", "https://metadata/",
    "https://instance-data/", "https://kubernetes.default.svc.cluster.local/",
    // IPv4 inside of IPv6.
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:8.8.8.8]/", "https://[::127.0.0.1]/", "https://[::8.8.8.8]/",
    "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::10.0.0.1]/", "https://[64:ff9b::8.8.8.8]/",
    "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:7f00:1::]/", "https://[2606:4700::5efe:127.0.0.1]/",
    // Other IPv6.
    "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[fc00::1]/",
    "https://[fdff::1]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[100::1]/",
    "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[2001:10::1]/", "https://[5f00::1]/",
    "https://[::1/", "https://::1/", "https://[]/", "https://[v1.fe80::a+en1]/", "https://[127.0.0.1]/",
    "https://[::1]x/", "https://x[::1]/", "https://[2606:4700::1111]:/",
    // User names, and hosts that hide behind them.
    "https://user@media.example.com/", "https://user:pass@media.example.com/",
    "https://media.example.com@127.0.0.1/", "https://media.example.com:443@10.0.0.1/",
    "https://@media.example.com/", "https://127.0.0.1@media.example.com/",
    // Characters that readers drop, fold or split at.
    "https://media.example.com\\@127.0.0.1/", "https:\\\\127.0.0.1\\", "https://127.0.0.1\t/",
    "https://media.example.com/a b", "https://media.example.com/\r\nHost: x", "https://127.0.0.1%2f/",
    "https://%31%32%37.0.0.1/", "https://127%2e0%2e0%2e1/", "https://media.example.com\0.internal/",
];

/// The same with what is not ASCII: full-width digits and dots, enclosed letters, and the like.
const REFUSED_UNICODE: [&str; 12] = [
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://127．0．0．1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://loc\u{ad}alhost/",
    "https://local\u{200b}host/",
    "https://ảnh.example.com/",
    "https://media.example.com\u{ff0f}@127.0.0.1/",
    "https://media\u{2024}example.com/",
    "https://media.example.com\u{3000}/",
    "https://media.example.com/\u{85}",
];

#[test]
fn what_is_not_surely_public_is_refused() {
    for url in REFUSED.iter().chain(&REFUSED_UNICODE) {
        let got = check_url(url, Reach::Public);
        assert!(got.is_err(), "{url:?} was admitted: {got:?}");
        let shown = got.unwrap_err().to_string();
        assert!(shown.len() < 200 && !shown.contains(char::is_control), "{shown:?}");
    }
}

#[test]
fn names_that_are_no_names_are_refused() {
    let long_label = format!("https://{}.example.com/", "a".repeat(64));
    let long_name = format!("https://{}example.com/", "abcdefg.".repeat(32));
    let long_url = format!("https://media.example.com/{}", "a".repeat(4 << 10));
    let table = [
        long_label.as_str(),
        &long_name,
        &long_url,
        "https://intranet/",
        "https://printer.lan/",
        "https://router.home.arpa/",
        "https://1.0.0.127.in-addr.arpa/",
        "https://wiki.corp/",
        "https://abc.onion/",
        "https://.example.com/",
        "https://media..example.com/",
        "https://media.example.com./",
        "https://-a.example.com/",
        "https://a-.example.com/",
        "https://a,b.example.com/",
        "https://a;b.example.com/",
        "https://a!b.example.com/",
        "https://a*.example.com/",
        "https://a=b.example.com/",
        "https://media.example.com:/",
        "https://media.example.com:0/",
        "https://media.example.com:+443/",
        "https://media.example.com:-1/",
        "https://media.example.com:65536/",
        "https://media.example.com:https/",
        "https://media.example.com:443:443/",
        "https://media.example.com:443%20/",
    ];
    for url in table {
        let got = check_url(url, Reach::Public);
        assert!(got.is_err(), "{url:?} was admitted: {got:?}");
    }
}

#[test]
fn what_is_public_is_admitted_in_one_spelling() {
    let table = [
        ("https://media.example.com", "https://media.example.com/"),
        ("https://media.example.com/a.jpg", "https://media.example.com/a.jpg"),
        ("HTTPS://Media.Example.COM/A.jpg", "https://media.example.com/A.jpg"),
        ("https://media.example.com:443/a", "https://media.example.com/a"),
        ("https://media.example.com:0443/a", "https://media.example.com/a"),
        ("https://media.example.com:8443/a", "https://media.example.com:8443/a"),
        ("https://media.example.com?a=b", "https://media.example.com/?a=b"),
        ("https://media.example.com/a?b=c#d", "https://media.example.com/a?b=c"),
        ("https://media.example.com#@10.0.0.1/", "https://media.example.com/"),
        ("https://media.example.com/@10.0.0.1", "https://media.example.com/@10.0.0.1"),
        ("https://media.example.com/a%20b", "https://media.example.com/a%20b"),
        ("https://media.example.com/ả", "https://media.example.com/%E1%BA%A3"),
        ("https://media.example.com/?q=ả", "https://media.example.com/?q=%E1%BA%A3"),
        ("https://media.example.com/\u{202e}", "https://media.example.com/%E2%80%AE"),
        ("https://media.example.com/{a|b}", "https://media.example.com/%7Ba%7Cb%7D"),
        ("https://media.example.com/a//b/../c", "https://media.example.com/a//b/../c"),
        ("https://xn--nh-5ja.example.com/", "https://xn--nh-5ja.example.com/"),
        ("https://under_score.example.com/", "https://under_score.example.com/"),
        ("https://f2-voice-aac-dl.zdn.vn/1/2.aac", "https://f2-voice-aac-dl.zdn.vn/1/2.aac"),
        ("https://0x7f.example.com/", "https://0x7f.example.com/"),
        ("https://10.0.0.1.example.com/", "https://10.0.0.1.example.com/"),
        ("https://localhost.example.com/", "https://localhost.example.com/"),
        ("https://0xg/", ""),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
        ("https://[2606:4700::1111]/a", "https://[2606:4700::1111]/a"),
        ("https://[2606:4700:0:0::1111]:8443", "https://[2606:4700::1111]:8443/"),
    ];
    for (url, expected) in table {
        match check_url(url, Reach::Public) {
            Ok(checked) => assert_eq!(checked.as_str(), expected),
            Err(refused) => assert_eq!(expected, "", "{url}: {refused}"),
        }
    }
}

#[test]
fn tests_and_dev_may_reach_this_machine_and_nothing_else() {
    let admitted = [
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a", "127.0.0.1"),
        ("http://127.0.0.1:80", "http://127.0.0.1/", "127.0.0.1"),
        ("https://[::1]:8443/", "https://[::1]:8443/", "[::1]"),
        ("http://localhost:1/", "http://localhost:1/", "localhost"),
        ("http://media.example.com/", "http://media.example.com/", "media.example.com"),
    ];
    for (url, expected, host) in admitted {
        let checked = check_url(url, Reach::Loopback).unwrap();
        assert_eq!((checked.as_str(), checked.host()), (expected, host));
        assert_eq!(checked.is_https(), url.starts_with("https"));
    }
    let refused = [
        "http://10.0.0.1/",
        "https://169.254.169.254/",
        "http://[::ffff:127.0.0.1]/",
        "http://127.1/",
        "http://0.0.0.0/",
        "http://localhost./",
        "http://a.localhost/",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1/",
    ];
    for url in refused {
        assert!(check_url(url, Reach::Loopback).is_err(), "{url}");
    }
}

#[test]
fn nothing_but_the_host_is_shown() {
    let url = "https://media.example.com/CANARY?token=CANARY";
    let checked = check_url(url, Reach::Public).unwrap();
    assert_eq!(format!("{checked:?}"), "CheckedUrl(https://media.example.com/..)");
    for url in ["https://10.0.0.1/CANARY?CANARY#CANARY", "https://CANARY:CANARY@media.example.com/"]
    {
        let refused = check_url(url, Reach::Public).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("CANARY"), "{refused:?}");
    }
    let host = check_url("https://\u{202e}\u{1f600}.example.com/", Reach::Public).unwrap_err();
    let shown = "\\u{202e}\\u{1f600}.example.com".to_owned();
    assert!(matches!(host, UrlRefused::Host { host, .. } if host == shown));
}

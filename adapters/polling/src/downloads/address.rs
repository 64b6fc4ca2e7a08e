//! Addresses: which of them lie on the public internet. Everything else is this machine, its
//! network, its cloud's own services, or nobody.
//!
//! The ranges are those of IANA's registries of special-purpose addresses. The few small ranges in
//! them that can be reached from everywhere (anycast relays and the like) host no media and are
//! not told apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// First address and prefix length of each IPv4 range that is not public.
const V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),            // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // behind a carrier's NAT; a cloud's metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // public by the registry, but a cloud answers itself
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local; most clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays, deprecated
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, and broadcast
];

/// IPv6 hands out public addresses from this range alone. Outside of it lie loopback, mapped and
/// compatible IPv4, NAT64, discard, segment routing, unique-local, link-local, site-local and
/// multicast.
const V6_PUBLIC: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public inside of that range.
const V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments: Teredo, which embeds IPv4 addresses, benchmarks, ORCHID, ...
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),     // 6to4, which embeds IPv4 addresses
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),     // documentation
];

/// Whether an address is one of the public internet.
///
/// An IPv6 address that embeds an IPv4 one is never: mapped, compatible, NAT64, 6to4, Teredo and
/// ISATAP addresses are refused whole. Nobody who has a public IPv4 address needs to be reached
/// through one of them, and which gateway would translate it is not ours to know.
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !V4.iter().any(|range| holds_v4(*range, address)),
        IpAddr::V6(address) => {
            holds_v6(V6_PUBLIC, address)
                && !V6.iter().any(|range| holds_v6(*range, address))
                && !is_isatap(address)
        }
    }
}

fn holds_v4((first, prefix): (Ipv4Addr, u32), address: Ipv4Addr) -> bool {
    (first.to_bits() ^ address.to_bits()).leading_zeros() >= prefix
}

fn holds_v6((first, prefix): (Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()).leading_zeros() >= prefix
}

/// `<any prefix>:[02]00:5efe:<IPv4>`: a tunnel that may end in any network.
fn is_isatap(address: Ipv6Addr) -> bool {
    let [_, _, _, _, flags, mark, _, _] = address.segments();
    flags & !0x0200 == 0 && mark == 0x5efe
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::is_global;

    /// Both ends of each range, and what lies right beside it.
    const ADDRESSES: [(&str, bool); 103] = [
        ("0.0.0.0", false),
        ("0.255.255.255", false),
        ("1.0.0.0", true),
        ("9.255.255.255", true),
        ("10.0.0.0", false),
        ("10.255.255.255", false),
        ("11.0.0.0", true),
        ("100.63.255.255", true),
        ("100.64.0.0", false),
        ("100.100.100.200", false),
        ("100.127.255.255", false),
        ("100.128.0.0", true),
        ("126.255.255.255", true),
        ("127.0.0.0", false),
        ("127.255.255.255", false),
        ("128.0.0.0", true),
        ("168.63.129.15", true),
        ("168.63.129.16", false),
        ("168.63.129.17", true),
        ("169.253.255.255", true),
        ("169.254.0.0", false),
        ("169.254.169.254", false),
        ("169.254.255.255", false),
        ("169.255.0.0", true),
        ("172.15.255.255", true),
        ("172.16.0.0", false),
        ("172.31.255.255", false),
        ("172.32.0.0", true),
        ("191.255.255.255", true),
        ("192.0.0.0", false),
        ("192.0.0.192", false),
        ("192.0.0.255", false),
        ("192.0.1.0", true),
        ("192.0.2.0", false),
        ("192.0.2.255", false),
        ("192.0.3.0", true),
        ("192.88.98.255", true),
        ("192.88.99.0", false),
        ("192.88.99.255", false),
        ("192.88.100.0", true),
        ("192.167.255.255", true),
        ("192.168.0.0", false),
        ("192.168.255.255", false),
        ("192.169.0.0", true),
        ("198.17.255.255", true),
        ("198.18.0.0", false),
        ("198.19.255.255", false),
        ("198.20.0.0", true),
        ("198.51.99.255", true),
        ("198.51.100.0", false),
        ("198.51.100.255", false),
        ("198.51.101.0", true),
        ("203.0.112.255", true),
        ("203.0.113.0", false),
        ("203.0.113.255", false),
        ("203.0.114.0", true),
        ("223.255.255.255", true),
        ("224.0.0.0", false),
        ("239.255.255.255", false),
        ("240.0.0.0", false),
        ("255.255.255.255", false),
        ("::", false),
        ("::1", false),
        ("::8.8.8.8", false),
        ("::ffff:8.8.8.8", false),
        ("::ffff:0:8.8.8.8", false),
        ("64:ff9b::8.8.8.8", false),
        ("64:ff9b:1::8.8.8.8", false),
        ("100::1", false),
        ("100:0:0:1::1", false),
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ("2000::", true),
        ("2000:ffff::1", true),
        ("2001::1", false),
        ("2001:0:808:808::1", false),
        ("2001:2::1", false),
        ("2001:10::1", false),
        ("2001:20::1", false),
        ("2001:1ff:ffff::1", false),
        ("2001:200::1", true),
        ("2001:db7:ffff::1", true),
        ("2001:db8::1", false),
        ("2001:db8:ffff::1", false),
        ("2001:db9::1", true),
        ("2001:4860:4860::8888", true),
        ("2002:808:808::1", false),
        ("2003::1", true),
        ("2606:4700::1111", true),
        ("2606:4700::5efe:10.0.0.1", false),
        ("2606:4700::200:5efe:10.0.0.1", false),
        ("2606:4700::100:5efe:10.0.0.1", true),
        ("3ffe:ffff::1", true),
        ("3fff::1", false),
        ("3fff:fff:ffff::1", false),
        ("3fff:1000::1", true),
        ("4000::1", false),
        ("5f00::1", false),
        ("fc00::1", false),
        ("fd00:ec2::254", false),
        ("fe80::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false),
    ];

    #[test]
    fn ranges_end_where_the_registries_say() {
        for (address, expected) in ADDRESSES {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(is_global(parsed), expected, "{address}");
        }
    }
}

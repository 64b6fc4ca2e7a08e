//! HTTPS, without a proxy in front.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use zaloxide_webhook::{Limits, Tls};

use crate::house::{BODY, Client, House, JSON, PATH, SECRET, listener, request, secret};

/// Writes a certificate for localhost and its key.
fn certificate(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn load(dir: &Path) -> Tls {
    Tls::load(&dir.join("cert.pem"), &dir.join("key.pem")).unwrap()
}

/// What a client that trusts only this certificate is answered.
fn delivers(address: SocketAddr, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, Client::connect(address).0);
    let lines = [&secret(SECRET), JSON, "Connection: close"];
    stream.write_all(&request("POST", PATH, &lines, BODY.as_bytes()))?;
    let mut heard = String::new();
    stream.read_to_string(&mut heard)?;
    Ok(heard)
}

#[test]
fn zalo_comes_in_over_https_and_a_new_certificate_is_used_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = certificate(dir.path());
    let tls = load(dir.path());
    let house = House::on(listener().with_tls(tls.clone()), Limits::default(), |door| door);
    let address = house.server.address();
    assert!(delivers(address, &first).unwrap().starts_with("HTTP/1.1 200 OK"));
    let second = certificate(dir.path());
    assert!(delivers(address, &second).is_err(), "not yet read");
    tls.reload().unwrap();
    assert!(delivers(address, &second).unwrap().starts_with("HTTP/1.1 200 OK"));
    assert!(delivers(address, &first).is_err());
    fs::write(dir.path().join("key.pem"), "nonsense").unwrap();
    assert!(tls.reload().is_err());
    assert!(delivers(address, &second).is_ok(), "what can't be read changes nothing");
    let plain = house.client().try_hear_of(&request("POST", PATH, &[JSON], b"{}"));
    assert!(plain.is_none(), "no plain HTTP is spoken here");
    assert_eq!(house.shop.count(), 3);
}

#[test]
fn a_handshake_that_does_not_end_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path());
    let mut limits = Limits::default();
    limits.handshake = Duration::from_millis(50);
    let house = House::on(listener().with_tls(load(dir.path())), limits, |door| door);
    let mut client = house.client();
    client.say(b"\x16\x03\x01");
    assert!(client.rest().is_empty());
}

#[test]
fn what_can_not_be_used_is_named_with_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let refused = || Tls::load(&cert, &key).unwrap_err().to_string();
    assert!(refused().contains("cert.pem: can't be read: "), "{}", refused());
    certificate(dir.path());
    fs::write(&cert, "").unwrap();
    assert!(refused().ends_with("cert.pem: holds no certificate in PEM form"), "{}", refused());
    certificate(dir.path());
    fs::write(&key, fs::read(&cert).unwrap()).unwrap();
    assert!(refused().ends_with("key.pem: holds no private key in PEM form"), "{}", refused());
    certificate(dir.path());
    let other = tempfile::tempdir().unwrap();
    certificate(other.path());
    fs::copy(other.path().join("key.pem"), &key).unwrap();
    assert!(refused().contains("key.pem: can't serve with it: "), "{}", refused());
    let shown = format!("{:?}", load(other.path()));
    assert!(!shown.contains("PRIVATE"), "{shown}");
}

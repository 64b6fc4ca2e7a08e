//! Downloads over TLS, from a server on loopback whose certificate only these tests trust; and the
//! end that is told whatever happens.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::tls::Trust;

use super::{Download, DownloadError, DownloadSettings, Downloads, End, Reach, UrlRefused, Want};

const LONG: Duration = Duration::from_secs(20);
const NAME: &str = "media.example.com";
const PICTURE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

struct Server {
    addr: SocketAddr,
    certificate: Vec<u8>,
    thread: JoinHandle<()>,
}

/// A server under this name: the n-th connection gets the n-th answer, and a goodbye if `goodbye`.
fn server(name: &str, answers: &'static [&'static [u8]], goodbye: bool) -> Server {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let certificate = made.cert.der().to_vec();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.clone())], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        for answer in answers {
            let (socket, _) = listener.accept().unwrap();
            socket.set_read_timeout(Some(LONG)).unwrap();
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(tls, socket), answer, goodbye);
        }
    });
    Server { addr, certificate, thread }
}

fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>, answer: &[u8], goodbye: bool) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    stream.write_all(answer).unwrap();
    if goodbye {
        stream.conn.send_close_notify();
    }
    stream.flush().unwrap();
}

/// The name is this machine's, and only this server is trusted.
fn got(server: &Server, trusted: bool) -> Result<Download, DownloadError> {
    let mut settings = DownloadSettings::new(Reach::Loopback);
    settings.look_up = Arc::new(|_| Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
    let root = Certificate::from_der(&server.certificate).to_owned();
    let ours = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
    let config = if trusted { ours } else { TlsConfig::default() };
    let folder = TempDir::new().unwrap();
    let want = Want {
        url: format!("https://{NAME}:{}/CANARY?token=CANARY", server.addr.port()),
        bytes_max: 1 << 20,
        into: folder.path().join("medium"),
        proxy: None,
    };
    let (tell, told) = mpsc::channel();
    let downloads = Downloads::trusting(settings, &Trust { config });
    downloads.fetch("account", want, Box::new(move |end| tell.send(end).unwrap()));
    let end = told.recv_timeout(LONG).unwrap();
    assert!(!format!("{end:?}").contains("CANARY"));
    end
}

#[test]
fn the_certificate_is_that_of_the_name_though_the_address_was_chosen_here() {
    let server = server(NAME, &[PICTURE], true);
    assert_eq!(got(&server, true).unwrap().content_type, "image/png");
    server.thread.join().unwrap();
}

#[test]
fn a_certificate_that_does_not_fit_ends_it() {
    for (name, trusted) in [(NAME, false), ("other.example.com", true)] {
        let server = server(name, &[PICTURE], true);
        let error = got(&server, trusted).unwrap_err().to_string();
        assert!(error.starts_with("no TLS with media.example.com: "), "{error}");
        assert!(error.contains("certificate"), "{error}");
        server.thread.join().unwrap();
    }
}

#[test]
fn https_never_becomes_http() {
    let answers: &[&[u8]] = &[
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    ];
    let server = server(NAME, answers, true);
    let refused = UrlRefused::NotHttps;
    let expected = DownloadError::Redirect { host: NAME.to_owned(), refused };
    assert_eq!(got(&server, true), Err(expected));
    server.thread.join().unwrap();
}

#[test]
fn an_open_end_without_a_goodbye_is_a_cut() {
    let open: &[&[u8]] = &[b"HTTP/1.1 200 OK\r\n\r\n\x89PNG\r\n\x1a\n\0\0\0\rIHDR"];
    for (answers, goodbye, whole) in
        [(open, true, true), (open, false, false), (&[PICTURE], false, true)]
    {
        let server = server(NAME, answers, goodbye);
        assert_eq!(got(&server, true).is_ok(), whole, "goodbye: {goodbye}");
        server.thread.join().unwrap();
    }
}

#[test]
fn an_end_is_told_once_whatever_becomes_of_it() {
    let table: [(fn(End), DownloadError); 4] = [
        (drop, DownloadError::NotTaken),
        (|end| end.tell(Err(DownloadError::Closed)), DownloadError::Closed),
        (
            |mut end| {
                end.begun = true;
                drop(end);
            },
            DownloadError::BrokeOff,
        ),
        (
            |mut end| {
                end.begun = true;
                panic!("expected by this test");
            },
            DownloadError::BrokeOff,
        ),
    ];
    for (fate, expected) in table {
        let (tell, told) = mpsc::channel();
        let end = End { told: Some(Box::new(move |end| tell.send(end).unwrap())), begun: false };
        let _ = thread::spawn(move || fate(end)).join();
        assert_eq!(told.iter().collect::<Vec<_>>(), [Err(expected)]);
    }
}

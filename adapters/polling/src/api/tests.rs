//! Calls over TLS, to a server on loopback whose certificate only this test trusts.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use zaloxide_core::{Method, Outcome};

use crate::flight::Cancel;
use crate::settings::Settings;
use crate::tls::Trust;

use super::Api;

const LONG: Duration = Duration::from_secs(20);
const LONG_MS: u64 = 20_000;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";

type Stream = StreamOwned<ServerConnection, TcpStream>;
type Serve = fn(Stream, &Sender<()>);

struct Server {
    addr: SocketAddr,
    certificate: Vec<u8>,
    /// What `serve` has to tell.
    told: Receiver<()>,
    thread: JoinHandle<()>,
}

/// A server for `connections` connections under this name.
fn server(name: &str, connections: usize, serve: Serve) -> Server {
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
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        for _ in 0..connections {
            let (socket, _) = listener.accept().unwrap();
            socket.set_read_timeout(Some(LONG)).unwrap();
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(tls, socket), &tell);
        }
    });
    Server { addr, certificate, told, thread }
}

impl Server {
    fn api(&self) -> Api {
        let root = Certificate::from_der(&self.certificate).to_owned();
        self.api_with(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build())
    }

    fn api_with(&self, config: TlsConfig) -> Api {
        let mut settings = Settings::new("123456:CANARY-secret-half-of-it".parse().unwrap());
        settings.api_url = format!("https://localhost:{}", self.addr.port());
        Api::trusting(settings, &Trust { config }).unwrap()
    }
}

fn call(api: &Api) -> Outcome<'static> {
    api.call(Method::SendMessage, "{}", LONG_MS, &Cancel::new())
}

/// Up to the end of a request whose body is `{}`; whether there was one.
fn request(stream: &mut Stream) -> bool {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n{}") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            _ => return false,
        }
    }
    true
}

#[test]
fn calls_share_one_connection() {
    let server = server("localhost", 1, |mut stream, _| {
        while request(&mut stream) {
            stream.write_all(ANSWER).unwrap();
        }
    });
    let api = server.api();
    for _ in 0..5 {
        match call(&api) {
            Outcome::Answered { status: 200, body, .. } => {
                assert_eq!(body.as_bytes(), br#"{"ok":true}"#);
            }
            other => panic!("{other:?}"),
        }
    }
    drop(api);
    server.thread.join().unwrap();
}

#[test]
fn a_new_connection_resumes_the_session() {
    let server = server("localhost", 2, |mut stream, tell| {
        request(&mut stream);
        if stream.conn.handshake_kind() == Some(HandshakeKind::Resumed) {
            tell.send(()).unwrap();
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
            .unwrap();
    });
    let api = server.api();
    for _ in 0..2 {
        assert!(matches!(call(&api), Outcome::Answered { .. }));
    }
    server.thread.join().unwrap();
    assert_eq!(server.told.try_iter().count(), 1, "every connection makes its handshake anew");
}

#[test]
fn a_certificate_that_does_not_fit_ends_the_call_unsent() {
    let trusted: fn(&Server) -> Api = Server::api;
    let untrusted: fn(&Server) -> Api = |server| server.api_with(TlsConfig::default());
    for (name, api) in [("localhost", untrusted), ("other.example", trusted)] {
        let server = server(name, 1, |mut stream, _| assert!(!request(&mut stream)));
        match call(&api(&server)) {
            Outcome::NotSent { reason } => {
                assert!(reason.starts_with("the certificate of localhost:"), "{reason}");
            }
            other => panic!("{name}: {other:?}"),
        }
        server.thread.join().unwrap();
    }
}

#[test]
fn an_end_without_a_goodbye_is_no_end() {
    let table: [(&str, Serve, bool); 5] = [
        ("open end, goodbye", |stream, _| end(stream, b"HTTP/1.1 200 OK\r\n\r\n{}", true), true),
        ("open end, none", |stream, _| end(stream, b"HTTP/1.1 200 OK\r\n\r\n{}", false), false),
        ("length, none", |stream, _| end(stream, ANSWER, false), true),
        ("half, goodbye", |stream, _| end(stream, &ANSWER[..45], true), false),
        ("nothing", |stream, _| end(stream, b"", true), false),
    ];
    for (name, serve, whole) in table {
        let server = server("localhost", 1, serve);
        match call(&server.api()) {
            Outcome::Answered { .. } if whole => {}
            Outcome::Unknown { reason } if !whole => assert!(!reason.contains("CANARY")),
            other => panic!("{name}: {other:?}"),
        }
        server.thread.join().unwrap();
    }
}

fn end(mut stream: Stream, answer: &[u8], goodbye: bool) {
    request(&mut stream);
    stream.write_all(answer).unwrap();
    if goodbye {
        stream.conn.send_close_notify();
    }
    stream.flush().unwrap();
}

#[test]
fn a_cancelled_call_ends_at_once() {
    let server = server("localhost", 1, |mut stream, tell| {
        assert!(request(&mut stream));
        tell.send(()).unwrap();
        assert!(!request(&mut stream));
    });
    let api = server.api();
    let cancel = Cancel::new();
    let outcome = thread::scope(|scope| {
        let running = scope.spawn(|| api.call(Method::SendMessage, "{}", LONG_MS, &cancel));
        server.told.recv_timeout(LONG).unwrap();
        cancel.cancel();
        running.join().unwrap()
    });
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    server.thread.join().unwrap();
}

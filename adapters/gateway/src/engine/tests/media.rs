//! Pictures that come in, and pictures that go out.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use zaloxide_core::Envelope;
use zaloxide_polling::Reach;

use super::webhooks::{SECRET, door, hooked, posts, pushed, update};
use super::*;
use crate::front::FrontConfig;

/// As much of a picture as anybody looks at.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR and so on";

/// Hands out [`PNG`] until it is dropped; anything but `/p` is not there.
fn pictures() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().take(20).flatten() {
            let mut stream = stream;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if !matches!(stream.read(&mut byte), Ok(1)) {
                    break;
                }
                head.push(byte[0]);
            }
            let (status, body) =
                if head.starts_with(b"GET /p ") { ("200 OK", PNG) } else { ("404 No", &b""[..]) };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
            );
            let _ = stream.write_all(body);
        }
    });
    address
}

fn picture(id: u32, url: &str) -> String {
    json!({"event_name": "message.image.received", "message": {
        "from": {"id": "c", "display_name": "An"}, "chat": {"id": "c", "chat_type": "PRIVATE"},
        "photo_url": url, "caption": "xem", "message_id": format!("m{id}"),
        "date": 1_795_000_000_000_u64}})
    .to_string()
}

/// An engine with an account `a` that keeps media in `dir`, and an agent.
fn engine(
    account: Account,
    dir: &Path,
    store: &Memory,
    script: &Script,
    agent: impl Fn(&Envelope) -> Result<Reply, String> + Send + Sync + 'static,
) -> Engine {
    let mut front = FrontConfig::default();
    front.listen.set_port(0);
    let builder = Engine::builder()
        .account(account)
        .front(front)
        .media_dir(dir.join("media"))
        .reach(Reach::Loopback)
        .store(Arc::new(store.clone()))
        .agent(Arc::new(Callback::new(agent)));
    start_accounts(builder, script)
}

fn get(to: SocketAddr, path: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(to).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).unwrap();
    let end = heard.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let status = str::from_utf8(&heard[9..12]).unwrap().parse().unwrap();
    (status, heard.split_off(end))
}

fn sent_body(script: &Script, method: Method) -> serde_json::Value {
    let (call, end) = script.next(method);
    end.tell(sent(1));
    serde_json::from_str(&call.body).unwrap()
}

#[test]
fn a_picture_is_there_for_the_agent_and_gone_when_its_turn_is_settled() {
    let dir = tempfile::tempdir().unwrap();
    let (script, store, web) = (Script::default(), Memory::new(), pictures());
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    let engine = engine(pushed("a", "1:x", "/a"), dir.path(), &store, &script, move |envelope| {
        let medium = &envelope.media[0];
        let content = medium.path.as_ref().map(|path| fs::read(path).unwrap());
        let seen =
            (medium.path.clone(), medium.content_type.clone(), content, envelope.body.clone());
        tell.lock().unwrap().send(seen).unwrap();
        Ok(Reply::text("đẹp"))
    });
    let to = door(&engine);
    hooked(&script, "1");
    assert_eq!(posts(to, "/a", SECRET, &picture(1, &format!("http://{web}/p"))), 200);
    let (path, content_type, content, body) = told.recv_timeout(PATIENCE).unwrap();
    let path = path.unwrap();
    let is_png = Path::new(&path).extension().is_some_and(|ending| ending == "png");
    assert!(is_png && Path::new(&path).is_absolute(), "{path}");
    assert_eq!(content_type.as_deref(), Some("image/png"));
    assert_eq!((content.as_deref(), body.as_str()), (Some(PNG), "<media:image>\nxem"));
    assert_eq!(sent_body(&script, Method::SendMessage)["text"], "đẹp");
    wait_for(|| !Path::new(&path).exists());

    // One that can't be had costs nothing but itself.
    assert_eq!(posts(to, "/a", SECRET, &picture(2, &format!("http://{web}/none"))), 200);
    let (path, _, _, body) = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!((path, body.as_str()), (None, "[zalo image attachment unavailable]\nxem"));
    sent_body(&script, Method::SendMessage);
    assert!(engine.stop().cut_short.is_empty());
}

#[test]
fn what_lies_under_the_roots_is_hosted_and_what_does_not_gets_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let (menu, private) = (dir.path().join("menu"), dir.path().join("private"));
    for (folder, file) in [(&menu, "menu.png"), (&private, "id.png")] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join(file), PNG).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(&private, menu.join("more")).unwrap();
    let mut account = pushed("a", "1:x", "/a");
    account.media_roots = vec![menu.clone()];
    let (script, store) = (Script::default(), Memory::new());
    // The agent does whatever it is told.
    let obeys = |envelope: &Envelope| {
        let message = zaloxide_core::Message {
            text: Some("đây".into()),
            media: vec![envelope.text.clone()],
            ..zaloxide_core::Message::default()
        };
        Ok(Reply([message].into()))
    };
    let first = engine(account.clone(), dir.path(), &store, &script, obeys);
    let to = door(&first);
    hooked(&script, "1");
    let asks = |id: u32, path: &str| {
        assert_eq!(posts(to, "/a", SECRET, &update("c", id, path)), 200);
    };
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    asks(1, &name(&menu.join("menu.png")));
    let body = sent_body(&script, Method::SendPhoto);
    let url = body["photo"].as_str().unwrap().to_owned();
    assert_eq!(body["caption"], "đây");
    let link = url.strip_prefix("https://bot.example").unwrap().to_owned();
    assert!(link.starts_with("/a/media/"), "{link}");
    for _ in 0..2 {
        assert_eq!(get(to, &link), (200, PNG.to_vec()), "Zalo fetches again later");
    }
    let guess = format!("{}0", &link[..link.len() - 1]);
    assert!(guess == link || get(to, &guess).0 == 404);

    for (id, path) in (2..).zip([
        name(&private.join("id.png")),
        name(&menu.join("../private/id.png")),
        name(&menu.join("more/id.png")),
        format!("file://{}", name(&private.join("id.png"))),
        "/etc/passwd".into(),
        "/proc/self/environ".into(),
        "/dev/zero".into(),
        name(&dir.path().join("media/out")),
        "menu.png".into(),
    ]) {
        asks(id, &path);
        let body = sent_body(&script, Method::SendMessage);
        assert_eq!(body["text"], "đây", "the text is sent, and nothing else: {path}");
    }
    assert_eq!(script.waiting(Method::SendPhoto), 0);

    // The operator's own word is another matter.
    let content = || {
        let media = vec![name(&private.join("id.png"))];
        Reply([zaloxide_core::Message { media, ..zaloxide_core::Message::default() }].into())
    };
    let pending = first.handle().send("a", ChatId::from("c"), content()).unwrap();
    assert!(sent_body(&script, Method::SendPhoto)["photo"].as_str().unwrap().contains("/media/"));
    assert!(matches!(pending.wait(PATIENCE), Ok(Settled::Ok(_))));
    assert!(first.stop().cut_short.is_empty());

    let script = Script::default();
    let second = engine(account, dir.path(), &store, &script, obeys);
    assert_eq!(get(door(&second), &link), (200, PNG.to_vec()), "across restarts");
    assert!(second.stop().cut_short.is_empty());
}

#[test]
fn what_is_hosted_is_gone_when_its_time_is_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("menu.png"), PNG).unwrap();
    let mut account = pushed("a", "1:x", "/a");
    account.media_roots = vec![dir.path().to_owned()];
    account.hosting.ttl_ms = 1;
    let (script, store) = (Script::default(), Memory::new());
    let engine = engine(account, dir.path(), &store, &script, |envelope| {
        let media = vec![envelope.text.clone()];
        Ok(Reply([zaloxide_core::Message { media, ..zaloxide_core::Message::default() }].into()))
    });
    let to = door(&engine);
    hooked(&script, "1");
    let path = dir.path().join("menu.png").to_str().unwrap().to_owned();
    assert_eq!(posts(to, "/a", SECRET, &update("c", 1, &path)), 200);
    let url = sent_body(&script, Method::SendPhoto)["photo"].as_str().unwrap().to_owned();
    let link = url.strip_prefix("https://bot.example").unwrap();
    wait_for(|| get(to, link).0 == 404);
    assert!(engine.stop().cut_short.is_empty());
}

#[test]
fn a_bot_that_polls_hosts_nothing_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("p.png"), PNG).unwrap();
    let mut polled = account();
    polled.media_roots = vec![dir.path().to_owned()];
    let (script, store) = (Script::default(), Memory::new());
    let file = dir.path().join("p.png").to_str().unwrap().to_owned();
    let engine = engine(polled, dir.path(), &store, &script, |_| Ok(Reply::default()));
    script.begin();
    let message = zaloxide_core::Message { media: vec![file], ..zaloxide_core::Message::default() };
    let pending = engine.handle().send("default", ChatId::from("c"), Reply([message].into()));
    let refused = format!("{:?}", pending.unwrap().wait(PATIENCE).unwrap());
    assert!(refused.contains("webhookUrl"), "{refused}");
    for url in
        ["http://10.0.0.1/p.png", "https://[::ffff:10.0.0.1]/p.png", "https://u:p@b.example/p"]
    {
        let message =
            zaloxide_core::Message { media: vec![url.into()], ..zaloxide_core::Message::default() };
        let pending = engine.handle().send("default", ChatId::from("c"), Reply([message].into()));
        let refused = format!("{:?}", pending.unwrap().wait(PATIENCE).unwrap());
        assert!(refused.contains("Error"), "{url} {refused}");
    }
    assert_eq!(script.waiting(Method::SendPhoto), 0);
    assert!(engine.stop().cut_short.is_empty());
}

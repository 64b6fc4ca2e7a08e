//! The door as a route of an axum app: `cargo run -p zaloxide-webhook --example axum`.
//!
//! Then, in another terminal:
//! `curl -i 127.0.0.1:3000/zalo -H 'X-Bot-Api-Secret-Token: secret-of-the-shop' --json '{}'`

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use zaloxide_webhook::{Answer, Door, Routes, Status, Taker, Visitor};

/// A bot hands this to its channel and answers when that is durable.
struct Prints;

impl Taker for Prints {
    fn take(&self, body: &[u8], answer: Answer) {
        println!("{}", String::from_utf8_lossy(body).escape_debug());
        answer.tell(Status::Taken);
    }
}

/// The app: one route is the bot's, the others are anybody's.
fn app(door: Arc<Door>) -> Router {
    let zalo = move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| async move {
        answer(&door, peer.ip(), request).await
    };
    Router::new().route("/", get(|| async { "a shop" })).route("/zalo", any(zalo))
}

async fn answer(door: &Door, peer: IpAddr, request: Request) -> Response {
    door.answer(Visitor::new(peer), request).await.map(Body::new)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let routes = Arc::new(Routes::new()?);
    routes.add("shop", "/zalo", b"secret-of-the-shop", Arc::new(Prints))?;
    let app = app(Arc::new(Door::new(routes))).into_make_service_with_connect_info::<SocketAddr>();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 3000)).await?;
        axum::serve(listener, app).await
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn the_door_answers_inside_an_app() {
        let routes = Arc::new(Routes::new().unwrap());
        routes.add("shop", "/zalo", b"secret-of-the-shop", Arc::new(Prints)).unwrap();
        let app = app(Arc::new(Door::new(routes)));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async { axum::serve(listener, service).await });
        let status = |path: &str, secret: &str| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            write!(
                stream,
                "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\
                 Content-Type: application/json\r\nX-Bot-Api-Secret-Token: {secret}\r\n\r\n{{ }}"
            )
            .unwrap();
            let mut heard = String::new();
            stream.read_to_string(&mut heard).unwrap();
            heard[9..12].parse::<u16>().unwrap()
        };
        assert_eq!(status("/zalo", "secret-of-the-shop"), 200);
        assert_eq!(status("/zalo", "guess"), 401);
        assert_eq!(status("/", "guess"), 405);
        assert_eq!(status("/nothing", "guess"), 404);
    }
}

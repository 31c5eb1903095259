//! Connections: who says nothing is hung up on, and there are only so many at once.

use axum::{Router, extract::Path, routing::get};
use monthly_packs::server::listen::{Limits, serve};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// A server that notes in which order it was asked.
struct Listening {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    end: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
}

async fn listening(limits: Limits) -> Listening {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noting = asked.clone();
    let app = Router::new().route(
        "/{who}",
        get(move |Path(who): Path<String>| async move {
            noting.lock().expect("no panic").push(who);
            "heard"
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let (end, ending) = oneshot::channel();
    let done = tokio::spawn(serve(
        listener,
        app,
        limits,
        |_| false,
        async move { drop(ending.await) },
    ));
    Listening { at, asked, end, done }
}

async fn guarded<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what)
        .await
        .expect("in time")
}

/// Asks once and reads one answer, leaving the connection as it is.
async fn ask(stream: &mut TcpStream, who: &str) {
    let head = format!("GET /{who} HTTP/1.1\r\nHost: here\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut answer = String::new();
    while !answer.ends_with("heard") {
        let mut some = [0; 512];
        let read = stream.read(&mut some).await.expect("read");
        assert!(read > 0, "hung up on after {answer:?}");
        answer.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn who_says_nothing_is_hung_up_on() {
    let server = listening(Limits {
        heads_within: Duration::from_millis(200),
        ..Limits::default()
    })
    .await;
    for begun in ["", "GET /half HTTP/1.1\r\nHost: here\r\n"] {
        let mut stream = TcpStream::connect(server.at).await.expect("a connection");
        stream.write_all(begun.as_bytes()).await.expect("written");
        let mut rest = Vec::new();
        // An end, or a reset: either is hung up on.
        let _ = guarded(stream.read_to_end(&mut rest)).await;
    }
    assert!(server.asked.lock().expect("no panic").is_empty());
    let mut stream = TcpStream::connect(server.at).await.expect("a connection");
    guarded(ask(&mut stream, "whole")).await;
    let mut rest = Vec::new();
    let _ = guarded(stream.read_to_end(&mut rest)).await;
    assert!(rest.is_empty(), "between two requests too");
}

#[tokio::test]
async fn so_many_connections_at_once_and_who_is_next_waits() {
    let server = listening(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let mut first = TcpStream::connect(server.at).await.expect("a connection");
    guarded(ask(&mut first, "first")).await;
    let mut second = TcpStream::connect(server.at).await.expect("a connection");
    let head = "GET /second HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    second.write_all(head.as_bytes()).await.expect("written");
    for _ in 0..20 {
        guarded(ask(&mut first, "first")).await;
    }
    drop(first);
    let mut answer = String::new();
    guarded(second.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.ends_with("heard"), "{answer}");
    let asked = server.asked.lock().expect("no panic").clone();
    assert_eq!(asked.len(), 22);
    assert_eq!(
        asked.last().map(String::as_str),
        Some("second"),
        "after the first had gone"
    );
    // It ends when it is told to.
    server.end.send(()).expect("it listens");
    guarded(server.done).await.expect("an end");
}

#[tokio::test]
async fn so_many_connections_from_one_address_and_who_is_next_is_hung_up_on() {
    let server = listening(Limits {
        each: 2,
        ..Limits::default()
    })
    .await;
    let mut first = TcpStream::connect(server.at).await.expect("a connection");
    guarded(ask(&mut first, "first")).await;
    let mut second = TcpStream::connect(server.at).await.expect("a connection");
    guarded(ask(&mut second, "second")).await;
    let mut third = TcpStream::connect(server.at).await.expect("a connection");
    let mut rest = Vec::new();
    let _ = guarded(third.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
    guarded(ask(&mut first, "still")).await;
    // Whoever has gone makes room.
    drop(second);
    let again = loop {
        let mut stream = TcpStream::connect(server.at).await.expect("a connection");
        let head = "GET /again HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = String::new();
        if guarded(stream.read_to_string(&mut answer))
            .await
            .is_ok_and(|read| read > 0)
        {
            break answer;
        }
    };
    assert!(again.ends_with("heard"), "{again}");
}

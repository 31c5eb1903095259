//! What stands before the reader of a form with files. The reader takes whatever the network has and keeps what it cannot
//! tell apart yet: a part's head without an end would be kept whole, and a fast sender's file with it. The gate hands over
//! so much and then waits until the reader has told something of it.

use axum::{
    BoxError,
    body::{Body, BodyDataStream, Bytes},
};
use futures::Stream;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

/// How many bytes are handed over before something must be told of them: many times what a part's head needs.
const AT_A_TIME: u64 = 128 * 1024;

/// What is still read of a body that was refused, so that the browser listens to the answer.
const DRAIN_LIMIT: u64 = 256 * 1024 * 1024;

/// The reader's side of it.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<Passed>);

#[derive(Debug, Default)]
struct Passed {
    /// Bytes that were handed over since something was told.
    untold: AtomicU64,
    shut: AtomicBool,
}

impl Gate {
    /// The body as the reader gets it.
    pub fn before(&self, body: Body) -> Body {
        Body::from_stream(Gated {
            body: body.into_data_stream(),
            passed: self.0.clone(),
            waited: false,
            thrown: 0,
        })
    }

    /// The reader has told a part, or a piece of one.
    pub fn told(&self) {
        self.0.untold.store(0, Relaxed);
    }

    /// The reader gets nothing more. What still comes is thrown away, up to a limit: a browser that is still sending does not
    /// read the answer.
    pub fn shut(&self) {
        self.0.shut.store(true, Relaxed);
    }
}

struct Gated {
    body: BodyDataStream,
    passed: Arc<Passed>,
    /// The reader has looked through what it has, and asks again.
    waited: bool,
    thrown: u64,
}

impl Stream for Gated {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while this.passed.shut.load(Relaxed) {
            match ready!(Pin::new(&mut this.body).poll_next(cx)) {
                Some(Ok(bytes)) if this.thrown < DRAIN_LIMIT => this.thrown += bytes.len() as u64,
                _ => return Poll::Ready(None),
            }
        }
        if this.passed.untold.load(Relaxed) >= AT_A_TIME {
            if this.waited {
                return Poll::Ready(Some(Err("a part of the form has a head without an end".into())));
            }
            this.waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        this.waited = false;
        let next = ready!(Pin::new(&mut this.body).poll_next(cx));
        if let Some(Ok(bytes)) = &next {
            this.passed.untold.fetch_add(bytes.len() as u64, Relaxed);
        }
        Poll::Ready(next.map(|bytes| bytes.map_err(BoxError::from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        RequestExt as _,
        extract::{Multipart, Request},
        http::header,
    };
    use futures::StreamExt as _;

    const CHUNK: usize = 16 * 1024;
    /// Less than forms may hold where nothing else is said.
    const CHUNKS: usize = 100;

    /// A form of one part that is always there, as from a sender who is faster than its reader, and how much of it was taken.
    async fn form(gate: &Gate, head: &'static str, chunks: usize) -> (Multipart, Arc<AtomicU64>) {
        let taken = Arc::new(AtomicU64::new(0));
        let count = taken.clone();
        let body = futures::stream::once(std::future::ready(Bytes::from(head)))
            .chain(futures::stream::repeat(Bytes::from(vec![b'x'; CHUNK])).take(chunks))
            .chain(futures::stream::once(std::future::ready(Bytes::from(
                "\r\n--edge--\r\n",
            ))))
            .inspect(move |bytes| {
                count.fetch_add(bytes.len() as u64, Relaxed);
            })
            .map(Ok::<_, std::io::Error>);
        let request = Request::builder()
            .method("POST")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(gate.before(Body::from_stream(body)))
            .expect("a request");
        (request.extract().await.expect("a form"), taken)
    }

    const FILE: &str = "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.bin\"\r\n\r\n";

    #[tokio::test]
    async fn rq9_a_head_without_an_end_is_not_kept() {
        let gate = Gate::default();
        let (mut form, taken) = form(&gate, "--edge\r\nContent-Disposition: form-data; name=\"", 10_000).await;
        assert!(form.next_field().await.is_err());
        assert!(taken.load(Relaxed) <= AT_A_TIME + CHUNK as u64, "{taken:?}");
    }

    #[tokio::test]
    async fn rq9_a_file_is_held_by_pieces_however_fast_it_comes() {
        let gate = Gate::default();
        let (mut form, taken) = form(&gate, FILE, CHUNKS).await;
        let mut file = form.next_field().await.expect("a form").expect("a part");
        gate.told();
        let mut told = 0;
        while let Some(piece) = file.chunk().await.expect("a piece") {
            gate.told();
            told += piece.len();
            assert!(taken.load(Relaxed) <= told as u64 + AT_A_TIME + 2 * CHUNK as u64);
        }
        assert_eq!(told, CHUNKS * CHUNK);
    }

    #[tokio::test]
    async fn rq9_what_comes_after_a_refusal_is_thrown_away() {
        let gate = Gate::default();
        let (mut form, taken) = form(&gate, FILE, CHUNKS).await;
        drop(form.next_field().await.expect("a form").expect("a part"));
        gate.shut();
        assert!(form.next_field().await.is_err(), "nothing more comes");
        assert!(taken.load(Relaxed) > (CHUNKS * CHUNK) as u64, "all of it was read");
    }
}

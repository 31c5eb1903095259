//! F11: a mail is handed to the mail server once, whatever it answers, and however late.

use async_trait::async_trait;
use domain::{AppError, Instant, Role};
use engine::{
    Engine, Parts,
    ports::{Delivery, Files as _, MailError, Mailer, OutgoingMail, RandomIds},
    testing::{Bench, bench},
};
use futures::StreamExt as _;
use rstest::rstest;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use store::testing::Backend;
use tokio::sync::Notify;

/// A mail server that counts, and answers what it is told to; with nothing to answer it waits for a word.
#[derive(Default)]
struct Server {
    asked: AtomicUsize,
    answers: Mutex<Vec<Result<Delivery, MailError>>>,
    shown: Mutex<Vec<OutgoingMail>>,
    reached: Notify,
    go: Notify,
}

impl Server {
    fn answering(answers: impl IntoIterator<Item = Result<Delivery, MailError>>) -> Arc<Self> {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Arc::new(Self {
            answers: Mutex::new(answers),
            ..Self::default()
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Mailer for Server {
    async fn send(&self, mail: &OutgoingMail) -> Result<Delivery, MailError> {
        self.shown.lock().unwrap().push(mail.clone());
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().pop();
        match answer {
            Some(answer) => answer,
            None => {
                self.reached.notify_one();
                self.go.notified().await;
                Ok(Delivery::Sent)
            }
        }
    }
}

fn over(bench: &Bench, server: &Arc<Server>) -> Engine {
    Engine::new(Parts {
        db: bench.db.db.clone(),
        clock: bench.clock.clone(),
        wall: bench.clock.clone(),
        ids: Arc::new(RandomIds),
        gateway: bench.gateway.clone(),
        mailer: server.clone(),
        files: bench.files.clone(),
        previews: bench.previews.clone(),
        settings: bench.engine.settings().clone(),
    })
}

/// A mail with a personal link waits, and its job.
async fn queued(bench: &Bench) {
    queued_as(bench, "link:1").await;
}

async fn queued_as(bench: &Bench, dedupe_key: &str) {
    queued_with(bench, dedupe_key, None).await;
}

async fn queued_with(bench: &Bench, dedupe_key: &str, picture: Option<&str>) {
    let mut tx = bench.tx().await;
    let now = bench.engine.now();
    let new = store::mail::NewMail {
        id: "m1",
        dedupe_key,
        user_id: None,
        to_email: "ana@example.com",
        subject: "Hello",
        body_text: "a link",
        body_html: "<!--picture-->a link",
        picture,
    };
    assert!(store::mail::queue(&mut tx, &new, now).await.unwrap());
    let job = r#"{"job":"mail","mail_id":"m1"}"#;
    store::jobs::enqueue(&mut tx, "mail:m1", "mail", job, now, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Its state, its text, and how many jobs and open alarms there are.
async fn left(bench: &Bench) -> (String, String, i64, usize) {
    let mut tx = bench.tx().await;
    let mail = store::mail::mail(&mut tx, "m1").await.unwrap().unwrap();
    let jobs = store::jobs::due_count(&mut tx, Instant(i64::MAX)).await.unwrap();
    drop(tx);
    let alarms = bench.engine.open_alarms(&bench.admin).await.unwrap();
    (mail.line.state, mail.body_text, jobs, alarms.len())
}

const FORGOTTEN: &str = "This mail held a personal link. Its text is not kept.";

/// §24: a mail shows its picture, and goes without where the picture is gone.
#[rstest]
#[tokio::test]
async fn s24_a_mail_shows_its_picture_while_it_is_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] there: bool,
) {
    let Some(bench) = bench(backend).await else { return };
    if there {
        let bytes = futures::stream::once(async { Ok(bytes::Bytes::from_static(b"a design")) }).boxed();
        bench.files.put("design", bytes).await.unwrap();
    }
    queued_with(&bench, "notices:1", Some("design")).await;
    let server = Server::answering([Ok(Delivery::Sent)]);
    over(&bench, &server).drain().await.unwrap();
    let shown = server.shown.lock().unwrap().clone();
    let [mail] = &shown[..] else { panic!("{shown:?}") };
    assert_eq!(mail.picture.as_deref(), there.then_some(&b"a design"[..]));
    assert_eq!(mail.html.contains("cid:picture"), there, "{}", mail.html);
}

/// The claim of the first run is over, and its mail still under way: the second run does not send it.
#[rstest]
#[tokio::test]
async fn f11_a_slow_server_gets_a_mail_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    queued(&bench).await;
    let server = Server::answering([]);
    let one = over(&bench, &server);
    let first = tokio::spawn(async move { one.drain().await });
    server.reached.notified().await;
    let handed = bench.engine.now();
    bench.clock.set(handed.plus_secs(121));
    let quick = Server::answering([Ok(Delivery::Sent)]);
    let two = over(&bench, &quick);
    two.drain().await.unwrap();
    assert_eq!((server.asked(), quick.asked()), (1, 0));
    server.go.notify_one();
    first.await.unwrap().unwrap();
    bench.clock.set(handed.plus_secs(180));
    two.drain().await.unwrap();
    assert_eq!((server.asked(), quick.asked()), (1, 0));
    assert_eq!(left(&bench).await, ("sent".into(), FORGOTTEN.into(), 0, 0));
}

#[rstest]
#[tokio::test]
async fn f11_what_nobody_knows_of_is_told_and_not_repeated(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] dies: bool,
) {
    let Some(bench) = bench(backend).await else { return };
    queued(&bench).await;
    let server = if dies {
        Server::answering([])
    } else {
        Server::answering([Err(MailError::Unknown("it hung up".into()))])
    };
    let one = over(&bench, &server);
    let life = tokio::spawn(async move { one.drain().await });
    if dies {
        server.reached.notified().await;
        life.abort();
    }
    drop(life.await);
    let next = Server::answering([Ok(Delivery::Sent)]);
    let two = over(&bench, &next);
    let handed = bench.engine.now();
    for minutes in [3, 10, 20, 60, 600] {
        bench.clock.set(handed.plus_minutes(minutes));
        two.drain().await.unwrap();
    }
    assert_eq!((server.asked(), next.asked()), (1, 0));
    assert_eq!(left(&bench).await, ("failed".into(), FORGOTTEN.into(), 0, 1));
}

#[rstest]
#[tokio::test]
async fn f11_a_refusal_is_repeated(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    queued(&bench).await;
    let refused = || Err(MailError::NotTaken("451 later".into()));
    let server = Server::answering([refused(), refused(), Ok(Delivery::Sent)]);
    let engine = over(&bench, &server);
    engine.drain().await.unwrap();
    assert_eq!(left(&bench).await, ("failed".into(), "a link".into(), 1, 0));
    for _ in 0..3 {
        let now = bench.engine.now();
        bench.clock.set(now.plus_minutes(1));
        engine.drain().await.unwrap();
    }
    assert_eq!(server.asked(), 3);
    assert_eq!(left(&bench).await, ("sent".into(), FORGOTTEN.into(), 0, 0));
}

/// F11: *Send again* is a person's decision, is done once, and brings no link back that is over.
#[rstest]
#[tokio::test]
async fn f11_a_mail_that_failed_is_sent_again_by_hand(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    queued_as(&bench, "receipt:1").await;
    let server = Server::answering([Err(MailError::Unknown("no answer".into())), Ok(Delivery::Sent)]);
    let engine = over(&bench, &server);
    let early = engine.send_mail_again(&bench.admin, "m1").await;
    assert_eq!(early, Err(AppError::Stale), "it waits already");
    engine.drain().await.unwrap();
    assert_eq!(left(&bench).await.0, "failed");
    assert!(engine.mail(&bench.admin, "m1").await.unwrap().again);
    let support = bench.user("Sue", Role::Support, None, None).await;
    let refused = engine.send_mail_again(&support, "m1").await;
    assert_eq!(refused, Err(AppError::Forbidden));
    engine.send_mail_again(&bench.admin, "m1").await.unwrap();
    let twice = engine.send_mail_again(&bench.admin, "m1").await;
    assert_eq!(twice, Err(AppError::Stale), "a second press");
    engine.drain().await.unwrap();
    assert_eq!((left(&bench).await.0.as_str(), server.asked()), ("sent", 2));
    let nobody = engine.send_mail_again(&bench.admin, "m2").await;
    assert_eq!(nobody, Err(AppError::NotFound));
}

#[rstest]
#[tokio::test]
async fn f11_a_link_that_is_over_is_not_sent_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    queued(&bench).await;
    let server = Server::answering([Err(MailError::Unknown("no answer".into()))]);
    let engine = over(&bench, &server);
    engine.drain().await.unwrap();
    assert!(
        !engine.mail(&bench.admin, "m1").await.unwrap().again,
        "it is not offered"
    );
    let again = engine.send_mail_again(&bench.admin, "m1").await;
    assert_eq!(again, Err(AppError::LinkExpired));
    assert_eq!(server.asked(), 1);
}

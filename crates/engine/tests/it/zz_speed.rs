use crate::consume::run;
use domain::{Cents, PaymentType, request::RequestForm, view::requests::SubmitInput};
use engine::testing::bench;
use rstest::rstest;
use std::time::Instant as Clock;
use store::{sqlx, testing::Backend};
use tokio::task::JoinSet;
#[rstest]
#[ignore]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn speed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend, #[values(1, 16)] clients: usize) {
    let Some(bench) = bench(backend).await else { return };
    run(&bench, "create table raw_rows (id bigint)").await;
    let mut who = Vec::new();
    for n in 0..clients {
        let (client, owner) = bench.client(&format!("C{n}"), PaymentType::Monthly).await;
        let service = bench.service(&format!("Logo design {n}"), Cents(2_500)).await;
        let (pack, version) = bench.pack(service, 5_000, Cents(40_000)).await;
        bench.subscription(client, pack, version).await;
        let terms = bench.engine.quote(&owner, service, 1).await.unwrap().quote.terms();
        who.push((owner, service, terms));
    }
    for round in 0..2 {
        let start = Clock::now();
        let mut all = JoinSet::new();
        for _ in 0..16 {
            let db = bench.engine.db().clone();
            all.spawn(async move {
                for n in 0..40_i64 {
                    let mut tx = db.write().await.unwrap();
                    store::on!(&mut tx, c => sqlx::query("insert into raw_rows (id) values ($1)").bind(n).execute(c).await.map(|_| ())).unwrap();
                    tx.commit().await.unwrap();
                }
            });
        }
        all.join_all().await;
        let raw = 640_000 / start.elapsed().as_millis();
        let start = Clock::now();
        let mut all = JoinSet::new();
        for t in 0..16 {
            let engine = bench.engine.clone();
            let (owner, service, terms) = who[t % clients].clone();
            all.spawn(async move {
                for n in 0..40 {
                    let form = RequestForm {
                        service: service.to_string(),
                        title: "Logo".into(),
                        quantity: "1".into(),
                        brief: "x".into(),
                        wished_on: String::new(),
                    };
                    let input = SubmitInput {
                        form_key: format!("r{round}-t{t}-{n}"),
                        form,
                        terms: Some(terms),
                    };
                    engine.submit(&owner, &input).await.unwrap();
                }
            });
        }
        all.join_all().await;
        let ours = 640_000 / start.elapsed().as_millis();
        eprintln!(
            "SPEED {backend:?} clients {clients} round {round}: raw {raw}/s submit {ours}/s ratio {}%",
            ours * 100 / raw
        );
    }
}

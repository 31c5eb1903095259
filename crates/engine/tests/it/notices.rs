//! What people are told (§24) on both databases: each once, nobody of what they did themselves, by the ways that they have chosen,
//! and by mail together with what else happens within ten minutes, unless it was read before.

use crate::{
    allowance::{number, run, texts},
    previews::{PNG, add},
    work::{World, world, written},
};
use domain::{
    RequestId, Transition as T,
    notices::{NoticeKind, view::NoticesQuery},
    work::{RequestQuery, view::GiveInput},
};
use engine::{Caller, ports::Files as _};
use rstest::rstest;
use std::collections::BTreeMap;
use store::testing::Backend;

pub(crate) async fn told(w: &World, who: &Caller) -> Vec<String> {
    let page = w.engine().notices(who, &NoticesQuery::default()).await.unwrap();
    page.notices.into_iter().map(|notice| notice.text).collect()
}

/// A world in which nobody has been told anything yet.
async fn untold(backend: Backend) -> Option<World> {
    let w = world(backend).await?;
    w.engine().drain().await.unwrap();
    run(&w.bench, "delete from notices").await;
    Some(w)
}

async fn unread(w: &World, who: &Caller) -> i64 {
    w.engine().waiting(who).await.unwrap().notices
}

/// Subjects of the mails that have gathered, the oldest first.
async fn subjects(w: &World) -> Vec<String> {
    texts(
        &w.bench,
        "select subject from mails where dedupe_key like 'notices:%' order by created_at, subject",
    )
    .await
}

async fn minutes(w: &World, minutes: i64) {
    w.bench.clock.set(w.engine().now().plus_minutes(minutes));
    w.engine().drain().await.unwrap();
}

async fn write(w: &World, who: &Caller, id: RequestId, key: &str, text: &str, note: bool) {
    w.engine().post_message(who, id, key, text, note).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn s24_each_side_is_told_what_the_other_did(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    let number = w.view(&w.bench.admin, id).await.number;
    let alias = w.view(&w.pixel, id).await.people[0].text.clone();
    let title = w.view(&w.owner, id).await.title;
    let name = format!("#{number} {title}");
    assert_eq!(
        told(&w, &w.pixel).await,
        [format!("{alias} requested 2 × Logo design: {name}.")],
        "RQ7: a vendor reads the alias"
    );
    for nobody in [&w.other, &w.ana, &w.owner, &w.pixel_designer] {
        assert_eq!(told(&w, nobody).await, Vec::<String>::new(), "{}", nobody.name);
    }
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    assert_eq!(
        told(&w, &w.owner).await,
        [
            format!("Version 1 of {name} is ready to review."),
            format!("Work on {name} has started.")
        ]
    );
    assert_eq!(unread(&w, &w.owner).await, 2);
    // Opening the page reads what it shows.
    w.view(&w.owner, id).await;
    assert_eq!(unread(&w, &w.owner).await, 0);
    w.step(&w.owner, id, T::AskRevision).await.unwrap();
    write(&w, &w.owner, id, "m-1", "And a border, please.", false).await;
    assert_eq!(
        told(&w, &w.pixel).await[..2],
        [
            format!("{alias} wrote about {name}."),
            format!("{alias} asked for changes to {name}.")
        ]
    );
    // Whoever did it is not told.
    assert!(told(&w, &w.owner).await.iter().all(|text| !text.contains("wrote")));
    // The same form again is the same message.
    write(&w, &w.owner, id, "m-1", "And a border, please.", false).await;
    assert_eq!(told(&w, &w.pixel).await.len(), 3);
}

#[rstest]
#[tokio::test]
async fn s24_rq3_a_note_is_told_to_the_agency_alone(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let (theirs, ours) = (w.of_pack().await, w.beyond().await);
    w.step(&w.ana, ours, T::Take).await.unwrap();
    w.engine().drain().await.unwrap();
    let before = [&w.pixel, &w.owner, &w.member].map(|who| who.user_id);
    let count = "select count(*) from notices where kind = 'message'";
    write(&w, &w.bench.admin, theirs, "n-1", "They pay late.", true).await;
    assert_eq!(number(&w.bench, count).await, 0, "{before:?}");
    write(&w, &w.bench.admin, ours, "n-2", "Use the new logo.", true).await;
    let of = "select u.name from notices n join users u on u.id = n.user_id where n.kind = 'message' order by u.name";
    assert_eq!(texts(&w.bench, of).await, ["Ana"]);
    write(&w, &w.bench.admin, ours, "m-1", "Ready on Monday.", false).await;
    assert_eq!(
        texts(&w.bench, of).await,
        ["Ana", "Ana", "Owner of Acme"],
        "both sides, but the writer"
    );
}

#[rstest]
#[tokio::test]
async fn s24_a_mail_of_several_things_leads_to_each(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let (one, other) = (w.of_pack().await, w.of_pack().await);
    w.engine().drain().await.unwrap();
    minutes(&w, 11).await;
    write(&w, &w.pixel, one, "m-1", "The first.", false).await;
    write(&w, &w.pixel, other, "m-2", "The second.", false).await;
    minutes(&w, 11).await;
    let body = texts(
        &w.bench,
        "select body_text || body_html from mails where subject = '2 updates'",
    )
    .await;
    for id in [one, other] {
        for link in [format!("/requests/{id}\n"), format!("/requests/{id}\"")] {
            assert!(body[0].contains(&link), "{link}: {body:?}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn s24_what_happens_within_ten_minutes_is_one_mail(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    minutes(&w, 11).await;
    assert_eq!(subjects(&w).await.len(), 1, "the vendor's manager, of the submission");
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    write(&w, &w.pixel, id, "m-1", "Here it is.", false).await;
    minutes(&w, 5).await;
    assert_eq!(subjects(&w).await.len(), 1, "not yet");
    minutes(&w, 6).await;
    let sent = subjects(&w).await;
    assert_eq!(sent[1..], ["2 updates"], "what begins is in the bell alone: {sent:?}");
    let body = texts(&w.bench, "select body_text from mails where subject = '2 updates'").await;
    assert!(
        body[0].contains(&format!("/requests/{id}\n")),
        "all of one thing: {body:?}"
    );
    minutes(&w, 60).await;
    assert_eq!(subjects(&w).await.len(), 2, "once");
    // What was read in the app meanwhile is not mailed.
    write(&w, &w.pixel, id, "m-2", "And the sources.", false).await;
    w.view(&w.owner, id).await;
    minutes(&w, 11).await;
    assert_eq!(subjects(&w).await.len(), 2);
}

#[rstest]
#[tokio::test]
async fn s24_people_choose_what_they_are_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let kinds = w.engine().notice_choices(&w.owner).await.unwrap();
    let kinds: Vec<NoticeKind> = kinds.into_iter().map(|choice| choice.kind).collect();
    assert_eq!(
        kinds,
        [
            NoticeKind::Claimed,
            NoticeKind::Delivered,
            NoticeKind::Approved,
            NoticeKind::Undone,
            NoticeKind::Message,
            NoticeKind::Mention,
            NoticeKind::Pack,
            NoticeKind::PaymentFailed,
            NoticeKind::Usage,
            NoticeKind::Approval
        ]
    );
    // By mail alone; and of what is not theirs nothing is kept.
    w.engine()
        .choose_notices(&w.owner, &[NoticeKind::Paid], &[NoticeKind::Delivered])
        .await
        .unwrap();
    let id = w.of_pack().await;
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    write(&w, &w.pixel, id, "m-1", "Here it is.", false).await;
    assert_eq!(told(&w, &w.owner).await, Vec::<String>::new());
    assert_eq!(unread(&w, &w.owner).await, 0);
    minutes(&w, 11).await;
    let mailed = "select subject from mails m join users u on u.id = m.user_id where dedupe_key like 'notices:%' and u.name = 'Owner of Acme'";
    let mailed = texts(&w.bench, mailed).await;
    assert!(mailed.len() == 1 && mailed[0].starts_with("Version 1 of"), "{mailed:?}");
    assert_eq!(
        number(
            &w.bench,
            "select count(*) from notices where not in_bell and (mail_at is not null or read_at is null)"
        )
        .await,
        0,
        "nothing of it waits"
    );
}

#[rstest]
#[tokio::test]
async fn s24_rq8_what_is_due_is_told_the_day_before_and_when_it_is_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    w.engine().plant_jobs().await.unwrap();
    w.of_pack().await;
    let of = "select kind from notices where kind in ('due_tomorrow', 'overdue') order by at, kind";
    let mut seen = Vec::new();
    for _ in 0..24 {
        minutes(&w, 12 * 60).await;
        seen.push(texts(&w.bench, of).await.len());
    }
    assert_eq!(
        texts(&w.bench, of).await,
        ["due_tomorrow", "overdue"],
        "each once: {seen:?}"
    );
}

#[rstest]
#[tokio::test]
async fn s24_nobody_reads_anothers(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    let notice = w
        .engine()
        .notices(&w.pixel, &NoticesQuery::default())
        .await
        .unwrap()
        .notices
        .remove(0);
    let refused = w.engine().open_notice(&w.other, &notice.id).await;
    assert_eq!(refused, Err(domain::AppError::NotFound));
    assert_eq!(unread(&w, &w.pixel).await, 1);
    let href = w.engine().open_notice(&w.pixel, &notice.id).await.unwrap();
    assert_eq!((href, unread(&w, &w.pixel).await), (format!("/requests/{id}"), 0));
    w.of_pack().await;
    w.engine().drain().await.unwrap();
    w.engine().read_notices(&w.other).await.unwrap();
    assert_eq!(unread(&w, &w.pixel).await, 1);
    w.engine().read_notices(&w.pixel).await.unwrap();
    assert_eq!(unread(&w, &w.pixel).await, 0);
}

#[rstest]
#[tokio::test]
async fn s24_rq3_whoever_is_named_is_told_so_if_they_can_read_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    let mentions = async |who: &Caller| {
        let only = NoticesQuery {
            only: "mentions".into(),
            ..NoticesQuery::default()
        };
        w.engine().notices(who, &only).await.unwrap().notices.len()
    };
    let to_all = [&w.pixel, &w.pixel_designer, &w.ana, &w.owner, &w.other].map(|who| format!("@{}", who.name));
    let to_all = to_all.join(", ");
    write(&w, &w.member, id, "m-1", &to_all, false).await;
    assert_eq!(
        [
            mentions(&w.pixel).await,
            mentions(&w.pixel_designer).await,
            mentions(&w.ana).await,
            mentions(&w.owner).await
        ],
        [1, 1, 1, 1]
    );
    assert_eq!(mentions(&w.other).await, 0, "another vendor's people read nothing here");
    // RQ7: by name among themselves and for the agency, by the alias outside.
    let alias = w
        .view(&w.pixel, id)
        .await
        .people
        .iter()
        .find(|fact| fact.label == "Client")
        .unwrap()
        .text
        .clone();
    for (who, by) in [(&w.owner, &w.member.name), (&w.ana, &w.member.name), (&w.pixel, &alias)] {
        let text = told(&w, who)
            .await
            .into_iter()
            .find(|text| text.contains("mentioned you"))
            .unwrap();
        assert!(text.starts_with(&format!("{by} mentioned you on #")), "{text}");
    }
    let of_pixel = told(&w, &w.pixel).await;
    assert!(
        of_pixel.iter().all(|text| !text.contains("wrote about")),
        "once: {of_pixel:?}"
    );
    // A note among the agency's people.
    write(&w, &w.bench.admin, id, "n-1", &to_all, true).await;
    assert_eq!(
        [
            mentions(&w.pixel).await,
            mentions(&w.pixel_designer).await,
            mentions(&w.ana).await,
            mentions(&w.owner).await
        ],
        [1, 1, 2, 1]
    );
    // Nobody mentions themselves.
    write(&w, &w.ana, id, "m-2", "@Ana", false).await;
    assert_eq!(mentions(&w.ana).await, 2);
}

/// RQ1: the kinds of what was told since the last look, with whom.
async fn heard(w: &World) -> Vec<String> {
    w.engine().drain().await.unwrap();
    let of = "select n.kind || ': ' || u.name from notices n join users u on u.id = n.user_id order by n.kind, u.name";
    let heard = texts(&w.bench, of).await;
    run(&w.bench, "delete from notices").await;
    heard
}

#[rstest]
#[tokio::test]
async fn s24_rq1_every_transition_leaves_its_notice(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    assert_eq!(heard(&w).await, ["submitted: Pia Pixel"]);
    w.step(&w.pixel_designer, id, T::Start).await.unwrap();
    assert_eq!(heard(&w).await, ["claimed: Owner of Acme"]);
    w.step(&w.pixel_designer, id, T::Deliver).await.unwrap();
    assert_eq!(heard(&w).await, ["delivered: Owner of Acme"]);
    w.step(&w.member, id, T::AskRevision).await.unwrap();
    assert_eq!(heard(&w).await, ["revision_asked: Piet Pixel"]);
    w.step(&w.pixel_designer, id, T::Deliver).await.unwrap();
    heard(&w).await;
    w.step(&w.owner, id, T::Approve).await.unwrap();
    assert_eq!(heard(&w).await, ["approved: Piet Pixel"]);
    let version = w.version(id).await;
    let reason = "Approved by mistake.";
    w.press(&w.bench.admin, id, T::Reopen, version, reason).await.unwrap();
    let detail = texts(&w.bench, "select distinct detail from notices where kind = 'undone'").await;
    assert_eq!(detail, [reason], "with why");
    assert_eq!(heard(&w).await, ["undone: Owner of Acme", "undone: Piet Pixel"]);
    // RQ10: what is given is told to whoever gets it.
    let id = w.beyond().await;
    heard(&w).await;
    let pick = format!("{id}~{}", w.version(id).await);
    let input = GiveInput {
        form_key: "give".into(),
        picks: vec![pick],
        to: format!("designer:{}", w.ana.user_id),
        partial: false,
    };
    w.engine().give(&w.bench.admin, &input).await.unwrap();
    assert_eq!(heard(&w).await, ["assigned: Ana"]);
}

#[rstest]
#[tokio::test]
async fn s24_rq5_rows_say_what_is_unread_and_the_list_can_be_of_that(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let (first, second) = (w.of_pack().await, w.of_pack().await);
    w.engine().drain().await.unwrap();
    run(&w.bench, "update notices set read_at = at").await;
    let rows = async |who: &Caller, view: &str| {
        let query = RequestQuery {
            view: view.to_owned(),
            ..RequestQuery::default()
        };
        let list = w.engine().request_list(who, &query).await.unwrap();
        let rows = list.rows.into_iter().map(|row| (row.id, row.news));
        (rows.collect::<BTreeMap<_, _>>(), list.total)
    };
    let both = |news: bool| BTreeMap::from([(first.to_string(), news), (second.to_string(), false)]);
    assert_eq!(rows(&w.pixel, "").await, (both(false), 2));
    assert_eq!(rows(&w.pixel, "unread").await, (BTreeMap::new(), 0));
    write(&w, &w.owner, first, "m-1", "Larger, please.", false).await;
    assert_eq!(rows(&w.pixel, "").await, (both(true), 2));
    assert_eq!(
        rows(&w.pixel, "unread").await,
        (BTreeMap::from([(first.to_string(), true)]), 1),
        "the count too"
    );
    for nobody in [&w.owner, &w.pixel_designer, &w.bench.admin] {
        assert_eq!(rows(nobody, "unread").await.1, 0, "nobody was told: {}", nobody.name);
    }
    w.view(&w.pixel, first).await;
    assert_eq!(rows(&w.pixel, "").await, (both(false), 2), "read by looking");
}

#[rstest]
#[tokio::test]
async fn s24_rq7_people_are_suggested_to_those_who_know_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    let names = async |who: &Caller| w.view(who, id).await.names;
    assert_eq!(names(&w.owner).await, ["Mia Member"], "its own people");
    assert_eq!(names(&w.pixel).await, ["Piet Pixel"], "its own people");
    let all = names(&w.bench.admin).await;
    for known in [&w.owner, &w.member, &w.pixel, &w.pixel_designer, &w.ana, &w.ben] {
        assert!(all.contains(&known.name), "{}: {all:?}", known.name);
    }
    assert!(
        !all.contains(&w.other.name) && !all.contains(&w.bench.admin.name),
        "{all:?}"
    );
    // Whoever has it, and whoever has written; of a note nobody learns.
    w.step(&w.pixel_designer, id, T::Start).await.unwrap();
    write(&w, &w.ana, id, "m-1", "Which size?", false).await;
    write(&w, &w.ben, id, "n-1", "They pay late.", true).await;
    write(&w, &w.member, id, "m-2", "Large.", false).await;
    assert_eq!(names(&w.owner).await, ["Mia Member"], "SU8: a client knows its team");
    run(&w.bench, "update agency set shows_vendor_names = true").await;
    assert_eq!(names(&w.owner).await, ["Ana", "Mia Member", "Piet Pixel"]);
    assert_eq!(
        names(&w.pixel).await,
        ["Ana", "Piet Pixel"],
        "RQ7: none of the client's"
    );
    // What is suggested is told.
    write(&w, &w.owner, id, "m-3", "@Piet Pixel please.", false).await;
    let told = told(&w, &w.pixel_designer).await;
    assert!(told.iter().any(|text| text.contains("mentioned you on")), "{told:?}");
    let support = w.bench.user("Sue Support", domain::Role::Support, None, None).await;
    assert!(names(&support).await.is_empty(), "who writes nothing mentions nobody");
}

#[rstest]
#[tokio::test]
async fn s24_the_mail_of_a_delivery_shows_the_design(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.step(&w.pixel, id, T::Start).await.unwrap();
    add(&w, &w.pixel, id, "logo.png", PNG).await;
    w.engine().drain().await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    minutes(&w, 11).await;
    let pictures = texts(&w.bench, "select picture from mails where picture is not null").await;
    let [picture] = &pictures[..] else {
        panic!("{pictures:?}")
    };
    assert!(w.bench.files.get(picture).await.is_ok(), "{picture}");
}

#[rstest]
#[tokio::test]
async fn s24_what_comes_only_by_mail_comes_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    w.engine().plant_jobs().await.unwrap();
    w.engine()
        .choose_notices(&w.pixel, &[], &[NoticeKind::Overdue])
        .await
        .unwrap();
    w.of_pack().await;
    for _ in 0..24 {
        minutes(&w, 12 * 60).await;
    }
    let mailed = subjects(&w).await;
    assert_eq!(
        mailed.iter().filter(|subject| subject.contains("is overdue")).count(),
        1,
        "{mailed:?}"
    );
}

/// What is told while a mail is put together waits for the next one.
#[rstest]
#[tokio::test]
async fn s24_nothing_is_lost_between_two_mails(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = untold(backend).await else { return };
    let (first, second) = (w.of_pack().await, w.of_pack().await);
    w.engine().drain().await.unwrap();
    let mut tx = w.bench.tx().await;
    let now = w.engine().now();
    let gathered = store::notices::to_mail(&mut tx, w.pixel.user_id).await.unwrap();
    assert_eq!(gathered.len(), 2, "{first} {second}");
    let ids = [gathered[0].id.as_str()];
    store::notices::mailed(&mut tx, w.pixel.user_id, &ids, now)
        .await
        .unwrap();
    let left = store::notices::to_mail(&mut tx, w.pixel.user_id).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, gathered[1].id);
}

#[rstest]
#[tokio::test]
async fn rq7_su8_names_that_are_hidden_stand_in_no_text(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    let alias = w.view(&w.pixel, id).await.people[0].text.clone();
    write(&w, &w.bench.admin, id, "m-1", "@Piet Pixel, can you?", false).await;
    write(&w, &w.member, id, "m-2", "@pia pixel: @Owner of Acme agrees.", false).await;
    let detail = async |who: &Caller| {
        let page = w.engine().notices(who, &NoticesQuery::default()).await.unwrap();
        page.notices.into_iter().map(|one| one.detail).collect::<Vec<_>>()
    };
    let client = ["@Your team, can you?", "@Your team: @Owner of Acme agrees."];
    let vendor = [
        "@Piet Pixel, can you?".to_owned(),
        format!("@pia pixel: @{alias} agrees."),
    ];
    assert_eq!(written(&w.view(&w.owner, id).await), client, "SU8");
    assert_eq!(written(&w.view(&w.pixel, id).await), vendor, "RQ7");
    assert_eq!(
        written(&w.view(&w.ana, id).await),
        ["@Piet Pixel, can you?", "@pia pixel: @Owner of Acme agrees."]
    );
    assert_eq!(detail(&w.owner).await, [client[1], client[0]], "nor in what is told");
    assert!(detail(&w.pixel).await.contains(&vendor[1]), "RQ7");
    // Those who had to do with it before, and only in what was written, are still read by no name.
    run(
        &w.bench,
        "update service_requests set designer_id = null, vendor_id = null",
    )
    .await;
    assert_eq!(written(&w.view(&w.owner, id).await)[0], client[0]);
    run(&w.bench, "update agency set shows_vendor_names = true").await;
    assert_eq!(written(&w.view(&w.owner, id).await)[0], vendor[0], "SU8: the switch");
}

#[rstest]
#[tokio::test]
async fn as9_what_a_client_writes_while_nobody_has_the_work_is_for_the_admins(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    run(&w.bench, "update service_requests set vendor_id = null").await;
    write(&w, &w.owner, id, "m-1", "When do you begin?", false).await;
    let of_admin = told(&w, &w.bench.admin).await;
    assert!(
        of_admin.len() == 1 && of_admin[0].starts_with("Acme wrote about #"),
        "{of_admin:?}"
    );
    write(&w, &w.bench.admin, id, "m-2", "On Monday.", false).await;
    assert_eq!(told(&w, &w.bench.admin).await.len(), 1, "not of one's own");
}

#[rstest]
#[tokio::test]
async fn rq1_what_an_admin_does_for_a_client_is_told_as_the_admins(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = untold(backend).await else { return };
    let id = w.of_pack().await;
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    let version = w.version(id).await;
    let text = "@Ana, @Pia Pixel: greener.";
    w.press(&w.bench.admin, id, T::AskRevision, version, text)
        .await
        .unwrap();
    let admin = &w.bench.admin.name;
    let of_pixel = told(&w, &w.pixel).await;
    assert!(
        of_pixel[0].starts_with(&format!("{admin} asked for changes to #")),
        "{of_pixel:?}"
    );
    assert!(
        of_pixel.iter().all(|text| !text.contains("mentioned you")),
        "once: {of_pixel:?}"
    );
    // What is written with a step names people as a message does.
    let of_ana = told(&w, &w.ana).await;
    assert!(
        of_ana[0].starts_with(&format!("{admin} mentioned you on #")),
        "{of_ana:?}"
    );
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    w.press(&w.bench.admin, id, T::Approve, w.version(id).await, "")
        .await
        .unwrap();
    for who in [&w.pixel, &w.owner] {
        let heard = told(&w, who).await;
        assert!(
            heard[0].starts_with(&format!("{admin} approved #")),
            "{}: {heard:?}",
            who.name
        );
    }
}

//! Comments that are pinned on pictures (RQ3, RQ9) on both databases: who may, on which files, who reads them, and what is told.

use crate::{
    allowance::number,
    previews::{PNG, add},
    work::{World, world, written},
};
use domain::{
    AppError, AppResult, FileId, RequestId, Transition as T,
    error::Problem,
    notices::view::NoticesQuery,
    work::view::{CommentInput, Entry, PinView},
};
use engine::Caller;
use rstest::rstest;
use store::testing::Backend;

async fn comment(w: &World, who: &Caller, file: FileId, key: &str, place: &str, note: bool) -> AppResult<()> {
    let comment = CommentInput {
        body: format!("{key}: greener here."),
        internal: note,
        place: place.to_owned(),
    };
    w.engine().comment_on_file(who, file, key, &comment).await
}

/// What somebody reads of the pins: which comment, and where.
async fn pins(w: &World, who: &Caller, id: RequestId) -> Vec<(String, String)> {
    let view = w.view(who, id).await;
    let messages = view.stream.iter().filter_map(Entry::message);
    let pins = messages.filter_map(|message| message.pin.clone());
    let words = |pin: PinView| {
        let place = pin.place.map_or("all of it".to_owned(), |place| place.to_string());
        (format!("{} {}", pin.name, pin.mark), place)
    };
    pins.map(words).collect()
}

fn pinned(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = of.iter().map(|(mark, place)| ((*mark).to_owned(), (*place).to_owned()));
    owned.collect()
}

async fn told(w: &World, who: &Caller) -> Vec<String> {
    let page = w.engine().notices(who, &NoticesQuery::default()).await.unwrap();
    page.notices.into_iter().map(|notice| notice.text).collect()
}

async fn file(w: &World, id: RequestId, name: &str) -> FileId {
    let files = w.view(&w.bench.admin, id).await.files;
    let mut all = files
        .versions
        .iter()
        .flat_map(|version| &version.files)
        .chain(&files.attachments);
    all.find(|file| file.name == name).unwrap().id.parse().unwrap()
}

/// A request with what its client attached and a version that its vendor has delivered.
async fn delivered(w: &World) -> (RequestId, FileId, FileId) {
    let id = w.of_pack().await;
    add(w, &w.owner, id, "moodboard.png", PNG).await;
    w.press(&w.pixel, id, T::Start, w.version(id).await, "").await.unwrap();
    add(w, &w.pixel, id, "logo.png", PNG).await;
    w.press(&w.pixel, id, T::Deliver, w.version(id).await, "")
        .await
        .unwrap();
    w.engine().drain().await.unwrap();
    (id, file(w, id, "moodboard.png").await, file(w, id, "logo.png").await)
}

#[rstest]
#[tokio::test]
async fn rq3_rq9_each_side_pins_comments_and_the_other_reads_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let (id, mood, logo) = delivered(&w).await;
    comment(&w, &w.owner, logo, "a", "250,750", false).await.unwrap();
    comment(&w, &w.pixel_designer, logo, "b", "0,1000", false)
        .await
        .unwrap();
    comment(&w, &w.pixel, mood, "c", "", false).await.unwrap();
    // The same form again is the same comment; the same key on another picture is another form.
    comment(&w, &w.owner, logo, "a", "250,750", false).await.unwrap();
    comment(&w, &w.owner, mood, "a", "1,1", false).await.unwrap();
    let all = pinned(&[
        ("logo.png 1", "250,750"),
        ("logo.png 2", "0,1000"),
        ("moodboard.png 1", "all of it"),
        ("moodboard.png 2", "1,1"),
    ]);
    for who in [&w.owner, &w.member, &w.pixel, &w.ana, &w.bench.admin] {
        assert_eq!(pins(&w, who, id).await, all, "{}", who.name);
    }
    let number = w.view(&w.owner, id).await.number;
    let title = w.view(&w.owner, id).await.title;
    let of_owner = told(&w, &w.owner).await;
    let said = |what: &str| format!("{what} in #{number} {title}.");
    assert!(
        of_owner.contains(&said("Your team pinned a comment on logo.png")),
        "SU8: {of_owner:?}"
    );
    assert!(
        of_owner.contains(&said("Your team commented on moodboard.png")),
        "SU8: {of_owner:?}"
    );
    let alias = w.view(&w.pixel, id).await.people[0].text.clone();
    let of_pixel = told(&w, &w.pixel).await;
    assert!(
        of_pixel.contains(&said(&format!("{alias} pinned a comment on logo.png"))),
        "RQ7: {of_pixel:?}"
    );
}

#[rstest]
#[tokio::test]
async fn rq3_rq9_whoever_does_not_see_the_file_pins_nothing_on_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let (id, mood, logo) = delivered(&w).await;
    let (_, boreal) = w.bench.client("Boreal", domain::PaymentType::Monthly).await;
    for file in [mood, logo] {
        for who in [&w.other, &boreal] {
            assert_eq!(
                comment(&w, who, file, "x", "1,1", false).await,
                Err(AppError::NotFound),
                "{}",
                who.name
            );
        }
    }
    assert_eq!(
        comment(&w, &w.owner, w.engine().new_id(), "x", "1,1", false).await,
        Err(AppError::NotFound),
        "as for one of nobody"
    );
    // What is being made is not the client's, and what was written about it says so to nobody but those who see it.
    w.step(&w.owner, id, T::AskRevision).await.unwrap();
    add(&w, &w.pixel, id, "second.png", PNG).await;
    let second = file(&w, id, "second.png").await;
    assert_eq!(
        comment(&w, &w.owner, second, "x", "1,1", false).await,
        Err(AppError::NotFound)
    );
    comment(&w, &w.pixel_designer, second, "d", "500,500", false)
        .await
        .unwrap();
    assert!(pins(&w, &w.owner, id).await.is_empty());
    assert_eq!(pins(&w, &w.pixel, id).await, pinned(&[("second.png 1", "500,500")]));
    assert!(written(&w.view(&w.owner, id).await).contains(&"d: greener here.".to_owned()));
    let of_owner = told(&w, &w.owner).await;
    assert!(
        of_owner.iter().any(|text| text.starts_with("Your team wrote about"))
            && !of_owner.concat().contains("second.png"),
        "{of_owner:?}"
    );
    // A comment goes with the file, and the words stay.
    w.engine().remove_file(&w.pixel, second).await.unwrap();
    assert_eq!(number(&w.bench, "select count(*) from request_pins").await, 0);
    assert!(written(&w.view(&w.pixel, id).await).contains(&"d: greener here.".to_owned()));
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn rq3_rq9_a_note_on_a_picture_is_the_agencys(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (id, _, logo) = delivered(&w).await;
    for who in [&w.owner, &w.pixel] {
        assert_eq!(
            comment(&w, who, logo, "n", "1,1", true).await,
            Err(AppError::Forbidden),
            "{}",
            who.name
        );
    }
    comment(&w, &w.ana, logo, "n-1", "100,100", true).await.unwrap();
    comment(&w, &w.owner, logo, "a", "200,200", false).await.unwrap();
    comment(&w, &w.ana, logo, "n-2", "300,300", true).await.unwrap();
    let open = pinned(&[("logo.png 1", "200,200")]);
    for who in [&w.owner, &w.member, &w.pixel] {
        let view = w.view(who, id).await;
        let json = serde_json::to_string(&view).unwrap();
        assert!(
            !json.contains("n-1: greener") && !json.contains("\"N1\""),
            "RQ3: not even in the data"
        );
        assert_eq!(pins(&w, who, id).await, open, "no number is left out: {}", who.name);
        assert!(!told(&w, who).await.concat().contains("Ana"), "{}", who.name);
    }
    let all = pinned(&[
        ("logo.png N1", "100,100"),
        ("logo.png 1", "200,200"),
        ("logo.png N2", "300,300"),
    ]);
    assert_eq!(pins(&w, &w.bench.admin, id).await, all);
}

#[rstest]
#[tokio::test]
async fn rq9_a_place_is_on_a_picture(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (id, mood, _) = delivered(&w).await;
    let wrong = Err(AppError::field("place", Problem::ChoiceInvalid));
    for place in ["1001,5", "5,-1", "5", "5,5,5", "here", "5.5,5"] {
        assert_eq!(comment(&w, &w.owner, mood, "p", place, false).await, wrong, "{place}");
    }
    for (key, place) in [("p-1", "0,0"), ("p-2", "1000,1000"), ("p-3", " 5,5 ")] {
        comment(&w, &w.owner, mood, key, place, false).await.unwrap();
    }
    // Of what has no picture all can be meant, and no place.
    add(&w, &w.owner, id, "words.txt", b"blue").await;
    let words = file(&w, id, "words.txt").await;
    assert_eq!(comment(&w, &w.owner, words, "w", "1,1", false).await, wrong);
    comment(&w, &w.owner, words, "w", "", false).await.unwrap();
    let empty = CommentInput::default();
    assert_eq!(
        w.engine().comment_on_file(&w.owner, mood, "e", &empty).await,
        Err(AppError::field("body", Problem::Required))
    );
    // The database holds to it as well.
    let beside = "insert into request_pins (message_id, file_id, x, y) select m.id, f.id, 1001, 0 from request_messages m, request_files f
         where not exists (select 1 from request_pins p where p.message_id = m.id) limit 1";
    w.engine()
        .post_message(&w.owner, id, "m", "A message.", false)
        .await
        .unwrap();
    let mut tx = w.bench.tx().await;
    let refused = store::on!(&mut tx, c => store::sqlx::query(beside).execute(c).await.map(|_| ()));
    assert!(refused.unwrap_err().to_string().contains("request_pins_place"));
}

//! Whom an assignment is told to. Mails to vendors name clients by their alias only (AS10).

use crate::{
    Engine, OnConstraint,
    assignment::{board::label, jobs::Job},
    kernel::{jobs::enqueue, mail::Mail},
};
use domain::{
    AppResult, Instant, UserId, VendorId,
    assignment::{PENDING_AGAIN_HOURS, PENDING_HOURS},
    notices::NoticeKind,
};
use std::collections::BTreeMap;
use store::{
    Tx,
    assignment::{self as rows, FactsRow},
    people::recipients,
    subscriptions::SubscriptionRow,
};

/// What mails of one press say to each vendor (AS10), and to single people.
#[derive(Default)]
pub(crate) struct Telling {
    vendors: BTreeMap<VendorId, Vec<News>>,
    people: BTreeMap<UserId, Vec<News>>,
}

/// One thing to tell: what happened, which is the subject where it is all, without its full stop; and the sentences after it.
struct News {
    headline: String,
    more: String,
}

impl Telling {
    pub(crate) fn vendor(&mut self, vendor: VendorId, headline: String, more: &[&str]) {
        self.vendors.entry(vendor).or_default().push(News::of(headline, more));
    }

    pub(crate) fn person(&mut self, person: UserId, headline: String) {
        self.people.entry(person).or_default().push(News::of(headline, &[]));
    }
}

impl News {
    fn of(headline: String, more: &[&str]) -> News {
        News {
            headline,
            more: more.concat(),
        }
    }
}

/// AS10: what a vendor reads of a pack: "Client 101 · 20 × Logo design".
pub(super) fn alias_words(row: &FactsRow) -> String {
    format!("{} · {}", row.alias, label(row.included_units, &row.service))
}

pub(super) fn waiting_words(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " 1 request is waiting.".to_owned(),
        many => format!(" {many} requests are waiting."),
    }
}

impl Engine {
    /// AS10: the words for a vendor of a subscription whose facts nobody has read.
    pub(super) async fn alias_label(&self, tx: &mut Tx, row: &SubscriptionRow) -> AppResult<String> {
        let found = rows::facts(tx, &[row.id]).await.or_internal()?;
        Ok(found.first().map_or_else(|| "A pack".to_owned(), alias_words))
    }

    /// AS10: one mail for each person who is told for a vendor, and for each who is told themselves, with all that concerns
    /// them.
    pub(crate) async fn tell_all(
        &self,
        tx: &mut Tx,
        kind: NoticeKind,
        telling: Telling,
        key: &str,
        now: Instant,
    ) -> AppResult<()> {
        let mut told = Vec::new();
        for (vendor, news) in telling.vendors {
            let people = recipients::people_to_tell(tx, vendor).await.or_internal()?;
            told.push((vendor.to_string(), people, news));
        }
        for (person, news) in telling.people {
            let person = recipients::person_to_tell(tx, person).await.or_internal()?;
            told.push(("self".to_owned(), person.into_iter().collect(), news));
        }
        for (whose, people, news) in told {
            let mut mail = Mail {
                subject: match news.as_slice() {
                    [one] => one.headline.clone(),
                    many => format!("{} changes to your work", many.len()),
                },
                paragraphs: news
                    .iter()
                    .map(|one| format!("{}.{}", one.headline, one.more))
                    .collect(),
                action: None,
                ..Mail::default()
            };
            let key = format!("assignment:{key}:{whose}");
            for person in people {
                mail.action = Some(("View your work".to_owned(), person.role.home().to_owned()));
                self.notify_by_mail(tx, now, (kind, &key), &mail, &[person]).await?;
            }
        }
        Ok(())
    }

    /// AS1: the job *Pending packs*: one mail to each admin about the packs that have had no vendor for four hours, and then
    /// for another day; it comes again when the next one is due.
    ///
    /// # Errors
    /// Only failures of ours.
    pub(crate) async fn mail_pending_packs(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let pending = rows::pending(&mut tx).await.or_internal()?;
        let due_at = |mailed: Option<Instant>, since: Instant| match mailed {
            Some(at) => at.plus_hours(PENDING_AGAIN_HOURS),
            None => since.plus_hours(PENDING_HOURS),
        };
        let mut lines = Vec::new();
        let mut next: Option<Instant> = None;
        for row in &pending {
            let mut at = due_at(row.pending_mailed_at, row.since);
            if at <= now {
                let what = label(row.quantity, &row.service);
                lines.push(format!(
                    "{} · {what}, since {}.",
                    row.client,
                    self.zone().show(row.since)
                ));
                rows::set_pending_mailed(&mut tx, row.id, now).await.or_internal()?;
                at = due_at(Some(now), row.since);
            }
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        if !lines.is_empty() {
            let mail = Mail {
                subject: match lines.len() {
                    1 => "1 pack has no vendor".to_owned(),
                    many => format!("{many} packs have no vendor"),
                },
                paragraphs: lines,
                action: Some(("Assign vendors".to_owned(), "/admin/assignments?pending=1".to_owned())),
                ..Mail::default()
            };
            let admins = recipients::admins(&mut tx).await.or_internal()?;
            let key = format!("pending:{}", now.0);
            self.notify_by_mail(&mut tx, now, (NoticeKind::PackWithoutVendor, &key), &mail, &admins)
                .await?;
        }
        if let Some(at) = next {
            enqueue(&mut tx, now, at, &Job::PendingPacks).await?;
        }
        self.commit(tx, None).await
    }
}

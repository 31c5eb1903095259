//! AH7: a vendor asks about a line, and staff answers.

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{audit, forms::Pressed, mail::Mail},
};
use domain::{
    AppError, AppResult, Capability, PayableId, QueryId, facts::Closed, notices::NoticeKind, payables::MAX_QUERY, text,
};
use std::collections::BTreeSet;
use store::{log::AuditEntry, payables as rows, people::recipients};

impl Engine {
    /// *Query this line*: a vendor's person asks about a line of its vendor's; admins are told.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a line of another vendor's, [`AppError::Invalid`] naming the field,
    /// [`AppError::PayableClosed`] where a question is open.
    pub async fn ask_about_payable(&self, caller: &Caller, key: &str, id: &str, question: &str) -> AppResult<()> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let question = text::block(question, MAX_QUERY).map_err(|problem| AppError::field("question", problem))?;
        let mut tx = self.db().write().await.or_internal()?;
        let claimed = match self
            .press(&mut tx, caller, "payables.ask", key, &(id, &question))
            .await?
        {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let now = self.now();
        let line = rows::one(&mut tx, id, Some(vendor)).await.or_internal()?;
        let line = line.ok_or(AppError::NotFound)?;
        let query: QueryId = self.new_id();
        rows::ask(&mut tx, query, id, caller.user_id, &question, now)
            .await
            .on_constraint("payable_queries_one_open", || AppError::PayableClosed {
                why: Closed::Asked,
            })?;
        let after = serde_json::json!({ "question": question }).to_string();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "payable.queried",
            entity: "payable",
            entity_id: &id.to_string(),
            before: None,
            after: Some(&after),
        };
        audit(&mut tx, self, now, entry).await?;
        let mail = Mail {
            subject: format!("{} asked about a payment", line.vendor),
            paragraphs: vec![
                format!(
                    "{} · {}, {}.",
                    line.client,
                    line.service,
                    line.amount_cents.show(line.currency)
                ),
                question,
            ],
            action: Some((
                "Answer the question".to_owned(),
                format!("/admin/reports/vendor-payments/{id}"),
            )),
            ..Mail::default()
        };
        let admins = recipients::admins(&mut tx).await.or_internal()?;
        let key = format!("payable.query:{query}");
        self.notify_by_mail(&mut tx, now, (NoticeKind::PaymentQuestion, &key), &mail, &admins)
            .await?;
        claimed.done(&mut tx, &()).await?;
        self.commit_for(tx, BTreeSet::from([vendor])).await
    }

    /// Staff answer a vendor's question; who asked is told.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] naming the field, [`AppError::PayableClosed`] where
    /// somebody was faster.
    pub async fn answer_query(&self, caller: &Caller, key: &str, id: &str, answer: &str) -> AppResult<()> {
        caller.require(Capability::Reports)?;
        let id: QueryId = id.parse().map_err(|_| AppError::NotFound)?;
        let answer = text::block(answer, MAX_QUERY).map_err(|problem| AppError::field("answer", problem))?;
        let mut tx = self.db().write().await.or_internal()?;
        let claimed = match self
            .press(&mut tx, caller, "payables.answer", key, &(id, &answer))
            .await?
        {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let now = self.now();
        let asker = rows::asker(&mut tx, id).await.or_internal()?;
        let (payable, asker) = asker.ok_or(AppError::NotFound)?;
        if !rows::answer(&mut tx, id, caller.user_id, &answer, now)
            .await
            .or_internal()?
        {
            return Err(AppError::PayableClosed { why: Closed::Answered });
        }
        let line = rows::one(&mut tx, payable, None).await.or_internal()?;
        let line = line.ok_or(AppError::NotFound)?;
        let after = serde_json::json!({ "answer": answer }).to_string();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "payable.answered",
            entity: "payable",
            entity_id: &payable.to_string(),
            before: None,
            after: Some(&after),
        };
        audit(&mut tx, self, now, entry).await?;
        let mail = Mail {
            subject: "Your question about a payment was answered".to_owned(),
            paragraphs: vec![
                format!(
                    "{} · {}, {}.",
                    line.alias,
                    line.service,
                    line.amount_cents.show(line.currency)
                ),
                answer,
            ],
            action: Some(("View payment".to_owned(), format!("/vendor/payments/{payable}"))),
            ..Mail::default()
        };
        let asker = recipients::person_to_tell(&mut tx, asker).await.or_internal()?;
        let key = format!("payable.answer:{id}");
        self.notify_by_mail(
            &mut tx,
            now,
            (NoticeKind::PaymentQuestion, &key),
            &mail,
            asker.as_slice(),
        )
        .await?;
        claimed.done(&mut tx, &()).await?;
        self.commit_for(tx, BTreeSet::from([line.vendor_id])).await
    }
}

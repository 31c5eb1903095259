//! The agency's home, the inbox of webhooks, mail, integrity and the audit log.

#[cfg(feature = "ssr")]
use domain::Capability;
use domain::{
    AppError, AppResult,
    operate::view::{
        AdminHome, AuditPage, AuditQuery, EventDetail, EventList, EventQuery, IntegrityPage, MailPage, MailQuery,
        MailView,
    },
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// The admin's home.
#[server(name = ReadAdminHome, endpoint = "admin/home", input = PostUrl, output = Postcard)]
pub async fn admin_home() -> Result<AdminHome, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::SeeAdmin).await?;
    engine.admin_home(&caller).await
}

/// The inbox of webhooks.
#[server(name = ReadEventList, endpoint = "webhooks/list", input = PostUrl, output = Postcard)]
pub async fn event_list(#[server(default)] query: EventQuery) -> Result<EventList, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.event_list(&caller, &query).await
}

/// One event with its body.
#[server(name = ReadEventDetail, endpoint = "webhooks/one", input = PostUrl, output = Postcard)]
pub async fn event_detail(id: String) -> Result<EventDetail, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.event_detail(&caller, &id).await
}

/// WH7: *Replay*.
#[server(endpoint = "webhooks/replay", input = PostUrl, output = Postcard)]
pub async fn replay_event(id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.replay_event(&caller, &id).await?;
    crate::api::said("We'll replay this event.").await;
    Ok(())
}

/// WH7: *Ignore with reason*.
#[server(endpoint = "webhooks/ignore", input = PostUrl, output = Postcard)]
pub async fn ignore_event(id: String, #[server(default)] reason: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.ignore_event(&caller, &id, &reason).await?;
    crate::api::said("Event ignored.").await;
    Ok(())
}

/// The proof of the books (§1).
#[server(name = ReadIntegrity, endpoint = "integrity", input = PostUrl, output = Postcard)]
pub async fn integrity() -> Result<IntegrityPage, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.integrity_page(&caller).await
}

/// Somebody has looked after an alarm.
#[server(endpoint = "alarms/resolve", input = PostUrl, output = Postcard)]
pub async fn resolve_alarm(id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.resolve_alarm(&caller, &id).await?;
    crate::api::said("Alarm resolved.").await;
    Ok(())
}

/// A mail that failed is sent once more.
#[server(endpoint = "mails/send-again", input = PostUrl, output = Postcard)]
pub async fn send_mail_again(#[server(default)] id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.send_mail_again(&caller, &id).await?;
    crate::api::said("We'll send this email again.").await;
    Ok(())
}

/// The audit log (§26).
#[server(name = ReadAudit, endpoint = "audit", input = PostUrl, output = Postcard)]
pub async fn audit_page(#[server(default)] query: AuditQuery) -> Result<AuditPage, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Operate).await?;
    engine.audit_page(&caller, &query).await
}

/// A page of mails.
#[server(name = ReadMails, endpoint = "mails", input = PostUrl, output = Postcard)]
pub async fn mails(#[server(default)] query: MailQuery) -> AppResult<MailPage> {
    let (engine, caller) = super::guard(Capability::Operate).await?;
    engine.mails(&caller, &query).await
}

/// One mail.
#[server(name = ReadMail, endpoint = "mails/one", input = PostUrl, output = Postcard)]
pub async fn mail(id: String) -> AppResult<MailView> {
    let (engine, caller) = super::guard(Capability::Operate).await?;
    engine.mail(&caller, &id).await
}

//! Signing in, links by mail, and one's own account. The forms that begin or end a session are plain posts of the server.

use domain::{
    AppResult,
    people::view::{AccountPage, LinkOwner, SignInPage},
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

#[cfg(feature = "ssr")]
use domain::Capability;

/// The sign-in page. Open to all: it says only what the demo's own page says (§31).
#[server(name = ReadSignInPage, endpoint = "sign-in-page", input = PostUrl, output = Postcard)]
pub async fn sign_in_page() -> AppResult<SignInPage> {
    let here = super::here()?;
    here.engine.sign_in_page(here.sandbox).await
}

/// Whose a reset or invitation link is. Open to all: the link's secret is the right to ask.
#[server(name = ReadLinkOwner, endpoint = "link-owner", input = PostUrl, output = Postcard)]
pub async fn link_owner(invitation: bool, token: String) -> AppResult<LinkOwner> {
    use engine::people::LinkKind;
    let kind = if invitation { LinkKind::Invite } else { LinkKind::Reset };
    super::here()?.engine.link_owner(kind, &token).await
}

/// One's own account.
#[server(name = ReadAccount, endpoint = "account", input = PostUrl, output = Postcard)]
pub async fn account() -> AppResult<AccountPage> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine.account(&signed.caller, &signed.session_id).await
}

/// Changes one's name.
#[server(endpoint = "account/rename", input = PostUrl, output = Postcard)]
pub async fn rename_self(#[server(default)] name: String) -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine.rename_self(&signed.caller, &name).await?;
    super::done("/account", "Name saved.").await;
    Ok(())
}

/// Changes one's password and ends one's other sessions.
#[server(endpoint = "account/password", input = PostUrl, output = Postcard)]
pub async fn change_password(
    #[server(default)] present: String,
    #[server(default)] password: String,
    #[server(default)] again: String,
) -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine
        .change_password(
            &signed.caller,
            &signed.session_id,
            &here.source,
            &present,
            &password,
            &again,
        )
        .await?;
    // A new id for this session too: whoever had the old one has it no more.
    if let Err(error) = here.session.cycle_id().await {
        tracing::error!(%error, "a session's id could not be changed");
    }
    super::done("/account", "Password changed. Your other sessions have ended.").await;
    Ok(())
}

/// Ends one of one's sessions.
#[server(endpoint = "account/end-session", input = PostUrl, output = Postcard)]
pub async fn end_session(#[server(default)] id: String) -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    here.engine.end_session(&signed.caller, &id).await?;
    super::done("/account", "That session has ended.").await;
    Ok(())
}

/// Ends all of one's sessions but this one.
#[server(endpoint = "account/end-other-sessions", input = PostUrl, output = Postcard)]
pub async fn end_other_sessions() -> AppResult<()> {
    let (here, signed) = super::guard_session(Capability::OwnAccount)?;
    let ended = here
        .engine
        .end_other_sessions(&signed.caller, &signed.session_id)
        .await?;
    let text = if ended == 1 {
        "1 other session has ended.".to_owned()
    } else {
        format!("{ended} other sessions have ended.")
    };
    super::done("/account", &text).await;
    Ok(())
}

//! One's own account: name, password, sessions (§25).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{audit, to_the_end},
    people::{log::entry, password, sign_in::new_password, throttle::Throttle},
};
use domain::{
    AppError, AppResult, Capability,
    error::Problem,
    people::view::{AccountPage, SessionView},
    time::relative,
};
use store::people as rows;

/// "Firefox on Linux" from a browser's own words.
fn device(user_agent: &str) -> String {
    let find = |all: &[(&str, &'static str)]| {
        all.iter()
            .find(|(sign, _)| user_agent.contains(sign))
            .map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

/// What the form of one's password says.
struct NewPassword {
    present: String,
    password: String,
    again: String,
}

impl Engine {
    /// The account page. `session` is the public id of the session that asks.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the person is gone.
    pub async fn account(&self, caller: &Caller, session: &str) -> AppResult<AccountPage> {
        caller.require(Capability::OwnAccount)?;
        let mut tx = self.db().read().await.or_internal()?;
        let person = rows::person(&mut tx, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let wall = self.wall_now();
        let sessions = rows::sessions_of(&mut tx, caller.user_id, wall).await.or_internal()?;
        let sessions = sessions
            .into_iter()
            .map(|row| SessionView {
                this: row.public_id == session,
                id: row.public_id,
                device: device(&row.user_agent),
                ip: row.ip,
                began: self.zone().show(self.as_business(row.created_at)),
                last_used: relative(row.last_seen_at, wall),
            })
            .collect();
        Ok(AccountPage {
            name: person.name,
            email: person.email,
            role: person.role.label().to_owned(),
            org_name: person.org_name,
            sessions,
        })
    }

    /// Changes one's own name.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the field `name`.
    pub async fn rename_self(&self, caller: &Caller, name: &str) -> AppResult<()> {
        caller.require(Capability::OwnAccount)?;
        let name = domain::text::line(name, domain::form::MAX_NAME).map_err(|p| AppError::field("name", p))?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::rename_person(&mut tx, caller.user_id, &name)
            .await
            .or_internal()?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.renamed", &caller.user_id.to_string()),
        )
        .await?;
        self.commit(tx, None).await
    }

    /// Changes one's own password and ends one's other sessions; how many ended.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the fields `present`, `password` and `again`; [`AppError::RateLimited`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        session: &str,
        source: Option<&str>,
        present: &str,
        password: &str,
        again: &str,
    ) -> AppResult<u64> {
        caller.require(Capability::OwnAccount)?;
        let (engine, caller) = (self.clone(), caller.clone());
        let [session, present, password, again] = [session, present, password, again].map(str::to_owned);
        let source = source.map(str::to_owned);
        // A wrong one is counted, whether or not somebody waits for the answer.
        to_the_end(async move {
            let password = NewPassword {
                present,
                password,
                again,
            };
            engine
                .change_password_now(&caller, &session, source.as_deref(), &password)
                .await
        })
        .await
    }

    async fn change_password_now(
        &self,
        caller: &Caller,
        session: &str,
        source: Option<&str>,
        new: &NewPassword,
    ) -> AppResult<u64> {
        let turn = password::turn().await?;
        let mut tx = self.db().read().await.or_internal()?;
        let person = rows::person(&mut tx, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let throttle = Throttle::new(&person.email, source, self.wall_now());
        throttle.check(&mut tx, self.wall_now()).await?;
        let hash = rows::password_hash(&mut tx, caller.user_id).await.or_internal()?;
        drop(tx);
        new_password(&new.password, &new.again, &person.email)?;
        let (right, turn) = password::matches(turn, &new.present, hash).await?;
        if !right {
            let mut tx = self.db().write().await.or_internal()?;
            throttle.failed(&mut tx, self.wall_now()).await?;
            self.commit(tx, None).await?;
            return Err(AppError::field("present", Problem::PasswordWrong));
        }
        drop(turn);
        let hash = password::hash(&new.password).await?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::set_password(&mut tx, caller.user_id, &hash).await.or_internal()?;
        self.void_links(&mut tx, caller.user_id).await?;
        let ended = rows::end_other_sessions(&mut tx, caller.user_id, session)
            .await
            .or_internal()?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.password_changed", &caller.user_id.to_string()),
        )
        .await?;
        self.mail_password_changed(&mut tx, now, &person).await?;
        self.commit(tx, None).await?;
        Ok(ended)
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such session of this person.
    pub async fn end_session(&self, caller: &Caller, id: &str) -> AppResult<()> {
        caller.require(Capability::OwnAccount)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !rows::end_session(&mut tx, caller.user_id, id).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.session_ended", &caller.user_id.to_string()),
        )
        .await?;
        self.commit(tx, None).await
    }

    /// Ends all of one's sessions but the one that asks; how many.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn end_other_sessions(&self, caller: &Caller, session: &str) -> AppResult<u64> {
        caller.require(Capability::OwnAccount)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let ended = rows::end_other_sessions(&mut tx, caller.user_id, session)
            .await
            .or_internal()?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.sessions_ended", &caller.user_id.to_string()),
        )
        .await?;
        self.commit(tx, None).await?;
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_by_their_own_words() {
        assert_eq!(
            device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            device("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140"),
            "Edge on Windows"
        );
        assert_eq!(device("curl/8"), "Unknown browser");
    }
}

//! Keys of forms: a second press is the first one's answer (invariant 7).

use crate::{Caller, Engine, OnConstraint, kernel::internal};
use domain::{AppError, AppResult, FieldError, error::Problem};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use store::Tx;

/// What a key says about a press.
pub(crate) enum Pressed<T> {
    /// It is the first one: what is done is written down with [`Claimed::done`], in the same transaction.
    First(Claimed),
    /// It came before, and this was its answer.
    Again(T),
}

/// A form's key that this transaction has taken.
#[must_use = "the answer belongs to the key"]
pub(crate) struct Claimed {
    scope: String,
    key: String,
}

impl Claimed {
    /// Writes down what came of the press.
    pub(crate) async fn done<T: Serialize>(self, tx: &mut Tx, answer: &T) -> AppResult<()> {
        let text = serde_json::to_string(answer).map_err(internal)?;
        store::log::finish_form(tx, &self.scope, &self.key, &text)
            .await
            .or_internal()
    }
}

impl Engine {
    /// The first statement of every write that a person can repeat. The key is bound to who presses, to what is pressed, and
    /// to what it says: the same again is answered as the first time, other words under the same key are refused.
    ///
    /// Whoever comes second waits here, holding nothing, until the first is done. What refuses a press afterwards gives its
    /// key back with the transaction.
    ///
    /// # Errors
    /// [`AppError::Invalid`] at `form_key` for a key that is none of ours, [`AppError::FormUsed`].
    pub(crate) async fn press<T: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        what: &str,
        key: &str,
        body: &impl Serialize,
    ) -> AppResult<Pressed<T>> {
        form_key(key)?;
        let hash = body_hash(body)?;
        let scope = format!("user:{}:{what}", caller.user_id);
        if store::log::claim_form(tx, &scope, key, &hash, self.now())
            .await
            .or_internal()?
        {
            let key = key.to_owned();
            return Ok(Pressed::First(Claimed { scope, key }));
        }
        let found = store::log::form_result(tx, &scope, key).await.or_internal()?;
        // It was forgotten between the two statements, a week after.
        let (result, was) = found.ok_or(AppError::Stale)?;
        if !was.is_empty() && was != hash {
            return Err(self.form_used("", ""));
        }
        // Earlier builds wrote some results down as they are.
        let answer = serde_json::from_str(&result).or_else(|_| serde_json::from_value(result.into()));
        answer.map(Pressed::Again).map_err(internal)
    }

    /// The key has served another form: what that one made, where it is, and a key for what stands there now.
    pub(crate) fn form_used(&self, sent: &str, href: &str) -> AppError {
        AppError::FormUsed {
            sent: sent.to_owned(),
            href: href.to_owned(),
            key: self.new_id::<uuid::Uuid>().to_string(),
        }
    }
}

/// A form's key as the server gave it.
pub(crate) fn form_key(key: &str) -> AppResult<()> {
    let good = !key.is_empty() && key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if good {
        Ok(())
    } else {
        Err(AppError::Invalid {
            fields: vec![FieldError::new("form_key", Problem::ChoiceInvalid)],
        })
    }
}

/// What a form says, as one short text.
pub(crate) fn body_hash(body: &impl Serialize) -> AppResult<String> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(body).map_err(internal)?)))
}

/// A key that follows from others: always the same one, and good as a form's.
pub(crate) fn derived_key(from: &str) -> String {
    hex::encode(Sha256::digest(from))
}

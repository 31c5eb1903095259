//! Stripe's error bodies. An error also says whether the request's changes are kept (a declined card leaves a failed
//! charge behind) and whether its answer is kept for its idempotency key.

use serde_json::{Map, Value, json};

/// An answer that is not 2xx.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// The members of `error`.
    pub error: Map<String, Value>,
    /// The endpoint had begun to work: the answer belongs to the idempotency key.
    pub saved: bool,
    /// The changes made so far are kept.
    pub keep: bool,
}

/// The result of every handler.
pub type Res<T> = Result<T, Box<ApiError>>;

impl ApiError {
    fn new(status: u16, kind: &str, message: impl Into<String>) -> Box<Self> {
        let mut error = Map::new();
        error.insert("type".into(), json!(kind));
        error.insert("message".into(), json!(message.into()));
        Box::new(Self {
            status,
            error,
            saved: false,
            keep: false,
        })
    }

    /// The whole body.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "error": self.error })
    }

    fn with(mut self: Box<Self>, key: &str, value: impl Into<Value>) -> Box<Self> {
        self.error.insert(key.into(), value.into());
        self
    }

    /// Adds `code` and its documentation address.
    #[must_use]
    pub fn code(self: Box<Self>, code: &str) -> Box<Self> {
        let doc = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        self.with("code", code).with("doc_url", doc)
    }

    /// Adds the parameter that is to blame.
    #[must_use]
    pub fn param(self: Box<Self>, param: &str) -> Box<Self> {
        self.with("param", param)
    }

    /// Adds any other member.
    #[must_use]
    pub fn member(self: Box<Self>, key: &str, value: Value) -> Box<Self> {
        self.with(key, value)
    }

    /// Keeps the changes made so far, and the answer for the idempotency key.
    #[must_use]
    pub fn kept(mut self: Box<Self>) -> Box<Self> {
        self.saved = true;
        self.keep = true;
        self
    }

    /// Keeps the answer for the idempotency key, and nothing else.
    #[must_use]
    pub fn saved(mut self: Box<Self>) -> Box<Self> {
        self.saved = true;
        self
    }

    /// 400 that blames the request.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Box<Self> {
        Self::new(400, "invalid_request_error", message)
    }

    /// 400 that comes from the state of an object: the endpoint had begun.
    #[must_use]
    pub fn state(message: impl Into<String>) -> Box<Self> {
        Self::invalid(message).saved()
    }

    /// 400 for an absent parameter.
    #[must_use]
    pub fn missing(param: &str) -> Box<Self> {
        Self::invalid(format!("Missing required param: {param}."))
            .code("parameter_missing")
            .param(param)
    }

    /// 404, or 400 when the id came as a parameter.
    #[must_use]
    pub fn no_such(what: &str, id: &str, param: &str) -> Box<Self> {
        let mut e = Self::invalid(format!("No such {what}: '{id}'"))
            .code("resource_missing")
            .param(param);
        e.status = if param == "id" { 404 } else { 400 };
        e
    }

    /// 401.
    #[must_use]
    pub fn unauthorized(message: impl Into<String>) -> Box<Self> {
        Self::new(401, "invalid_request_error", message)
    }

    /// 404 for an address that does not exist.
    #[must_use]
    pub fn unknown_url(method: &str, path: &str) -> Box<Self> {
        let mut e = Self::invalid(format!(
            "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code."
        ));
        e.status = 404;
        e
    }

    /// 402 for a declined card.
    #[must_use]
    pub fn card(code: &str, decline_code: Option<&str>, message: &str) -> Box<Self> {
        let e = Self::new(402, "card_error", message).code(code);
        match decline_code {
            Some(d) => e.with("decline_code", d),
            None => e,
        }
    }

    /// 400 for a key that was used with other parameters.
    #[must_use]
    pub fn idempotency(message: impl Into<String>) -> Box<Self> {
        Self::new(400, "idempotency_error", message)
    }

    /// 409 for a key whose first request is still being worked on.
    #[must_use]
    pub fn key_in_use(key: &str) -> Box<Self> {
        let mut e = Self::invalid(format!(
            "There is currently another in-progress request using this Idempotent Key: {key}. Please try again later."
        ))
        .code("idempotency_key_in_use");
        e.status = 409;
        e
    }

    /// Any other status, for faults.
    #[must_use]
    pub fn other(status: u16, kind: &str, message: impl Into<String>) -> Box<Self> {
        Self::new(status, kind, message)
    }
}

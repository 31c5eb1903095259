//! Meaning, in colour: the few tones that the interface has. Colour never says anything that words do not say too.

/// What a badge, a banner or an event means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular; also overage, which is a price and no fault.
    #[default]
    Neutral,
    /// Included, done, paid.
    Success,
    /// Partial, soon, needs a look.
    Warning,
    /// Failed, exhausted, overdue.
    Danger,
    /// News without a judgement.
    Info,
}

impl Tone {
    /// The class that sets `--tone` for what is inside.
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "tone-neutral",
            Tone::Success => "tone-success",
            Tone::Warning => "tone-warning",
            Tone::Danger => "tone-danger",
            Tone::Info => "tone-info",
        }
    }
}

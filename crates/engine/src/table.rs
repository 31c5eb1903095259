//! What must know every room, as tables and nothing else: whose jobs the worker runs, who hears of the provider's events, who
//! follows what happens in a room below, and what rooms keep in the engine. A new room that has any of these gets its line
//! here.

use crate::{
    Engine, Parts, assignment, billing, catalogue, inbox,
    kernel::{Kept, events, jobs::Job, mail},
    notices, payables, people, subscriptions, sweep, work,
};
use serde::de::DeserializeOwned;

/// Reads the payload of a job that a room knows.
type Read = fn(&str) -> Option<Box<dyn Job>>;

/// Jobs by room.
const JOBS: &[Read] = &[
    read::<mail::Job>,
    read::<people::Job>,
    read::<notices::Job>,
    read::<catalogue::Job>,
    read::<billing::Job>,
    read::<subscriptions::Job>,
    read::<assignment::Job>,
    read::<work::Job>,
    read::<inbox::Job>,
    read::<sweep::Job>,
];

/// The jobs that must always stand in the table; each enqueues itself again.
pub(crate) const RECURRING: &[&dyn Job] = &[
    &people::Job::TidyPeople,
    &subscriptions::Job::Boundaries,
    &assignment::Job::PendingPacks,
    &work::Job::Previews,
    &work::Job::TellDue,
    &sweep::Job::Sweep,
];

impl Engine {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let kept = Kept::default()
            .with(work::Lane::default())
            .with(people::Drawing::default())
            .with(people::Followers(&[&notices::Following, &work::Following]))
            .with(subscriptions::Followers(&[
                &assignment::Following,
                &payables::Following,
            ]))
            .with(events::Listeners(&[
                &billing::Listening,
                &subscriptions::Listening,
                &payables::Listening,
            ]));
        Engine::with(parts, kept)
    }
}

/// The job of a payload, from the room that knows it.
pub(crate) fn job(payload: &str) -> Option<Box<dyn Job>> {
    JOBS.iter().find_map(|read| read(payload))
}

fn read<J: Job + DeserializeOwned + 'static>(payload: &str) -> Option<Box<dyn Job>> {
    let job: J = serde_json::from_str(payload).ok()?;
    Some(Box::new(job))
}

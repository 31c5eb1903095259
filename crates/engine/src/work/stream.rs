//! What has happened to a request, was delivered and was written, as one stream in the order of time (RQ3, RQ4, RQ6); and how
//! far it has come (RQ1).

use crate::{
    Caller, Engine,
    work::{
        files::of_unfinished_work,
        request::seen_name,
        steps::{event_words, of_delivery, step_of},
    },
};
use domain::{
    Instant, Transition,
    shown::Moment,
    work::{
        course,
        view::{CourseView, DeliveryView, Entry, EventView, MessageView, PinView},
    },
};
use std::collections::BTreeMap;
use store::work::detail::{DetailRow, EventRow, MessageRow};

impl Engine {
    /// The stream, as somebody may read it. `messages` are those that may be read already (RQ3), `pins` says which of them are
    /// about files.
    pub(super) fn stream(
        &self,
        caller: &Caller,
        row: &DetailRow,
        events: Vec<EventRow>,
        mut messages: Vec<MessageRow>,
        mut pins: BTreeMap<String, PinView>,
        now: Instant,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut versions = 0;
        let given = events.iter().rposition(|event| of_assignment(&event.kind));
        for (place, event) in events.into_iter().enumerate() {
            let delivers = step_of(&event.kind) == Some(Transition::Deliver);
            versions += i64::from(delivers);
            if !sees_event(caller, &event, given.is_none_or(|given| given < place)) {
                continue;
            }
            let who = match event.actor_role {
                Some(role) => seen_name(caller, row, role, event.actor_vendor, event.actor_name.clone()),
                None => "The system".to_owned(),
            };
            let (at, moment) = (event.at, self.moment(event.at, now));
            let entry = if delivers {
                let goes_along = |note: &MessageRow| note.at == at && of_delivery(&note.form_key, versions);
                let note = messages.iter().position(goes_along).map(|place| messages.remove(place));
                Entry::Delivery(DeliveryView {
                    version: versions,
                    text: format!("{who} delivered version {versions}."),
                    at: moment,
                    note: note.map(|note| self.message_view(caller, row, note, None, now)),
                })
            } else {
                Entry::Event(EventView {
                    text: history_sentence(caller, &who, &event),
                    at: moment,
                })
            };
            entries.push((at, entry));
        }
        let messages = messages.into_iter().map(|message| {
            let at = message.at;
            let pin = pins.remove(&message.id);
            (at, Entry::Message(self.message_view(caller, row, message, pin, now)))
        });
        entries.extend(messages);
        // What was done stands before what was written with it: the order of one instant stays.
        entries.sort_by_key(|(at, _)| *at);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// How far it has come, by the days on which it got there.
    pub(super) fn course(&self, row: &DetailRow, events: &[EventRow], now: Instant) -> Vec<CourseView> {
        let steps: Vec<(Transition, Instant)> = events
            .iter()
            .filter_map(|event| Some((step_of(&event.kind)?, event.at)))
            .collect();
        let way = course(row.status, row.submitted_at, &steps).into_iter();
        way.map(|one| CourseView {
            label: one.status.label().to_owned(),
            note: one.note.map(str::to_owned),
            at: one.at.map(|at| Moment {
                text: self.zone().show_date(at),
                ..self.moment(at, now)
            }),
            current: one.current,
        })
        .collect()
    }

    fn message_view(
        &self,
        caller: &Caller,
        row: &DetailRow,
        message: MessageRow,
        pin: Option<PinView>,
        now: Instant,
    ) -> MessageView {
        MessageView {
            id: message.id,
            author: seen_name(caller, row, message.role, message.vendor_id, message.author),
            side: match message.role {
                role if role.is_client() => "Client".to_owned(),
                // SU8: who reads no names doesn't read whether it was somebody outside.
                role if role.is_vendor() && (row.shows_vendor_names || !caller.role.is_client()) => "Vendor".to_owned(),
                _ => row.agency.clone(),
            },
            body: message.body,
            internal: message.internal,
            own: message.author_id == caller.user_id,
            at: self.moment(message.at, now),
            pin,
        }
    }
}

/// RQ4, RQ7: what is being made and who is to make it is no matter of the client's. A vendor reads of what is being made what was
/// done since it has the work (`since`), and what its own people did before.
fn sees_event(caller: &Caller, event: &EventRow, since: bool) -> bool {
    let unfinished = of_unfinished_work(&event.kind);
    match caller.role {
        role if role.is_client() => !unfinished && !of_assignment(&event.kind),
        role if role.is_vendor() => match event.actor_vendor {
            _ if !unfinished => true,
            None => since,
            by => by == caller.vendor_id,
        },
        _ => true,
    }
}

/// Whether a line of the history is of who is to do the work.
fn of_assignment(kind: &str) -> bool {
    matches!(kind, "assigned" | "reassigned" | "given")
}

fn history_sentence(caller: &Caller, who: &str, event: &EventRow) -> String {
    let EventRow { kind, detail, .. } = event;
    let what = match kind.as_str() {
        "submitted" => "submitted the request",
        "assigned" => "assigned it to the pack's vendor",
        "reassigned" => "moved it to another vendor",
        kind => event_words(kind).unwrap_or(kind),
    };
    match kind.as_str() {
        _ if detail.is_empty() => format!("{who} {what}."),
        // Of a request that came from another vendor, what it was given to is not told either.
        "given" if !caller.role.is_staff() => format!("{who} {what}."),
        "given" => format!("{who} assigned it to {detail}."),
        "work_file_removed" => format!("{who} removed {detail} from the next version."),
        "approved" | "file_added" | "file_removed" | "work_file_added" => format!("{who} {what} {detail}."),
        _ => format!("{who} {what}: {detail}."),
    }
}

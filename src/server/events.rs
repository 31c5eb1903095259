//! `GET /events`: tells an open page that something it may show has changed. It says never what: pages read again, and
//! are guarded when they do.

use super::{here::Here, state::AppState};
use axum::{
    extract::{Query, Request, State},
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::access::Role;
use engine::{Caller, Change};
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

/// How often a stream asks whether its session still holds.
const STILL_SIGNED_IN: Duration = Duration::from_secs(30);
/// Changes that come together are told once: one reading sees them all.
const GATHER: Duration = Duration::from_millis(150);

/// Whether a change concerns somebody's pages.
pub fn concerns(change: &Change, caller: &Caller) -> bool {
    match caller.role {
        role if role.is_client() => change.client_id.is_some() && change.client_id == caller.client_id,
        role if role.is_vendor() => change.vendor_id.is_some() && change.vendor_id == caller.vendor_id,
        Role::InternalDesigner | Role::Admin | Role::Accountant | Role::Support => true,
        _ => false,
    }
}

/// What a page knows when it begins to listen.
#[derive(serde::Deserialize)]
pub struct Since {
    /// How many changes there had been when the page was rendered.
    since: Option<u64>,
}

/// The stream. What happened between the rendering of the page and this, or while the connection was lost, is told at
/// once. It ends with the session, with the process, and when the person's rights change.
pub async fn stream(State(app): State<AppState>, Query(asked): Query<Since>, request: Request) -> Response {
    let here = request.extensions().get::<Here>().cloned();
    let Some((here, signed)) = here.and_then(|here| here.signed.clone().map(|signed| (here, signed))) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    // This answer ends an `EventSource` for good; the page works without.
    let Some(seat) = app.room.streams.take(signed.caller.user_id) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    // The browser names the last event that it got when it connects again.
    let last = request
        .headers()
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let mut changes = app.engine.subscribe_changes();
    let missed = last.or(asked.since).is_some_and(|since| {
        app.engine
            .changes_since(since)
            .is_none_or(|missed| missed.iter().any(|change| concerns(change, &signed.caller)))
    });
    let mut ending = app.ending.clone();
    let session_hash = here.session.id().map(|id| super::session::id_hash(&id));
    let engine = app.engine.clone();
    let caller = signed.caller.clone();
    let (tell, told) = tokio::sync::mpsc::channel::<()>(1);
    if missed {
        let _ = tell.try_send(());
    }
    let counting = app.engine.clone();
    tokio::spawn(async move {
        let mut look = tokio::time::interval(STILL_SIGNED_IN);
        look.tick().await;
        loop {
            tokio::select! {
                change = next_of(&mut changes, &caller) => {
                    if change.is_none() {
                        break;
                    }
                    gather(&mut changes, tokio::time::sleep(GATHER)).await;
                    // A full channel means that the page has not yet been told of the one before.
                    let _ = tell.try_send(());
                }
                _ = look.tick() => {
                    let holds = match (&session_hash, engine.person_of_session(caller.user_id).await) {
                        (Some(hash), Ok(Some(found))) => {
                            engine::people::caller_of(&found.person) == caller && session_stands(&engine, hash).await
                        }
                        _ => false,
                    };
                    if !holds {
                        break;
                    }
                }
                () = tell.closed() => break,
                () = async { drop(ending.wait_for(|end| *end).await) } => break,
            }
        }
    });
    let events = futures::stream::unfold((told, counting, seat), |(mut told, counting, seat)| async move {
        told.recv().await?;
        let event = Event::default()
            .id(counting.changes_so_far().to_string())
            .data("changed");
        Some((Ok::<_, Infallible>(event), (told, counting, seat)))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response()
}

/// Waits for a change that concerns somebody; `None` when there will be none. Nothing is lost when it is given up.
async fn next_of(changes: &mut Receiver<Change>, caller: &Caller) -> Option<()> {
    loop {
        match changes.recv().await {
            Ok(change) if !concerns(&change, caller) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return Some(()),
            Err(RecvError::Closed) => return None,
        }
    }
}

/// Takes what comes in the meantime as one with the change that was told.
async fn gather(changes: &mut Receiver<Change>, meantime: impl Future<Output = ()>) {
    meantime.await;
    while matches!(changes.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
}

async fn session_stands(engine: &engine::Engine, hash: &str) -> bool {
    let Ok(mut tx) = engine.db().read().await else {
        return false;
    };
    matches!(
        store::people::session(&mut tx, hash, engine.wall_now()).await,
        Ok(Some(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ClientId, UserId, VendorId};

    fn id<T: std::str::FromStr>(last: u32) -> T
    where
        T::Err: std::fmt::Debug,
    {
        format!("00000000-0000-7000-8000-{last:012}").parse().expect("an id")
    }

    fn caller(role: Role, client: Option<u32>, vendor: Option<u32>) -> Caller {
        Caller {
            user_id: id::<UserId>(9),
            name: String::new(),
            role,
            lead: false,
            client_id: client.map(id::<ClientId>),
            vendor_id: vendor.map(id::<VendorId>),
        }
    }

    #[tokio::test]
    async fn what_changes_together_is_told_once() {
        let change = Change {
            client_id: Some(id(1)),
            vendor_id: None,
        };
        let caller = caller(Role::ClientMember, Some(1), None);
        let (changed, mut changes) = tokio::sync::broadcast::channel(4);
        let send = || changed.send(change.clone()).expect("heard");
        send();
        assert_eq!(next_of(&mut changes, &caller).await, Some(()));
        // More than the channel holds.
        gather(&mut changes, async {
            for _ in 0..6 {
                send();
            }
        })
        .await;
        send();
        assert_eq!(next_of(&mut changes, &caller).await, Some(()), "the next one is told");
        drop(changed);
        assert_eq!(next_of(&mut changes, &caller).await, None, "and nothing between them");
    }

    #[test]
    fn a_stream_tells_of_ones_own_only() {
        let change = Change {
            client_id: Some(id(1)),
            vendor_id: Some(id(2)),
        };
        assert!(concerns(&change, &caller(Role::ClientMember, Some(1), None)));
        assert!(
            !concerns(&change, &caller(Role::ClientMember, Some(3), None)),
            "another client"
        );
        assert!(concerns(&change, &caller(Role::VendorDesigner, None, Some(2))));
        assert!(
            !concerns(&change, &caller(Role::VendorDesigner, None, Some(3))),
            "another vendor"
        );
        assert!(concerns(&change, &caller(Role::Admin, None, None)));
        let staff = Change {
            client_id: None,
            vendor_id: None,
        };
        assert!(
            !concerns(&staff, &caller(Role::ClientOwner, Some(1), None)),
            "staff's own"
        );
        assert!(!concerns(&staff, &caller(Role::VendorManager, None, Some(2))));
    }
}

//! Rows of a list that is read again while somebody is in it.
//!
//! What must not be here: what a row looks like.

use leptos::{
    attr::{Attribute, any_attribute::AnyAttribute},
    prelude::*,
    tachys::{
        hydration::Cursor,
        reactive_graph::OwnedView,
        ssr::StreamBuilder,
        view::{Position, PositionState},
    },
};

/// The rows of a list that is read again while somebody is in it. A row that is still there stays the same element, wherever
/// it now stands, so that the focus and a press that has begun stay with what they meant; what has changed in it is patched.
///
/// Made by the page, once; shown by each reading of it.
pub struct Rows<R: Send + Sync + 'static> {
    all: RwSignal<Vec<R>>,
    owner: StoredValue<Owner>,
}

impl<R: Send + Sync + 'static> Clone for Rows<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Send + Sync + 'static> Copy for Rows<R> {}

impl<R: Clone + PartialEq + Send + Sync + 'static> Default for Rows<R> {
    fn default() -> Self {
        Rows {
            all: RwSignal::new(Vec::new()),
            owner: StoredValue::new(Owner::new()),
        }
    }
}

impl<R: Clone + PartialEq + Send + Sync + 'static> Rows<R> {
    /// The rows as they are now. `key` is what a row is known by. `key` and `draw` hold for as long as the table stands:
    /// what a row is drawn from is part of the row.
    pub fn show(
        self,
        rows: Vec<R>,
        key: impl Fn(&R) -> String + Clone + Send + Sync + 'static,
        draw: impl Fn(R) -> AnyView + Clone + Send + Sync + 'static,
    ) -> AnyView {
        self.all.set(rows);
        let all = self.all;
        let known_by = key.clone();
        let row = move |row: R| {
            let (known_by, draw) = (known_by.clone(), draw.clone());
            let id = known_by(&row);
            let now = Memo::new(move |before: Option<&R>| {
                let found = all.with(|all| all.iter().find(|one| known_by(one) == id).cloned());
                found.or_else(|| before.cloned()).unwrap_or_else(|| row.clone())
            });
            (move || draw(now.get())).into_any()
        };
        // Owned by the page, not by one reading of it.
        let owner = self.owner.get_value();
        let list = owner.with(move || view! { <For each=move || all.get() key=key children=row/> }.into_any());
        Stays(OwnedView::new_with_owner(list, owner)).into_any()
    }
}

/// A view that goes on by itself: what is drawn in its place later is left out, because it follows the same signals.
struct Stays(OwnedView<AnyView>);

impl Render for Stays {
    type State = <OwnedView<AnyView> as Render>::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, _state: &mut Self::State) {}
}

impl AddAnyAttr for Stays {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Rows carry attributes of their own only.
    fn add_any_attr<NewAttr: Attribute>(self, _attr: NewAttr) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        self
    }
}

impl RenderHtml for Stays {
    type AsyncOutput = <OwnedView<AnyView> as RenderHtml>::AsyncOutput;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> Self::AsyncOutput {
        self.0.resolve().await
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0
            .to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0
            .to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(cursor, position)
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.0.hydrate_async(cursor, position).await
    }

    fn into_owned(self) -> Self::Owned {
        self
    }
}

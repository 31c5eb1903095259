//! A price or rate for each service, all in one form: a table, of which what has an amount of its own comes first.

use crate::{
    components::*,
    wire::{Call, PostForm, Posting},
};
use domain::seen;
use leptos::prelude::*;

/// A service's amount, as the form shows it.
pub struct ByService {
    /// Which; its amount is sent under this, so that each comes back as it was typed.
    pub service_id: String,
    /// Its name.
    pub service: String,
    /// What holds for everybody: "$25.00".
    pub standard: String,
    /// The amount; empty: none.
    pub value: String,
}

/// What the table is called and its columns say.
#[derive(Clone, Copy)]
pub struct Words {
    /// The table's name.
    pub caption: &'static str,
    /// Above what holds for everybody.
    pub standard: &'static str,
    /// Above the amounts.
    pub own: &'static str,
    /// What an empty one means.
    pub blank: &'static str,
    /// What the button says.
    pub save: &'static str,
}

/// The form: one amount for each service.
#[component]
pub fn AmountsByService<F: Call>(
    /// Where it is posted.
    action: Posting<F>,
    /// Whose they are.
    id: String,
    /// The name of the amounts, `price` or `rate`: the fields are `price[…]` by their services.
    name: &'static str,
    /// The services.
    rows: Vec<ByService>,
    /// Its words.
    words: Words,
) -> impl IntoView {
    let problems = action.problems();
    let mut rows = rows;
    rows.sort_by_key(|row| row.value.is_empty());
    let labels = rows
        .iter()
        .map(|row| (seen::field_of(name, &row.service_id), row.service.clone()))
        .collect::<Vec<_>>();
    let fields = rows
        .into_iter()
        .map(|row| {
            let field = seen::field_of(name, &row.service_id);
            let key = field.clone();
            let error = Signal::derive(move || problems.0.with(|e| e.as_ref().and_then(|e| e.of_field(&key))));
            let was = seen::field_of("was", &row.service_id);
            let (label, before) = (row.service.clone(), row.value.clone());
            view! {
                <Row>
                    <RowHead>{row.service}</RowHead>
                    <Cell label=words.standard numeric=true>
                        {row.standard}
                    </Cell>
                    <Cell label=words.own>
                        <input type="hidden" name=was value=before/>
                        <MoneyField name=field label unit="a unit" value=row.value error hide_label=true/>
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <PostForm action class="flex flex-col gap-4 max-w-3xl">
            <ErrorSummary problems rows=labels/>
            <input type="hidden" name="id" value=id/>
            <p class="text-sm text-muted">{words.blank}</p>
            <DataTable
                caption=words.caption
                columns=vec![
                    Column::new("Service"),
                    Column::numeric(words.standard),
                    Column::new(words.own),
                ]
            >
                {fields}
            </DataTable>
            <FormActions>
                <Button submit=true pending=action.pending()>
                    {words.save}
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}

//! A price or rate for each service, all in one form.

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
    /// The amount; empty: none.
    pub value: String,
    /// What an empty one means.
    pub help: String,
}

/// The form: one amount for each service, in their order.
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
    /// What the button says.
    save: &'static str,
) -> impl IntoView {
    let problems = action.problems();
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
            view! {
                <input type="hidden" name=seen::field_of("was", &row.service_id) value=row.value.clone()/>
                <MoneyField
                    name=field
                    label=row.service
                    unit="a unit"
                    value=row.value
                    help=row.help
                    error
                    optional=true
                />
            }
        })
        .collect_view();
    view! {
        <PostForm action class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary problems rows=labels/>
            <input type="hidden" name="id" value=id/>
            {fields}
            <FormActions>
                <Button submit=true pending=action.pending()>
                    {save}
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}

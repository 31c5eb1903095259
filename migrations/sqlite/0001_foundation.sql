-- The whole schema of the product so far. The text is the same for both databases but for the last part.
-- Conventions: ids are UUIDs as text; instants are microseconds since the epoch (UTC); days are text YYYY-MM-DD in the
-- business zone; money is minor units; words are text with a check; every rule that must never break is a constraint
-- with a name, so that the store can turn its violation into a named error.

-- What is counted, kept apart from what is ordered: other kinds of allowance come as other meters.
create table meters (
    id            text not null primary key,
    key           text not null constraint meters_key_unique unique,
    unit_singular text not null,
    unit_plural   text not null
);

create table services (
    id               text    not null primary key,
    name             text    not null constraint services_name_unique unique,
    meter_id         text    not null references meters (id),
    unit_price_cents bigint  not null,
    turnaround_days  bigint  not null,
    active           boolean not null,
    created_at       bigint  not null,
    row_version      bigint  not null default 0,
    -- §16: free, or at least what a card can be charged
    constraint services_price_chargeable check (unit_price_cents = 0 or unit_price_cents >= 50),
    constraint services_turnaround_positive check (turnaround_days between 1 and 60)
);

create table clients (
    id                      text    not null primary key,
    name                    text    not null constraint clients_name_unique unique,
    -- what vendors see instead of the name (RQ7)
    alias                   text    not null constraint clients_alias_unique unique,
    payment_type            text    not null constraint clients_payment_type_known check (payment_type in ('pay_as_you_go', 'monthly', 'royalties')),
    members_may_order_extra boolean not null default true,
    stripe_customer_id      text    constraint clients_stripe_customer_unique unique,
    -- the card on file, as last read from Stripe (§7 payment_method.*)
    card_payment_method_id  text,
    card_brand              text,
    card_last4              text,
    card_exp_month          bigint,
    card_exp_year           bigint,
    closed_at               bigint,
    created_at              bigint  not null,
    row_version             bigint  not null default 0
);

-- The order of lists by the client's name.
create index clients_by_word on clients (lower(name), id);

create table client_service_prices (
    client_id        text   not null references clients (id),
    service_id       text   not null references services (id),
    unit_price_cents bigint not null,
    primary key (client_id, service_id),
    constraint client_prices_chargeable check (unit_price_cents = 0 or unit_price_cents >= 50)
);

create table vendors (
    id         text    not null primary key,
    slug       text    not null constraint vendors_slug_unique unique,
    kind       text    not null constraint vendors_kind_known check (kind in ('internal', 'external')),
    name       text    not null constraint vendors_name_unique unique,
    active     boolean not null,
    created_at bigint  not null,
    -- TP1: the internal vendor cannot be switched off
    constraint vendors_internal_active check (kind = 'external' or active)
);
-- TP1: exactly one
create unique index vendors_one_internal on vendors (kind) where kind = 'internal';

create table users (
    id                 text    not null primary key,
    email              text    not null constraint users_email_unique unique,
    name               text    not null,
    password_hash      text,
    role               text    not null constraint users_role_known check (role in ('client_owner', 'client_member', 'internal_designer', 'vendor_manager', 'vendor_designer', 'admin', 'accountant', 'support')),
    lead               boolean not null default false,
    client_id          text    references clients (id),
    vendor_id          text    references vendors (id),
    active             boolean not null,
    -- IN5: the staff switch *Show pack requests*
    show_pack_requests boolean not null default true,
    created_at         bigint  not null,
    last_sign_in_at    bigint,
    row_version        bigint  not null default 0,
    constraint users_email_lower check (email = lower(email)),
    constraint users_client_of_role check ((role in ('client_owner', 'client_member')) = (client_id is not null)),
    constraint users_vendor_of_role check ((role in ('vendor_manager', 'vendor_designer')) = (vendor_id is not null)),
    constraint users_lead_of_role check (not lead or role = 'internal_designer')
);
create index users_by_name on users (name, id);
create index users_by_client on users (client_id) where client_id is not null;

-- TP2: internal designers are members of the internal vendor; vendor people of theirs.
create table vendor_members (
    vendor_id text not null references vendors (id),
    user_id   text not null references users (id) on delete cascade,
    primary key (vendor_id, user_id)
);
create index vendor_members_by_user on vendor_members (user_id);

-- Invitations and password resets; only a hash of the token is kept.
create table user_tokens (
    token_hash text   not null primary key,
    user_id    text   not null references users (id),
    kind       text   not null constraint user_tokens_kind_known check (kind in ('invite', 'reset')),
    created_at bigint not null,
    expires_at bigint not null,
    used_at    bigint
);
create index user_tokens_by_user on user_tokens (user_id, kind);

create table sessions (
    id           text   not null primary key,
    data         text   not null,
    user_id      text   references users (id) on delete cascade,
    -- what the account page shows and ends; never the id that is in the cookie
    public_id    text   not null constraint sessions_public_unique unique,
    user_agent   text   not null default '',
    ip           text   not null default '',
    created_at   bigint not null,
    last_seen_at bigint not null,
    expires_at   bigint not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

-- Failed sign-ins, counted for an address, for a source, and for the two together; the key is a hash.
create table sign_in_failures (
    key      text   not null primary key,
    failures bigint not null,
    last_at  bigint not null
);
create index sign_in_failures_by_time on sign_in_failures (last_at);

create table packs (
    id          text    not null primary key,
    service_id  text    not null references services (id),
    quantity    bigint  not null,
    -- PE9
    visible     boolean not null,
    archived_at bigint,
    created_at  bigint  not null,
    updated_at  bigint  not null,
    row_version bigint  not null default 0,
    constraint packs_quantity_range check (quantity between 1 and 10000)
);
-- PE3
create unique index packs_service_quantity_unique on packs (service_id, quantity) where archived_at is null;

-- PE5: immutable price terms (a trigger below refuses changes of them)
create table pack_versions (
    id                   text   not null primary key,
    pack_id              text   not null references packs (id),
    version              bigint not null,
    price_cents          bigint not null,
    currency             text   not null constraint pack_versions_currency check (length(currency) = 3),
    vendor_payment_cents bigint not null,
    vendor_rate_mode     text   not null constraint pack_versions_rate_mode check (vendor_rate_mode in ('per_pack', 'per_unit')),
    overage_price_cents  bigint,
    stripe_product_id    text,
    stripe_price_id      text   constraint pack_versions_stripe_price_unique unique,
    created_at           bigint not null,
    created_by           text   references users (id),
    constraint pack_versions_number_unique unique (pack_id, version),
    -- PE1
    constraint pack_versions_price_chargeable check (price_cents >= 50),
    constraint pack_versions_vendor_payment check (vendor_payment_cents >= 0),
    constraint pack_versions_overage_chargeable check (overage_price_cents is null or overage_price_cents = 0 or overage_price_cents >= 50)
);

create table pack_subscriptions (
    id                      text   not null primary key,
    client_id               text   not null references clients (id),
    pack_id                 text   not null references packs (id),
    pack_version_id         text   not null references pack_versions (id),
    service_id              text   not null references services (id),
    rail                    text   not null constraint pack_subscriptions_rail check (rail in ('stripe', 'royalties')),
    status                  text   not null constraint pack_subscriptions_status check (status in ('incomplete', 'active', 'past_due', 'suspended', 'ended')),
    end_reason              text   constraint pack_subscriptions_end_reason check (end_reason in ('incomplete_expired', 'replaced', 'first_invoice_voided', 'cancelled', 'unpaid')),
    stripe_subscription_id  text   constraint pack_subscriptions_stripe_unique unique,
    stripe_status           text,
    first_invoice_id        text,
    -- what the page shows while the first payment is open: hosted page, decline
    payment_url             text,
    -- SU4, SU9: why the first charge is open, and the bank's own words where it had any
    payment_problem         text   constraint pack_subscriptions_payment_problem check (payment_problem in ('confirm', 'declined')),
    payment_message         text,
    anchor_at               bigint,
    cancel_at               bigint,
    canceled_by             text   references users (id),
    cancel_reason           text,
    grace_period_ends_at    bigint,
    grace_invoice_id        text,
    pending_pack_version_id text   references pack_versions (id),
    pending_requested_at    bigint,
    pending_requested_by    text   references users (id),
    pending_state           text   constraint pack_subscriptions_pending_state check (pending_state in ('requested', 'scheduled')),
    -- PE5: the terms that an admin moves it to, when the client was told, and from which boundary they hold (on the stripe
    -- rail known once Stripe has confirmed the price)
    move_to_version_id      text   references pack_versions (id),
    move_told_at            bigint,
    move_applies_at         bigint,
    vendor_assignee_id      text   references vendors (id),
    created_at              bigint not null,
    created_by              text   references users (id),
    activated_at            bigint,
    ended_at                bigint,
    updated_at              bigint not null,
    row_version             bigint not null default 0,
    constraint pack_subscriptions_anchor check (status not in ('active', 'past_due') or anchor_at is not null),
    constraint pack_subscriptions_move check (move_told_at is not null or move_applies_at is null),
    constraint pack_subscriptions_moves_somewhere check (move_to_version_id is not null or move_told_at is null),
    constraint pack_subscriptions_ended check ((status = 'ended') = (ended_at is not null))
);
-- I7, SU1, GR8
create unique index pack_subscriptions_one_live on pack_subscriptions (client_id, service_id) where status in ('incomplete', 'active', 'past_due', 'suspended');
create index pack_subscriptions_by_client on pack_subscriptions (client_id, created_at);
create index pack_subscriptions_by_pack on pack_subscriptions (pack_id, status);
create index pack_subscriptions_running on pack_subscriptions (status, id) where status in ('active', 'past_due');

create table pack_periods (
    id                   text   not null primary key,
    subscription_id      text   not null references pack_subscriptions (id),
    seq                  bigint not null,
    prev_seq             bigint,
    starts_at            bigint not null,
    ends_at              bigint not null,
    included_units       bigint not null,
    price_cents          bigint not null,
    currency             text   not null,
    pack_version_id      text   not null references pack_versions (id),
    vendor_id            text   references vendors (id),
    vendor_payment_cents bigint not null,
    payment_state        text   not null constraint pack_periods_payment_state check (payment_state in ('pending', 'paid', 'failed', 'royalty_due', 'royalty_paid', 'written_off', 'refunded')),
    stripe_invoice_id    text   constraint pack_periods_invoice_unique unique,
    paid_at              bigint,
    used_units           bigint not null default 0,
    -- units beyond the pack in this period and what they cost, kept by the submission for the dashboards
    overage_units        bigint not null default 0,
    overage_cents        bigint not null default 0,
    opened_at            bigint not null,
    -- I5, I6
    constraint pack_periods_seq_unique unique (subscription_id, seq),
    constraint pack_periods_chain_target unique (subscription_id, seq, ends_at),
    constraint pack_periods_prev check ((seq = 1 and prev_seq is null) or (seq > 1 and prev_seq = seq - 1)),
    constraint pack_periods_contiguous foreign key (subscription_id, prev_seq, starts_at) references pack_periods (subscription_id, seq, ends_at) on update cascade,
    constraint pack_periods_forward check (starts_at < ends_at),
    -- I2
    constraint pack_periods_used_range check (0 <= used_units and used_units <= included_units),
    constraint pack_periods_overage_range check (overage_units >= 0 and overage_cents >= 0)
);
create index pack_periods_by_end on pack_periods (subscription_id, ends_at);

create table credit_batches (
    id         text   not null primary key,
    client_id  text   not null references clients (id),
    source     text   not null constraint credit_batches_source check (source in ('pack_period', 'top_up', 'compensation', 'plan_inclusion')),
    meter_id   text   not null references meters (id),
    -- what the units may be spent on; null = any service of the meter
    service_id text   references services (id),
    granted    bigint not null,
    remaining  bigint not null,
    starts_at  bigint not null,
    expires_at bigint,
    -- a pack period owns exactly one batch (I6)
    period_id  text   constraint credit_batches_period_unique unique references pack_periods (id),
    stripe_ref text   constraint credit_batches_stripe_ref_unique unique,
    granted_at bigint not null,
    constraint credit_batches_remaining_range check (0 <= remaining and remaining <= granted),
    constraint credit_batches_period_source check ((source = 'pack_period') = (period_id is not null))
);
create index credit_batches_usable on credit_batches (client_id, service_id) where remaining > 0;

create table service_requests (
    id                         text   not null primary key,
    -- the number people say: one sequence for the agency
    number                     bigint not null constraint service_requests_number_unique unique,
    client_id                  text   not null references clients (id),
    service_id                 text   references services (id),
    title                      text   not null,
    brief                      text   not null,
    -- a draft keeps what was typed, whatever it is; a submitted request has a number
    quantity_typed             text   not null default '',
    quantity                   bigint,
    wished_on                  text,
    status                     text   not null constraint service_requests_status check (status in ('draft', 'payment_pending', 'payment_failed', 'submitted', 'in_progress', 'in_review', 'approved', 'cancelled')),
    created_at                 bigint not null,
    created_by                 text   not null references users (id),
    updated_at                 bigint not null,
    submitted_at               bigint,
    submitted_by               text   references users (id),
    local_day                  text,
    due_at                     bigint,
    coverage                   text   constraint service_requests_coverage check (coverage in ('none', 'included', 'partial', 'overage')),
    included_units             bigint,
    overage_units              bigint,
    payment_type_at_submit     text   constraint service_requests_payment_type check (payment_type_at_submit in ('pay_as_you_go', 'monthly', 'royalties')),
    unit_price_cents_at_submit bigint,
    overage_cents              bigint,
    currency                   text,
    -- the pack subscription and period that it was submitted in, if any
    subscription_id            text   references pack_subscriptions (id),
    period_id                  text   references pack_periods (id),
    -- AH1: the facts of the decision, stored when it was made
    receipt                    text,
    vendor_id                  text   references vendors (id),
    designer_id                text   references users (id),
    -- CO9, PE2: one opened form makes one request
    form_key                   text   not null,
    row_version                bigint not null default 0,
    constraint service_requests_form_key_unique unique (client_id, form_key),
    constraint service_requests_quantity_positive check (quantity is null or quantity >= 1),
    -- I3
    constraint service_requests_split check (status = 'draft' or (quantity is not null and included_units >= 0 and overage_units >= 0 and included_units + overage_units = quantity)),
    constraint service_requests_decided check (status = 'draft' or (submitted_at is not null and service_id is not null and coverage is not null and payment_type_at_submit is not null))
);
-- Each has the order of a list, and what its tabs count by.
create index service_requests_by_client on service_requests (client_id, number, status, coverage);
create index service_requests_by_status on service_requests (status, number, coverage);
create index service_requests_by_vendor on service_requests (vendor_id, status, number, coverage) where vendor_id is not null;
create index service_requests_by_submission on service_requests (submitted_at, id) where submitted_at is not null;
create index service_requests_by_period on service_requests (period_id) where period_id is not null;

-- Invariant 8: append-only (a trigger below forbids change and removal)
create table consumption_ledger (
    id          text   not null primary key,
    batch_id    text   not null references credit_batches (id),
    request_id  text   references service_requests (id),
    units       bigint not null,
    kind        text   not null constraint consumption_ledger_kind check (kind in ('consume', 'restore', 'expire', 'adjust', 'grant')),
    restores_id text   references consumption_ledger (id),
    occurred_at bigint not null,
    local_day   text   not null,
    actor       text   not null,
    reason      text   not null default '',
    idem_key    text   not null constraint consumption_ledger_idem_unique unique,
    constraint consumption_ledger_sign check (units <> 0 and (kind not in ('grant', 'restore') or units > 0) and (kind not in ('consume', 'expire') or units < 0)),
    constraint consumption_ledger_restores check ((kind = 'restore') = (restores_id is not null))
);
create index consumption_ledger_by_batch on consumption_ledger (batch_id);
create index consumption_ledger_by_request on consumption_ledger (request_id) where request_id is not null;

-- CA1: what a request took from each batch and what came back
create table request_allocations (
    request_id text   not null references service_requests (id),
    batch_id   text   not null references credit_batches (id),
    consumed   bigint not null,
    restored   bigint not null default 0,
    primary key (request_id, batch_id),
    constraint request_allocations_range check (consumed > 0 and 0 <= restored and restored <= consumed)
);
create index request_allocations_by_batch on request_allocations (batch_id);

create table charge_lines (
    id               text   not null primary key,
    client_id        text   not null references clients (id),
    request_id       text   references service_requests (id),
    period_id        text   references pack_periods (id),
    kind             text   not null constraint charge_lines_kind check (kind in ('overage', 'service', 'top_up', 'module', 'adjustment')),
    units            bigint not null,
    unit_price_cents bigint not null,
    amount_cents     bigint not null,
    tax_cents        bigint not null default 0,
    currency         text   not null,
    payment_type     text   not null constraint charge_lines_payment_type check (payment_type in ('pay_as_you_go', 'monthly', 'royalties')),
    state            text   not null constraint charge_lines_state check (state in ('pending', 'processing', 'paid', 'failed', 'accrued', 'invoiced', 'void', 'royalty_due', 'royalty_paid', 'refunded')),
    local_day        text   not null,
    statement_month  text,
    stripe_invoice_id text,
    created_at       bigint not null,
    idem_key         text   not null constraint charge_lines_idem_unique unique,
    constraint charge_lines_amount check (kind = 'adjustment' or (units > 0 and amount_cents = units * unit_price_cents))
);
-- I4: the units of a request beyond its pack stand in one line
create unique index charge_lines_one_per_request on charge_lines (request_id) where kind in ('overage', 'service');
create index charge_lines_by_client on charge_lines (client_id, local_day);

create table royalty_deductions (
    id           text   not null primary key,
    client_id    text   not null references clients (id),
    kind         text   not null constraint royalty_deductions_kind check (kind in ('service', 'pack')),
    source_id    text   not null,
    reverses_id  text   constraint royalty_deductions_reverses_unique unique references royalty_deductions (id),
    amount_cents bigint not null,
    currency     text   not null,
    due_on       text   not null,
    state        text   not null constraint royalty_deductions_state check (state in ('due', 'paid', 'void')),
    paid_on      text,
    reference    text,
    note         text,
    created_at   bigint not null
);
create unique index royalty_deductions_source_unique on royalty_deductions (kind, source_id) where reverses_id is null;
create index royalty_deductions_by_client on royalty_deductions (client_id, state);

-- WN3: one row for each threshold that a period has passed
create table usage_notices (
    period_id text    not null references pack_periods (id),
    threshold text    not null constraint usage_notices_threshold check (threshold in ('80', '90', '100', 'overage')),
    mailed    boolean not null,
    at        bigint  not null,
    primary key (period_id, threshold)
);

-- RQ6: the history of a request
create table request_events (
    id         text   not null primary key,
    request_id text   not null references service_requests (id),
    kind       text   not null,
    actor_id   text   references users (id),
    actor_name text   not null,
    detail     text   not null default '',
    at         bigint not null
);
create index request_events_by_request on request_events (request_id, at, id);

-- RQ3
create table request_messages (
    id          text    not null primary key,
    request_id  text    not null references service_requests (id),
    author_id   text    not null references users (id),
    body        text    not null,
    internal    boolean not null,
    at          bigint  not null,
    form_key    text    not null,
    constraint request_messages_form_key_unique unique (request_id, author_id, form_key)
);
create index request_messages_by_request on request_messages (request_id, at, id);

create table request_reads (
    request_id text   not null references service_requests (id),
    user_id    text   not null references users (id) on delete cascade,
    read_at    bigint not null,
    primary key (request_id, user_id)
);

-- IV1: what Stripe's invoices said when last read
create table invoices (
    id              text   not null primary key,
    client_id       text   not null references clients (id),
    subscription_id text   references pack_subscriptions (id),
    period_id       text   references pack_periods (id),
    number          text,
    status          text   not null,
    billing_reason  text   not null default '',
    amount_due      bigint not null,
    amount_paid     bigint not null,
    currency        text   not null,
    hosted_url      text,
    pdf_url         text,
    description     text   not null default '',
    -- JSON: description and amount of each
    lines           text   not null default '[]',
    created_at      bigint not null,
    finalized_at    bigint,
    paid_at         bigint,
    synced_at       bigint not null,
    row_version     bigint not null default 0
);
create index invoices_by_client on invoices (client_id, created_at);

create table checkout_sessions (
    id              text   not null primary key,
    client_id       text   not null references clients (id),
    subscription_id text   references pack_subscriptions (id),
    mode            text   not null constraint checkout_sessions_mode check (mode in ('subscription', 'setup')),
    state           text   not null constraint checkout_sessions_state check (state in ('open', 'complete', 'expired')),
    url             text   not null,
    expires_at      bigint not null,
    created_at      bigint not null
);
-- SU5: at most one open session for a pending subscription
create unique index checkout_sessions_one_open on checkout_sessions (subscription_id) where state = 'open' and subscription_id is not null;
create index checkout_sessions_by_client on checkout_sessions (client_id, created_at);

-- Every call that changes something at Stripe, written before it is made (STRIPE.md 0.5)
create table stripe_operations (
    id          text   not null primary key,
    key         text   not null constraint stripe_operations_key_unique unique,
    kind        text   not null,
    entity_id   text   not null,
    client_id   text   references clients (id),
    params_hash text   not null,
    state       text   not null constraint stripe_operations_state check (state in ('pending', 'done', 'failed')),
    attempts    bigint not null default 0,
    result_id   text,
    error       text,
    created_at  bigint not null,
    updated_at  bigint not null
);
create index stripe_operations_by_entity on stripe_operations (entity_id, kind);
create index stripe_operations_pending on stripe_operations (created_at) where state = 'pending';

-- WH2: the inbox
create table stripe_events (
    id              text   not null primary key,
    type            text   not null,
    api_version     text   not null default '',
    created         bigint not null,
    payload         text   not null,
    object_id       text   not null default '',
    state           text   not null constraint stripe_events_state check (state in ('received', 'processed', 'unmatched', 'ignored', 'dead')),
    attempts        bigint not null default 0,
    next_attempt_at bigint,
    received_at     bigint not null,
    processed_at    bigint,
    error           text
);
create index stripe_events_by_state on stripe_events (state, received_at, id);
create index stripe_events_by_time on stripe_events (received_at, id);
create index stripe_events_by_object on stripe_events (object_id);

create table outbox (
    id           text   not null primary key,
    topic        text   not null,
    payload      text   not null,
    dedupe_key   text   not null constraint outbox_dedupe_unique unique,
    created_at   bigint not null,
    published_at bigint
);
create index outbox_unpublished on outbox (created_at) where published_at is null;

create table mails (
    id         text   not null primary key,
    dedupe_key text   not null constraint mails_dedupe_unique unique,
    user_id    text   references users (id) on delete set null,
    to_email   text   not null,
    subject    text   not null,
    body_text  text   not null,
    body_html  text   not null,
    state      text   not null constraint mails_state check (state in ('queued', 'sent', 'kept', 'failed')),
    error      text,
    created_at bigint not null,
    sent_at    bigint
);
create index mails_by_time on mails (created_at, id);

create table jobs (
    key          text   not null primary key,
    kind         text   not null,
    payload      text   not null,
    run_at       bigint not null,
    attempts     bigint not null default 0,
    locked_until bigint,
    locked_by    text,
    last_error   text,
    dead         boolean not null default false,
    created_at   bigint not null
);
create index jobs_due on jobs (run_at, key) where not dead;

-- WH3: one worker at a time for each object
create table leases (
    key    text   not null primary key,
    holder text   not null,
    until  bigint not null
);

create table audit_log (
    id         text   not null primary key,
    actor      text   not null,
    action     text   not null,
    entity     text   not null,
    entity_id  text   not null,
    before     text,
    after      text,
    at         bigint not null,
    request_id text   not null default ''
);
create index audit_log_by_entity on audit_log (entity, entity_id, at, id);
create index audit_log_by_time on audit_log (at, id);
create index audit_log_by_actor on audit_log (actor, at, id);

-- PE2, invariant 7: the answer to a repeated post is the answer to the first
create table form_keys (
    scope      text   not null,
    key        text   not null,
    result     text   not null,
    created_at bigint not null,
    primary key (scope, key)
);

-- Things that staff must see (period_mismatch, stripe_shape_unknown, unmatched …); integrity findings stand here too
create table alarms (
    id          text   not null primary key,
    kind        text   not null,
    entity      text   not null,
    entity_id   text   not null,
    detail      text   not null,
    dedupe_key  text   not null constraint alarms_dedupe_unique unique,
    raised_at   bigint not null,
    resolved_at bigint
);
create index alarms_open on alarms (raised_at) where resolved_at is null;

-- Facts of the installation: its currency (IV3), the clock's offset in sandbox mode (TT1), cursors
create table settings (
    key   text not null primary key,
    value text not null
);

-- From here on the two databases differ in their words, not in their meaning.

create table counters (
    name  text   not null primary key,
    value bigint not null
);
insert into counters (name, value) values ('request_number', 1000);

create trigger consumption_ledger_no_update before update on consumption_ledger
begin select raise(abort, 'consumption_ledger_append_only'); end;
create trigger consumption_ledger_no_delete before delete on consumption_ledger
begin select raise(abort, 'consumption_ledger_append_only'); end;

create trigger audit_log_no_update before update on audit_log
begin select raise(abort, 'audit_log_append_only'); end;
create trigger audit_log_no_delete before delete on audit_log
begin select raise(abort, 'audit_log_append_only'); end;

create trigger pack_versions_immutable before update of pack_id, version, price_cents, currency, vendor_payment_cents, vendor_rate_mode, overage_price_cents on pack_versions
begin select raise(abort, 'pack_versions_immutable'); end;
create trigger pack_versions_no_delete before delete on pack_versions
begin select raise(abort, 'pack_versions_immutable'); end;

-- TP1: the internal vendor can be neither removed nor turned into another
create trigger vendors_internal_no_delete before delete on vendors when old.kind = 'internal'
begin select raise(abort, 'vendor_internal_required'); end;
create trigger vendors_internal_no_change before update of kind, slug on vendors when old.kind = 'internal' and (new.kind <> old.kind or new.slug <> old.slug)
begin select raise(abort, 'vendor_internal_required'); end;

-- TP1: Tri-POD itself, and the first meter
insert into vendors (id, slug, kind, name, active, created_at) values ('00000000-0000-7000-8000-000000000001', 'tri-pod', 'internal', 'Tri-POD', true, 0);
insert into meters (id, key, unit_singular, unit_plural) values ('00000000-0000-7000-8000-000000000002', 'design', 'design', 'designs');

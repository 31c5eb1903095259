-- The schema of this landing, by rooms; frozen with it. The text is the same for both databases but for the last part. A table
-- stands after those that it refers to, so a room may come twice.
-- Conventions: ids are UUIDs as text; instants are microseconds since the epoch (UTC); days are text YYYY-MM-DD in the
-- business zone; money is minor units; words are text with a check; every rule that must never break is a constraint
-- with a name, so that the store can turn its violation into a named error.

-- == kernel ==

create table outbox (
    id           text   not null primary key,
    topic        text   not null,
    payload      text   not null,
    dedupe_key   text   not null constraint outbox_dedupe_unique unique,
    created_at   bigint not null,
    published_at bigint
);
create index outbox_unpublished on outbox (created_at) where published_at is null;

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

-- == people ==

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

create table vendors (
    id         text    not null primary key,
    slug       text    not null constraint vendors_slug_unique unique,
    kind       text    not null constraint vendors_kind_known check (kind in ('internal', 'external')),
    name       text    not null constraint vendors_name_unique unique,
    active     boolean not null,
    created_at bigint  not null,
    -- what staff keep of it, besides its people
    email      text    not null default '',
    phone      text    not null default '',
    notes      text    not null default '',
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

-- == kernel ==

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

-- == catalogue ==

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

create table client_service_prices (
    client_id        text   not null references clients (id),
    service_id       text   not null references services (id),
    unit_price_cents bigint not null,
    primary key (client_id, service_id),
    constraint client_prices_chargeable check (unit_price_cents = 0 or unit_price_cents >= 50)
);

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

-- == payables ==

-- §14: which services a vendor takes, and what it gets for one unit outside of packs (VP3). Tri-POD takes all.
create table vendor_services (
    vendor_id  text   not null references vendors (id),
    service_id text   not null references services (id),
    rate_cents bigint not null,
    primary key (vendor_id, service_id),
    constraint vendor_services_rate check (rate_cents >= 0)
);
create index vendor_services_by_service on vendor_services (service_id);

-- VP1: what a vendor gets for a pack instead of what the pack's version says. Rows are kept, because periods refer to
-- what held for them.
create table vendor_pack_payments (
    id            text   not null primary key,
    vendor_id     text   not null references vendors (id),
    pack_id       text   not null references packs (id),
    payment_cents bigint not null,
    rate_mode     text   not null constraint vendor_pack_payments_mode check (rate_mode in ('per_pack', 'per_unit')),
    made_by       text   not null references users (id),
    made_at       bigint not null,
    replaced_at   bigint,
    constraint vendor_pack_payments_amount check (payment_cents >= 0)
);
create unique index vendor_pack_payments_one on vendor_pack_payments (vendor_id, pack_id) where replaced_at is null;

-- == subscriptions ==

-- One waist for every kind of offer: a subscription has periods, a period has lines and allowances.
create table subscriptions (
    id                      text   not null primary key,
    client_id               text   not null references clients (id),
    kind                    text   not null constraint subscriptions_kind check (kind in ('pack')),
    -- I9: what at most one live subscription of a client may hold; domain's `Slot` makes the text
    slot                    text   not null,
    -- pack only
    pack_id                 text   references packs (id),
    pack_version_id         text   references pack_versions (id),
    service_id              text   references services (id),
    billing_interval        text   not null constraint subscriptions_interval check (billing_interval in ('month', 'year')),
    currency                text   not null constraint subscriptions_currency check (length(currency) = 3),
    rail                    text   not null constraint subscriptions_rail check (rail in ('stripe', 'royalties')),
    status                  text   not null constraint subscriptions_status check (status in ('incomplete', 'active', 'past_due', 'suspended', 'ended')),
    end_reason              text   constraint subscriptions_end_reason check (end_reason in ('incomplete_expired', 'replaced', 'first_invoice_voided', 'cancelled', 'unpaid')),
    stripe_subscription_id  text   constraint subscriptions_stripe_unique unique,
    stripe_status           text,
    first_invoice_id        text,
    -- what the page shows while the first payment is open: hosted page, decline
    payment_url             text,
    -- SU4, SU9: why the first charge is open, and the bank's own words where it had any
    payment_problem         text   constraint subscriptions_payment_problem check (payment_problem in ('confirm', 'declined')),
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
    pending_state           text   constraint subscriptions_pending_state check (pending_state in ('requested', 'scheduled')),
    -- PE5: the terms that an admin moves it to, when the client was told, and from which boundary they hold (on the stripe
    -- rail known once Stripe has confirmed the price)
    move_to_version_id      text   references pack_versions (id),
    move_told_at            bigint,
    move_applies_at         bigint,
    vendor_assignee_id      text   references vendors (id),
    -- AS6: counts the changes of who does the work
    assignment_version      bigint not null default 0,
    -- AS1: when admins were last mailed that nobody does
    pending_mailed_at       bigint,
    created_at              bigint not null,
    created_by              text   references users (id),
    activated_at            bigint,
    ended_at                bigint,
    updated_at              bigint not null,
    row_version             bigint not null default 0,
    constraint subscriptions_pack check ((kind = 'pack') = (pack_id is not null) and (kind = 'pack') = (pack_version_id is not null) and (kind = 'pack') = (service_id is not null)),
    constraint subscriptions_pack_only check (kind = 'pack' or (pending_pack_version_id is null and move_to_version_id is null and vendor_assignee_id is null)),
    constraint subscriptions_slot check (kind <> 'pack' or slot = 'service:' || service_id),
    constraint subscriptions_anchor check (status not in ('active', 'past_due') or anchor_at is not null),
    constraint subscriptions_move check (move_told_at is not null or move_applies_at is null),
    constraint subscriptions_moves_somewhere check (move_to_version_id is not null or move_told_at is null),
    constraint subscriptions_ended check ((status = 'ended') = (ended_at is not null))
);
-- I9, I7, SU1, GR8
create unique index subscriptions_one_live on subscriptions (client_id, slot) where status in ('incomplete', 'active', 'past_due', 'suspended');
create index subscriptions_by_client on subscriptions (client_id, created_at);
create index subscriptions_by_pack on subscriptions (pack_id, status);
create index subscriptions_running on subscriptions (status, id) where status in ('active', 'past_due');
create index subscriptions_by_vendor on subscriptions (vendor_assignee_id, status, id);

create table periods (
    id                     text   not null primary key,
    subscription_id        text   not null references subscriptions (id),
    seq                    bigint not null,
    prev_seq               bigint,
    starts_at              bigint not null,
    ends_at                bigint not null,
    price_cents            bigint not null,
    currency               text   not null,
    payment_state          text   not null constraint periods_payment_state check (payment_state in ('pending', 'paid', 'failed', 'royalty_due', 'royalty_paid', 'written_off', 'refunded')),
    stripe_invoice_id      text   constraint periods_invoice_unique unique,
    paid_at                bigint,
    opened_at              bigint not null,
    -- pack only: its terms, and who does the work on which terms (VP1: the vendor's own, where it has any)
    pack_version_id        text   references pack_versions (id),
    vendor_id              text   references vendors (id),
    vendor_payment_cents   bigint,
    vendor_pack_payment_id text   references vendor_pack_payments (id),
    -- I5, I6
    constraint periods_seq_unique unique (subscription_id, seq),
    constraint periods_chain_target unique (subscription_id, seq, ends_at),
    constraint periods_prev check ((seq = 1 and prev_seq is null) or (seq > 1 and prev_seq = seq - 1)),
    constraint periods_contiguous foreign key (subscription_id, prev_seq, starts_at) references periods (subscription_id, seq, ends_at) on update cascade,
    constraint periods_forward check (starts_at < ends_at),
    constraint periods_pack check ((pack_version_id is null) = (vendor_payment_cents is null)
        and (pack_version_id is not null or (vendor_id is null and vendor_pack_payment_id is null)))
);
create index periods_by_end on periods (subscription_id, ends_at);
create index periods_by_vendor on periods (vendor_id, starts_at) where vendor_id is not null;

-- I10: what a period bills, one row for each thing. A pack's period has one: its fee. What a line says cannot be changed (a
-- trigger below), but for its price while PC7 lets the period take the terms that were billed.
create table period_lines (
    id               text   not null primary key,
    period_id        text   not null references periods (id),
    -- from 1
    line_no          bigint not null,
    pack_version_id  text   references pack_versions (id),
    quantity         bigint not null,
    unit_price_cents bigint not null,
    amount_cents     bigint not null,
    discount_cents   bigint not null default 0,
    credited_cents   bigint not null default 0,
    constraint period_lines_number_unique unique (period_id, line_no),
    constraint period_lines_amount check (line_no >= 1 and quantity >= 1 and unit_price_cents >= 0 and amount_cents = quantity * unit_price_cents),
    constraint period_lines_discount check (0 <= discount_cents and discount_cents <= amount_cents),
    constraint period_lines_credited check (0 <= credited_cents and credited_cents <= amount_cents - discount_cents)
);

-- == allowance ==

-- What may be used in a period: units of a meter within one window, of one service or of any. A pack's period has exactly one.
create table allowances (
    id            text   not null primary key,
    period_id     text   not null references periods (id),
    -- the number of the window within the period, from 1; `window` alone is a word of PostgreSQL's
    window_no     bigint not null,
    starts_at     bigint not null,
    ends_at       bigint not null,
    meter_id      text   not null references meters (id),
    service_id    text   references services (id),
    included      bigint not null,
    used          bigint not null default 0,
    -- units beyond what is included and what they cost, kept by whoever draws for the dashboards
    overage       bigint not null default 0,
    overage_cents bigint not null default 0,
    constraint allowances_window_unique unique (period_id, window_no, meter_id, service_id),
    constraint allowances_window check (window_no >= 1 and starts_at < ends_at),
    -- I2, I11
    constraint allowances_used_range check (0 <= used and used <= included),
    constraint allowances_overage_range check (overage >= 0 and overage_cents >= 0)
);

create table credit_batches (
    id           text   not null primary key,
    client_id    text   not null references clients (id),
    source       text   not null constraint credit_batches_source check (source in ('pack_period', 'top_up', 'compensation', 'plan_inclusion')),
    meter_id     text   not null references meters (id),
    -- what the units may be spent on; null = any service of the meter
    service_id   text   references services (id),
    granted      bigint not null,
    remaining    bigint not null,
    starts_at    bigint not null,
    expires_at   bigint,
    -- an allowance owns exactly one batch (I6)
    allowance_id text   constraint credit_batches_allowance_unique unique references allowances (id),
    stripe_ref   text   constraint credit_batches_stripe_ref_unique unique,
    granted_at   bigint not null,
    constraint credit_batches_remaining_range check (0 <= remaining and remaining <= granted),
    constraint credit_batches_allowance_source check ((source = 'pack_period') = (allowance_id is not null))
);
create index credit_batches_usable on credit_batches (client_id, service_id) where remaining > 0;

-- What draws on allowances: a submitted request, whose id its use has. Each has one, also where all of it goes beyond.
-- Append-only like the ledger, which refers to it.
create table uses (
    id          text   not null primary key,
    client_id   text   not null references clients (id),
    kind        text   not null constraint uses_kind check (kind in ('request')),
    occurred_at bigint not null,
    local_day   text   not null
);

-- Invariant 8: append-only (a trigger below forbids change and removal)
create table consumption_ledger (
    id          text   not null primary key,
    batch_id    text   not null references credit_batches (id),
    use_id      text   references uses (id),
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
create index consumption_ledger_by_use on consumption_ledger (use_id) where use_id is not null;

-- CA1: what a use took from each batch and what came back
create table use_allocations (
    use_id   text   not null references uses (id),
    batch_id text   not null references credit_batches (id),
    consumed bigint not null,
    restored bigint not null default 0,
    primary key (use_id, batch_id),
    constraint use_allocations_range check (consumed > 0 and 0 <= restored and restored <= consumed)
);
create index use_allocations_by_batch on use_allocations (batch_id);

-- WN3: one row for each threshold that an allowance has passed
create table usage_notices (
    allowance_id text    not null references allowances (id),
    threshold    text    not null constraint usage_notices_threshold check (threshold in ('80', '90', '100', 'overage')),
    mailed       boolean not null,
    at           bigint  not null,
    primary key (allowance_id, threshold)
);

-- == billing ==

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

-- IV1: what Stripe's invoices said when last read
create table invoices (
    id              text   not null primary key,
    client_id       text   not null references clients (id),
    subscription_id text   references subscriptions (id),
    period_id       text   references periods (id),
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
    subscription_id text   references subscriptions (id),
    mode            text   not null constraint checkout_sessions_mode check (mode in ('subscription', 'setup')),
    state           text   not null constraint checkout_sessions_state check (state in ('open', 'complete', 'expired')),
    url             text   not null,
    expires_at      bigint not null,
    created_at      bigint not null
);
-- SU5: at most one open session for a pending subscription
create unique index checkout_sessions_one_open on checkout_sessions (subscription_id) where state = 'open' and subscription_id is not null;
create index checkout_sessions_by_client on checkout_sessions (client_id, created_at);

-- == assignment ==

-- AS2, AS5: who holds a subscription from which period on. What was taken back or replaced stays, with when and by whom.
create table pack_assignments (
    id              text   not null primary key,
    subscription_id text   not null references subscriptions (id),
    vendor_id       text   not null references vendors (id),
    from_seq        bigint not null,
    -- the last period that it held; null = it goes on
    to_seq          bigint,
    -- when it took over; null = it is to, at the next boundary
    began_at        bigint,
    made_by         text   not null references users (id),
    made_at         bigint not null,
    replaced_at     bigint,
    replaced_by     text   references users (id),
    constraint pack_assignments_span check (from_seq >= 1 and (to_seq is null or to_seq >= from_seq)),
    constraint pack_assignments_ended check (to_seq is null or (began_at is not null and replaced_at is null)),
    constraint pack_assignments_replacer check (replaced_by is null or replaced_at is not null)
);
create unique index pack_assignments_from_unique on pack_assignments (subscription_id, from_seq) where replaced_at is null;
-- one holder, and one to come, at most
create unique index pack_assignments_one_holder on pack_assignments (subscription_id) where began_at is not null and to_seq is null and replaced_at is null;
create unique index pack_assignments_one_coming on pack_assignments (subscription_id) where began_at is null and replaced_at is null;
create index pack_assignments_by_subscription on pack_assignments (subscription_id, made_at);
create index pack_assignments_by_vendor on pack_assignments (vendor_id) where to_seq is null and replaced_at is null;

-- AS7: the split of a period whose vendor was replaced in its midst: one row for each vendor that it had. Whoever holds the
-- period still delivers, and gets what the others leave.
create table pack_period_shares (
    period_id              text   not null references periods (id),
    vendor_id              text   not null references vendors (id),
    vendor_pack_payment_id text   references vendor_pack_payments (id),
    -- included units that it had delivered when it was replaced; null = it holds the period
    delivered_units        bigint,
    -- of the payment for the pack; null = paid for each unit
    amount_cents           bigint,
    since                  bigint not null,
    primary key (period_id, vendor_id),
    constraint pack_period_shares_units check (delivered_units is null or delivered_units >= 0),
    constraint pack_period_shares_amount check (amount_cents is null or amount_cents >= 0)
);
create unique index pack_period_shares_one_holder on pack_period_shares (period_id) where delivered_units is null;

-- == work ==

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
    subscription_id            text   references subscriptions (id),
    period_id                  text   references periods (id),
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
-- AS9: what waits because its pack has no vendor
create index service_requests_unassigned on service_requests (vendor_id, submitted_at, number, status, period_id) where vendor_id is null and period_id is not null;
create index service_requests_waiting on service_requests (subscription_id, vendor_id, status, period_id) where vendor_id is null and period_id is not null;
create index service_requests_by_designer on service_requests (designer_id, status) where designer_id is not null;
-- what has no date yet comes after what has one
create index service_requests_to_do on service_requests (vendor_id, coalesce(due_at, 9000000000000000000), number, designer_id, period_id, coverage, status, id) where status in ('submitted', 'in_progress');
create index service_requests_beyond_packs on service_requests (due_at) where period_id is null and status in ('submitted', 'in_progress');

create table charge_lines (
    id               text   not null primary key,
    client_id        text   not null references clients (id),
    request_id       text   references service_requests (id),
    period_id        text   references periods (id),
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

-- §17, VP2: the first time that a request entered review, and who is paid for which units. Append-only (invariant 8).
create table request_deliveries (
    request_id     text   not null primary key references service_requests (id),
    delivered_at   bigint not null,
    vendor_id      text   references vendors (id),
    designer_id    text   references users (id),
    period_id      text   references periods (id),
    included_units bigint not null,
    overage_units  bigint not null,
    constraint request_deliveries_units check (included_units >= 0 and overage_units >= 0 and included_units + overage_units >= 1)
);
create index request_deliveries_by_period on request_deliveries (period_id) where period_id is not null;
create index request_deliveries_by_vendor on request_deliveries (vendor_id, delivered_at) where vendor_id is not null;

-- RQ4: one row each time that work is delivered. Append-only: what the client has seen stays.
create table request_versions (
    request_id   text   not null references service_requests (id),
    version      bigint not null,
    delivered_at bigint not null,
    delivered_by text   not null references users (id),
    primary key (request_id, version),
    constraint request_versions_positive check (version >= 1)
);

-- RQ9: what the books know of a file; its bytes are in the object store.
create table request_files (
    id           text   not null primary key,
    request_id   text   not null references service_requests (id),
    -- the client's attachments are of no version: 0
    version      bigint not null,
    -- whose work it is of; null for attachments
    vendor_id    text   references vendors (id),
    name         text   not null,
    media_type   text   not null,
    size_bytes   bigint not null,
    sha256       text   not null,
    object_key   text   not null constraint request_files_object_unique unique,
    uploaded_by  text   not null references users (id),
    uploaded_at  bigint not null,
    -- with its version; from then on it can neither be changed nor removed
    delivered_at bigint,
    -- invariant 7: the same bytes under the same name are one file of a version
    constraint request_files_once unique (request_id, version, name, sha256),
    constraint request_files_version check ((version = 0) = (vendor_id is null) and version >= 0),
    constraint request_files_size check (size_bytes between 1 and 52428800),
    constraint request_files_kept check (delivered_at is null or version >= 1)
);

-- Objects that no row names: uploads under way, and what was removed. A job takes them away.
create table loose_objects (
    object_key text   not null primary key,
    since      bigint not null
);
create index loose_objects_by_age on loose_objects (since);

-- == payables ==

create table vendor_payables (
    id           text   not null primary key,
    vendor_id    text   not null references vendors (id),
    kind         text   not null constraint vendor_payables_kind check (kind in ('pack', 'unit', 'service', 'correction')),
    -- what it is for; a correction is for what the line is for that it corrects
    basis        text   not null constraint vendor_payables_basis check (basis in ('pack', 'unit', 'service')),
    client_id    text   not null references clients (id),
    service_id   text   not null references services (id),
    period_id    text   references periods (id),
    request_id   text   references service_requests (id),
    -- VP4: the line that it corrects, and which of its corrections it is
    corrects_id  text,
    nth          bigint,
    -- delivered units and what one of them brings; null where the pack is paid for as a whole, and for corrections
    units        bigint,
    rate_cents   bigint,
    amount_cents bigint not null,
    currency     text   not null constraint vendor_payables_currency check (length(currency) = 3),
    state        text   not null constraint vendor_payables_state check (state in ('accrued', 'approved', 'paid', 'void')),
    accrued_at   bigint not null,
    -- its day in the business zone
    accrued_on   text   not null,
    -- the day by which reports count it (VP5): the period's first, for units outside of packs that of their delivery
    local_day    text   not null,
    -- AH1: the facts of the decision, stored when it was made
    receipt      text   not null,
    -- who corrected; null: it accrued by itself
    made_by      text   references users (id),
    approved_at  bigint,
    approved_by  text   references users (id),
    paid_on      text,
    reference    text,
    paid_at      bigint,
    paid_by      text   references users (id),
    voided_at    bigint,
    voided_by    text   references users (id),
    void_reason  text,
    constraint vendor_payables_of_vendor unique (id, vendor_id, basis),
    constraint vendor_payables_corrected foreign key (corrects_id, vendor_id, basis) references vendor_payables (id, vendor_id, basis),
    constraint vendor_payables_correction check ((kind = 'correction') = (corrects_id is not null) and (kind = 'correction') = (nth is not null)),
    constraint vendor_payables_kind_of_basis check (kind = 'correction' or kind = basis),
    constraint vendor_payables_source check ((basis <> 'pack' or (period_id is not null and request_id is null))
        and (basis <> 'unit' or (period_id is not null and request_id is not null)) and (basis <> 'service' or request_id is not null)),
    constraint vendor_payables_made_by check (made_by is null or kind = 'correction'),
    constraint vendor_payables_amount check ((kind = 'correction' and amount_cents <> 0) or (kind <> 'correction' and amount_cents >= 0)),
    constraint vendor_payables_units check ((kind in ('unit', 'service')) = (units is not null) and (units is null) = (rate_cents is null)
        and (units is null or (units > 0 and rate_cents >= 0 and amount_cents = units * rate_cents))),
    constraint vendor_payables_approved check ((approved_at is null) = (approved_by is null) and (state <> 'accrued' or approved_at is null)
        and (state not in ('approved', 'paid') or approved_at is not null)),
    constraint vendor_payables_paid check ((state = 'paid') = (paid_at is not null) and (paid_at is null) = (paid_by is null)
        and (paid_at is null) = (paid_on is null) and (paid_at is null) = (reference is null)),
    constraint vendor_payables_paid_after check (paid_on is null or paid_on >= accrued_on),
    constraint vendor_payables_voided check ((state = 'void') = (voided_at is not null) and (voided_at is null) = (voided_by is null)
        and (voided_at is null) = (void_reason is null))
);
-- VP2: for a pack once per period and vendor, for delivered units once per request
create unique index vendor_payables_one_pack on vendor_payables (period_id, vendor_id) where kind = 'pack';
create unique index vendor_payables_one_unit on vendor_payables (request_id) where kind = 'unit';
create unique index vendor_payables_one_service on vendor_payables (request_id) where kind = 'service';
create unique index vendor_payables_nth on vendor_payables (corrects_id, nth) where corrects_id is not null;
create index vendor_payables_by_vendor on vendor_payables (vendor_id, local_day, id, basis);
create index vendor_payables_by_day on vendor_payables (local_day, id, basis);
create index vendor_payables_totals on vendor_payables (vendor_id, basis, state, local_day, amount_cents);
create index vendor_payables_open on vendor_payables (vendor_id, state) where state in ('accrued', 'approved');
create index vendor_payables_by_period on vendor_payables (period_id) where period_id is not null;

-- AH7 *Query this line*: what a vendor's person asks, and what staff answer.
create table payable_queries (
    id          text   not null primary key,
    payable_id  text   not null references vendor_payables (id),
    asked_by    text   not null references users (id),
    asked_at    bigint not null,
    question    text   not null,
    answered_by text   references users (id),
    answered_at bigint,
    answer      text,
    constraint payable_queries_answered check ((answered_at is null) = (answer is null) and (answered_at is null) = (answered_by is null))
);
-- one question at a time
create unique index payable_queries_one_open on payable_queries (payable_id) where answered_at is null;
create index payable_queries_by_payable on payable_queries (payable_id, asked_at);

-- == operate ==

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

create trigger uses_no_update before update on uses
begin select raise(abort, 'uses_append_only'); end;
create trigger uses_no_delete before delete on uses
begin select raise(abort, 'uses_append_only'); end;

create trigger period_lines_immutable before update of id, period_id, line_no, quantity, discount_cents on period_lines
begin select raise(abort, 'period_lines_immutable'); end;
create trigger period_lines_no_delete before delete on period_lines
begin select raise(abort, 'period_lines_immutable'); end;

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

create trigger request_deliveries_no_update before update on request_deliveries
begin select raise(abort, 'request_deliveries_append_only'); end;
create trigger request_deliveries_no_delete before delete on request_deliveries
begin select raise(abort, 'request_deliveries_append_only'); end;

create trigger vendor_pack_payments_immutable before update of vendor_id, pack_id, payment_cents, rate_mode on vendor_pack_payments
begin select raise(abort, 'vendor_pack_payments_immutable'); end;
create trigger vendor_pack_payments_no_delete before delete on vendor_pack_payments
begin select raise(abort, 'vendor_pack_payments_immutable'); end;

create trigger request_versions_no_update before update on request_versions
begin select raise(abort, 'request_versions_append_only'); end;
create trigger request_versions_no_delete before delete on request_versions
begin select raise(abort, 'request_versions_append_only'); end;

create trigger request_files_no_update before update on request_files when old.delivered_at is not null
begin select raise(abort, 'request_files_delivered'); end;
create trigger request_files_no_delete before delete on request_files when old.delivered_at is not null
begin select raise(abort, 'request_files_delivered'); end;

-- VP4: what a line says stays as it accrued; it goes forward only, and not on from paid or void
create trigger vendor_payables_immutable before update of id, vendor_id, kind, basis, client_id, service_id, period_id, request_id, corrects_id, nth, units,
    rate_cents, amount_cents, currency, accrued_at, accrued_on, local_day, receipt, made_by on vendor_payables
begin select raise(abort, 'vendor_payables_immutable'); end;
create trigger vendor_payables_forward before update on vendor_payables when old.state in ('paid', 'void') or (old.state <> new.state and not (
    (old.state = 'accrued' and new.state in ('approved', 'void')) or (old.state = 'approved' and new.state in ('paid', 'void'))))
begin select raise(abort, 'vendor_payables_forward'); end;
create trigger vendor_payables_no_delete before delete on vendor_payables
begin select raise(abort, 'vendor_payables_immutable'); end;

-- TP1: Tri-POD itself, and the first meter
insert into vendors (id, slug, kind, name, active, created_at) values ('00000000-0000-7000-8000-000000000001', 'tri-pod', 'internal', 'Tri-POD', true, 0);
insert into meters (id, key, unit_singular, unit_plural) values ('00000000-0000-7000-8000-000000000002', 'design', 'design', 'designs');

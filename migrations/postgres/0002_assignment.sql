-- Who does the work of a pack (§14), vendors' services and terms (§15), and what was delivered (§17, VP2). The text is the
-- same for both databases but for the last part.

-- What staff keep of a vendor, besides its people.
alter table vendors add column email text not null default '';
alter table vendors add column phone text not null default '';
alter table vendors add column notes text not null default '';

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

-- AS2, AS5: who holds a subscription from which period on. What was taken back or replaced stays, with when and by whom.
create table pack_assignments (
    id              text   not null primary key,
    subscription_id text   not null references pack_subscriptions (id),
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

-- AS6: counts the changes of who does the work; AS1: when admins were last mailed that nobody does.
alter table pack_subscriptions add column assignment_version bigint not null default 0;
alter table pack_subscriptions add column pending_mailed_at bigint;
create index pack_subscriptions_by_vendor on pack_subscriptions (vendor_assignee_id, status, id);

-- VP1: the vendor's own terms that hold for the period, where it has any
alter table pack_periods add column vendor_pack_payment_id text references vendor_pack_payments (id);
create index pack_periods_by_vendor on pack_periods (vendor_id, starts_at) where vendor_id is not null;

-- AS7: the split of a period whose vendor was replaced in its midst: one row for each vendor that it had. Whoever holds the
-- period still delivers, and gets what the others leave.
create table pack_period_shares (
    period_id              text   not null references pack_periods (id),
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

-- §17, VP2: the first time that a request entered review, and who is paid for which units. Append-only (invariant 8).
create table request_deliveries (
    request_id     text   not null primary key references service_requests (id),
    delivered_at   bigint not null,
    vendor_id      text   references vendors (id),
    designer_id    text   references users (id),
    period_id      text   references pack_periods (id),
    included_units bigint not null,
    overage_units  bigint not null,
    constraint request_deliveries_units check (included_units >= 0 and overage_units >= 0 and included_units + overage_units >= 1)
);
create index request_deliveries_by_period on request_deliveries (period_id) where period_id is not null;
create index request_deliveries_by_vendor on request_deliveries (vendor_id, delivered_at) where vendor_id is not null;

-- AS9: what waits because its pack has no vendor
create index service_requests_unassigned on service_requests (vendor_id, submitted_at, number, status, period_id) where vendor_id is null and period_id is not null;
create index service_requests_waiting on service_requests (subscription_id, vendor_id, status, period_id) where vendor_id is null and period_id is not null;

-- From here on the two databases differ in their words, not in their meaning.

create trigger request_deliveries_no_change before update or delete on request_deliveries
for each row execute function refuse_change('request_deliveries_append_only');

create trigger vendor_pack_payments_no_change before update of vendor_id, pack_id, payment_cents, rate_mode on vendor_pack_payments
for each row execute function refuse_change('vendor_pack_payments_immutable');
create trigger vendor_pack_payments_no_delete before delete on vendor_pack_payments
for each row execute function refuse_change('vendor_pack_payments_immutable');

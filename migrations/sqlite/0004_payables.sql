-- What vendors are owed (§15): lines that accrue once, are approved, paid and corrected, and what vendors ask about them
-- (AH7). The text is the same for both databases but for the last part.

create table vendor_payables (
    id           text   not null primary key,
    vendor_id    text   not null references vendors (id),
    kind         text   not null constraint vendor_payables_kind check (kind in ('pack', 'unit', 'service', 'correction')),
    -- what it is for; a correction is for what the line is for that it corrects
    basis        text   not null constraint vendor_payables_basis check (basis in ('pack', 'unit', 'service')),
    client_id    text   not null references clients (id),
    service_id   text   not null references services (id),
    period_id    text   references pack_periods (id),
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

-- From here on the two databases differ in their words, not in their meaning.

-- VP4: what a line says stays as it accrued; it goes forward only, and not on from paid or void
create trigger vendor_payables_immutable before update of id, vendor_id, kind, basis, client_id, service_id, period_id, request_id, corrects_id, nth, units,
    rate_cents, amount_cents, currency, accrued_at, accrued_on, local_day, receipt, made_by on vendor_payables
begin select raise(abort, 'vendor_payables_immutable'); end;
create trigger vendor_payables_forward before update on vendor_payables when old.state in ('paid', 'void') or (old.state <> new.state and not (
    (old.state = 'accrued' and new.state in ('approved', 'void')) or (old.state = 'approved' and new.state in ('paid', 'void'))))
begin select raise(abort, 'vendor_payables_forward'); end;
create trigger vendor_payables_no_delete before delete on vendor_payables
begin select raise(abort, 'vendor_payables_immutable'); end;

-- What lists are sorted by stands in the order of an index, so that a page of five thousand costs what a page of fifty does.

-- == allowance ==

-- The subscription whose last period it is of, while that runs (active or past due): who opens a period and who changes a
-- subscription's state keep it. Null on all others.
alter table allowances add column running_for text references subscriptions (id);
update allowances set running_for = (
    select s.id from periods p join subscriptions s on s.id = p.subscription_id
    where p.id = allowances.period_id and s.status in ('active', 'past_due')
      and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id));
create index allowances_running on allowances (running_for) where running_for is not null;
create index allowances_running_by_included on allowances (included, running_for) where running_for is not null;
create index allowances_running_by_end on allowances (ends_at, running_for) where running_for is not null;
-- Has what the admin's home sums as well.
create index allowances_running_by_share on allowances ((used * 1000 / nullif(included, 0)), running_for, used, included, starts_at, ends_at) where running_for is not null;

-- == assignment ==

create index pack_assignments_by_begin on pack_assignments (began_at, subscription_id) where began_at is not null and to_seq is null and replaced_at is null;

-- == people, catalogue ==

create index vendors_by_word on vendors (lower(name), id);
create index services_by_word on services (lower(name), id);

-- == subscriptions ==

drop index subscriptions_by_vendor;
create index subscriptions_running_by_vendor on subscriptions (vendor_assignee_id, id) where status in ('active', 'past_due');
create index subscriptions_running_by_service on subscriptions (service_id, id, vendor_assignee_id) where status in ('active', 'past_due');
create index subscriptions_running_by_version on subscriptions (pack_version_id) where status in ('active', 'past_due');
create index subscriptions_past_due on subscriptions (coalesce(grace_period_ends_at, 0), activated_at, id, pack_version_id) where status = 'past_due';

-- == work ==

create index service_requests_by_title on service_requests (lower(title), number) where status <> 'draft';
create index service_requests_by_service on service_requests (service_id, number) where status <> 'draft';
create index service_requests_by_quantity on service_requests (coalesce(quantity, 0), number) where status <> 'draft';
create index service_requests_by_submitted on service_requests (coalesce(submitted_at, updated_at), number) where status <> 'draft';
create index service_requests_by_due on service_requests (coalesce(due_at, 9000000000000000000), number) where status <> 'draft';

-- == payables ==

create index vendor_payables_by_amount on vendor_payables (amount_cents, id, basis);

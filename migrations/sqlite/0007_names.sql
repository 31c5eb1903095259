-- Names are told apart, and what is looked for is found, by what their spellings have in common (`domain::text::fold`): case,
-- width and what is not seen do not make two of one. SQL cannot fold, so whoever opens the books after this fills the columns
-- (`store::migrate`); until then they are empty.

-- == people ==

alter table clients add column name_folded text not null default '';
alter table clients add column alias_folded text not null default '';
alter table vendors add column name_folded text not null default '';
alter table users add column name_folded text not null default '';
create unique index clients_name_folded_unique on clients (name_folded) where name_folded <> '';
create unique index clients_alias_folded_unique on clients (alias_folded) where alias_folded <> '';
create unique index vendors_name_folded_unique on vendors (name_folded) where name_folded <> '';
drop index clients_by_word;
drop index vendors_by_word;
drop index users_by_name;
create index clients_by_word on clients (name_folded, id);
create index vendors_by_word on vendors (name_folded, id);
create index users_by_name on users (name_folded, id);

-- == catalogue ==

alter table services add column name_folded text not null default '';
create unique index services_name_folded_unique on services (name_folded) where name_folded <> '';
drop index services_by_word;
create index services_by_word on services (name_folded, id);

-- == work ==

alter table service_requests add column title_folded text not null default '';
drop index service_requests_by_title;
create index service_requests_by_title on service_requests (title_folded, number) where status <> 'draft';

-- == payables ==

alter table vendor_payables add column reference_folded text not null default '';

-- == kernel ==

alter table mails add column subject_folded text not null default '';

-- From here on the two databases differ in their words, not in their meaning.

-- VP4: what is folded of a line is not what it says.
drop trigger vendor_payables_forward;
create trigger vendor_payables_forward before update of state, approved_at, approved_by, paid_on, reference, paid_at, paid_by, voided_at, voided_by,
    void_reason on vendor_payables when old.state in ('paid', 'void') or (old.state <> new.state and not (
    (old.state = 'accrued' and new.state in ('approved', 'void')) or (old.state = 'approved' and new.state in ('paid', 'void'))))
begin select raise(abort, 'vendor_payables_forward'); end;

-- Names are told apart by what their spellings have in common (`domain::text::fold`): case, width and what is not seen do not
-- make two of one. SQL cannot fold, so the columns are filled by whoever opens the books after this (`store::migrate`); nulls are
-- all different on both databases.

-- == people ==

alter table clients add column name_folded text;
alter table clients add column alias_folded text;
alter table vendors add column name_folded text;
create unique index clients_name_folded_unique on clients (name_folded);
create unique index clients_alias_folded_unique on clients (alias_folded);
create unique index vendors_name_folded_unique on vendors (name_folded);

-- == catalogue ==

alter table services add column name_folded text;
create unique index services_name_folded_unique on services (name_folded);

-- From here on the two databases differ in their words, not in their meaning.

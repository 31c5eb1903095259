-- == kernel ==

-- §20: what can be found. A text that is written is told here by a trigger, so no writer can forget it; before the transaction
-- commits, the store takes it out again and writes down its words as they are folded, which SQL cannot (`store::kernel::words`).
-- So there is never a row here but those of the transaction that is under way, and those of this migration until it is opened.
create table search_inbox (
    object_id text not null,
    -- which text of the object: "client_name"
    field     text not null,
    text      text not null,
    primary key (object_id, field)
);

-- Which text has which words, folded. A word is found by how it begins: the key is read as a range.
create table search_words (
    word      text not null,
    field     text not null,
    object_id text not null,
    primary key (word, field, object_id)
) without rowid;
create index search_words_of on search_words (object_id, field);

-- Every word there has been, and its parts of three letters: what is mistyped is found by those that it has in common with a word.
create table search_vocabulary (
    word text not null primary key
);
create table search_grams (
    gram text not null,
    word text not null,
    primary key (gram, word)
) without rowid;

-- What stands already.
insert into search_inbox (object_id, field, text) select id, 'client_name', name from clients;
insert into search_inbox (object_id, field, text) select id, 'client_alias', alias from clients;
insert into search_inbox (object_id, field, text) select id, 'person_name', name from users;
insert into search_inbox (object_id, field, text) select id, 'person_email', email from users;
insert into search_inbox (object_id, field, text) select id, 'vendor_name', name from vendors;
insert into search_inbox (object_id, field, text) select id, 'service_name', name from services;
insert into search_inbox (object_id, field, text) select id, 'pack_quantity', cast(quantity as text) from packs;
insert into search_inbox (object_id, field, text) select id, 'invoice_number', coalesce(number, '') from invoices;
insert into search_inbox (object_id, field, text) select id, 'request_number', cast(number as text) from service_requests;
insert into search_inbox (object_id, field, text) select id, 'request_title', title from service_requests;
insert into search_inbox (object_id, field, text) select id, 'request_brief', brief from service_requests where submitted_at is not null;
insert into search_inbox (object_id, field, text) select id, 'file_name', name from request_files;

-- From here on the two databases differ in their words, not in their meaning.

create trigger client_name_inserted after insert on clients
begin insert into search_inbox (object_id, text, field) values (new.id, new.name, 'client_name')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger client_name_updated after update of name on clients
begin insert into search_inbox (object_id, text, field) select new.id, new.name, 'client_name' where new.name is not old.name
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger client_alias_inserted after insert on clients
begin insert into search_inbox (object_id, text, field) values (new.id, new.alias, 'client_alias')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger client_alias_updated after update of alias on clients
begin insert into search_inbox (object_id, text, field) select new.id, new.alias, 'client_alias' where new.alias is not old.alias
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger person_name_inserted after insert on users
begin insert into search_inbox (object_id, text, field) values (new.id, new.name, 'person_name')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger person_name_updated after update of name on users
begin insert into search_inbox (object_id, text, field) select new.id, new.name, 'person_name' where new.name is not old.name
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger person_email_inserted after insert on users
begin insert into search_inbox (object_id, text, field) values (new.id, new.email, 'person_email')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger person_email_updated after update of email on users
begin insert into search_inbox (object_id, text, field) select new.id, new.email, 'person_email' where new.email is not old.email
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger vendor_name_inserted after insert on vendors
begin insert into search_inbox (object_id, text, field) values (new.id, new.name, 'vendor_name')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger vendor_name_updated after update of name on vendors
begin insert into search_inbox (object_id, text, field) select new.id, new.name, 'vendor_name' where new.name is not old.name
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger service_name_inserted after insert on services
begin insert into search_inbox (object_id, text, field) values (new.id, new.name, 'service_name')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger service_name_updated after update of name on services
begin insert into search_inbox (object_id, text, field) select new.id, new.name, 'service_name' where new.name is not old.name
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger pack_quantity_inserted after insert on packs
begin insert into search_inbox (object_id, text, field) values (new.id, cast(new.quantity as text), 'pack_quantity')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger pack_quantity_updated after update of quantity on packs
begin insert into search_inbox (object_id, text, field) select new.id, cast(new.quantity as text), 'pack_quantity' where cast(new.quantity as text) is not cast(old.quantity as text)
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger invoice_number_inserted after insert on invoices
begin insert into search_inbox (object_id, text, field) values (new.id, coalesce(new.number, ''), 'invoice_number')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger invoice_number_updated after update of number on invoices
begin insert into search_inbox (object_id, text, field) select new.id, coalesce(new.number, ''), 'invoice_number' where new.number is not old.number
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_number_inserted after insert on service_requests
begin insert into search_inbox (object_id, text, field) values (new.id, cast(new.number as text), 'request_number')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_number_updated after update of number on service_requests
begin insert into search_inbox (object_id, text, field) select new.id, cast(new.number as text), 'request_number' where cast(new.number as text) is not cast(old.number as text)
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_number_deleted after delete on service_requests
begin insert into search_inbox (object_id, text, field) values (old.id, '', 'request_number')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_title_inserted after insert on service_requests
begin insert into search_inbox (object_id, text, field) values (new.id, new.title, 'request_title')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_title_updated after update of title on service_requests
begin insert into search_inbox (object_id, text, field) select new.id, new.title, 'request_title' where new.title is not old.title
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_title_deleted after delete on service_requests
begin insert into search_inbox (object_id, text, field) values (old.id, '', 'request_title')
    on conflict (object_id, field) do update set text = excluded.text; end;
-- A brief counts from its submission on: a draft is written down again at every stop of whoever types.
create trigger request_brief_inserted after insert on service_requests
begin insert into search_inbox (object_id, text, field) select new.id, new.brief, 'request_brief' where new.submitted_at is not null
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_brief_updated after update of brief, submitted_at on service_requests
begin insert into search_inbox (object_id, text, field) select new.id, new.brief, 'request_brief'
    where new.submitted_at is not null and (old.submitted_at is null or new.brief is not old.brief)
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger request_brief_deleted after delete on service_requests
begin insert into search_inbox (object_id, text, field) values (old.id, '', 'request_brief')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger file_name_inserted after insert on request_files
begin insert into search_inbox (object_id, text, field) values (new.id, new.name, 'file_name')
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger file_name_updated after update of name on request_files
begin insert into search_inbox (object_id, text, field) select new.id, new.name, 'file_name' where new.name is not old.name
    on conflict (object_id, field) do update set text = excluded.text; end;
create trigger file_name_deleted after delete on request_files
begin insert into search_inbox (object_id, text, field) values (old.id, '', 'file_name')
    on conflict (object_id, field) do update set text = excluded.text; end;

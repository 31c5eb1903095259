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
);
create index search_words_of on search_words (object_id, field);

-- Every word there has been, and its parts of three letters: what is mistyped is found by those that it has in common with a word.
create table search_vocabulary (
    word text not null primary key
);
create table search_grams (
    gram text not null,
    word text not null,
    primary key (gram, word)
);

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

-- Tells the text of the column of its first argument as the field of its second.
create function tell_search() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and (to_jsonb(new) ->> tg_argv[0]) is not distinct from (to_jsonb(old) ->> tg_argv[0]) then
        return null;
    elsif tg_op = 'DELETE' then
        insert into search_inbox (object_id, field, text) values (old.id, tg_argv[1], '')
        on conflict (object_id, field) do update set text = excluded.text;
    else
        insert into search_inbox (object_id, field, text) values (new.id, tg_argv[1], coalesce(to_jsonb(new) ->> tg_argv[0], ''))
        on conflict (object_id, field) do update set text = excluded.text;
    end if;
    return null;
end $$;

-- A brief counts from its submission on: a draft is written down again at every stop of whoever types.
create function tell_brief() returns trigger language plpgsql as $$
begin
    if new.submitted_at is not null and (tg_op = 'INSERT' or old.submitted_at is null or new.brief is distinct from old.brief) then
        insert into search_inbox (object_id, field, text) values (new.id, tg_argv[0], new.brief)
        on conflict (object_id, field) do update set text = excluded.text;
    end if;
    return null;
end $$;

create trigger client_name_told after insert or update of name on clients
for each row execute function tell_search('name', 'client_name');
create trigger client_alias_told after insert or update of alias on clients
for each row execute function tell_search('alias', 'client_alias');
create trigger person_name_told after insert or update of name on users
for each row execute function tell_search('name', 'person_name');
create trigger person_email_told after insert or update of email on users
for each row execute function tell_search('email', 'person_email');
create trigger vendor_name_told after insert or update of name on vendors
for each row execute function tell_search('name', 'vendor_name');
create trigger service_name_told after insert or update of name on services
for each row execute function tell_search('name', 'service_name');
create trigger pack_quantity_told after insert or update of quantity on packs
for each row execute function tell_search('quantity', 'pack_quantity');
create trigger invoice_number_told after insert or update of number on invoices
for each row execute function tell_search('number', 'invoice_number');
create trigger request_number_told after insert or update of number or delete on service_requests
for each row execute function tell_search('number', 'request_number');
create trigger request_title_told after insert or update of title or delete on service_requests
for each row execute function tell_search('title', 'request_title');
create trigger request_brief_told after insert or update of brief, submitted_at on service_requests
for each row execute function tell_brief('request_brief');
create trigger request_brief_gone after delete on service_requests
for each row execute function tell_search('brief', 'request_brief');
create trigger file_name_told after insert or update of name or delete on request_files
for each row execute function tell_search('name', 'file_name');

-- The order of words is that of their bytes, as on SQLite.
alter table search_words alter column word type text collate "C";

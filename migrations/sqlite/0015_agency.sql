-- == kernel ==

-- Whose product it is: one row. Its name is that of the in-house vendor, so that it stands once.
create table agency (
    id                 bigint  not null primary key,
    -- who does the work in-house (TP1)
    vendor_id          text    not null references vendors (id),
    -- the color of what can be pressed
    accent             text    not null default 'petrol',
    -- where answers to mails go; empty: to whom the mail says it is from
    reply_to           text    not null default '',
    -- SU8: clients read who does their work
    shows_vendor_names boolean not null default false,
    -- what is drawn of the logo that was sent, in hex, and its hash, by which browsers ask for it
    logo               text,
    logo_hash          text,
    row_version        bigint  not null default 0,
    constraint agency_once check (id = 1),
    constraint agency_logo_whole check ((logo is null) = (logo_hash is null))
);
insert into agency (id, vendor_id) values (1, '00000000-0000-7000-8000-000000000001');

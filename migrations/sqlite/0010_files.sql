-- == work ==

-- RQ9: the same bytes under the same name are one file of whoever makes the version: what a vendor had added and not delivered is
-- none of the next vendor's. SQLite gives up no constraint of a table, so the table is made anew; nothing refers to it.
create table request_files_moved as select * from request_files;
drop table request_files;
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
    constraint request_files_version check ((version = 0) = (vendor_id is null) and version >= 0),
    constraint request_files_size check (size_bytes between 1 and 52428800),
    constraint request_files_kept check (delivered_at is null or version >= 1)
);
insert into request_files (id, request_id, version, vendor_id, name, media_type, size_bytes, sha256, object_key, uploaded_by, uploaded_at, delivered_at)
select id, request_id, version, vendor_id, name, media_type, size_bytes, sha256, object_key, uploaded_by, uploaded_at, delivered_at
from request_files_moved;
drop table request_files_moved;
create unique index request_files_once on request_files (request_id, version, coalesce(vendor_id, ''), name, sha256);

-- From here on the two databases differ in their words, not in their meaning.

create trigger request_files_no_update before update on request_files when old.delivered_at is not null
begin select raise(abort, 'request_files_delivered'); end;
create trigger request_files_no_delete before delete on request_files when old.delivered_at is not null
begin select raise(abort, 'request_files_delivered'); end;

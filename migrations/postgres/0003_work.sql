-- Working on requests (§32): who has taken them, the versions that were delivered, and files. The text is the same for both
-- databases but for the last part.

-- RQ10: what no pack brings waits with Tri-POD until it is given to somebody else.
update service_requests set vendor_id = '00000000-0000-7000-8000-000000000001'
where period_id is null and vendor_id is null and status <> 'draft';

create index service_requests_by_designer on service_requests (designer_id, status) where designer_id is not null;
-- what has no date yet comes after what has one
create index service_requests_to_do on service_requests (vendor_id, coalesce(due_at, 9000000000000000000), number, designer_id, period_id, coverage, status, id) where status in ('submitted', 'in_progress');
create index service_requests_beyond_packs on service_requests (due_at) where period_id is null and status in ('submitted', 'in_progress');

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

-- From here on the two databases differ in their words, not in their meaning.

create trigger request_versions_no_change before update or delete on request_versions
for each row execute function refuse_change('request_versions_append_only');

create trigger request_files_no_change before update or delete on request_files
for each row when (old.delivered_at is not null) execute function refuse_change('request_files_delivered');

-- == work ==

-- RQ9: what is drawn of a file, to be looked at without opening it. A row for each file that can be drawn, from its upload on; its
-- objects stand beside the file's, under its key and the size's word.
create table file_previews (
    file_id         text   not null primary key references request_files (id) on delete cascade,
    state           text   not null,
    -- since when it waits
    queued_at       bigint not null,
    made_at         bigint,
    -- of the file itself, in pixels; of what has none, in its own units
    width           bigint,
    height          bigint,
    -- a checkerboard is drawn behind it
    see_through     boolean,
    thumbnail_type  text,
    thumbnail_bytes bigint,
    large_type      text,
    large_bytes     bigint,
    -- why there is none
    reason          text,
    constraint file_previews_state check (state in ('waiting', 'made', 'none')),
    constraint file_previews_made check ((state = 'made') = (made_at is not null and width is not null and height is not null and see_through is not null
        and thumbnail_type is not null and thumbnail_bytes is not null and large_type is not null and large_bytes is not null)),
    constraint file_previews_reason check ((state = 'none') = (reason is not null)),
    constraint file_previews_size check (width >= 1 and height >= 1 and thumbnail_bytes >= 1 and large_bytes >= 1)
);
-- the next one to be made
create index file_previews_waiting on file_previews (queued_at, file_id) where state = 'waiting';

-- What was sent before this is drawn too.
insert into file_previews (file_id, state, queued_at)
select id, 'waiting', uploaded_at from request_files
where media_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/tiff', 'image/svg+xml', 'application/pdf', 'application/postscript',
                     'image/vnd.adobe.photoshop');

-- == work ==

-- RQ3, RQ9: which file a message is about, and where on its picture it is pinned. It is gone with the file, and the message stays.
create table request_pins (
    message_id text   not null primary key references request_messages (id) on delete cascade,
    file_id    text   not null references request_files (id) on delete cascade,
    -- thousandths of the picture's width and height, from the upper left corner; null: of all of it
    x          bigint,
    y          bigint,
    constraint request_pins_place check ((x is null) = (y is null) and x between 0 and 1000 and y between 0 and 1000)
);
create index request_pins_of_file on request_pins (file_id);

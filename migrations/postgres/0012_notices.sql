-- == notices ==

-- §24: what a person is told in the app, once per key.
create table notices (
    id          text   not null primary key,
    user_id     text   not null references users (id) on delete cascade,
    dedupe_key  text   not null,
    kind        text   not null,
    -- what it is about: reading that reads the notice
    about       text   not null,
    text        text   not null,
    -- a sentence more, for the mail
    detail      text,
    -- where it leads, and the words of the button in the mail
    href        text   not null,
    action      text   not null,
    -- where the bytes of the picture are that its mail shows
    picture     text,
    at          bigint not null,
    -- in the bell; what is only mailed is not
    in_bell     boolean not null,
    read_at     bigint,
    -- when it is mailed with others, unless it has been read by then
    mail_at     bigint,
    constraint notices_once unique (user_id, dedupe_key),
    constraint notices_somewhere check (in_bell or mail_at is not null or read_at is not null)
);
create index notices_of_person on notices (user_id, at, id) where in_bell;
create index notices_unread on notices (user_id, about) where read_at is null;
create index notices_to_mail on notices (user_id) where mail_at is not null;
create index notices_by_age on notices (at);

-- What a person has chosen; without a row the kind's own choice holds.
create table notice_choices (
    user_id text    not null references users (id) on delete cascade,
    kind    text    not null,
    bell    boolean not null,
    mail    boolean not null,
    primary key (user_id, kind)
);

-- == kernel ==

-- §24: where the bytes of the picture are that a mail shows.
alter table mails add column picture text;

-- == work ==

-- §24: when those who are to do it were told that it had been submitted.
alter table service_requests add column told_at bigint;
update service_requests set told_at = submitted_at where submitted_at is not null;
create index service_requests_untold on service_requests (submitted_at) where told_at is null and status = 'submitted';

-- == kernel ==

-- When it was handed to a mail server that has not said yet whether it took it.
alter table mails add column handed_at bigint;
create index outbox_by_time on outbox (created_at, id);

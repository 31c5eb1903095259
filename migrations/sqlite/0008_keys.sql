-- What a form said stands beside its key, so that the same key with other words is told from the same press again.
-- Whoever changes a vendor says which state of it was seen.

-- == kernel ==

-- Of what the form said; empty: of an earlier build, whose keys answer whatever is sent with them.
alter table form_keys add column body_hash text not null default '';

-- == people ==

alter table vendors add column row_version bigint not null default 0;

-- == work ==

-- CO9: of what the form said that was submitted; null: a draft, or of an earlier build.
alter table service_requests add column body_hash text;

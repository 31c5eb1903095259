-- == subscriptions ==

-- UN2: an end that was asked for stands here before the payment provider has said so; and one that is taken back counts until it
-- has. Nothing: as it stands there.
alter table subscriptions add column cancel_state text constraint subscriptions_cancel_state check (cancel_state in ('requested', 'resuming'));

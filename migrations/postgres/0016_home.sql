-- == kernel ==

-- §20: what the home of the agency's people counts, whatever there is beside it.
create index mails_failed on mails (created_at, id) where state = 'failed';

-- == notices ==

-- §25: the drafts that owners were asked to approve.
create index notices_approvals on notices (about, at) where kind = 'approval';

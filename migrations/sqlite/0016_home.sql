-- == kernel ==

-- §20: what the home of the agency's people counts, whatever there is beside it.
create index mails_failed on mails (created_at, id) where state = 'failed';

-- == work ==

-- §25: when an owner was first asked to approve a draft, whether or not the owner is told of such things.
alter table service_requests add column asked_owner_at bigint;
update service_requests set asked_owner_at = asked.first_at
from (select about, min(at) as first_at from notices where kind = 'approval' group by about) as asked
where service_requests.status = 'draft' and asked.about = '/requests/new?draft=' || service_requests.id;
create index service_requests_asked on service_requests (asked_owner_at, id) where status = 'draft' and asked_owner_at is not null;

-- == notices ==

-- RQ10: who was told that something is theirs, when it goes on to others.
create index notices_assigned on notices (about) where read_at is null and kind = 'assigned';

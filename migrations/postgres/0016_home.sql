-- == kernel ==

-- §20: what the home of the agency's people counts, whatever there is beside it.
create index mails_failed on mails (created_at, id) where state = 'failed';

-- == work ==

-- §25: when an owner was first asked to approve a draft, whether or not the owner is told of such things.
alter table service_requests add column asked_owner_at bigint;
update service_requests set asked_owner_at =
    (select min(n.at) from notices n where n.kind = 'approval' and n.about = '/requests/new?draft=' || service_requests.id)
where status = 'draft';
create index service_requests_asked on service_requests (asked_owner_at, id) where status = 'draft' and asked_owner_at is not null;

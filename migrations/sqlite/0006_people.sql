-- Who took a person's access away (§25): what the agency took, a client's owner does not give back.
alter table users add column off_by_staff boolean not null default false;

-- Whoever is shut out now: by the agency, unless the last change was made by somebody of the same client.
update users set off_by_staff = true
where not active and client_id is not null and not exists (
    select 1 from audit_log a join users o on a.actor = 'user:' || o.id
    where a.entity = 'user' and a.entity_id = users.id and a.action = 'user.changed' and o.client_id = users.client_id
      and a.at = (select max(b.at) from audit_log b where b.entity = 'user' and b.entity_id = users.id and b.action = 'user.changed')
);

-- A client's owner has invited an address that somebody elsewhere has: to them it looks as any other invitation (§25).
create table held_invitations (
    id         text    not null primary key,
    client_id  text    not null references clients (id),
    email      text    not null,
    name       text    not null,
    role       text    not null constraint held_invitations_role check (role in ('client_owner', 'client_member')),
    active     boolean not null default true,
    created_at bigint  not null,
    constraint held_invitations_once unique (client_id, email)
);

-- Who may do what, and the fence around each workspace.
-- Roles (made by tuco.db.Roles before this runs): tuco_app serves requests under row security,
-- tuco_engine does the work that crosses workspaces, tuco_gate owns the functions that look up credentials.

-- The tenant of this transaction; null, and so no rows, when none was set (standards 4.9 L3).
create function tenant() returns uuid language sql stable as
$$ select nullif(current_setting('tuco.workspace', true), '')::uuid $$;

-- What this transaction may write: 'write' everything, 'security' only what stays open in read-only mode (B4).
create function write_mode() returns text language sql stable as
$$ select coalesce(current_setting('tuco.mode', true), '') $$;

-- Fences a tenant table: forced row security, one rule for reads, one for each kind of write.
-- Tables of security actions stay writable in read-only mode (B4).
create function tuco_tenant_table(t regclass, security_action boolean default false) returns void language plpgsql as $$
declare
  own  text := 'workspace_id = (select tenant())';
  open text := case when security_action then '(select write_mode()) in (''write'', ''security'')'
                    else '(select write_mode()) = ''write''' end;
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('grant select, insert, update, delete on %s to tuco_app, tuco_engine', t);
  execute format('create policy tenant_read   on %s for select to tuco_app using (%s)', t, own);
  execute format('create policy tenant_insert on %s for insert to tuco_app with check (%s and %s)', t, own, open);
  execute format('create policy tenant_update on %s for update to tuco_app using (%s and %s) with check (%s and %s)', t, own, open, own, open);
  execute format('create policy tenant_delete on %s for delete to tuco_app using (%s and %s)', t, own, open);
  execute format('create policy engine on %s to tuco_engine using (true) with check (true)', t);
end $$;

-- Plans are data (decisions 4.5). null means no ceiling.
create table plans (
  plan                text primary key,
  messages_per_day    integer,
  messages_per_month  integer,
  new_per_day         integer,
  phone_lines         integer,
  email_lines         integer,
  keys                integer,
  members             integer,
  api_rates           jsonb not null default '{}' -- requests a minute by group
);
insert into plans (plan, messages_per_day, messages_per_month, new_per_day, phone_lines, email_lines) values
  ('self-hosted', null, null, null, null, null),
  ('mini',        150,  4500,  50, 0, 1),
  ('starter',     150,  4500,  50, 1, 0),
  ('growth',      500, 15000, 100, 2, 0);
update plans set api_rates = '{"send": 60, "availability": 200, "replies": 120, "campaigns": 200, "unibox": 30, "fallback": 200}'
 where plan <> 'self-hosted';
grant select on plans to tuco_app, tuco_engine;

create table workspaces (
  workspace_id      uuid primary key,
  tag               integer not null unique,
  name              text not null,
  environment       text not null check (environment in ('production', 'staging', 'development', 'other')),
  zone              text not null default 'UTC',
  plan              text not null default 'self-hosted' references plans,
  read_only_reason  text check (read_only_reason in ('past_due', 'suspended', 'trial_ended', 'manual')),
  double_send_guard boolean not null default true,
  leak_policy       text not null default 'disable' check (leak_policy in ('disable', 'alarm')),
  created_at        timestamptz not null,
  removed_at        timestamptz
);
select tuco_tenant_table('workspaces', true);

-- People belong to no workspace; what they may do in one stands in members.
create table people (
  person_id     uuid primary key,
  email         text not null unique check (email = lower(email)),
  name          text not null default '',
  password_hash text,
  totp_secret   bytea,  -- sealed, as the next
  totp_pending  bytea,  -- enrolled, not yet confirmed by a code
  totp_step     bigint, -- the last step of time a code was accepted for; it and all before are refused (replay)
  created_at    timestamptz not null
);
grant select, insert, update on people to tuco_app;
grant select on people to tuco_engine;

create table members (
  workspace_id uuid not null references workspaces,
  person_id    uuid not null references people,
  role         text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  joined_at    timestamptz not null,
  primary key (workspace_id, person_id)
);
create index members_by_person on members (person_id);
select tuco_tenant_table('members', true);

create table invitations (
  workspace_id  uuid not null references workspaces,
  invitation_id uuid not null,
  email         text not null,
  role          text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  token_hash    bytea not null,
  invited_by    uuid, -- null: the operator
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  accepted_at   timestamptz,
  primary key (workspace_id, invitation_id)
);
create index invitations_by_token on invitations (token_hash);
select tuco_tenant_table('invitations', true);

create table sessions (
  token_hash  bytea primary key,
  session_id  uuid not null unique,
  person_id   uuid not null references people,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  ended_at    timestamptz,
  address     text not null,
  client      text not null
);
create index sessions_by_person on sessions (person_id);
grant select, insert, update, delete on sessions to tuco_app;

-- One-time links: the first owner's password, a forgotten password.
create table one_time_links (
  token_hash bytea primary key,
  person_id  uuid not null references people,
  purpose    text not null check (purpose in ('set_password')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz
);
grant select, insert, update, delete on one_time_links to tuco_app;

create table api_keys (
  workspace_id      uuid not null references workspaces,
  key_id            uuid not null,
  label             text not null,
  environment       text not null check (environment in ('production', 'staging', 'development', 'other')),
  integration       text,
  rights            text[] not null,
  expires_at        timestamptz,
  allowed_addresses text[] not null default '{}',
  created_by        uuid,
  created_at        timestamptz not null,
  disabled_at       timestamptz,
  disabled_reason   text,
  removed_at        timestamptz,
  primary key (workspace_id, key_id)
);
select tuco_tenant_table('api_keys', true);

-- One or two live secrets of a key (decisions 2.2). 256 random bits: a plain SHA-256 is right.
create table key_secrets (
  workspace_id uuid not null,
  key_id       uuid not null,
  secret_id    uuid not null,
  hash         bytea not null,
  hash_version smallint not null default 1,
  prefix       text not null,
  last_four    text not null,
  created_at   timestamptz not null,
  ends_at      timestamptz,
  primary key (workspace_id, key_id, secret_id),
  foreign key (workspace_id, key_id) references api_keys
);
-- Looked up before the workspace is known: the one unique index of a tenant table that does not start with it.
create unique index key_secrets_by_hash on key_secrets (hash);
select tuco_tenant_table('key_secrets', true);

-- Last use of a key, written in batches by the engine, never by the request (decisions 2.5).
create table key_uses (
  workspace_id uuid not null,
  key_id       uuid not null,
  last_used_at timestamptz not null,
  address      text not null,
  client       text not null,
  primary key (workspace_id, key_id),
  foreign key (workspace_id, key_id) references api_keys
);
select tuco_tenant_table('key_uses', true);

-- Answers kept for replay (decisions 1.8). Scope: workspace, key or person, route.
create table idempotency (
  workspace_id uuid not null references workspaces,
  actor_id     uuid not null,
  route        text not null,
  key          text not null,
  request_hash bytea not null,
  status       smallint not null,
  body         text not null,
  created_at   timestamptz not null,
  primary key (workspace_id, actor_id, route, key)
);
create index idempotency_by_age on idempotency (created_at);
select tuco_tenant_table('idempotency', true);

-- The same for what a person does in no workspace.
create table person_idempotency (
  person_id    uuid not null references people,
  route        text not null,
  key          text not null,
  request_hash bytea not null,
  status       smallint not null,
  body         text not null,
  created_at   timestamptz not null,
  primary key (person_id, route, key)
);
create index person_idempotency_by_age on person_idempotency (created_at);
grant select, insert, update on person_idempotency to tuco_app;
grant select, delete on person_idempotency to tuco_engine;

-- Equal nodes on one database; a node that stops writing its heartbeat loses its lines.
create table nodes (
  node_id      uuid primary key,
  started_at   timestamptz not null,
  heartbeat_at timestamptz not null
);
grant select, insert, update, delete on nodes to tuco_engine;

-- The gate's own reads: it must find a credential before any tenant is known.
grant select on workspaces, members, invitations, api_keys, key_secrets, sessions, people, plans to tuco_gate;
create policy gate on workspaces  for select to tuco_gate using (true);
create policy gate on members     for select to tuco_gate using (true);
create policy gate on invitations for select to tuco_gate using (true);
create policy gate on api_keys    for select to tuco_gate using (true);
create policy gate on key_secrets for select to tuco_gate using (true);

-- Who a credential stands for, as of this statement's snapshot. outcome: ok, unauthorized, no_workspace, wrong_workspace.
create type gate_answer as (
  outcome           text,
  workspace_id      uuid,
  tag               integer,
  workspace_name    text,
  zone              text,
  read_only_reason  text,
  plan              text,
  key_id            uuid,
  person_id         uuid,
  session_id        uuid,
  actor_name        text,
  role              text,
  rights            text[],
  allowed_addresses text[]
);

create function gate_lookup(p_hash bytea, p_session boolean, p_workspace uuid) returns gate_answer
language plpgsql stable as $$
declare
  a gate_answer;
  n integer;
begin
  if not p_session then
    select 'ok', w.workspace_id, w.tag, w.name, w.zone, w.read_only_reason, w.plan,
           k.key_id, null, null, k.label, null, k.rights, k.allowed_addresses
      into a
      from key_secrets s
      join api_keys k   on k.workspace_id = s.workspace_id and k.key_id = s.key_id
      join workspaces w on w.workspace_id = s.workspace_id
     where s.hash = p_hash
       and (s.ends_at is null or s.ends_at > clock_timestamp())
       and (k.expires_at is null or k.expires_at > clock_timestamp())
       and k.disabled_at is null
       and k.removed_at is null
       and w.removed_at is null;
    if not found then a.outcome := 'unauthorized'; end if;
    return a;
  end if;

  select 'ok', w.workspace_id, w.tag, w.name, w.zone, w.read_only_reason, w.plan,
         null, p.person_id, s.session_id, p.email, m.role, null, '{}'::text[]
    into a
    from sessions s
    join people p          on p.person_id = s.person_id
    left join members m    on m.person_id = p.person_id and (p_workspace is null or m.workspace_id = p_workspace)
                          and exists (select from workspaces x where x.workspace_id = m.workspace_id and x.removed_at is null)
    left join workspaces w on w.workspace_id = m.workspace_id
   where s.token_hash = p_hash
     and s.ended_at is null
     and s.expires_at > clock_timestamp()
   order by m.joined_at
   limit 1;
  if not found then
    a.outcome := 'unauthorized';
  elsif a.workspace_id is null then
    a.outcome := case when p_workspace is null then 'no_workspace' else 'wrong_workspace' end;
  elsif p_workspace is null then
    select count(*) into n
      from members m join workspaces w on w.workspace_id = m.workspace_id and w.removed_at is null
     where m.person_id = a.person_id;
    if n > 1 then
      a.outcome := 'no_workspace';
      a.workspace_id := null;
    end if;
  end if;
  return a;
end $$;

-- Authenticates and sets tenant and mode for the rest of this transaction, in one statement (decisions 2.3).
-- p_write: takes the workspace's access lock shared and reads again under it, so that a change of access
-- that has been confirmed is seen, and one that is under way waits for this transaction (K8).
create function gate(p_hash bytea, p_session boolean, p_workspace uuid, p_write boolean) returns gate_answer
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  a gate_answer := gate_lookup(p_hash, p_session, p_workspace);
begin
  if p_write and a.workspace_id is not null then
    perform pg_advisory_xact_lock_shared(7001, a.tag);
    a := gate_lookup(p_hash, p_session, p_workspace);
  end if;
  perform set_config('tuco.workspace', case when a.outcome = 'ok' then a.workspace_id::text else '' end, true),
          set_config('tuco.mode', case when a.outcome <> 'ok' or not p_write then ''
                                       when a.read_only_reason is null then 'write'
                                       else 'security' end, true);
  return a;
end $$;

-- Takes a workspace's access lock exclusively: from here to the end of this transaction nobody writes in the
-- workspace, and whoever writes afterwards sees what this transaction changed (K8). Who has held the lock for a
-- whole second of our waiting, a node that hangs or is cut off, loses its connection and with it its writes, so
-- that nobody can delay a revocation for long. Must not be taken on top of the shared lock: two who did so at
-- once would wait for each other.
create function lock_access(p_tag integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '1s' as $$
declare
  db      oid := (select oid from pg_database where datname = current_database());
  holders text[];
begin
  if (select bool_or(l.mode = 'ShareLock') and not bool_or(l.mode = 'ExclusiveLock')
        from pg_locks l
       where l.locktype = 'advisory' and l.database = db and l.classid = 7001 and l.objid = p_tag::oid
         and l.objsubid = 2 and l.granted and l.pid = pg_backend_pid()) then
    raise exception 'this transaction writes already; a change of access starts with the exclusive lock (Route.changingAccess, Database.changeAccess)';
  end if;
  for attempt in 1..8 loop
    select array_agg(l.virtualtransaction) into holders
      from pg_locks l
     where l.locktype = 'advisory' and l.database = db and l.classid = 7001 and l.objid = p_tag::oid
       and l.objsubid = 2 and l.granted and l.pid <> pg_backend_pid();
    begin
      perform pg_advisory_xact_lock(7001, p_tag);
      return;
    exception when lock_not_available then
      perform pg_terminate_backend(l.pid)
         from pg_locks l
        where l.locktype = 'advisory' and l.database = db and l.classid = 7001 and l.objid = p_tag::oid
          and l.objsubid = 2 and l.granted and l.pid <> pg_backend_pid() and l.virtualtransaction = any (holders);
    end;
  end loop;
  raise exception using errcode = 'lock_not_available', message = 'the access lock could not be taken';
end $$;

-- As gate for a write, under the exclusive access lock from the start: for what changes access itself.
create function gate_to_change_access(p_hash bytea, p_session boolean, p_workspace uuid) returns gate_answer
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  a gate_answer := gate_lookup(p_hash, p_session, p_workspace);
begin
  if a.workspace_id is not null then perform lock_access(a.tag); end if;
  return gate(p_hash, p_session, p_workspace, true);
end $$;

-- The same for a batch of distinct credentials of any workspaces, all under their shared locks (group commit).
-- Locks are taken in one order, so that two batches cannot wait for each other in a circle.
create function gate_batch(p_hashes bytea[], p_sessions boolean[], p_workspaces uuid[])
returns table (place integer, answer gate_answer)
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  t integer;
begin
  for t in select distinct (gate_lookup(c.hash, c.session, c.workspace)).tag
             from unnest(p_hashes, p_sessions, p_workspaces) as c(hash, session, workspace)
            order by 1
  loop
    if t is not null then perform pg_advisory_xact_lock_shared(7001, t); end if;
  end loop;
  return query
    select c.n::integer, gate_lookup(c.hash, c.session, c.workspace)
      from unnest(p_hashes, p_sessions, p_workspaces) with ordinality as c(hash, session, workspace, n);
end $$;

-- The workspaces a person belongs to, for the switcher and the list; needs no tenant.
create function workspaces_of(p_person uuid) returns table (workspace_id uuid, name text, environment text, role text, read_only_reason text)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select w.workspace_id, w.name, w.environment, m.role, w.read_only_reason
    from members m join workspaces w on w.workspace_id = m.workspace_id
   where m.person_id = p_person and w.removed_at is null
   order by w.name, w.workspace_id
$$;

-- What the token of an invitation is good for; whoever holds it belongs to no workspace yet.
create function invitation_of(p_hash bytea, p_now timestamptz)
returns table (workspace_id uuid, workspace_name text, invitation_id uuid, email text, role text,
               read_only_reason text, known boolean)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select w.workspace_id, w.name, i.invitation_id, i.email, i.role, w.read_only_reason,
         exists (select from people p where p.email = i.email)
    from invitations i join workspaces w on w.workspace_id = i.workspace_id
   where i.token_hash = p_hash and i.accepted_at is null and i.expires_at > p_now and w.removed_at is null
$$;

-- Sets the tenant for work that has no credential of its own: first set-up, invitations, the command line on the database.
create function set_tenant(p_workspace uuid, p_mode text) returns void language sql as
$$ select set_config('tuco.workspace', p_workspace::text, true), set_config('tuco.mode', p_mode, true) $$;

alter function gate_lookup(bytea, boolean, uuid) owner to tuco_gate;
alter function gate(bytea, boolean, uuid, boolean) owner to tuco_gate;
alter function gate_to_change_access(bytea, boolean, uuid) owner to tuco_gate;
alter function lock_access(integer) owner to tuco_revoker;
alter function gate_batch(bytea[], boolean[], uuid[]) owner to tuco_gate;
alter function workspaces_of(uuid) owner to tuco_gate;
alter function invitation_of(bytea, timestamptz) owner to tuco_gate;
revoke execute on function gate_lookup(bytea, boolean, uuid) from public;
revoke execute on function lock_access(integer) from public;
grant execute on function lock_access(integer) to tuco_app, tuco_engine, tuco_gate;

-- Plans that end, read-only mode and who set it, billing events (decisions 4.5, 4.7).

alter table workspaces
  add column read_only_by    text check (read_only_by in ('operator', 'billing', 'expiry')), -- null: not read-only, or by hand in the database
  add column read_only_since timestamptz,
  add column plan_expires_at timestamptz; -- a trial's end; from that instant on the workspace is read-only, timer or not
create index workspaces_by_expiry on workspaces (plan_expires_at) where plan_expires_at is not null;

-- Why a workspace is read-only at this instant of the database's clock; null when it is not. A plan that has ended
-- counts at once, before the timer has written it down. (Volatile, so that the planner can inline it.)
create function read_only_now(p_reason text, p_expires timestamptz) returns text language sql volatile as
$$ select coalesce(p_reason, case when p_expires <= clock_timestamp() then 'trial_ended' end) $$;

-- The gate's own look-up, told to ask that. Patched instead of repeated: the rest of it is none of this file's business.
do $$
declare
  body text := pg_get_functiondef('gate_lookup(bytea, boolean, uuid)'::regprocedure);
begin
  if position('w.read_only_reason' in body) = 0 then
    raise exception 'gate_lookup does not read w.read_only_reason any more';
  end if;
  execute replace(body, 'w.read_only_reason', 'read_only_now(w.read_only_reason, w.plan_expires_at)');
end $$;

create or replace function workspaces_of(p_person uuid) returns table (workspace_id uuid, name text, environment text, role text, read_only_reason text)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select w.workspace_id, w.name, w.environment, m.role, read_only_now(w.read_only_reason, w.plan_expires_at)
    from members m join workspaces w on w.workspace_id = m.workspace_id
   where m.person_id = p_person and w.removed_at is null
   order by w.name, w.workspace_id
$$;

create or replace function invitation_of(p_hash bytea, p_now timestamptz)
returns table (workspace_id uuid, workspace_name text, invitation_id uuid, email text, role text,
               read_only_reason text, known boolean)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select w.workspace_id, w.name, i.invitation_id, i.email, i.role, read_only_now(w.read_only_reason, w.plan_expires_at),
         exists (select from people p where p.email = i.email)
    from invitations i join workspaces w on w.workspace_id = i.workspace_id
   where i.token_hash = p_hash and i.accepted_at is null and i.expires_at > p_now and w.removed_at is null
$$;

-- What Stripe last said about each subscription and invoice of a workspace: of any two events about one object the
-- newer is kept, whatever order they come in. The workspace's plan and mode follow from these rows alone.
create table billing_objects (
  workspace_id    uuid not null references workspaces,
  object_id       text not null,
  kind            text not null check (kind in ('subscription', 'invoice')),
  subscription_id text,
  customer_id     text,
  standing        text not null check (standing in ('good', 'past_due', 'trial_ended', 'suspended')),
  price_id        text,
  event_created   timestamptz not null,
  event_rank      smallint not null, -- of events of the same second: created, updated, deleted
  event_id        text not null,
  primary key (workspace_id, object_id)
);
create index billing_objects_by_object on billing_objects (object_id);
create index billing_objects_by_customer on billing_objects (customer_id);
select tuco_tenant_table('billing_objects', true);

-- Every event that was taken, once: a second delivery finds it here and changes nothing.
create table billing_events (
  workspace_id  uuid not null references workspaces,
  event_id      text not null,
  type          text not null,
  event_created timestamptz not null,
  received_at   timestamptz not null,
  effect        text not null,
  primary key (workspace_id, event_id)
);
create index billing_events_by_age on billing_events (received_at);
select tuco_tenant_table('billing_events', true);

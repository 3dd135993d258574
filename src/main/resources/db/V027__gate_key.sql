-- A key is looked up on every request: beside the hash of each secret now stands what key and workspace say, so that
-- one row by one index answers (decisions 2.3). It is no cache: the transaction that changes a key or a workspace
-- changes it too, or changes nothing.

alter table key_secrets
  add column holder           text[],      -- tag, key, workspace's name, zone, plan, label, rights, addresses; null: good for nothing
  add column key_expires_at   timestamptz,
  add column read_only_reason text,
  add column plan_expires_at  timestamptz;

-- Copies for the rows of api_keys, key_secrets or workspaces that a statement has changed. Whoever copies for a
-- workspace holds its lock until the end of the transaction, and reads in a statement begun under it: of two who
-- change key and workspace at once the later one copies both.
create function copy_holders() returns trigger
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7004, t.tag)
     from (select distinct w.tag from workspaces w where w.workspace_id in (select c.workspace_id from changed c) order by 1) t;
  if tg_table_name = 'workspaces' then
    perform copy_holders_of(array(select distinct c.workspace_id from changed c), null);
  else
    perform copy_holders_of(array(select distinct c.workspace_id from changed c), array(select distinct c.key_id from changed c));
  end if;
  return null;
end $$;

create function copy_holders_of(p_workspaces uuid[], p_keys uuid[]) returns void language sql volatile as $$
  update key_secrets s
     set holder = n.holder, key_expires_at = n.expires_at, read_only_reason = n.read_only_reason, plan_expires_at = n.plan_expires_at
    from (select k.workspace_id, k.key_id, k.expires_at, w.read_only_reason, w.plan_expires_at,
                 case when k.disabled_at is null and k.removed_at is null and w.removed_at is null then
                   array[w.tag::text, k.key_id::text, w.name, w.zone, w.plan, k.label,
                         array_to_string(k.rights, ' '), array_to_string(k.allowed_addresses, ' ')]
                 end as holder
            from api_keys k join workspaces w on w.workspace_id = k.workspace_id
           where k.workspace_id = any (p_workspaces) and (p_keys is null or k.key_id = any (p_keys))) n
   where s.workspace_id = n.workspace_id and s.key_id = n.key_id
     and (s.holder, s.key_expires_at, s.read_only_reason, s.plan_expires_at)
         is distinct from (n.holder, n.expires_at, n.read_only_reason, n.plan_expires_at)
$$;

grant update (holder, key_expires_at, read_only_reason, plan_expires_at) on key_secrets to tuco_gate;
create policy gate_copies on key_secrets for update to tuco_gate using (true) with check (true);
create trigger copy_holders_of_new after insert on key_secrets referencing new table as changed
  for each statement execute function copy_holders();
create trigger copy_holders_of_key after update on api_keys referencing new table as changed
  for each statement execute function copy_holders();
create trigger copy_holders_of_workspace after update on workspaces referencing new table as changed
  for each statement execute function copy_holders();

-- The keys there are. The owner of the tables is below row security too, so it is lifted for this statement.
alter table key_secrets no force row level security;
alter table api_keys no force row level security;
alter table workspaces no force row level security;
select copy_holders_of(array(select workspace_id from workspaces), null);
alter table key_secrets force row level security;
alter table api_keys force row level security;
alter table workspaces force row level security;

alter function copy_holders() owner to tuco_gate;
alter function copy_holders_of(uuid[], uuid[]) owner to tuco_gate;
revoke execute on function copy_holders_of(uuid[], uuid[]) from public, tuco_app, tuco_engine;

-- Every secret that is good at this instant: still the one place that says so, now from one row.
create or replace view live_keys as
  select s.hash, s.workspace_id, s.holder[1]::integer as tag, s.holder[3] as name, s.holder[4] as zone,
         read_only_now(s.read_only_reason, s.plan_expires_at) as read_only_reason, s.holder[5] as plan,
         s.holder[2]::uuid as key_id, s.holder[6] as label,
         string_to_array(s.holder[7], ' ') as rights, string_to_array(s.holder[8], ' ') as allowed_addresses
    from key_secrets s
   where s.holder is not null
     and (s.ends_at is null or s.ends_at > clock_timestamp())
     and (s.key_expires_at is null or s.key_expires_at > clock_timestamp());

-- As before, a key from live_keys.
create or replace function gate_lookup(p_hash bytea, p_session boolean, p_workspace uuid) returns gate_answer
language plpgsql stable as $$
declare
  a gate_answer;
  n integer;
begin
  if not p_session then
    select 'ok', k.workspace_id, k.tag, k.name, k.zone, k.read_only_reason, k.plan,
           k.key_id, null, null, k.label, null, k.rights, k.allowed_addresses
      into a
      from live_keys k
     where k.hash = p_hash;
    if not found then a.outcome := 'unauthorized'; end if;
    return a;
  end if;

  select 'ok', w.workspace_id, w.tag, w.name, w.zone, read_only_now(w.read_only_reason, w.plan_expires_at), w.plan,
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

-- A read with a key: who it stands for, and the tenant set for what hangs on this row in the same statement. Nothing
-- may be written afterwards, because no mode is set. A key that is good for nothing gets one row of nulls.
create function gate_key(p_hash bytea, out workspace_id uuid, out read_only_reason text, out holder text[])
language sql volatile security definer set search_path = tuco, pg_temp
begin atomic
  select case when set_config('tuco.workspace', s.workspace_id::text, true) <> '' then s.workspace_id end,
         tuco.read_only_now(s.read_only_reason, s.plan_expires_at), s.holder
    from tuco.key_secrets s
   where s.hash = p_hash
     and s.holder is not null
     and (s.ends_at is null or s.ends_at > clock_timestamp())
     and (s.key_expires_at is null or s.key_expires_at > clock_timestamp());
end;
alter function gate_key(bytea) owner to tuco_gate;

-- The SMS that went out instead of a message. A function, so that the look-up costs nothing where it is not asked for.
create function fallback_of(p_workspace uuid, p_message uuid) returns uuid
language plpgsql stable set search_path = tuco, pg_temp as $$
begin
  return (select f.message_id from messages f where f.workspace_id = p_workspace and f.fallback_of = p_message);
end $$;

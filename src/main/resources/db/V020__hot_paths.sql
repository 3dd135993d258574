-- The look-ups of a batch of sends, as few and as small steps for the database as can be.

-- Every key's secret that is good at this instant, with all the gate wants to know of it: the one place that says
-- when a key is good (decisions 2.2, 2.3). For the gate alone: it is below no tenant.
create view live_keys as
  select s.hash, w.workspace_id, w.tag, w.name, w.zone, read_only_now(w.read_only_reason, w.plan_expires_at) as read_only_reason,
         w.plan, k.key_id, k.label, k.rights, k.allowed_addresses
    from key_secrets s
    join api_keys k   on k.workspace_id = s.workspace_id and k.key_id = s.key_id
    join workspaces w on w.workspace_id = s.workspace_id
   where (s.ends_at is null or s.ends_at > clock_timestamp())
     and (k.expires_at is null or k.expires_at > clock_timestamp())
     and k.disabled_at is null
     and k.removed_at is null
     and w.removed_at is null;
alter view live_keys owner to tuco_gate;

-- As before, all keys of a batch in one look and not one by one: the look-ups were half of what a send cost.
-- The locks come first and in one order, so that two batches cannot wait for each other in a circle; the answers are
-- read by a later statement, which sees whatever the locks waited for (K8).
create or replace function gate_batch(p_hashes bytea[], p_sessions boolean[], p_workspaces uuid[])
returns table (place integer, answer gate_answer)
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
begin
  perform pg_advisory_xact_lock_shared(7001, t.tag)
     from (select k.tag from live_keys k where k.hash = any (p_hashes)
           union
           select (gate_lookup(c.hash, true, c.workspace)).tag
             from unnest(p_hashes, p_sessions, p_workspaces) as c(hash, session, workspace)
            where c.session
            order by 1) t
    where t.tag is not null;
  return query
    select c.n::integer,
           case when c.session then gate_lookup(c.hash, true, c.workspace)
                when k.hash is null then row('unauthorized', null, null, null, null, null, null, null, null, null, null, null, null, null)::gate_answer
                else row('ok', k.workspace_id, k.tag, k.name, k.zone, k.read_only_reason, k.plan,
                         k.key_id, null, null, k.label, null, k.rights, k.allowed_addresses)::gate_answer
           end
      from unnest(p_hashes, p_sessions, p_workspaces) with ordinality as c(hash, session, workspace, n)
      left join live_keys k on not c.session and k.hash = c.hash;
end $$;

-- Messages that are read at one time are read in one statement, whoever asks for them (tuco.messages.Reads): it sets
-- the tenant anew for each key's row. The rule of the tables it reads therefore asks for the tenant at each look-up,
-- where those of all others ask once a statement. The values are the same wherever a transaction has one tenant.
alter policy tenant_read on messages       using (workspace_id = tenant());
alter policy tenant_read on message_states using (workspace_id = tenant());
alter policy tenant_read on lines          using (workspace_id = tenant());
alter policy tenant_read on line_leases    using (workspace_id = tenant());

-- Which of these keys are good now, by their places; no row for one that is good for nothing. Sets no tenant.
-- The number of rows is said here and a plan is made once, so that neither hangs on how many are asked about.
create function gate_keys(p_hashes bytea[])
returns table (place integer, workspace_id uuid, read_only_reason text, holder text[])
language plpgsql volatile security definer rows 16 set search_path = tuco, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  return query
    select c.n::integer, s.workspace_id, read_only_now(s.read_only_reason, s.plan_expires_at), s.holder
      from unnest(p_hashes) with ordinality as c(hash, n)
      join key_secrets s on s.hash = c.hash
     where s.holder is not null
       and (s.ends_at is null or s.ends_at > clock_timestamp())
       and (s.key_expires_at is null or s.key_expires_at > clock_timestamp());
end $$;
alter function gate_keys(bytea[]) owner to tuco_gate;

-- As before, and each key by the index: joined in any other way the view was read whole, every key there is, for a batch.
-- The first look is for the locks alone, so that it need not say whether a key is good.
create or replace function gate_batch(p_hashes bytea[], p_sessions boolean[], p_workspaces uuid[])
returns table (place integer, answer gate_answer)
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
begin
  perform pg_advisory_xact_lock_shared(7001, t.tag)
     from (select s.holder[1]::integer as tag from key_secrets s where s.hash = any (p_hashes) and s.holder is not null
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
      left join lateral (select * from live_keys l where not c.session and l.hash = c.hash offset 0) k on true;
end $$;

-- Sends are accepted as tuco_engine, which is below no tenant: what authenticates a batch notes which of its workspaces are
-- read-only, and the rules of the tables it writes refuse rows of those for the rest of the transaction, so that a forgotten
-- check fails closed there too (decisions 4.7). The engine's other work authenticates nobody and goes on: replies,
-- opt-outs, outcomes.
create function refused_workspaces() returns uuid[] language sql stable as
$$ select coalesce(nullif(current_setting('tuco.refused', true), ''), '{}')::uuid[] $$;

create function note_read_only(p_workspace uuid, p_reason text) returns text
language plpgsql volatile set search_path = tuco, pg_temp as $$
begin
  perform set_config('tuco.refused', array_append(refused_workspaces(), p_workspace)::text, true);
  return p_reason;
end $$;

-- A session's holder, for a batch. Only the gate may look one up.
create function gate_of_session(p_hash bytea, p_workspace uuid) returns gate_answer
language plpgsql volatile set search_path = tuco, pg_temp as $$
declare
  a gate_answer := gate_lookup(p_hash, true, p_workspace);
begin
  if a.read_only_reason is not null then
    a.read_only_reason := note_read_only(a.workspace_id, a.read_only_reason);
  end if;
  return a;
end $$;

-- As before, and what is read-only is noted; where nothing is, that is one look at a column.
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
           case when c.session then gate_of_session(c.hash, c.workspace)
                when k.hash is null then row('unauthorized', null, null, null, null, null, null, null, null, null, null, null, null, null)::gate_answer
                else row('ok', k.workspace_id, k.tag, k.name, k.zone,
                         case when k.read_only_reason is not null then note_read_only(k.workspace_id, k.read_only_reason) end,
                         k.plan, k.key_id, null, null, k.label, null, k.rights, k.allowed_addresses)::gate_answer
           end
      from unnest(p_hashes, p_sessions, p_workspaces) with ordinality as c(hash, session, workspace, n)
      left join lateral (select * from live_keys l where not c.session and l.hash = c.hash offset 0) k on true;
end $$;

-- The tables that the acceptance writes; a message's state and first event come in one statement with it.
alter policy engine on lists          with check (workspace_id <> all ((select refused_workspaces())::uuid[]));
alter policy engine on leads          with check (workspace_id <> all ((select refused_workspaces())::uuid[]));
alter policy engine on lead_addresses with check (workspace_id <> all ((select refused_workspaces())::uuid[]));
alter policy engine on messages       with check (workspace_id <> all ((select refused_workspaces())::uuid[]));

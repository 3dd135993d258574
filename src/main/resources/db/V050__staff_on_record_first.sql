-- What staff look at is on record, in the workspace's own record and in its audit log, in a transaction that has been
-- committed before the one that looks begins to (S2). Written in the same transaction, a record could be taken back by
-- whoever rolls back after looking: no process of ours does, but the database password of tuco_staff was enough for it.
-- The functions now write the audit log themselves too, so that staff write no entry in words of their own.

drop trigger staff_audit_beside_acts on audit_entries;
drop function staff_audit_beside_acts();
revoke execute on function audit_append(uuid, text) from tuco_staff;
grant execute on function audit_append(uuid, text) to tuco_gate;

-- xact wrote an act, opened is the later transaction that looks under it.
alter table staff_acts
  add column object_id uuid,
  add column opened    xid8,
  add column opened_at timestamptz;
grant update (opened, opened_at) on staff_acts to tuco_gate;

-- An id as the API writes it (tuco.ids.Ids): 26 letters of Crockford's base 32.
create function id_text(p_prefix text, p_id uuid) returns text language sql immutable strict parallel safe as $$
  select p_prefix || '_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + substring(b.bits from 5 * i + 1 for 5)::int, 1), '' order by i)
    from (select B'00' || ('x' || replace(p_id::text, '-', ''))::bit(128) as bits) b, generate_series(0, 25) i
$$;

-- JSON in its one form (RFC 8785), as tuco.audit.Canonical writes it, for texts, whole numbers, truth values and nulls.
create function canonical(p_value jsonb) returns text language plpgsql immutable parallel safe as $$
begin
  return case jsonb_typeof(p_value)
    when 'object' then (select '{' || coalesce(string_agg(to_json(key)::text || ':' || canonical(value), ',' order by key collate "C"), '') || '}'
                          from jsonb_each(p_value))
    when 'array'  then (select '[' || coalesce(string_agg(canonical(value), ',' order by n), '') || ']'
                          from jsonb_array_elements(p_value) with ordinality as e (value, n))
    else p_value::text end;
end $$;

-- Writes what staff did into the workspace's audit log.
create function staff_audit(p_workspace uuid, p_staff uuid, p_email text, p_action text, p_object text, p_origin jsonb, p_details jsonb)
returns void language plpgsql volatile as $$
begin
  perform set_config('tuco.workspace', p_workspace::text, true);
  perform audit_append(p_workspace, canonical(jsonb_strip_nulls(jsonb_build_object(
    'workspace', id_text('ws', p_workspace), 'action', p_action, 'object', p_object, 'details', p_details,
    'at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'actor', jsonb_build_object('kind', 'staff', 'name', p_email, 'id', id_text('sf', p_staff)),
    'address',       nullif(left(p_origin ->> 'address', 200), ''),
    'client',        nullif(left(p_origin ->> 'client', 200), ''),
    'requestId',     nullif(left(p_origin ->> 'requestId', 200), ''),
    'correlationId', nullif(left(p_origin ->> 'correlationId', 200), '')))));
end $$;

-- What each look opens, and nothing else: the record says what could be seen.
create function staff_view_opens(p_view text, p_table text) returns boolean language sql immutable as $$
  select p_table = any (case p_view
    when 'overview'   then array['leads', 'lists', 'lines', 'messages', 'message_states']
    when 'leads'      then array['leads', 'lists']
    when 'lead'       then array['leads', 'lists', 'messages', 'message_states']
    when 'messages'   then array['messages', 'message_states']
    when 'message'    then array['messages', 'message_states', 'message_events']
    when 'lines'      then array['lines']
    when 'campaigns'  then array['campaigns', 'campaign_steps']
    when 'pause_line' then array[]::text[] end)
$$;

-- How somebody's session and grant stand now, under the workspace's access lock, shared: an end of the grant that has been
-- confirmed is seen, one under way waits for this transaction, so nothing is read after the confirmation (decisions 2.3).
create function staff_standing(p_token bytea, p_grant uuid,
  out outcome text, out staff_id uuid, out session_id uuid, out email text, out w workspaces, out g staff_grants)
language plpgsql volatile as $$
#variable_conflict use_column
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'staff read what holds now, not what a snapshot of their own holds';
  end if;
  select o.staff_id, o.session_id, o.email into staff_id, session_id, email from staff_of(p_token) o;
  if not found then outcome := 'signed_out'; return; end if;
  select * into g from staff_grants x where x.staff_id = staff_standing.staff_id and x.grant_id = p_grant;
  if not found then outcome := 'unknown'; return; end if;
  select * into w from workspaces x where x.workspace_id = g.workspace_id;
  perform pg_advisory_xact_lock_shared(7001, w.tag);
  select * into w from workspaces x where x.workspace_id = g.workspace_id;
  select * into g from staff_grants x where x.workspace_id = w.workspace_id and x.grant_id = p_grant;
  outcome := case when not exists (select from staff_of(p_token))                      then 'signed_out'
                  when w.removed_at is not null or w.staff_access = 'none'             then 'closed'
                  when g.status = 'live' and g.expires_at <= clock_timestamp()         then 'expired'
                  when g.status <> 'live'                                              then g.status
                  else 'ok' end;
end $$;

-- Writes down what somebody is about to look at. Nothing is open by that: staff_enter asks for it to be committed.
create function staff_record(p_token bytea, p_grant uuid, p_act uuid, p_view text, p_object uuid, p_origin jsonb) returns text
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  s      record;
  kind   text := case p_view when 'lead' then 'ld' when 'message' then 'ms' when 'pause_line' then 'ln' end;
  object text := id_text(kind, p_object);
begin
  if staff_view_opens(p_view, '') is null then raise exception 'there is no look %', p_view; end if;
  if (kind is null) <> (p_object is null) then raise exception 'a look at one thing names it, a look at all names none'; end if;
  select * into s from staff_standing(p_token, p_grant);
  if s.outcome <> 'ok' then return s.outcome; end if;
  insert into staff_acts (workspace_id, act_id, grant_id, session_id, action, object, object_id, address, request_id, xact, at)
  values ((s.w).workspace_id, p_act, p_grant, s.session_id, p_view, object, p_object,
          coalesce(p_origin ->> 'address', ''), coalesce(p_origin ->> 'requestId', ''), pg_current_xact_id(), clock_timestamp());
  if p_view <> 'pause_line' then -- which reads nothing and has an entry of its own
    perform staff_audit((s.w).workspace_id, s.staff_id, s.email, 'staff.read', coalesce(object, id_text('gr', p_grant)), p_origin,
      jsonb_build_object('view', p_view, 'scope', (s.g).scope, 'ticket', (s.g).ticket,
                         'grant', case when object is not null then id_text('gr', p_grant) end));
  end if;
  return 'ok';
end $$;

-- Opens for the rest of this transaction what an act names: one of the session's own, written down by an earlier
-- transaction (that this one sees it says that it was committed), not long ago, under which nobody has looked yet.
drop function staff_enter(bytea, uuid, uuid, text, text, text, text);
create function staff_enter(p_token bytea, p_grant uuid, p_act uuid,
  out outcome text, out workspace_id uuid, out workspace_name text, out scope text, out access text,
  out purpose text, out ticket text, out expires_at timestamptz)
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
#variable_conflict use_column
declare
  s record;
begin
  select * into s from staff_standing(p_token, p_grant);
  outcome := s.outcome;
  if outcome <> 'ok' then return; end if;
  update staff_acts a set opened = pg_current_xact_id(), opened_at = clock_timestamp()
   where a.workspace_id = (s.w).workspace_id and a.act_id = p_act and a.grant_id = p_grant and a.session_id = s.session_id
     and a.xact <> pg_current_xact_id() and a.opened is null and a.at > clock_timestamp() - interval '15 seconds';
  if not found then raise exception 'what staff look at is on record first, each time anew'; end if;
  perform set_config('tuco.staff_workspace', (s.w).workspace_id::text, true), set_config('tuco.staff_act', p_act::text, true);
  workspace_id := (s.w).workspace_id; workspace_name := (s.w).name; scope := (s.g).scope; access := (s.g).access;
  purpose := (s.g).purpose; ticket := (s.g).ticket; expires_at := (s.g).expires_at;
end $$;

-- The act that lets this transaction look. The setting only says which row; what counts is that nobody but staff_enter can
-- have marked one with this transaction's number.
drop function granted();
create function granted() returns table (workspace_id uuid, grant_id uuid, staff_id uuid, email text, content boolean, access text,
                                         ticket text, view text, object_id uuid)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select g.workspace_id, g.grant_id, s.staff_id, s.email, g.scope = 'content', g.access, g.ticket, a.action, a.object_id
    from staff_acts a
    join staff_grants g   on g.workspace_id = a.workspace_id and g.grant_id = a.grant_id
    join workspaces w     on w.workspace_id = g.workspace_id
    join staff_sessions x on x.session_id = a.session_id
    join staff s          on s.staff_id = x.staff_id and s.staff_id = g.staff_id
   where a.workspace_id = nullif(current_setting('tuco.staff_workspace', true), '')::uuid
     and a.act_id = nullif(current_setting('tuco.staff_act', true), '')::uuid
     and a.opened = pg_current_xact_id_if_assigned() and a.opened_at >= transaction_timestamp()
     and g.status = 'live' and g.expires_at > clock_timestamp()
     and w.removed_at is null and w.staff_access <> 'none'
     and x.ended_at is null and x.expires_at > clock_timestamp() and s.removed_at is null
$$;
create function granted_in(p_table text) returns uuid language sql stable security definer set search_path = tuco, pg_temp as
$$ select workspace_id from granted() where staff_view_opens(view, p_table) $$;
create function granted_object() returns uuid language sql stable security definer set search_path = tuco, pg_temp as
$$ select object_id from granted() $$;

-- The lens sees what the act opens: of a look at one lead or message that one, and the lead's messages. (The states are
-- seen through their messages only.)
create or replace function tuco_granted_table(t regclass) returns void language plpgsql as $$
declare
  name text := (select relname from pg_class where oid = t);
  one  text := case name when 'leads' then 'lead_id' when 'messages' then 'lead_id, message_id' when 'message_events' then 'message_id' end;
begin
  execute format('grant select on %s to tuco_lens', t);
  execute format('create policy lens on %s for select to tuco_lens using (workspace_id = (select granted_in(%L))%s)', t, name,
    ' and coalesce((select granted_object()) in (' || one || '), true)');
end $$;
do $$
declare
  t regclass;
begin
  for t in select polrelid::regclass from pg_policy where polname = 'lens' loop
    execute format('drop policy lens on %s', t);
    perform tuco_granted_table(t);
  end loop;
end $$;
drop function granted_workspace();

-- As before; the audit log is written here.
drop function staff_request(bytea, uuid, uuid, uuid, text, text, text, text, integer, text, text);
create function staff_request(p_token bytea, p_workspace uuid, p_grant uuid, p_act uuid, p_purpose text, p_ticket text,
  p_scope text, p_access text, p_hours integer, p_origin jsonb) returns text
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  who      record;
  w        workspaces;
  standing boolean;
begin
  select * into who from staff_of(p_token);
  if not found then return 'signed_out'; end if;
  select * into w from workspaces where workspace_id = p_workspace and removed_at is null;
  if not found then return 'unknown'; end if;
  perform pg_advisory_xact_lock_shared(7001, w.tag);
  select * into w from workspaces where workspace_id = p_workspace;
  if w.staff_access = 'none' then return 'closed'; end if;
  if exists (select from staff_grants g
              where g.workspace_id = p_workspace and g.staff_id = who.staff_id and g.status = 'waiting') then return 'waits_already'; end if;
  standing := w.staff_access = 'standing';
  insert into staff_grants (workspace_id, grant_id, staff_id, staff_email, staff_name, purpose, ticket, scope, access, hours,
                            standing, status, requested_at, expires_at)
  values (p_workspace, p_grant, who.staff_id, who.email, who.name, p_purpose, p_ticket, p_scope, p_access, p_hours,
          standing, case when standing then 'live' else 'waiting' end, clock_timestamp(),
          case when standing then clock_timestamp() + make_interval(hours => p_hours) end);
  perform staff_acted(p_workspace, p_act, p_grant, who.session_id, 'asked', p_origin);
  perform staff_audit(p_workspace, who.staff_id, who.email, case when standing then 'staff.grant' else 'staff.request' end,
    id_text('gr', p_grant), p_origin, jsonb_build_object('purpose', p_purpose, 'ticket', p_ticket, 'scope', p_scope,
                                                         'access', p_access, 'hours', p_hours));
  return case when standing then 'live' else 'waiting' end;
end $$;

create function staff_acted(p_workspace uuid, p_act uuid, p_grant uuid, p_session uuid, p_action text, p_origin jsonb) returns void
language sql volatile as $$
  insert into staff_acts (workspace_id, act_id, grant_id, session_id, action, address, request_id, xact, opened, at)
  values (p_workspace, p_act, p_grant, p_session, p_action, coalesce(p_origin ->> 'address', ''), coalesce(p_origin ->> 'requestId', ''),
          pg_current_xact_id(), '0', clock_timestamp()) -- opened by none: nobody looks under it
$$;

drop function staff_give_back(bytea, uuid, uuid, text, text);
create function staff_give_back(p_token bytea, p_grant uuid, p_act uuid, p_origin jsonb) returns boolean
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  who record;
  g   staff_grants;
begin
  select * into who from staff_of(p_token);
  select * into g from staff_grants x where x.staff_id = who.staff_id and x.grant_id = p_grant;
  if not found then return false; end if;
  perform lock_access((select tag from workspaces where workspace_id = g.workspace_id));
  update staff_grants set status = 'ended', ended_at = clock_timestamp(), ended_by_name = who.email
   where workspace_id = g.workspace_id and grant_id = p_grant and status in ('waiting', 'live');
  if not found then return false; end if;
  perform staff_acted(g.workspace_id, p_act, p_grant, who.session_id, 'gave_back', p_origin);
  perform staff_audit(g.workspace_id, who.staff_id, who.email, 'staff.end', id_text('gr', p_grant), p_origin, null);
  return true;
end $$;

-- The line that the act names, and only with a grant that says so.
drop function staff_pause_line(uuid);
create function staff_pause_line(p_origin jsonb) returns boolean
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  g record;
begin
  select * into g from granted() where view = 'pause_line' and access = 'pause_lines';
  if not found then return false; end if;
  update lines l
     set is_active = false, updated_at = clock_timestamp(), pause_reason = 'Paused by Tuco support, ticket ' || g.ticket
   where l.workspace_id = g.workspace_id and l.line_id = g.object_id and l.is_active and l.removed_at is null;
  if not found then return false; end if;
  perform staff_audit(g.workspace_id, g.staff_id, g.email, 'line.change', id_text('ln', g.object_id), p_origin,
    jsonb_build_object('isActive', false, 'ticket', g.ticket, 'grant', id_text('gr', g.grant_id)));
  return true;
end $$;
drop function staff_acts_in(uuid, uuid);

do $$
declare
  f text;
begin
  foreach f in array array['staff_record(bytea, uuid, uuid, text, uuid, jsonb)', 'staff_enter(bytea, uuid, uuid)',
    'staff_request(bytea, uuid, uuid, uuid, text, text, text, text, integer, jsonb)', 'staff_give_back(bytea, uuid, uuid, jsonb)',
    'staff_pause_line(jsonb)', 'granted()', 'granted_in(text)', 'granted_object()'] loop
    execute format('alter function %s owner to tuco_gate', f);
    execute format('revoke execute on function %s from tuco_app, tuco_engine', f);
    if f <> 'granted()' then
      execute format('grant execute on function %s to tuco_staff', f);
    end if;
  end loop;
end $$;
revoke execute on function staff_standing(bytea, uuid), staff_audit(uuid, uuid, text, text, text, jsonb, jsonb),
  staff_acted(uuid, uuid, uuid, uuid, text, jsonb) from tuco_app, tuco_engine;

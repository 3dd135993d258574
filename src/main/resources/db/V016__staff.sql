-- The operator's own people, and the one way in which they see anything of a workspace (S1-S3, decisions 9.1, 9.2).
-- Roles (made by tuco.db.Roles before this runs): tuco_staff serves the console and has no right on any tenant table;
-- tuco_lens owns the views it reads through, and nobody logs in as it.

-- Staff are no members: accounts, sessions and links of their own. Removed ones stay, because grants name them.
create table staff (
  staff_id      uuid primary key,
  email         text not null check (email = lower(email)),
  name          text not null,
  password_hash text,
  totp_secret   bytea,  -- sealed, as the next; nobody comes in without one
  totp_pending  bytea,  -- shown by the one-time link, not yet confirmed by a code
  totp_step     bigint, -- the last step of time a code was accepted for; it and all before are refused (replay)
  created_at    timestamptz not null,
  removed_at    timestamptz
);
create unique index staff_by_email on staff (email) where removed_at is null;

create table staff_sessions (
  token_hash bytea primary key,
  session_id uuid not null unique,
  staff_id   uuid not null references staff,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at   timestamptz,
  address    text not null,
  client     text not null
);
create index staff_sessions_by_staff on staff_sessions (staff_id);

-- The operator's one-time links: the first password and authenticator app, and new ones for who lost them.
create table staff_links (
  token_hash bytea primary key,
  staff_id   uuid not null references staff,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index staff_links_by_staff on staff_links (staff_id);
grant select, insert, update on staff, staff_sessions, staff_links to tuco_staff;

-- What a workspace allows: grants that hold as soon as staff ask, only those an owner approved (lockbox), or none.
alter table workspaces add column staff_access text not null default 'approval' check (staff_access in ('standing', 'approval', 'none'));

-- Who, why, how much, until when. The hours begin when the grant does: with the approval, or with the request where the
-- workspace allows standing grants. The application decides on grants and cannot make or widen any.
create table staff_grants (
  workspace_id    uuid not null references workspaces,
  grant_id        uuid not null,
  staff_id        uuid not null references staff,
  staff_email     text not null,
  staff_name      text not null,
  purpose         text not null check (purpose in ('support_request', 'delivery_problem', 'billing_question', 'abuse_report', 'security_incident', 'legal_obligation')),
  ticket          text not null check (length(ticket) between 1 and 200),
  scope           text not null check (scope in ('metadata', 'content')),
  access          text not null check (access in ('read_only', 'pause_lines')),
  hours           integer not null check (hours between 1 and 168),
  standing        boolean not null,
  status          text not null check (status in ('waiting', 'live', 'refused', 'ended')),
  requested_at    timestamptz not null,
  decided_at      timestamptz,
  decided_by      uuid,
  decided_by_name text,
  expires_at      timestamptz,
  ended_at        timestamptz,
  ended_by_name   text,
  primary key (workspace_id, grant_id),
  check (status <> 'live' or expires_at is not null)
);
create index staff_grants_by_staff on staff_grants (staff_id);
select tuco_tenant_table('staff_grants', true);
revoke insert, update, delete on staff_grants from tuco_app, tuco_engine;
grant update (status, decided_at, decided_by, decided_by_name, expires_at, ended_at, ended_by_name) on staff_grants to tuco_app;
grant update (status, ended_at, ended_by_name) on staff_grants to tuco_engine; -- when the operator removes somebody

-- Everything staff did in a workspace, written in the transaction that did it (S2). Append-only; only the functions below
-- write it. xact names that transaction: without such a row of its own, a transaction of staff sees nothing.
create table staff_acts (
  workspace_id uuid not null,
  act_id       uuid not null,
  grant_id     uuid not null,
  session_id   uuid not null,
  action       text not null,
  object       text,
  address      text not null,
  request_id   text not null,
  xact         xid8 not null,
  at           timestamptz not null,
  primary key (workspace_id, act_id),
  foreign key (workspace_id, grant_id) references staff_grants
);
create index staff_acts_by_grant on staff_acts (workspace_id, grant_id, act_id);
select tuco_tenant_table('staff_acts', true);
revoke insert, update, delete on staff_acts from tuco_app, tuco_engine;

grant select on staff, staff_sessions to tuco_gate;
grant select, insert, update on staff_grants to tuco_gate;
grant select, insert on staff_acts to tuco_gate;
grant select on lines, usage_counters to tuco_gate;
grant update (is_active, pause_reason, updated_at) on lines to tuco_gate;
create policy gate on staff_grants to tuco_gate using (true) with check (true);
create policy gate on staff_acts to tuco_gate using (true) with check (true);
create policy gate on lines to tuco_gate using (true) with check (true);
create policy gate on usage_counters for select to tuco_gate using (true);

-- The member of staff behind a session that can be used now.
create function staff_of(p_token bytea) returns table (staff_id uuid, session_id uuid, email text, name text)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select s.staff_id, x.session_id, s.email, s.name
    from staff_sessions x join staff s on s.staff_id = x.staff_id
   where x.token_hash = p_token and x.ended_at is null and x.expires_at > clock_timestamp() and s.removed_at is null
$$;

-- The act that lets this transaction look: written by staff_enter in this very transaction, with a session and a grant
-- that hold now. The setting only says which row; what counts is that nobody but staff_enter can write one with this xact.
create function granted() returns table (workspace_id uuid, grant_id uuid, content boolean, access text)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select g.workspace_id, g.grant_id, g.scope = 'content', g.access
    from staff_acts a
    join staff_grants g   on g.workspace_id = a.workspace_id and g.grant_id = a.grant_id
    join workspaces w     on w.workspace_id = g.workspace_id
    join staff_sessions x on x.session_id = a.session_id
    join staff s          on s.staff_id = x.staff_id and s.staff_id = g.staff_id
   where a.workspace_id = nullif(current_setting('tuco.staff_workspace', true), '')::uuid
     and a.act_id = nullif(current_setting('tuco.staff_act', true), '')::uuid
     and a.xact = pg_current_xact_id_if_assigned() and a.at >= transaction_timestamp()
     and g.status = 'live' and g.expires_at > clock_timestamp()
     and w.removed_at is null and w.staff_access <> 'none'
     and x.ended_at is null and x.expires_at > clock_timestamp() and s.removed_at is null
$$;
create function granted_workspace() returns uuid language sql stable security definer set search_path = tuco, pg_temp as
$$ select workspace_id from granted() $$;
create function granted_content() returns boolean language sql stable security definer set search_path = tuco, pg_temp as
$$ select coalesce((select content from granted()), false) $$;

-- Says which act this transaction is about, and whose audit log it belongs in.
create function staff_acts_in(p_workspace uuid, p_act uuid) returns void language sql as $$
  select set_config('tuco.staff_workspace', p_workspace::text, true), set_config('tuco.staff_act', p_act::text, true),
         set_config('tuco.workspace', p_workspace::text, true)
$$;

-- Staff write the audit log of a workspace only in the transaction that does something there.
create function staff_audit_beside_acts() returns trigger
language plpgsql security definer set search_path = tuco, pg_temp as $$
begin
  if session_user = 'tuco_staff' and not exists (
       select from staff_acts a where a.workspace_id = new.workspace_id and a.at >= transaction_timestamp()
          and a.xact = pg_current_xact_id_if_assigned() and a.act_id = nullif(current_setting('tuco.staff_act', true), '')::uuid) then
    raise exception 'staff did nothing in this workspace that could be written down';
  end if;
  return new;
end $$;
create trigger staff_audit_beside_acts before insert on audit_entries for each row execute function staff_audit_beside_acts();
grant execute on function audit_append(uuid, text) to tuco_staff;

-- Opens a workspace for the rest of this transaction, and writes down that it did. Takes the workspace's access lock shared
-- and reads again under it: an end of the grant that has been confirmed is seen, one under way waits for this transaction,
-- so that nothing is read after the confirmation, on any node (S1, decisions 2.3).
create function staff_enter(p_token bytea, p_grant uuid, p_act uuid, p_action text, p_object text, p_address text, p_request text,
  out outcome text, out workspace_id uuid, out workspace_name text, out zone text, out scope text, out access text,
  out purpose text, out ticket text, out expires_at timestamptz, out staff_id uuid, out staff_email text)
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
#variable_conflict use_column
declare
  who record;
  g   staff_grants;
  w   workspaces;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'staff read what holds now, not what a snapshot of their own holds';
  end if;
  select * into who from staff_of(p_token);
  if not found then outcome := 'signed_out'; return; end if;
  select * into g from staff_grants x where x.staff_id = who.staff_id and x.grant_id = p_grant;
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
  if outcome <> 'ok' then return; end if;
  insert into staff_acts values (w.workspace_id, p_act, p_grant, who.session_id, p_action, p_object, p_address, p_request,
                                 pg_current_xact_id(), clock_timestamp());
  perform staff_acts_in(w.workspace_id, p_act);
  workspace_id := w.workspace_id; workspace_name := w.name; zone := w.zone; scope := g.scope; access := g.access;
  purpose := g.purpose; ticket := g.ticket; expires_at := g.expires_at; staff_id := who.staff_id; staff_email := who.email;
end $$;

-- Asks for a grant. The shared access lock keeps the workspace's rule from being changed between the look and the insert.
create function staff_request(p_token bytea, p_workspace uuid, p_grant uuid, p_act uuid, p_purpose text, p_ticket text,
  p_scope text, p_access text, p_hours integer, p_address text, p_request text) returns text
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
  insert into staff_acts values (p_workspace, p_act, p_grant, who.session_id, 'asked', null, p_address, p_request,
                                 pg_current_xact_id(), clock_timestamp());
  perform staff_acts_in(p_workspace, p_act);
  return case when standing then 'live' else 'waiting' end;
end $$;

-- A member of staff gives a grant back, or takes a request back; under the exclusive access lock, as every end of access.
create function staff_give_back(p_token bytea, p_grant uuid, p_act uuid, p_address text, p_request text) returns uuid
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  who record;
  g   staff_grants;
begin
  select * into who from staff_of(p_token);
  select * into g from staff_grants x where x.staff_id = who.staff_id and x.grant_id = p_grant;
  if not found then return null; end if;
  perform lock_access((select tag from workspaces where workspace_id = g.workspace_id));
  update staff_grants set status = 'ended', ended_at = clock_timestamp(), ended_by_name = who.email
   where workspace_id = g.workspace_id and grant_id = p_grant and status in ('waiting', 'live');
  if not found then return null; end if;
  insert into staff_acts values (g.workspace_id, p_act, p_grant, who.session_id, 'gave_back', null, p_address, p_request,
                                 pg_current_xact_id(), clock_timestamp());
  perform staff_acts_in(g.workspace_id, p_act);
  return g.workspace_id;
end $$;

-- Somebody's own grants and requests, the newest first.
create function staff_grants_of(p_token bytea)
returns table (grant_id uuid, workspace_id uuid, workspace_name text, purpose text, ticket text, scope text, access text,
               hours integer, standing boolean, status text, requested_at timestamptz, decided_by_name text,
               expires_at timestamptz, ended_at timestamptz, ended_by_name text)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select g.grant_id, g.workspace_id, w.name, g.purpose, g.ticket, g.scope, g.access, g.hours, g.standing,
         case when w.removed_at is not null or w.staff_access = 'none' and g.status = 'live' then 'ended'
              when g.status = 'live' and g.expires_at <= clock_timestamp() then 'expired' else g.status end,
         g.requested_at, g.decided_by_name, g.expires_at, g.ended_at, g.ended_by_name
    from staff_of(p_token) who
    join staff_grants g on g.staff_id = who.staff_id
    join workspaces w   on w.workspace_id = g.workspace_id
   order by g.requested_at desc
   limit 200
$$;

-- What staff see of all workspaces without a grant: what the operator knows anyway. Names, plans, states and counts, never
-- anything that people wrote or whom they write to. Leads are counted to ten thousand, so that no workspace makes it slow.
create function staff_workspaces(p_token bytea, p_search text, p_limit integer, p_offset integer)
returns table (workspace_id uuid, name text, environment text, plan text, read_only_reason text, staff_access text,
               created_at timestamptz, members bigint, lines bigint, leads bigint, sent_this_month bigint)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select w.workspace_id, w.name, w.environment, w.plan, w.read_only_reason, w.staff_access, w.created_at,
         (select count(*) from members m where m.workspace_id = w.workspace_id),
         (select count(*) from lines l   where l.workspace_id = w.workspace_id and l.removed_at is null),
         (select count(*) from (select from leads l where l.workspace_id = w.workspace_id limit 10001) capped),
         (select coalesce(sum(u.used), 0) from usage_counters u
           where u.workspace_id = w.workspace_id and u.line_id = '00000000-0000-0000-0000-000000000000'
             and u.kind = 'workspace_month' and u.period_start > clock_timestamp() - interval '32 days'
             and u.period_start = (select max(v.period_start) from usage_counters v
                                    where v.workspace_id = w.workspace_id and v.line_id = u.line_id and v.kind = u.kind))
    from staff_of(p_token) who, workspaces w
   where w.removed_at is null
     and (p_search = '' or position(lower(p_search) in lower(w.name)) > 0 or w.workspace_id::text = p_search)
   order by lower(w.name), w.workspace_id
   limit p_limit offset p_offset
$$;

-- The one thing that staff may change, with a grant that says so: to stop a line that does harm. Whoever manages lines
-- sees why, and resumes it.
create function staff_pause_line(p_line uuid) returns boolean
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  g record;
begin
  select * into g from granted();
  if not found or g.access <> 'pause_lines' then return false; end if;
  update lines l
     set is_active = false, updated_at = clock_timestamp(),
         pause_reason = 'Paused by Tuco support, ticket ' || (select x.ticket from staff_grants x
                                                               where x.workspace_id = g.workspace_id and x.grant_id = g.grant_id)
   where l.workspace_id = g.workspace_id and l.line_id = p_line and l.is_active and l.removed_at is null;
  return found;
end $$;

alter function staff_of(bytea) owner to tuco_gate;
alter function granted() owner to tuco_gate;
alter function granted_workspace() owner to tuco_gate;
alter function granted_content() owner to tuco_gate;
alter function staff_audit_beside_acts() owner to tuco_gate;
alter function staff_enter(bytea, uuid, uuid, text, text, text, text) owner to tuco_gate;
alter function staff_request(bytea, uuid, uuid, uuid, text, text, text, text, integer, text, text) owner to tuco_gate;
alter function staff_give_back(bytea, uuid, uuid, text, text) owner to tuco_gate;
alter function staff_grants_of(bytea) owner to tuco_gate;
alter function staff_workspaces(bytea, text, integer, integer) owner to tuco_gate;
alter function staff_pause_line(uuid) owner to tuco_gate;

-- What stands in place of what a grant for metadata hides.
create function masked(p_text text) returns text language sql immutable parallel safe as
$$ select case when p_text is null or p_text = '' then p_text else '••••' end $$;

-- Lets the lens, and with it the views below, read a table: the rows of the workspace that a live grant has opened.
create function tuco_granted_table(t regclass) returns void language plpgsql as $$
begin
  execute format('grant select on %s to tuco_lens', t);
  execute format('create policy lens on %s for select to tuco_lens using (workspace_id = (select granted_workspace()))', t);
end $$;
select tuco_granted_table(t::regclass) from unnest(array['lists', 'leads', 'lines', 'messages', 'message_states', 'message_events']) t;

-- The views. A grant for metadata shows ids, kinds, states, times and counts; what people wrote, what providers said and
-- whom it concerns is masked. No view holds a credential.
create view granted_lists with (security_barrier) as
  select l.list_id, case when c.shown then l.name else masked(l.name) end as name, l.created_at
    from lists l, (select granted_content() as shown) c;

create view granted_leads with (security_barrier) as
  select l.lead_id, l.list_id, l.phone is not null as has_phone, l.email is not null as has_email, l.created_at, l.updated_at,
         case when c.shown then l.first_name   else masked(l.first_name)   end as first_name,
         case when c.shown then l.last_name    else masked(l.last_name)    end as last_name,
         case when c.shown then l.phone        else masked(l.phone)        end as phone,
         case when c.shown then l.email        else masked(l.email)        end as email,
         case when c.shown then l.company_name else masked(l.company_name) end as company_name,
         case when c.shown then l.job_title    else masked(l.job_title)    end as job_title,
         case when c.shown then l.notes        else masked(l.notes)        end as notes,
         case when c.shown then l.zone         else masked(l.zone)         end as zone,
         case when c.shown then l.source       else masked(l.source)       end as source,
         case when c.shown then array_to_string(l.tags, ', ') else masked(array_to_string(l.tags, ', ')) end as tags,
         case when c.shown then concat_ws(', ', l.alt_phone1, l.alt_phone2, l.alt_phone3, l.alt_email1, l.alt_email2, l.alt_email3)
              else masked(concat_ws(', ', l.alt_phone1, l.alt_phone2, l.alt_phone3, l.alt_email1, l.alt_email2, l.alt_email3)) end as other_addresses,
         case when c.shown then l.custom_fields::text when l.custom_fields = '{}' then '{}' else masked('x') end as custom_fields
    from leads l, (select granted_content() as shown) c;

create view granted_lines with (security_barrier) as
  select l.line_id, l.kind, l.channel_type, l.line_type, l.is_active, l.health_status, l.health_checked_at, l.provisioning_status,
         l.daily_total_limit, l.daily_new_limit, l.hourly_new_limit, l.created_at, l.removed_at,
         case when c.shown then l.address      else masked(l.address)      end as address,
         case when c.shown then l.first_name   else masked(l.first_name)   end as first_name,
         case when c.shown then l.last_name    else masked(l.last_name)    end as last_name,
         case when c.shown then l.pause_reason else masked(l.pause_reason) end as pause_reason,
         case when c.shown then l.health_words else masked(l.health_words) end as health_words
    from lines l, (select granted_content() as shown) c;

create view granted_messages with (security_barrier) as
  select m.message_id, m.lead_id, m.direction, m.message_type, m.campaign_id, m.scheduled_date, m.created_at,
         s.line_id, s.status, s.wait_reason, s.attempts, s.due_at, s.sent_at, s.delivered_at, s.read_at,
         length(m.text) as text_length, m.attachments is not null as has_attachments,
         case when c.shown then m.text           else masked(m.text)           end as text,
         case when c.shown then m.recipient      else masked(m.recipient)      end as recipient,
         case when c.shown then m.recipient_name else masked(m.recipient_name) end as recipient_name,
         case when c.shown then s.error          else masked(s.error)          end as error
    from messages m
    left join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id,
         (select granted_content() as shown) c;

create view granted_message_events with (security_barrier) as
  select e.message_id, e.seq, e.status, e.at, e.cause, case when c.shown then e.detail else masked(e.detail) end as detail
    from message_events e, (select granted_content() as shown) c;

do $$
declare
  v text;
begin
  foreach v in array array['granted_lists', 'granted_leads', 'granted_lines', 'granted_messages', 'granted_message_events'] loop
    execute format('alter view %I owner to tuco_lens', v);
    execute format('grant select on %I to tuco_staff', v);
  end loop;
end $$;

-- Functions are for those they are made for: by PostgreSQL's default everybody may call them, and some look across the
-- fence for who calls them. From here on, also for functions to come: everybody but staff, and staff these few.
do $$
declare
  f regprocedure;
begin
  for f in select p.oid::regprocedure from pg_proc p
            where p.pronamespace = 'tuco'::regnamespace and has_function_privilege('public', p.oid, 'execute')
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to tuco_app, tuco_engine, tuco_gate, tuco_lens, tuco_revoker, tuco_auditor', f);
  end loop;
end $$;
alter default privileges revoke execute on functions from public;
alter default privileges in schema tuco grant execute on functions to tuco_app, tuco_engine, tuco_gate, tuco_lens, tuco_revoker, tuco_auditor;
revoke execute on function staff_of(bytea), granted(), staff_enter(bytea, uuid, uuid, text, text, text, text),
  staff_request(bytea, uuid, uuid, uuid, text, text, text, text, integer, text, text), staff_give_back(bytea, uuid, uuid, text, text),
  staff_grants_of(bytea), staff_workspaces(bytea, text, integer, integer), staff_pause_line(uuid)
  from tuco_app, tuco_engine;
grant execute on function staff_of(bytea), granted_workspace(), granted_content(), masked(text),
  staff_enter(bytea, uuid, uuid, text, text, text, text),
  staff_request(bytea, uuid, uuid, uuid, text, text, text, text, integer, text, text), staff_give_back(bytea, uuid, uuid, text, text),
  staff_grants_of(bytea), staff_workspaces(bytea, text, integer, integer), staff_pause_line(uuid)
  to tuco_staff;

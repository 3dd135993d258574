-- The audit log (decisions 9.3): per workspace a gap-free sequence in which each entry bears the hash of the one before.
-- Only audit_append writes here, as a role that nobody logs in as; nothing is ever changed or taken out.

-- The last entry of each workspace: its row is the lock that makes the sequence gap-free.
create table audit_heads (
  workspace_id uuid primary key references workspaces,
  seq          bigint not null,
  hash         bytea  not null
) with (fillfactor = 50);
select tuco_tenant_table('audit_heads', true);

-- entry is the text that was hashed; the other columns are read from it and can say nothing else.
create table audit_entries (
  workspace_id uuid   not null references workspaces,
  seq          bigint not null check (seq > 0),
  entry        text   not null,
  previous     bytea  not null, -- the hash of the entry before; kept, so that it shows which of two was replaced
  hash         bytea  not null,
  at           text collate "C" not null generated always as (entry::jsonb ->> 'at') stored, -- UTC, sorts as text
  actor        text collate "C" generated always as (entry::jsonb #>> '{actor,id}') stored,
  action       text collate "C" not null generated always as (entry::jsonb ->> 'action') stored,
  object       text collate "C" not null generated always as (entry::jsonb ->> 'object') stored,
  primary key (workspace_id, seq)
);
create index audit_entries_by_time   on audit_entries (workspace_id, at);
create index audit_entries_by_actor  on audit_entries (workspace_id, actor, seq);
create index audit_entries_by_action on audit_entries (workspace_id, action, seq);
create index audit_entries_by_object on audit_entries (workspace_id, object, seq);
select tuco_tenant_table('audit_entries', true);

-- Signed states of the log: up to here it was complete, and this was its last hash.
create table audit_seals (
  workspace_id uuid        not null references workspaces,
  seq          bigint      not null,
  hash         bytea       not null,
  at           timestamptz not null,
  fingerprint  text        not null, -- of the public key
  signature    bytea       not null,
  primary key (workspace_id, seq)
);
select tuco_tenant_table('audit_seals', true);

-- The installation's key for signing. The private half is sealed with the secret key, which is in no database.
create table audit_signing_key (
  only_row    boolean primary key default true check (only_row),
  public_key  bytea not null,
  private_key bytea not null,
  created_at  timestamptz not null
);
grant select, insert on audit_signing_key to tuco_app;

-- Append-only, for the application's roles by their rights and for everybody by triggers.
revoke insert, update, delete on audit_heads, audit_entries from tuco_app, tuco_engine;
revoke update, delete on audit_seals from tuco_app, tuco_engine;
grant select, insert, update on audit_heads to tuco_auditor;
grant insert on audit_entries to tuco_auditor;
create policy auditor on audit_heads   to tuco_auditor using (true) with check (true);
create policy auditor on audit_entries for insert to tuco_auditor with check (true);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;
create trigger append_only before update or delete on audit_entries for each row execute function audit_is_append_only();
create trigger append_only_at_once before truncate on audit_entries for each statement execute function audit_is_append_only();
create trigger append_only before update or delete on audit_seals for each row execute function audit_is_append_only();
create trigger append_only_at_once before truncate on audit_seals for each statement execute function audit_is_append_only();

-- Adds one entry to a workspace's log. The head's row is locked from here to the end of the transaction, so whoever
-- appends next sees this entry or, when this transaction is rolled back, none of it: no gap, no fork. Called as the
-- last thing in a transaction (Tx.beforeCommit), so that the lock is held briefly and nothing is waited for under it.
create function audit_append(p_workspace uuid, p_entry text) returns bigint
language plpgsql volatile security definer set search_path = tuco, pg_temp as $$
declare
  h      audit_heads;
  digest bytea;
begin
  if p_workspace is distinct from tenant() and not pg_has_role(session_user, 'tuco_engine', 'member') then
    raise exception 'an audit entry belongs to the workspace of its transaction';
  end if;
  select * into h from audit_heads where workspace_id = p_workspace for update;
  if not found then
    insert into audit_heads values (p_workspace, 0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
    select * into h from audit_heads where workspace_id = p_workspace for update;
  end if;
  digest := sha256(convert_to('{"entry":' || p_entry || ',"previous":"' || encode(h.hash, 'hex')
                            || '","seq":' || (h.seq + 1) || '}', 'UTF8'));
  insert into audit_entries (workspace_id, seq, entry, previous, hash)
  values (p_workspace, h.seq + 1, p_entry, h.hash, digest);
  update audit_heads set seq = h.seq + 1, hash = digest where workspace_id = p_workspace;
  return h.seq + 1;
end $$;
alter function audit_append(uuid, text) owner to tuco_auditor;
revoke execute on function audit_append(uuid, text) from public;
grant execute on function audit_append(uuid, text) to tuco_app, tuco_engine;

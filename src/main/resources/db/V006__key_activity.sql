-- What keys did, and what the people of a workspace must be told.

-- Calls of a key by day, route and answer, written in batches by the engine, never by the request (decisions 2.5).
create table key_activity (
  workspace_id uuid not null,
  key_id       uuid not null,
  day          date not null,
  route        text not null,
  status       smallint not null,
  calls        bigint not null,
  first_at     timestamptz not null,
  last_at      timestamptz not null,
  primary key (workspace_id, key_id, day, route, status),
  foreign key (workspace_id, key_id) references api_keys
);
select tuco_tenant_table('key_activity', true);

-- Told to owners and admins until they have seen it, for example that a key was found in public (decisions 2.6).
create table notices (
  workspace_id uuid not null references workspaces,
  notice_id    uuid not null,
  kind         text not null check (kind in ('key_leaked', 'webhook_disabled')),
  subject_id   uuid not null,
  message      text not null,
  created_at   timestamptz not null,
  seen_at      timestamptz,
  primary key (workspace_id, notice_id)
);
create index notices_unseen on notices (workspace_id, created_at) where seen_at is null;
select tuco_tenant_table('notices', true);

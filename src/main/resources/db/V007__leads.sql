-- Search over leads, import, do-not-contact, availability, fallback configuration.

-- What a lead is searched by, word by word: names, company, e-mail address and its domain, the phone number and its
-- endings. Each word bears the workspace's tag, so that one workspace's common words cost another nothing.
-- Built-in functions only: 10 microseconds a row, index included. Cut, because a word may have 2 kB at most.
alter table leads add column search tsvector generated always as (
  array_to_tsvector(array_remove(string_to_array(
    left(workspace_id::text, 8) || replace(translate(lower(
      left(first_name, 100) || ' ' || left(last_name, 100) || ' ' || left(company_name, 200)
      || coalesce(' ' || email || ' ' || split_part(email, '@', 2), '')
      || coalesce(' ' || substr(phone, 2) || ' ' || right(phone, 10) || ' ' || right(phone, 7) || ' ' || right(phone, 4), '')
    ), e',;:()"\'/&\\<>|!*?\t\n\r', '                   '), ' ', ' ' || left(workspace_id::text, 8)), ' '),
    left(workspace_id::text, 8)))) stored;
create index leads_by_word on leads using gin (search);

-- Finds leads by their words. Operators on tsvector are not leakproof, so under row security the index would not be
-- used (architecture, "Search under row security"): this looks at the caller's workspace alone, by the tenant of the
-- transaction, and answers ids; what they stand for is read under row security.
create function leads_by_words(p_words tsquery, p_list uuid) returns setof uuid
language sql stable security definer set search_path = tuco, pg_temp as $$
  select l.lead_id
    from leads l
   where l.workspace_id = (select tenant()) and l.search @@ p_words and (p_list is null or l.list_id = p_list)
$$;
grant select on leads to tuco_gate;
create policy gate on leads for select to tuco_gate using (true);
alter function leads_by_words(tsquery, uuid) owner to tuco_gate;

-- Imports, while they run and afterwards.
create table imports (
  workspace_id uuid not null references workspaces,
  import_id    uuid not null,
  list_id      uuid not null,
  status       text not null check (status in ('running', 'done', 'failed')),
  rows_read    integer not null default 0,
  saved        integer not null default 0,
  duplicates   integer not null default 0,
  invalid      integer not null default 0,
  bytes_read   bigint not null default 0,
  errors       jsonb not null default '[]', -- the first ones, by line
  doubles      jsonb not null default '[]', -- the first duplicates, by line
  failure      text,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  primary key (workspace_id, import_id)
);
select tuco_tenant_table('imports');

-- What was last learnt of an address, and when (decisions 7; contract 2.9).
create table availability_checks (
  workspace_id uuid not null references workspaces,
  address      text not null,
  available    boolean not null,
  line_id      uuid,
  checked_at   timestamptz not null,
  primary key (workspace_id, address)
);
select tuco_tenant_table('availability_checks');

-- Availability checks of a line and UTC day, apart from its sends.
create table availability_counters (
  workspace_id uuid not null,
  line_id      uuid not null,
  day          date not null,
  used         integer not null check (used >= 0),
  primary key (workspace_id, line_id, day),
  foreign key (workspace_id, line_id) references lines
);
select tuco_tenant_table('availability_counters');

-- Through whom fallback SMS go.
create table fallback_configs (
  workspace_id uuid primary key references workspaces,
  settings     jsonb not null default '{}',
  secrets      bytea,
  is_active    boolean not null default true,
  updated_at   timestamptz not null
);
select tuco_tenant_table('fallback_configs');

-- Orders for lines, in a self-hosted meaning: the operator provisions them (contract 2.17).
create table line_requests (
  workspace_id    uuid not null references workspaces,
  line_request_id uuid not null,
  first_name      text not null,
  last_name       text not null,
  channel_type    text not null check (channel_type in ('phone', 'email')),
  line_type       text not null check (line_type in ('purchased', 'byon')),
  phone           text,
  email           text,
  zipcode         text,
  state           text,
  forward_to      text,
  image_url       text,
  status          text not null check (status in ('provisioning', 'active', 'failed', 'canceled')),
  line_id         uuid,
  client_key      text,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  primary key (workspace_id, line_request_id),
  unique (workspace_id, client_key),
  foreign key (workspace_id, line_id) references lines
);
select tuco_tenant_table('line_requests');

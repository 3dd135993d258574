-- Leads, lines, messages, and the engine's own state.

create table lists (
  workspace_id uuid not null references workspaces,
  list_id      uuid not null,
  name         text not null,
  description  text not null default '',
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  primary key (workspace_id, list_id),
  unique (workspace_id, name)
);
select tuco_tenant_table('lists');

create table leads (
  workspace_id        uuid not null, -- its list's, and so a workspace
  lead_id             uuid not null,
  list_id             uuid not null,
  first_name          text not null default '',
  last_name           text not null default '',
  email               text,
  phone               text,
  alt_phone1          text,
  alt_phone2          text,
  alt_phone3          text,
  alt_email1          text,
  alt_email2          text,
  alt_email3          text,
  company_name        text not null default '',
  job_title           text not null default '',
  linkedin_url        text not null default '',
  notes               text not null default '',
  custom_fields       jsonb not null default '{}',
  tags                text[] not null default '{}',
  source              text not null,
  external_id         text,
  zone                text,
  contact_owner_email text,
  contact_owner_id    uuid,
  availability_status text,
  ghl_contact_id      text,
  ghl_location_id     text,
  hs_contact_id       text,
  hs_portal_id        text,
  aliases             jsonb not null default '[]',
  created_at          timestamptz not null,
  updated_at          timestamptz not null,
  primary key (workspace_id, lead_id),
  foreign key (workspace_id, list_id) references lists
);
create index leads_by_list on leads (workspace_id, list_id, lead_id);
select tuco_tenant_table('leads');

-- One person per workspace over all phones and e-mails, primary and alternate (decisions 5.8): the primary key says so.
create table lead_addresses (
  workspace_id uuid not null,
  address      text not null,
  lead_id      uuid not null,
  position     smallint not null check (position between 0 and 7), -- 0 phone, 1-3 altPhone1-3, 4 email, 5-7 altEmail1-3: the order of trying
  primary key (workspace_id, address),
  foreign key (workspace_id, lead_id) references leads on delete cascade
);
create index lead_addresses_by_lead on lead_addresses (workspace_id, lead_id);
select tuco_tenant_table('lead_addresses');

-- Do-not-contact. Keyed by a hash of the address, so that it outlives the lead and an erasure (decisions 5.7).
create table suppressions (
  workspace_id   uuid not null references workspaces,
  suppression_id uuid not null,
  address_hash   bytea not null,
  address        text,
  kind           text not null check (kind in ('phone', 'email')),
  reason         text not null,
  source         text not null,
  created_at     timestamptz not null,
  primary key (workspace_id, suppression_id),
  unique (workspace_id, address_hash)
);
select tuco_tenant_table('suppressions');

create table lines (
  workspace_id        uuid not null references workspaces,
  line_id             uuid not null,
  kind                text not null,
  channel_type        text not null check (channel_type in ('phone', 'email')),
  line_type           text not null default 'byon' check (line_type in ('purchased', 'byon')),
  address             text not null,
  first_name          text not null default '',
  last_name           text not null default '',
  settings            jsonb not null default '{}',
  secrets             bytea,
  is_active           boolean not null default true,
  pause_reason        text,
  provisioning_status text not null default 'active',
  daily_new_limit     integer,
  daily_total_limit   integer,
  hourly_new_limit    integer,
  device_gap_ms       integer not null default 0,
  contact_gap_ms      integer not null default 0,
  warmup              jsonb,
  health_status       text not null default 'healthy' check (health_status in ('healthy', 'down')),
  health_words        text not null default '',
  health_checked_at   timestamptz,
  created_at          timestamptz not null,
  updated_at          timestamptz not null,
  removed_at          timestamptz,
  primary key (workspace_id, line_id)
);
select tuco_tenant_table('lines');

-- The engine's hold on a line: who works it (fenced), and what holds the whole line back.
create table line_leases (
  workspace_id         uuid not null,
  line_id              uuid not null,
  node_id              uuid,
  fence                bigint not null default 0,
  ready_at             timestamptz not null default '-infinity',
  new_ready_at         timestamptz not null default '-infinity',
  hold_until           timestamptz not null default '-infinity',
  hold_reason          text,
  new_hold_until       timestamptz not null default '-infinity',
  new_hold_reason      text,
  consecutive_failures integer not null default 0,
  primary key (workspace_id, line_id),
  foreign key (workspace_id, line_id) references lines
);
create index line_leases_by_node on line_leases (node_id);
select tuco_tenant_table('line_leases');

-- What a line has sent to whom: says whether a send is a first touch, and which line a lead talks to.
create table contacts (
  workspace_id  uuid not null,
  line_id       uuid not null,
  address       text not null,
  lead_id       uuid not null,
  first_sent_at timestamptz not null,
  last_sent_at  timestamptz not null,
  primary key (workspace_id, line_id, address),
  foreign key (workspace_id, line_id) references lines
);
create index contacts_by_lead on contacts (workspace_id, lead_id, last_sent_at);
select tuco_tenant_table('contacts');

-- Exact counters, reserved in the claim (decisions 4.2). line_id is the nil uuid for the whole workspace.
create table usage_counters (
  workspace_id uuid not null references workspaces,
  line_id      uuid not null,
  kind         text not null check (kind in ('workspace_day', 'workspace_month', 'workspace_new_day', 'line_day', 'line_new_day', 'line_new_hour')),
  period_start timestamptz not null,
  used         integer not null check (used >= 0),
  primary key (workspace_id, line_id, kind, period_start)
);
select tuco_tenant_table('usage_counters');

-- What a message is: written once, edited only before it is sent.
create table messages (
  workspace_id      uuid not null, -- its lead's, and so a workspace
  message_id        uuid not null,
  lead_id           uuid not null,
  direction         text not null default 'sent' check (direction in ('sent', 'received')),
  message_type      text not null check (message_type in ('imessage', 'sms', 'email')),
  text              text not null,
  text_hash         bytea not null,
  recipient         text not null,
  addresses         text[] not null default '{}',
  recipient_phone   text,
  recipient_email   text,
  recipient_name    text not null default '',
  attachments       jsonb,
  scheduled_date    timestamptz,
  zone              text,
  window_start      text,
  window_end        text,
  weekdays          smallint[],
  send_fallback_sms boolean not null default false,
  batch_id          text,
  campaign_id       uuid,
  step_index        integer,
  ghl_contact_id    text,
  ghl_location_id   text,
  hs_contact_id     text,
  hs_portal_id      text,
  correlation_id    text not null,
  created_by        uuid,
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  primary key (workspace_id, message_id),
  foreign key (workspace_id, lead_id) references leads on delete cascade
);
create index messages_by_recipient on messages (workspace_id, recipient, message_id);
create index messages_by_lead on messages (workspace_id, lead_id, message_id);
select tuco_tenant_table('messages');

-- Where a message is. Narrow, and the queue itself: rows that wait are in the partial index until they are claimed.
create table message_states (
  workspace_id     uuid not null,
  message_id       uuid not null,
  line_id          uuid,
  status           text not null,
  first_touch      boolean not null default false,
  due_at           timestamptz not null,
  wait_reason      text,
  attempts         smallint not null default 0,
  attempt_id       uuid,
  attempting_since timestamptz,
  node_id          uuid,
  fence            bigint,
  counted_at       timestamptz,
  external_id      text,
  error            text,
  checked_addresses text[],
  sent_at          timestamptz,
  delivered_at     timestamptz,
  read_at          timestamptz,
  event_count      smallint not null default 0,
  updated_at       timestamptz not null,
  primary key (workspace_id, message_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index message_states_due on message_states (workspace_id, line_id, first_touch, due_at, message_id)
  where status in ('queued', 'pending', 'scheduled');
create index message_states_open on message_states (attempting_since) where status in ('sending', 'unknown');
select tuco_tenant_table('message_states');

-- Every change with its time and cause (decisions 5.2). Append-only.
create table message_events (
  workspace_id uuid not null,
  message_id   uuid not null,
  seq          smallint not null,
  status       text not null,
  at           timestamptz not null,
  cause        text not null,
  detail       text,
  primary key (workspace_id, message_id, seq)
);
select tuco_tenant_table('message_events');

-- State and events go with their message. Not by foreign keys: their checks were the dearest part of writing these rows,
-- and both are only ever written beside their message, in one statement with it or beside its state.
create function forget_message() returns trigger language plpgsql as $$
begin
  delete from message_states s using gone g where s.workspace_id = g.workspace_id and s.message_id = g.message_id;
  delete from message_events e using gone g where e.workspace_id = g.workspace_id and e.message_id = g.message_id;
  return null;
end $$;
create trigger forget_message after delete on messages referencing old table as gone
  for each statement execute function forget_message();

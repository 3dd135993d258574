-- Webhooks: endpoints, the outbox of events, and what became of each delivery (decisions 8.2, 8.3).

create table webhooks (
  workspace_id          uuid not null references workspaces,
  webhook_id            uuid not null,
  url                   text not null,
  name                  text not null,
  description           text,
  events                text[] not null,
  is_active             boolean not null default true,
  disabled_reason       text check (disabled_reason in ('gone', 'failing')), -- null when a person switched it off
  secret                bytea not null,                                      -- sealed by the vault
  previous_secret       bytea,
  previous_secret_until timestamptz,
  created_at            timestamptz not null,
  updated_at            timestamptz not null,
  primary key (workspace_id, webhook_id)
);
select tuco_tenant_table('webhooks');

-- How the endpoint answers. Apart from webhooks, so that the outbox never waits for a delivery.
create table webhook_health (
  workspace_id      uuid not null,
  webhook_id        uuid not null,
  last_triggered_at timestamptz,
  last_success_at   timestamptz,
  last_failure_at   timestamptz,
  failure_count     integer not null default 0, -- in a row
  failing_since     timestamptz,
  paused_until      timestamptz not null default '-infinity', -- the endpoint asked for it (Retry-After)
  primary key (workspace_id, webhook_id),
  foreign key (workspace_id, webhook_id) references webhooks on delete cascade
);
select tuco_tenant_table('webhook_health', true);

-- What happened, with its final text: written in the transaction in which it happened.
-- Also in read-only mode: replies and opt-outs are still delivered (decisions 4.7).
create table webhook_events (
  workspace_id uuid not null references workspaces,
  event_id     uuid not null,
  event        text not null,
  message_id   uuid,
  at           timestamptz not null,
  body         text not null,
  primary key (workspace_id, event_id)
);
create index webhook_events_by_time on webhook_events (workspace_id, at, event_id);
create index webhook_events_by_age on webhook_events (at);
select tuco_tenant_table('webhook_events', true);

-- The delivery is the record: what was tried, what came back, what comes next.
create table webhook_deliveries (
  workspace_id    uuid not null,
  delivery_id     uuid not null,
  webhook_id      uuid not null,
  event_id        uuid not null,
  replay_of       uuid,
  status          text not null default 'pending' check (status in ('pending', 'sending', 'delivered', 'failed', 'cancelled')),
  attempts        smallint not null default 0,
  next_at         timestamptz not null,
  claim_id        uuid,
  claimed_until   timestamptz,
  last_attempt_at timestamptz,
  status_code     smallint,
  failure         text check (failure in ('invalid_url', 'dns', 'address_refused', 'connect', 'tls', 'timeout', 'broken',
                                         'redirect', 'status', 'throttled', 'gone', 'disabled', 'internal')),
  response        text,
  duration_ms     integer,
  finished_at     timestamptz,
  primary key (workspace_id, delivery_id),
  foreign key (workspace_id, webhook_id) references webhooks on delete cascade,
  foreign key (workspace_id, event_id) references webhook_events
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- The queue, endpoint by endpoint: finding the endpoints with work costs one step each, however long their queues are.
create index webhook_deliveries_due on webhook_deliveries (workspace_id, webhook_id, next_at) where status = 'pending';
create index webhook_deliveries_open on webhook_deliveries (workspace_id, webhook_id) where status = 'sending';
create index webhook_deliveries_log on webhook_deliveries (workspace_id, webhook_id, delivery_id);
create index webhook_deliveries_by_event on webhook_deliveries (workspace_id, event_id);
select tuco_tenant_table('webhook_deliveries', true);

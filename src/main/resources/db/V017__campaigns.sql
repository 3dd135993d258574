-- Campaigns: sequences of messages to the leads of an audience (mission P4, decisions 6).

create table campaigns (
  workspace_id    uuid not null references workspaces,
  campaign_id     uuid not null,
  name            text not null,
  state           text not null check (state in ('draft', 'scheduled', 'activating', 'running', 'paused', 'completed', 'archived')),
  audience        text not null check (audience in ('list', 'tag', 'api')),
  list_id         uuid,
  tag             text,
  settings        jsonb not null default '{}', -- lines, windows, spacing, order, stop rules: CampaignSettings
  version         integer not null default 1,  -- the steps in force
  pause_reason    text,
  blocked_by      text,                        -- why nothing of it can leave at all; null when something can
  blocked_since   timestamptz,
  scheduled_at    timestamptz,
  started_at      timestamptz,
  completed_at    timestamptz,
  planned_to      uuid,                        -- planning has gone through the audience up to this lead
  planned_count   integer not null default 0,  -- leads looked at
  audience_count  integer,                     -- leads to look at, as counted at the launch
  enrolled_count  integer not null default 0,
  planned_at      timestamptz,                 -- when planning was through
  looked_at       timestamptz,                 -- when the engine last went through it
  spaced_until    timestamptz,                 -- the last first message, where first messages keep a distance
  created_by      uuid,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  primary key (workspace_id, campaign_id)
);
create index campaigns_at_work on campaigns (state, workspace_id, campaign_id) where state in ('scheduled', 'activating', 'running');
select tuco_tenant_table('campaigns');

-- The steps of each version: an edit writes a new version, and messages not yet sent follow it (decisions 6.2).
create table campaign_steps (
  workspace_id uuid not null,
  campaign_id  uuid not null,
  version      integer not null,
  step_index   integer not null,
  step         jsonb not null, -- delay, variants with weights, stop rules, branches, SMS fallback: Step
  created_at   timestamptz not null,
  primary key (workspace_id, campaign_id, version, step_index),
  foreign key (workspace_id, campaign_id) references campaigns on delete cascade
);
select tuco_tenant_table('campaign_steps');

-- A lead's place in a campaign. The primary key lets a lead in once, whoever enrols it and however often (decisions 6.7).
-- Without foreign keys, whose checks would be the dearest part of enrolling a million: what is left of a lead or a
-- campaign goes by the triggers below.
create table enrolments (
  workspace_id uuid not null,
  campaign_id  uuid not null,
  lead_id      uuid not null,
  entry        smallint not null default 1, -- grows when the lead is let in again on purpose
  state        text not null check (state in ('active', 'in_flight', 'completed', 'stopped')),
  step_index   integer not null default 0,  -- the step that is next or in flight; of a finished one the last
  next_at      timestamptz not null,
  line_id      uuid,
  message_id   uuid,
  wait_reason  text,
  stop_cause   text,
  replied_at   timestamptz,
  last_sent_at timestamptz,
  enrolled_at  timestamptz not null,
  updated_at   timestamptz not null,
  primary key (workspace_id, campaign_id, lead_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index enrolments_due on enrolments (workspace_id, campaign_id, line_id, next_at, lead_id) where state = 'active';
create index enrolments_in_flight on enrolments (workspace_id, campaign_id, lead_id) where state = 'in_flight';
create index enrolments_by_lead on enrolments (workspace_id, lead_id) where state in ('active', 'in_flight');
select tuco_tenant_table('enrolments');

-- What was made into a message: the primary key lets each step of each lead become one message at most.
create table campaign_messages (
  workspace_id uuid not null,
  campaign_id  uuid not null,
  lead_id      uuid not null,
  entry        smallint not null,
  step_index   integer not null,
  message_id   uuid not null,
  version      integer not null,
  variant      smallint not null,
  created_at   timestamptz not null,
  replied_at   timestamptz, -- the first reply after it and before the next step
  opted_out_at timestamptz,
  primary key (workspace_id, campaign_id, lead_id, entry, step_index)
);
create index campaign_messages_by_lead on campaign_messages (workspace_id, lead_id, created_at);
select tuco_tenant_table('campaign_messages');

create function forget_enrolments() returns trigger language plpgsql as $$
begin
  delete from enrolments e using gone g where e.workspace_id = g.workspace_id and e.lead_id = g.lead_id;
  delete from campaign_messages c using gone g where c.workspace_id = g.workspace_id and c.lead_id = g.lead_id;
  return null;
end $$;
create trigger forget_enrolments after delete on leads referencing old table as gone
  for each statement execute function forget_enrolments();

create function forget_campaign() returns trigger language plpgsql as $$
begin
  delete from enrolments e using gone g where e.workspace_id = g.workspace_id and e.campaign_id = g.campaign_id;
  delete from campaign_messages c using gone g where c.workspace_id = g.workspace_id and c.campaign_id = g.campaign_id;
  return null;
end $$;
create trigger forget_campaign after delete on campaigns referencing old table as gone
  for each statement execute function forget_campaign();
create index messages_by_campaign on messages (workspace_id, campaign_id, message_id) where campaign_id is not null;

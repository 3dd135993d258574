-- What keeps campaigns from doing harm (connectors.md 5): the postal address in their mails, and a stop by the figures.
create table campaign_rules (
  workspace_id   uuid primary key references workspaces,
  postal_address text,
  updated_at     timestamptz not null
);
select tuco_tenant_table('campaign_rules');

-- A person looked and let it go on: what came back before that is not held against it again.
alter table campaigns add column resumed_at timestamptz;

alter table notices drop constraint notices_kind_check;
alter table notices add constraint notices_kind_check
  check (kind in ('key_leaked', 'webhook_disabled', 'line_down', 'line_up', 'campaign_paused'));

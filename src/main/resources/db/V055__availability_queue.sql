-- Leads that are still to be asked about, a row each until the answer is known (contract 2.9): by any node, after any crash.
create table availability_queue (
  workspace_id uuid not null,
  lead_id      uuid not null,
  asked_at     timestamptz not null,
  taken_until  timestamptz not null default '-infinity', -- by the database's clock
  primary key (workspace_id, lead_id),
  foreign key (workspace_id, lead_id) references leads on delete cascade
);
create index availability_queue_by_age on availability_queue (workspace_id, asked_at);
select tuco_tenant_table('availability_queue');

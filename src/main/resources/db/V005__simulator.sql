-- What the simulator keeps of its own, as a provider outside would (decisions 7.2). It names workspaces and
-- messages as a provider knows customers' ids: without foreign keys.

-- One row for each attempt that left. Two rows of one message are a double send.
create table simulator_ledger (
  workspace_id uuid not null,
  message_id   uuid not null,
  attempt_id   uuid not null,
  recipient    text not null,
  body_sha256  bytea not null,
  sent_at      timestamptz not null,
  primary key (workspace_id, message_id, attempt_id)
);
select tuco_tenant_table('simulator_ledger');

-- The first attempt at each message whose recipient lets only the second one pass.
create table simulator_first_tries (
  workspace_id uuid not null,
  message_id   uuid not null,
  attempt_id   uuid not null,
  tried_at     timestamptz not null,
  primary key (workspace_id, message_id)
);
select tuco_tenant_table('simulator_first_tries');

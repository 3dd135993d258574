-- SMS that follow a message which reached nobody on iMessage (contract 2.21, 7.5).

-- Through which line of the workspace they go, with which text (the message's own without one), and whether failed messages
-- are followed too.
alter table fallback_configs
  add column line_id   uuid,
  add column text      text,
  add column on_failed boolean not null default false,
  add foreign key (workspace_id, line_id) references lines;

-- The text for the SMS in place of the message's own; and in the SMS the message it follows. No foreign key: both belong to
-- one lead and go with it.
alter table messages
  add column fallback_text text,
  add column fallback_of   uuid;

-- One SMS for one message, whoever writes it.
create unique index messages_by_fallback on messages (workspace_id, fallback_of) where fallback_of is not null;

-- When the simulator reports a message that it took as arrived; null once that was heard, and for all that it never reports.
alter table simulator_ledger add column report_at timestamptz;
create index simulator_ledger_reports on simulator_ledger (report_at) where report_at is not null;

insert into simulator_ledger (workspace_id, message_id, attempt_id, recipient, body_sha256, sent_at)
values (id(1), id(25), id(33), '+12025550141', '\x21', '2026-01-03');
insert into simulator_first_tries values (id(1), id(25), id(34), '2026-01-03');

insert into lists (workspace_id, list_id, name, created_at, updated_at) values (id(1), id(20), 'Quick Sends', '2026-01-02', '2026-01-02');
insert into leads (workspace_id, lead_id, list_id, first_name, last_name, phone, source, custom_fields, tags, created_at, updated_at)
values (id(1), id(21), id(20), 'Zoë', 'O''Neill', '+12025550141', 'api', '{"size": 7}', '{vip}', '2026-01-02', '2026-01-02'),
       (id(1), id(22), id(20), '', '', '+12025550142', 'csv', '{}', '{}', '2026-01-02', '2026-01-02');
insert into lead_addresses values (id(1), '+12025550141', id(21), 0), (id(1), '+12025550142', id(22), 0);
insert into suppressions values (id(1), id(23), '\x17', '+12025550149', 'phone', 'opt_out', 'reply', '2026-01-02');
insert into lines (workspace_id, line_id, kind, channel_type, address, created_at, updated_at)
values (id(1), id(24), 'simulator', 'phone', '+12025550100', '2026-01-02', '2026-01-02');
insert into line_leases (workspace_id, line_id) values (id(1), id(24));
-- Written to twice, and once.
insert into contacts (workspace_id, line_id, address, lead_id, first_sent_at, last_sent_at)
values (id(1), id(24), '+12025550141', id(21), '2026-01-03', '2026-01-04'),
       (id(1), id(24), '+12025550142', id(22), '2026-01-03', '2026-01-03');
insert into usage_counters values (id(1), id(24), 'line_day', '2026-01-03', 2);
-- One that was delivered, and one that still waits while Tuco is brought up to date.
insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, addresses, recipient_phone, correlation_id, created_at, updated_at)
values (id(1), id(25), id(21), 'imessage', 'Hello', '\x19', '+12025550141', '{+12025550141}', '+12025550141', 'c1', '2026-01-03', '2026-01-03'),
       (id(1), id(26), id(22), 'imessage', 'Hello again', '\x1a', '+12025550142', '{+12025550142}', '+12025550142', 'c2', '2026-01-03', '2026-01-03');
insert into message_states (workspace_id, message_id, line_id, status, due_at, attempts, sent_at, delivered_at, event_count, updated_at)
values (id(1), id(25), id(24), 'delivered', '2026-01-03', 1, '2026-01-03', '2026-01-03', 1, '2026-01-03'),
       (id(1), id(26), id(24), 'pending', '2026-01-03', 0, null, null, 1, '2026-01-03');
insert into message_events values (id(1), id(25), 0, 'delivered', '2026-01-03', 'provider', null), (id(1), id(26), 0, 'pending', '2026-01-03', 'accepted', null);
-- One that nobody knows the outcome of: it is asked about once Tuco is brought up to date.
insert into messages (workspace_id, message_id, lead_id, message_type, text, text_hash, recipient, addresses, recipient_phone, correlation_id, created_at, updated_at)
values (id(1), id(27), id(21), 'imessage', 'Hello once more', '\x1b', '+12025550141', '{+12025550141}', '+12025550141', 'c3', '2026-01-04', '2026-01-04');
insert into message_states (workspace_id, message_id, line_id, status, due_at, attempts, attempt_id, attempting_since, node_id, fence, counted_at, event_count, updated_at)
values (id(1), id(27), id(24), 'unknown', '2026-01-04', 1, id(28), '2026-01-04 23:30Z', null, 1, '2026-01-04 23:30Z', 1, '2026-01-04 23:30Z');
insert into message_events values (id(1), id(27), 0, 'unknown', '2026-01-04', 'outcome_lost', null);
insert into usage_counters
values (id(1), '00000000-0000-0000-0000-000000000000', 'workspace_day', '2026-01-04 23:00Z', 1),
       (id(1), '00000000-0000-0000-0000-000000000000', 'workspace_month', '2025-12-31 23:00Z', 3);

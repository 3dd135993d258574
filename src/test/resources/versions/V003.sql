insert into webhooks (workspace_id, webhook_id, url, name, events, is_active, secret, created_at, updated_at)
values (id(1), id(30), 'https://hooks.example.com/tuco', 'CRM', '{message.sent}', false, '\x1e', '2026-01-02', '2026-01-02');
insert into webhook_health (workspace_id, webhook_id, failure_count) values (id(1), id(30), 2);
insert into webhook_events values (id(1), id(31), 'message.sent', id(25), now(), '{}');
insert into webhook_deliveries (workspace_id, delivery_id, webhook_id, event_id, status, attempts, next_at, status_code, finished_at)
values (id(1), id(32), id(30), id(31), 'delivered', 1, now(), 204, now());

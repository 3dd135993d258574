insert into workspaces (workspace_id, tag, name, environment, zone, plan, created_at)
values (id(1), 11, 'Acme', 'production', 'Europe/Berlin', 'growth', '2026-01-02');
insert into people (person_id, email, name, created_at) values (id(2), 'ann@example.com', 'Ann', '2026-01-02');
insert into members values (id(1), id(2), 'owner', '2026-01-02');
insert into invitations values (id(1), id(3), 'bob@example.com', 'member', '\x03', id(2), '2026-01-02', '2099-01-01', null);
insert into sessions values ('\x04', id(4), id(2), '2026-01-02', '2099-01-01', null, '192.0.2.1', 'curl');
insert into one_time_links values ('\x05', id(2), 'set_password', '2026-01-02', '2099-01-01', null);
insert into api_keys (workspace_id, key_id, label, environment, rights, created_at)
values (id(1), id(6), 'CRM', 'production', array['messages:read', 'messages:send', 'leads:read', 'leads:write'], '2026-01-02'),
       (id(1), id(7), 'Old', 'staging', array['messages:read'], '2026-01-02');
update api_keys set removed_at = '2026-01-03' where key_id = id(7);
insert into key_secrets (workspace_id, key_id, secret_id, hash, prefix, last_four, created_at)
values (id(1), id(6), id(8), key_hash(), 'tuco_sk_', 'wxyz', '2026-01-02'),
       (id(1), id(7), id(9), '\x09', 'tuco_sk_', 'abcd', '2026-01-02');
insert into key_uses values (id(1), id(6), '2026-01-03', '192.0.2.1', 'curl');
insert into idempotency values (id(1), id(6), 'POST /api/messages', 'once', '\x0a', 201, '{}', now());
insert into person_idempotency values (id(2), 'POST /api/workspaces', 'once', '\x0b', 201, '{}', now());
insert into nodes values (id(12), '2026-01-02', '2026-01-02');

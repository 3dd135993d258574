select audit_append(id(1), '{"at":"2026-01-02T00:00:00Z","actor":{"id":"us_1"},"action":"key.created","object":"ky_1"}');
insert into audit_seals values (id(1), 1, '\x2a', '2026-01-02', 'print', '\x2b');
insert into audit_signing_key values (true, '\x2c', '\x2d', '2026-01-02');

insert into staff (staff_id, email, name, created_at) values (id(50), 'sam@example.net', 'Sam', '2026-01-02');
insert into staff_sessions values ('\x33', id(51), id(50), '2026-01-02', '2099-01-01', null, '192.0.2.9', 'Firefox');
insert into staff_links values ('\x34', id(50), '2026-01-02', '2099-01-01', null);
insert into staff_grants (workspace_id, grant_id, staff_id, staff_email, staff_name, purpose, ticket, scope, access, hours, standing, status, requested_at)
values (id(1), id(52), id(50), 'sam@example.net', 'Sam', 'support_request', 'T-1', 'metadata', 'read_only', 4, false, 'waiting', '2026-01-02');
insert into staff_acts values (id(1), id(53), id(52), id(51), 'leads.read', null, '192.0.2.9', 'rq', '3', '2026-01-02');

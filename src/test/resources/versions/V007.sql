insert into imports (workspace_id, import_id, list_id, status, created_at, updated_at) values (id(1), id(36), id(20), 'done', now(), now());
insert into availability_checks values (id(1), '+12025550141', true, id(24), '2026-01-03');
insert into availability_counters values (id(1), id(24), '2026-01-03', 3);
insert into fallback_configs values (id(1), '{}', null, false, '2026-01-02');
insert into line_requests (workspace_id, line_request_id, first_name, last_name, channel_type, line_type, status, created_at, updated_at)
values (id(1), id(37), 'Ann', 'Lee', 'phone', 'purchased', 'provisioning', '2026-01-02', '2026-01-02');

insert into campaigns (workspace_id, campaign_id, name, state, audience, list_id, created_at, updated_at)
values (id(1), id(60), 'Spring', 'paused', 'list', id(20), '2026-01-02', '2026-01-02');
insert into campaign_steps values (id(1), id(60), 1, 0, '{"text": "Hi"}', '2026-01-02'), (id(1), id(60), 1, 1, '{"text": "Still there?"}', '2026-01-02');
insert into enrolments (workspace_id, campaign_id, lead_id, state, step_index, next_at, line_id, enrolled_at, updated_at)
values (id(1), id(60), id(21), 'active', 1, '2026-01-05', id(24), '2026-01-02', '2026-01-02');
insert into campaign_messages (workspace_id, campaign_id, lead_id, entry, step_index, message_id, version, variant, created_at)
values (id(1), id(60), id(21), 1, 0, id(25), 1, 0, '2026-01-03');

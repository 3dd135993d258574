insert into messages (workspace_id, message_id, lead_id, direction, message_type, text, text_hash, recipient, correlation_id, created_at, updated_at)
values (id(1), id(40), id(21), 'received', 'imessage', 'Yes please', '\x28', '+12025550100', 'c3', '2026-01-04', '2026-01-04');
insert into conversations (workspace_id, conversation_id, lead_id, address, line_id, message_type, last_reply_id, last_reply_at, unread, created_at)
values (id(1), id(41), id(21), '+12025550141', id(24), 'imessage', id(40), '2026-01-04', 1, '2026-01-04');
insert into inbound_messages (workspace_id, message_id, line_id, provider_id, conversation_id, nature, answers, received_at)
values (id(1), id(40), id(24), 'p1', id(41), 'reply', id(25), '2026-01-04');
insert into inbound_attachments values (id(1), id(40), 0, 'plan.pdf', 'application/pdf', 3, '\x010203');
insert into opt_out_words values (id(1), '{basta}', '2026-01-02');
insert into simulator_replies values (id(1), id(25), id(33), id(24), '+12025550141', 'Later', 'person', '2099-01-01');
insert into mailboxes (workspace_id, line_id, trouble) values (id(1), id(24), 'no route');

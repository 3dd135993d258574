insert into key_activity values (id(1), id(6), current_date, 'POST /api/messages', 201::smallint, 7, now(), now());
insert into notices values (id(1), id(35), 'key_leaked', id(6), 'A key was found in public.', now(), null);

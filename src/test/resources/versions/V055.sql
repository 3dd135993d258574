insert into availability_queue values (id(1), id(21), '2026-01-02', 'infinity');

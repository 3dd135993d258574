-- What the cleaning needs (tuco.Housekeeping). It locks the rows it deletes, which takes the right to change a column;
-- the engine gets the one that only says when a row ends.
grant select, delete, update (ended_at)   on sessions           to tuco_engine;
grant select, delete, update (used_at)    on one_time_links     to tuco_engine;
grant                 update (created_at) on person_idempotency to tuco_engine;

create index key_activity_by_day on key_activity (day);

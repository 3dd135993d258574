-- The one row about this installation as a whole.
create table installation (
  only_row         boolean primary key default true check (only_row),
  secret_key_check bytea,                          -- proves that a node has the key that sealed what is stored
  demo_workspace   uuid references workspaces,
  demo_owner       uuid references people,
  demo_line        uuid
);
insert into installation default values;
grant select, update on installation to tuco_app;

-- A line that goes down, and one that works again, is told to owners and admins (contract 4.6).
alter table notices drop constraint notices_kind_check;
alter table notices add constraint notices_kind_check check (kind in ('key_leaked', 'webhook_disabled', 'line_down', 'line_up'));

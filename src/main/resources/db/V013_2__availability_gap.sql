-- When a line that sits on a device may be asked about the next address (contract 2.9: 3 s apart, apart from its sends).
alter table availability_counters add column next_at timestamptz;

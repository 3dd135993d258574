-- A first touch is charged for a person, and several messages to them can be on their way at once: the charge is given
-- back when none of those has left or still may, not when the one that was charged comes back (tuco.dispatch.FirstTouches).
alter table contacts
  add column sends       integer not null default 1 check (sends >= 0), -- messages that left or are on their way
  add column charged_at  timestamptz, -- whose hour and day bear the charge; null for a further address of a person known by another
  add column charged_day timestamptz; -- the start of the plan's day that bears it, whatever zone the workspace has by now

-- Of what was sent before only the ends are known: whoever got one message can be new again, the others stay known, and
-- what is on its way at this moment keeps its charge.
update contacts set sends = 2 where first_sent_at < last_sent_at;

-- The starts of the plan's day and month that a message on its way was charged to: what never left is given back to these,
-- whatever zone the workspace has by then (tuco.dispatch.Charge). Null: not on its way, or claimed by an earlier version.
alter table message_states
  add column charged_day   timestamptz,
  add column charged_month timestamptz;

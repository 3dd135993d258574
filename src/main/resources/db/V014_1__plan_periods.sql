-- The day and the month in which a workspace changed its zone last: they go on with all that was used in them until the
-- new zone's next boundary (tuco.limits.PlanClock).
alter table workspaces
  add column plan_day_start   timestamptz,
  add column plan_day_until   timestamptz,
  add column plan_month_start timestamptz,
  add column plan_month_until timestamptz;

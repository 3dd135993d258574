-- The ends that the present day and month of a plan had before the zone was changed in them: who changes it back gets
-- them back (tuco.limits.PlanClock). Null: as plan_day_until, plan_month_until.
alter table workspaces
  add column plan_day_least   timestamptz,
  add column plan_month_least timestamptz;

-- A subscription whose metadata names another workspace now: it has ended for the one it left, whose row stays.
alter table billing_objects
  drop constraint billing_objects_standing_check,
  add constraint billing_objects_standing_check check (standing in ('good', 'past_due', 'trial_ended', 'suspended', 'moved'));

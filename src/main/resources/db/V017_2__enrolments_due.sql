-- What is due on a line, first steps apart from follow-ups: neither may stand before the other.
drop index enrolments_due;
create index enrolments_due on enrolments (workspace_id, campaign_id, line_id, least(step_index, 1), next_at, lead_id) where state = 'active';

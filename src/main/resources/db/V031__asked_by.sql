-- The node that asks a provider about a lost attempt. When it dies while asking, another asks at once; before, the
-- message stayed unknown until the time set aside for the question was up, ten minutes.
alter table message_states add column asked_by uuid;

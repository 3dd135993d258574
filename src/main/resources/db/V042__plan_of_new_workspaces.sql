-- The plan a new workspace begins on: where plans are sold, nobody gets round theirs by making another workspace (B5).
-- Checked at the end of the transaction, so that one statement moves the mark: update plans set for_new = (plan = 'mini').
alter table plans
  add column for_new boolean not null default false,
  add constraint one_plan_for_new exclude using btree (for_new with =) where (for_new) deferrable initially deferred;
update plans set for_new = true where plan = 'self-hosted';

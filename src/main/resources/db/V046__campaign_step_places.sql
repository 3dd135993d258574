-- A step keeps its number for good (step_index here, in enrolments, in messages); where it stands is another matter, so that
-- an edit of a running campaign can move, add and remove steps, and nobody gets one twice.
alter table campaign_steps add column place integer;
alter table campaign_steps no force row level security;
update campaign_steps set place = step_index;
alter table campaign_steps force row level security;
alter table campaign_steps alter column place set not null;
create unique index campaign_steps_in_order on campaign_steps (workspace_id, campaign_id, version, place);

create or replace view granted_campaigns with (security_barrier = false) as
  select k.campaign_id, k.state, k.audience, k.audience_count, k.planned_count, k.enrolled_count, k.scheduled_at, k.started_at,
         k.completed_at, k.created_at, k.updated_at,
         (select count(*)::integer from campaign_steps s
           where s.workspace_id = k.workspace_id and s.campaign_id = k.campaign_id and s.version = k.version) as steps,
         case when (select granted_content()) then k.name         else masked(k.name)         end as name,
         case when (select granted_content()) then k.tag          else masked(k.tag)          end as tag,
         case when (select granted_content()) then k.pause_reason else masked(k.pause_reason) end as pause_reason,
         case when (select granted_content()) then k.blocked_by   else masked(k.blocked_by)   end as blocked_by
    from campaigns k;

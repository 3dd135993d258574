-- Campaigns as staff see them under a grant: states and counts; names and reasons only with a grant for content (S1).
select tuco_granted_table('campaigns');

create view granted_campaigns with (security_barrier) as
  select k.campaign_id, k.state, k.audience, k.audience_count, k.planned_count, k.enrolled_count, k.scheduled_at, k.started_at,
         k.completed_at, k.created_at, k.updated_at,
         (select max(s.step_index) + 1 from campaign_steps s
           where s.workspace_id = k.workspace_id and s.campaign_id = k.campaign_id and s.version = k.version) as steps,
         case when c.shown then k.name         else masked(k.name)         end as name,
         case when c.shown then k.tag          else masked(k.tag)          end as tag,
         case when c.shown then k.pause_reason else masked(k.pause_reason) end as pause_reason,
         case when c.shown then k.blocked_by   else masked(k.blocked_by)   end as blocked_by
    from campaigns k, (select granted_content() as shown) c;
select tuco_granted_table('campaign_steps');
alter view granted_campaigns owner to tuco_lens;
grant select on granted_campaigns to tuco_staff;

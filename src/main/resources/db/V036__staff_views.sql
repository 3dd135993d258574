-- The views of staff without security_barrier, which kept every condition and limit from the tables below: a page of a
-- workspace with 200,000 messages took 28 s and now takes milliseconds. What protects the rows is the lens' row security,
-- which a condition of the caller's cannot get before; what protects the columns is that the views hold expressions only,
-- so that whatever the caller does with a column is done to what the grant shows of it. StaffFenceTest tries.
-- The scope is asked in a sub-select each, which is evaluated once for a statement and not once for a row.

create or replace view granted_lists with (security_barrier = false) as
  select l.list_id, case when (select granted_content()) then l.name else masked(l.name) end as name, l.created_at
    from lists l;

create or replace view granted_leads with (security_barrier = false) as
  select l.lead_id, l.list_id, l.phone is not null as has_phone, l.email is not null as has_email, l.created_at, l.updated_at,
         case when (select granted_content()) then l.first_name   else masked(l.first_name)   end as first_name,
         case when (select granted_content()) then l.last_name    else masked(l.last_name)    end as last_name,
         case when (select granted_content()) then l.phone        else masked(l.phone)        end as phone,
         case when (select granted_content()) then l.email        else masked(l.email)        end as email,
         case when (select granted_content()) then l.company_name else masked(l.company_name) end as company_name,
         case when (select granted_content()) then l.job_title    else masked(l.job_title)    end as job_title,
         case when (select granted_content()) then l.notes        else masked(l.notes)        end as notes,
         case when (select granted_content()) then l.zone         else masked(l.zone)         end as zone,
         case when (select granted_content()) then l.source       else masked(l.source)       end as source,
         case when (select granted_content()) then array_to_string(l.tags, ', ') else masked(array_to_string(l.tags, ', ')) end as tags,
         case when (select granted_content()) then concat_ws(', ', l.alt_phone1, l.alt_phone2, l.alt_phone3, l.alt_email1, l.alt_email2, l.alt_email3)
              else masked(concat_ws(', ', l.alt_phone1, l.alt_phone2, l.alt_phone3, l.alt_email1, l.alt_email2, l.alt_email3)) end as other_addresses,
         case when (select granted_content()) then l.custom_fields::text when l.custom_fields = '{}' then '{}' else masked('x') end as custom_fields
    from leads l;

create or replace view granted_lines with (security_barrier = false) as
  select l.line_id, l.kind, l.channel_type, l.line_type, l.is_active, l.health_status, l.health_checked_at, l.provisioning_status,
         l.daily_total_limit, l.daily_new_limit, l.hourly_new_limit, l.created_at, l.removed_at,
         case when (select granted_content()) then l.address      else masked(l.address)      end as address,
         case when (select granted_content()) then l.first_name   else masked(l.first_name)   end as first_name,
         case when (select granted_content()) then l.last_name    else masked(l.last_name)    end as last_name,
         case when (select granted_content()) then l.pause_reason else masked(l.pause_reason) end as pause_reason,
         case when (select granted_content()) then l.health_words else masked(l.health_words) end as health_words
    from lines l;

create or replace view granted_messages with (security_barrier = false) as
  select m.message_id, m.lead_id, m.direction, m.message_type, m.campaign_id, m.scheduled_date, m.created_at,
         s.line_id, s.status, s.wait_reason, s.attempts, s.due_at, s.sent_at, s.delivered_at, s.read_at,
         length(m.text) as text_length, m.attachments is not null as has_attachments,
         case when (select granted_content()) then m.text           else masked(m.text)           end as text,
         case when (select granted_content()) then m.recipient      else masked(m.recipient)      end as recipient,
         case when (select granted_content()) then m.recipient_name else masked(m.recipient_name) end as recipient_name,
         case when (select granted_content()) then s.error          else masked(s.error)          end as error
    from messages m
    left join message_states s on s.workspace_id = m.workspace_id and s.message_id = m.message_id;

create or replace view granted_message_events with (security_barrier = false) as
  select e.message_id, e.seq, e.status, e.at, e.cause, case when (select granted_content()) then e.detail else masked(e.detail) end as detail
    from message_events e;

create or replace view granted_campaigns with (security_barrier = false) as
  select k.campaign_id, k.state, k.audience, k.audience_count, k.planned_count, k.enrolled_count, k.scheduled_at, k.started_at,
         k.completed_at, k.created_at, k.updated_at,
         (select max(s.step_index) + 1 from campaign_steps s
           where s.workspace_id = k.workspace_id and s.campaign_id = k.campaign_id and s.version = k.version) as steps,
         case when (select granted_content()) then k.name         else masked(k.name)         end as name,
         case when (select granted_content()) then k.tag          else masked(k.tag)          end as tag,
         case when (select granted_content()) then k.pause_reason else masked(k.pause_reason) end as pause_reason,
         case when (select granted_content()) then k.blocked_by   else masked(k.blocked_by)   end as blocked_by
    from campaigns k;

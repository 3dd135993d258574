-- An invitation is worth what its inviter may do when it is used: who was removed or lowered, or whose key was stopped,
-- must not come back through a link they made before. Null is the operator.
create function inviter_may(p_workspace uuid, p_inviter uuid, p_role text) returns boolean
language sql stable set search_path = tuco, pg_temp as $$
  select p_inviter is null
      or exists (select from members m
                  where m.workspace_id = p_workspace and m.person_id = p_inviter
                    and (m.role = 'owner' or m.role = 'admin' and p_role <> 'owner'))
      or exists (select from api_keys k
                  where k.workspace_id = p_workspace and k.key_id = p_inviter
                    and 'members:manage' = any (k.rights) and p_role <> 'owner'
                    and k.disabled_at is null and k.removed_at is null
                    and (k.expires_at is null or k.expires_at > clock_timestamp()))
$$;

create or replace function invitation_of(p_hash bytea, p_now timestamptz)
returns table (workspace_id uuid, workspace_name text, invitation_id uuid, email text, role text,
               read_only_reason text, known boolean)
language sql stable security definer set search_path = tuco, pg_temp as $$
  select w.workspace_id, w.name, i.invitation_id, i.email, i.role, read_only_now(w.read_only_reason, w.plan_expires_at),
         exists (select from people p where p.email = i.email)
    from invitations i join workspaces w on w.workspace_id = i.workspace_id
   where i.token_hash = p_hash and i.accepted_at is null and i.expires_at > p_now
     and inviter_may(i.workspace_id, i.invited_by, i.role) and w.removed_at is null
$$;

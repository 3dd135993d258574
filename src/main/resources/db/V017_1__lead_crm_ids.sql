-- A lead is found again by the id it has in a CRM (contract 2.10).
create index leads_by_ghl on leads (workspace_id, ghl_contact_id) where ghl_contact_id is not null;
create index leads_by_hubspot on leads (workspace_id, hs_contact_id) where hs_contact_id is not null;

-- Texts that answer a word by themselves (connectors.md 5): who asks for help, and at most once who opts out.
alter table opt_out_words
  add column answers_help boolean not null default true,
  add column help_text    text, -- null for the usual one
  add column confirmation text; -- null for none

-- Such a text goes to who opted out as well, and does not leave late: the claim looks at this.
alter table messages add column notice text check (notice in ('help', 'opt_out'));
create index messages_notices on messages (workspace_id, lead_id, created_at) where notice is not null;

-- What comes back: messages that came in, the conversations they belong to, and the words people opt out with
-- (decisions 5.7, 8.1).

-- A message that came in may be from somebody who is no lead. Messages that go out always have one.
alter table messages
  alter column lead_id drop not null,
  add constraint messages_sent_to_a_lead check (lead_id is not null or direction = 'received');

-- One per lead; one per address for somebody who is no lead. Made by the first message that comes in.
create table conversations (
  workspace_id    uuid not null references workspaces,
  conversation_id uuid not null,
  lead_id         uuid,
  address         text not null,    -- what the person wrote from last
  name            text not null default '',
  line_id         uuid not null,    -- the line they wrote to last
  message_type    text not null check (message_type in ('imessage', 'sms', 'email')),
  last_reply_id   uuid,             -- null while only machines have answered
  last_reply_at   timestamptz,
  unread          integer not null default 0,
  attention       text check (attention in ('possible_opt_out')),
  archived_at     timestamptz,
  created_at      timestamptz not null,
  primary key (workspace_id, conversation_id),
  foreign key (workspace_id, lead_id) references leads on delete cascade,
  foreign key (workspace_id, line_id) references lines
);
create unique index conversations_by_lead on conversations (workspace_id, lead_id) where lead_id is not null;
create unique index conversations_by_address on conversations (workspace_id, address) where lead_id is null;
create index conversations_by_reply on conversations (workspace_id, last_reply_at, conversation_id) where last_reply_at is not null;
select tuco_tenant_table('conversations');

-- What a received message is, beside its row in messages.
create table inbound_messages (
  workspace_id    uuid not null,
  message_id      uuid not null,
  line_id         uuid not null,
  provider_id     text not null, -- the provider's own id: a second delivery finds the first here
  conversation_id uuid not null,
  nature          text not null check (nature in ('reply', 'opt_out', 'opt_in', 'auto_reply', 'bounce')),
  answers         uuid,          -- the message of ours that it answers, where that is known
  campaign_id     uuid,          -- and that message's campaign
  subject         text,
  whole           text,          -- all of it, quotes and signature included; null where the message is all
  reference       text,          -- the Message-ID of a mail, for the answer to it
  received_at     timestamptz not null,
  primary key (workspace_id, message_id),
  unique (workspace_id, line_id, provider_id),
  foreign key (workspace_id, message_id) references messages on delete cascade,
  foreign key (workspace_id, conversation_id) references conversations on delete cascade,
  foreign key (workspace_id, line_id) references lines
);
create index inbound_messages_by_conversation on inbound_messages (workspace_id, conversation_id, received_at, message_id);
create index inbound_messages_by_time on inbound_messages (workspace_id, received_at);
select tuco_tenant_table('inbound_messages');

-- Files that came with a message: always what they were, their content up to a bound.
create table inbound_attachments (
  workspace_id uuid not null,
  message_id   uuid not null,
  position     smallint not null,
  name         text not null,
  content_type text not null,
  size         bigint not null,
  content      bytea, -- null where it was too large to keep
  primary key (workspace_id, message_id, position),
  foreign key (workspace_id, message_id) references inbound_messages on delete cascade
);
select tuco_tenant_table('inbound_attachments');

-- A workspace's own opt-out words, beside those that always count.
create table opt_out_words (
  workspace_id uuid primary key references workspaces,
  words        text[] not null,
  updated_at   timestamptz not null
);
select tuco_tenant_table('opt_out_words');

-- What simulated people will answer, written with the ledger's row of the message they answer to. As with the
-- simulator's other tables: a provider outside, so without foreign keys.
create table simulator_replies (
  workspace_id uuid not null,
  message_id   uuid not null,
  attempt_id   uuid not null,
  line_id      uuid not null,
  sender       text not null,
  body         text not null,
  by           text not null check (by in ('person', 'machine', 'bounce')),
  due_at       timestamptz not null,
  primary key (workspace_id, message_id, attempt_id)
);
create index simulator_replies_due on simulator_replies (due_at);
select tuco_tenant_table('simulator_replies');

-- Who reads the mailbox of a line, and how far. The cursor moves in the transaction that records a mail, and only for
-- whoever holds the mailbox: a reader that was thought dead records nothing more.
create table mailboxes (
  workspace_id uuid not null,
  line_id      uuid not null,
  holder       uuid,
  held_until   timestamptz not null default '-infinity',
  uid_validity bigint, -- null until it was opened for the first time
  last_uid     bigint not null default 0,
  trouble      text not null default '', -- what went wrong at the last try; empty when all is well
  checked_at   timestamptz,
  primary key (workspace_id, line_id),
  foreign key (workspace_id, line_id) references lines
);
select tuco_tenant_table('mailboxes');

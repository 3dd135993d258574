-- A line whose provider refuses one message after another is paused by the engine, and resumed by a person (decisions 7.3).
alter table lines add column paused_by_engine boolean not null default false;

-- To what a person agreed, when, and where they said so (connectors.md 5).
alter table leads
  add column consent_source    text,
  add column consent_timestamp text, -- ISO 8601 in UTC, as it is shown and exported
  add column consent_text      text;

-- A link may confirm a new e-mail address too; it was sent there.
alter table one_time_links
  add column email text check (email = lower(email)),
  drop constraint one_time_links_purpose_check,
  add constraint one_time_links_purpose_check check (purpose in ('set_password', 'change_email')),
  add constraint one_time_links_email_of_purpose check ((purpose = 'change_email') = (email is not null));

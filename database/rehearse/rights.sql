-- On Supabase the user `postgres` is no superuser; its extension supautils lets it do some of what only superusers may
-- (https://github.com/supabase/supautils): extensions, foreign data wrappers, publications, policies on the tables of
-- storage and realtime. Here the same is done with event triggers around those commands.
create schema kai_rehearsal;
create role kai_rehearsal superuser;

create function kai_rehearsal.elevate(yes boolean) returns void language sql security definer as $$
  update pg_catalog.pg_authid set rolsuper = yes where rolname = 'postgres'
$$;
create function kai_rehearsal.before_command() returns event_trigger language plpgsql as $$
begin
  perform kai_rehearsal.elevate(true);
end $$;
create function kai_rehearsal.after_command() returns event_trigger language plpgsql as $$
declare command record;
begin
  for command in select * from pg_catalog.pg_event_trigger_ddl_commands() loop
    if command.object_type = 'policy' and command.object_identity ~ ' on (auth|vault|cron)\.' then
      raise exception 'must be owner of table %', split_part(command.object_identity, '.', 2)
        using errcode = 'insufficient_privilege';
    end if;
  end loop;
  perform kai_rehearsal.elevate(false);
end $$;

alter function kai_rehearsal.elevate(boolean) owner to kai_rehearsal;
create event trigger kai_rehearsal_before on ddl_command_start
  when tag in ('CREATE EXTENSION', 'ALTER EXTENSION', 'DROP EXTENSION', 'CREATE FOREIGN DATA WRAPPER',
    'ALTER FOREIGN DATA WRAPPER', 'CREATE PUBLICATION', 'ALTER PUBLICATION', 'CREATE POLICY', 'ALTER POLICY',
    'DROP POLICY', 'DROP TRIGGER')
  execute function kai_rehearsal.before_command();
create event trigger kai_rehearsal_after on ddl_command_end
  when tag in ('CREATE EXTENSION', 'ALTER EXTENSION', 'DROP EXTENSION', 'CREATE FOREIGN DATA WRAPPER',
    'ALTER FOREIGN DATA WRAPPER', 'CREATE PUBLICATION', 'ALTER PUBLICATION', 'CREATE POLICY', 'ALTER POLICY',
    'DROP POLICY', 'DROP TRIGGER')
  execute function kai_rehearsal.after_command();

grant usage on schema kai_rehearsal to public;
-- supautils.privileged_role_allowed_configs
grant set on parameter session_replication_role, log_min_duration_statement, log_min_messages, log_statement,
  track_io_timing to public;
-- `ALTER ROLE authenticator SET …` and the like; granting it would need another superuser as grantor.
update pg_catalog.pg_auth_members set admin_option = true where member = 'postgres'::regrole;
-- The last one: from here on the session is no superuser's.
select kai_rehearsal.elevate(false);

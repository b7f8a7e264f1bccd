-- The portal's roles and its database. Safe to run again; run by psql as a superuser.
-- Passwords come from the environment; without one, a role has no password.
\set ON_ERROR_STOP on
\getenv owner_password PORTAL_OWNER_PASSWORD
\getenv app_password PORTAL_APP_PASSWORD

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY[
    'portal_owner', 'portal_app', 'portal_sponsor', 'portal_mailer', 'portal_directory'
]) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

-- Owns the database and its tables, and migrates.
ALTER ROLE portal_owner LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- What web and workers log in as: owns nothing, passes by no policy.
ALTER ROLE portal_app LOGIN NOINHERIT
    NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Whoever waits longer is told to come again; the worker gives its statements more.
ALTER ROLE portal_app SET lock_timeout = '5s';
ALTER ROLE portal_app SET statement_timeout = '30s';
ALTER ROLE portal_app SET idle_in_transaction_session_timeout = '60s';
-- Sees all rows; entered by SET LOCAL ROLE only, for the length of a transaction.
ALTER ROLE portal_sponsor NOLOGIN
    NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Reads the words of mails that open an account, and nothing else; entered by the
-- worker that sends them, for the length of a transaction.
ALTER ROLE portal_mailer NOLOGIN
    NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Reads what listed partners show, writes nothing; entered like the sponsor's.
ALTER ROLE portal_directory NOLOGIN
    NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

\if :{?owner_password}
ALTER ROLE portal_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE portal_app PASSWORD :'app_password';
\endif

-- From PostgreSQL 16 on, inheriting belongs to the membership, not to the role.
SELECT current_setting('server_version_num')::int >= 160000 AS has_membership_options
\gset
\if :has_membership_options
GRANT portal_sponsor, portal_mailer, portal_directory
    TO portal_app WITH INHERIT FALSE, SET TRUE;
\else
GRANT portal_sponsor, portal_mailer, portal_directory TO portal_app;
\endif

SELECT 'CREATE DATABASE portal OWNER portal_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'portal')
\gexec
REVOKE ALL ON DATABASE portal FROM PUBLIC;
GRANT CONNECT ON DATABASE portal TO portal_app;

\connect portal
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

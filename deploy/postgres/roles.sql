-- Run once by the postgres image on an empty volume: the owner of the tables, and who works with their rows (bot/roles.py grants).
\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner_password`
\set run_password `cat /run/secrets/run_password`
CREATE ROLE aanspraak LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE aanspraak_run LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'run_password';
CREATE DATABASE aanspraak OWNER aanspraak;
\connect aanspraak
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

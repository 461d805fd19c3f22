"""Two roles in the database: the owner changes tables, and who works at run time reads and writes rows and no more."""

from __future__ import annotations

from psycopg import sql

__all__ = ["grant", "how_to_make", "migrate", "too_much"]

# Nobody but the owner writes down which migrations have run.
_READ_ONLY = ("django_migrations",)
_GRANTS = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {runner}",
    "GRANT USAGE ON SCHEMA public TO {runner}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {runner}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {runner}",
    # What a later migration makes is theirs too, from its first moment: the version before goes on beside it.
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runner}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {runner}",
    *(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {{runner}}" for table in _READ_ONLY),
)
_MAKE = """\
-- Once, as an administrator of the server (psql asks for the passwords: they stand in no history).
CREATE ROLE {owner} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE {runner} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
\\password {owner}
\\password {runner}
CREATE DATABASE {owner} OWNER {owner};
\\connect {owner}
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- Then give DATABASE_URL of {runner} and DATABASE_OWNER_URL of {owner}, and: uv run aanspraak database migrate
"""


def how_to_make(owner: str, runner: str) -> str:
    """What an administrator of the server gives to psql."""
    names = {"owner": sql.Identifier(owner).as_string(), "runner": sql.Identifier(runner).as_string()}
    return _MAKE.format(**names)


def grant(runner: str) -> bool:
    """As the owner: give ``runner`` what the program needs, also of what comes. False where that is ourselves."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        owner, database = cursor.fetchone()
        if not runner or owner == runner:
            return False
        names = {name: sql.Identifier(value) for name, value in (("owner", owner), ("database", database), ("runner", runner))}
        for statement in _GRANTS:
            cursor.execute(sql.SQL(statement).format(**names))
    return True


def migrate() -> bool:
    """Bring the tables up to date as their owner, and let the run-time role work with them; True where there is such a one."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        return grant(settings.DATABASE_RUN_ROLE)


_TOO_MUCH = {
    "is a superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = %(role)s",
    "makes roles": "SELECT rolcreaterole FROM pg_roles WHERE rolname = %(role)s",
    "makes databases": "SELECT rolcreatedb FROM pg_roles WHERE rolname = %(role)s",
    "sees every row whatever the rules say": "SELECT rolbypassrls FROM pg_roles WHERE rolname = %(role)s",
    "makes tables": "SELECT has_schema_privilege(%(role)s, 'public', 'CREATE')",
    "owns tables": "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'public' AND pg_has_role(%(role)s, c.relowner, 'USAGE'))",
    "empties tables": "SELECT coalesce(bool_or(has_table_privilege(%(role)s, c.oid, 'TRUNCATE')), false) FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'",
    "reads passwords of the server": "SELECT has_table_privilege(%(role)s, 'pg_catalog.pg_authid', 'SELECT')",
}


def too_much(role: str) -> list[str]:
    """What ``role`` may do and nobody at run time needs; empty for one made by ``grant``."""
    from django.db import connection

    with connection.cursor() as cursor:
        found = []
        for what, question in _TOO_MUCH.items():
            cursor.execute(question, {"role": role})
            if cursor.fetchone()[0]:
                found.append(what)
    return found

"""Functions that run with the owner's rights: the only ones, and each says why.

All have a fixed search path, names with their schema, and no dynamic text from outside. Anything
else that runs so fails the catalogue test.
"""

from dataclasses import dataclass

_PATH = "SET search_path = pg_catalog, pg_temp"


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the schema `guard`: its signature, what it returns, who may call it."""

    signature: str
    returns: str
    body: str
    callers: tuple[str, ...]
    language: str = "sql"
    kind: str = "STABLE"

    @property
    def name(self) -> str:
        """Return the name without its arguments."""
        return self.signature.partition("(")[0]

    def sql(self) -> str:
        """Return the statement that creates it, or brings it up to date."""
        return (
            f"CREATE OR REPLACE FUNCTION guard.{self.signature} RETURNS {self.returns}"
            f" LANGUAGE {self.language} {self.kind} SECURITY DEFINER {_PATH}"
            f" AS $guard${self.body}$guard$"
        )


_ALL = ("mvch_web", "mvch_matcher", "mvch_protection", "mvch_auditor")
_MATCHER = ("mvch_matcher",)
_USER = "nullif(current_setting('app.user', true), '')::bigint"
_TOKENS = "nullif(current_setting('app.tokens', true), '')::bigint[]"

FUNCTIONS = (
    # Mandates and workers point at each other: asked through policies they would ask for ever.
    Function(
        "my_workers()",
        "bigint[]",
        f"""
        SELECT coalesce(array_agg(id), '{{}}') FROM (
            SELECT w.id FROM public.people_worker w WHERE w.user_id = {_USER}
            UNION
            SELECT m.worker_id FROM public.people_mandate m
            JOIN public.people_worker w ON w.id = m.worker_id
            WHERE m.helper_id = {_USER} AND NOT (w.shield && {_TOKENS})
              AND m.validity @> nullif(current_setting('app.now', true), '')::timestamptz
        ) mine
        """,
        _ALL,
    ),
    # A check of one state moves the application by the checks of all: words only, in their order.
    Function(
        "checks_of(application bigint)",
        "text[]",
        """
        SELECT coalesce(array_agg(w.check_status::text ORDER BY w.check_status), '{}')
        FROM public.applications_wish w WHERE w.application_id = application
        """,
        _ALL,
    ),
    # Decisions come as whole tables, which somebody must own: docs/decisions/0009.
    Function(
        "create_decisions(run bigint, attempt integer)",
        "text",
        """
        DECLARE part text := format('matching_decision_run_%s_%s', run, attempt);
        BEGIN
            -- An attempt that others have overtaken finds that out by its token, later.
            IF NOT EXISTS (SELECT 1 FROM public.matching_run r WHERE r.id = run
                           AND r.attempt >= create_decisions.attempt)
            THEN RAISE EXCEPTION 'There was no such attempt'
                USING ERRCODE = 'insufficient_privilege';
            END IF;
            EXECUTE format('CREATE TABLE public.%I'
                ' (LIKE public.matching_decision INCLUDING CONSTRAINTS)', part);
            EXECUTE format('GRANT SELECT, INSERT ON public.%I TO mvch_matcher', part);
            RETURN part;
        END
        """,
        _MATCHER,
        language="plpgsql",
        kind="VOLATILE",
    ),
    Function(
        "close_decisions(run bigint, attempt integer)",
        "void",
        """
        DECLARE part text := format('matching_decision_run_%s_%s', run, attempt);
        BEGIN
            EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I CHECK (run_id = %s),'
                ' ADD CONSTRAINT %I PRIMARY KEY (run_id, entry_id)',
                part, part || '_run', run, part || '_once');
        END
        """,
        _MATCHER,
        language="plpgsql",
        kind="VOLATILE",
    ),
    # Triggers for rows come with the parent; that against TRUNCATE, those of the audit and the
    # policies do not.
    Function(
        "attach_decisions(run bigint, attempt integer)",
        "void",
        r"""
        DECLARE
            part text := format('matching_decision_run_%s_%s', run, attempt);
            refuse text := (SELECT t.tgfoid::regproc::text FROM pg_trigger t
                WHERE t.tgrelid = 'public.matching_decision'::regclass AND NOT t.tgisinternal
                  AND t.tgname LIKE 'pgtrigger_matching_decision_no_truncate_%');
            audit text;
        BEGIN
            FOR audit IN SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t
                WHERE t.tgrelid = 'public.matching_decision'::regclass
                  AND t.tgname LIKE 'audit\_%'
            LOOP
                EXECUTE replace(audit, ' ON public.matching_decision ',
                    format(' ON public.%I ', part));
            END LOOP;
            EXECUTE format('REVOKE ALL ON public.%I FROM mvch_matcher', part);
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY,'
                ' FORCE ROW LEVEL SECURITY', part);
            EXECUTE format('CREATE TRIGGER matching_decision_no_truncate BEFORE TRUNCATE'
                ' ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION %s()', part, refuse);
            EXECUTE format('ALTER TABLE public.matching_decision ATTACH PARTITION public.%I'
                ' FOR VALUES IN (%s)', part, run);
        END
        """,
        _MATCHER,
        language="plpgsql",
        kind="VOLATILE",
    ),
)

# Run with the caller's rights: they read settings of the transaction only.
PLAIN = (
    """
    CREATE OR REPLACE FUNCTION guard.made_workers() RETURNS bigint[] LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp AS $guard$
        SELECT coalesce(nullif(current_setting('app.made', true), '')::bigint[], '{}')
    $guard$
    """,
    """
    CREATE OR REPLACE FUNCTION guard.note_made_worker() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $guard$
    BEGIN
        PERFORM set_config('app.made', (guard.made_workers() || NEW.id)::text, true);
        RETURN NEW;
    END
    $guard$
    """,
    "DROP TRIGGER IF EXISTS guard_made ON public.people_worker",
    (
        "CREATE TRIGGER guard_made BEFORE INSERT ON public.people_worker"
        # The others see every worker that they may create, and load whole files of them.
        " FOR EACH ROW WHEN (current_user = 'mvch_web') EXECUTE FUNCTION guard.note_made_worker()"
    ),
)

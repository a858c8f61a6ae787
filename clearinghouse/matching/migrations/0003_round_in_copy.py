"""Sealed ballots in numbers, decisions in partitions, progress and cancelling of runs.

Rows of the version before are taken over. There is no way back: a later version of a table of
evidence is not thrown away.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

_REFUSE = "\n    RAISE EXCEPTION 'Rows of this table are evidence: nobody changes or deletes them'\n        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'matching_decision_append_only';\n"

# The trigger of the table refuses UPDATE, so it is off for this one statement.
NUMBER_POSTINGS = """
    ALTER TABLE matching_sealedposting ADD COLUMN number integer NULL;
    ALTER TABLE matching_sealedposting DISABLE TRIGGER USER;
    UPDATE matching_sealedposting p SET number = n.number
    FROM (SELECT id, row_number() OVER (PARTITION BY round_id ORDER BY posting COLLATE "C") - 1
                 AS number
          FROM matching_sealedposting) n
    WHERE n.id = p.id;
    ALTER TABLE matching_sealedposting ENABLE TRIGGER USER;
    ALTER TABLE matching_sealedposting ALTER COLUMN number SET NOT NULL,
        ADD CONSTRAINT matching_sealedposting_number_check CHECK (number >= 0);
"""

# A rewrite of the column fires no trigger. A name that is no posting of the round becomes NULL,
# which a check of the same transaction refuses.
NUMBER_WISHES = """
    CREATE FUNCTION pg_temp.numbers_of(the_round bigint, names varchar[]) RETURNS integer[]
    LANGUAGE sql STABLE AS $$
        SELECT coalesce(array_agg(p.number ORDER BY w.place), '{}')
        FROM unnest(names) WITH ORDINALITY w(name, place)
        LEFT JOIN public.matching_sealedposting p ON p.round_id = the_round AND p.posting = w.name
    $$;
    ALTER TABLE matching_sealedentry
        ALTER COLUMN postings TYPE integer[] USING pg_temp.numbers_of(round_id, postings);
    DROP FUNCTION pg_temp.numbers_of(bigint, varchar[]);
    DO $$ BEGIN
        IF EXISTS (SELECT 1 FROM matching_sealedentry
                   WHERE array_position(postings, NULL) IS NOT NULL) THEN
            RAISE EXCEPTION 'a sealed ballot names a posting that its round has not sealed';
        END IF;
    END $$;
"""

PARTITION = """
    ALTER TABLE matching_decision RENAME TO matching_decision_before;
    CREATE TABLE matching_decision (
        run_id bigint NOT NULL,
        entry_id bigint NOT NULL,
        quota_id bigint NULL,
        lottery integer NOT NULL CONSTRAINT matching_decision_lottery CHECK (lottery >= 0),
        seat varchar(8) NOT NULL,
        CONSTRAINT matching_decision_seat CHECK (
            (quota_id IS NULL AND seat = '')
            OR (quota_id IS NOT NULL AND seat IN ('open', 'reserved', 'reverted'))),
        CONSTRAINT matching_decision_once PRIMARY KEY (run_id, entry_id)
    ) PARTITION BY LIST (run_id);
"""

FILL_PARTITIONS = """
    DO $$
    DECLARE
        run bigint;
        part text;
    BEGIN
        FOR run IN SELECT DISTINCT run_id FROM matching_decision_before LOOP
            part := format('matching_decision_run_%s', run);
            EXECUTE format(
                'CREATE TABLE %I (LIKE matching_decision INCLUDING CONSTRAINTS)', part);
            EXECUTE format(
                'INSERT INTO %I (run_id, entry_id, quota_id, lottery, seat)
                 SELECT run_id, entry_id, quota_id, lottery, seat
                 FROM matching_decision_before WHERE run_id = %s ORDER BY entry_id', part, run);
            EXECUTE format(
                'ALTER TABLE %I ADD CONSTRAINT %I CHECK (run_id = %s),
                 ADD CONSTRAINT %I PRIMARY KEY (run_id, entry_id)',
                part, part || '_run', run, part || '_once');
            EXECUTE format(
                'CREATE TRIGGER matching_decision_no_truncate BEFORE TRUNCATE ON %I
                 FOR EACH STATEMENT
                 EXECUTE FUNCTION pgtrigger_matching_decision_no_truncate_4b602()', part);
            EXECUTE format(
                'ALTER TABLE matching_decision ATTACH PARTITION %I FOR VALUES IN (%s)', part, run);
        END LOOP;
    END $$;
    DROP TABLE matching_decision_before;
"""


def _foreign_key(to, **options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        to=to,
        db_constraint=False,
        db_index=False,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("matching", "0002_public_draw")]

    operations = [
        # Runs
        pgtrigger.migrations.RemoveTrigger(model_name="run", name="matching_run_moves"),
        migrations.RemoveConstraint(model_name="run", name="matching_run_one_per_generation"),
        migrations.RemoveConstraint(model_name="run", name="matching_run_failed_has_reason"),
        migrations.AddField(
            model_name="run",
            name="rows_total",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="seconds_left",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="stage_seconds",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="run",
            name="checked_by",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AlterField(
            model_name="run",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting for the background worker"),
                    ("running", "Running"),
                    ("finished", "Finished"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("failed", "cancelled")), _negated=True),
                fields=("round", "generation"),
                name="matching_run_one_per_generation",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("failed", "cancelled")), _negated=True),
                    models.Q(("failure", ""), _negated=True),
                    _connector="OR",
                ),
                name="matching_run_failed_has_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="run",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_run_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{waiting:cancelled,waiting:failed,waiting:running,running:cancelled,running:failed,running:finished}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="3e33f9f5f8e5fd3c70b7b71790a5dad6c7aff80d",
                    operation="UPDATE",
                    pgid="pgtrigger_matching_run_moves_afe68",
                    table="matching_run",
                    when="BEFORE",
                ),
            ),
        ),
        # Sealed postings and ballots
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(NUMBER_POSTINGS)],
            state_operations=[
                migrations.AddField(
                    model_name="sealedposting",
                    name="number",
                    field=models.PositiveIntegerField(),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="sealedposting",
            constraint=models.UniqueConstraint(
                fields=("round", "number"), name="matching_posting_number_once"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(NUMBER_WISHES)],
            state_operations=[
                migrations.AlterField(
                    model_name="sealedentry",
                    name="postings",
                    field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), size=None
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="sealedentry",
            name="round",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="matching.round",
            ),
        ),
        migrations.AddIndex(
            model_name="sealedentry",
            index=models.Index(fields=["round", "id"], name="matching_entry_by_id"),
        ),
        migrations.AddConstraint(
            model_name="sealedentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("candidate__regex", "^[0-9a-f]{32}$")),
                name="matching_entry_candidate",
            ),
        ),
        # Decisions
        pgtrigger.migrations.RemoveTrigger(
            model_name="decision", name="matching_decision_no_change"
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="decision", name="matching_decision_no_truncate"
        ),
        migrations.RemoveConstraint(model_name="decision", name="matching_decision_once"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PARTITION)],
            state_operations=[
                migrations.RemoveField(model_name="decision", name="id"),
                migrations.AddField(
                    model_name="decision",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "run_id",
                        "entry_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                migrations.AlterField(
                    model_name="decision",
                    name="run",
                    field=_foreign_key("matching.run", related_name="decisions"),
                ),
                migrations.AlterField(
                    model_name="decision",
                    name="entry",
                    field=_foreign_key("matching.sealedentry", related_name="+"),
                ),
                migrations.AlterField(
                    model_name="decision",
                    name="quota",
                    field=_foreign_key("quotas.quota", related_name="+", null=True),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="decision",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_decision_no_change",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=_REFUSE,
                    hash="61f3a1256a21dcff0aa3dfd5bd11e2c72fbb9a41",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_matching_decision_no_change_37036",
                    table="matching_decision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="decision",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_decision_no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=_REFUSE,
                    hash="e3f9eafe2e7e9e6f63cbb8293edc385eb67294e0",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_matching_decision_no_truncate_4b602",
                    table="matching_decision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="decision",
            trigger=pgtrigger.compiler.Trigger(
                name="matching_decision_no_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=_REFUSE,
                    hash="680281b02deb3873bdc6957adc7b0bbdbea7f118",
                    operation="INSERT",
                    pgid="pgtrigger_matching_decision_no_insert_a2a01",
                    table="matching_decision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FILL_PARTITIONS),
    ]

"""Drop what was in the open, and write the tables anew so that no page of them keeps it."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

# Dropping a column leaves its bytes in the file; another type, even the same one, copies the rows.
ANEW = "".join(
    f"ALTER TABLE protection_{name} ALTER COLUMN sealed TYPE bytea USING sealed || ''::bytea;"
    for name in ("request", "determination", "referral")
)


class Migration(migrations.Migration):
    dependencies = [
        ("protection", "0003_sealed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="determination",
            name="protection_determination_outcome",
        ),
        migrations.RemoveConstraint(
            model_name="determination",
            name="protection_determination_review_later",
        ),
        migrations.RemoveConstraint(
            model_name="determination",
            name="protection_determination_once",
        ),
        migrations.RemoveIndex(
            model_name="determination",
            name="protection__worker__fdd856_idx",
        ),
        migrations.RemoveField(
            model_name="determination",
            name="effective_on",
        ),
        migrations.RemoveField(
            model_name="determination",
            name="outcome",
        ),
        migrations.RemoveField(
            model_name="determination",
            name="reasons",
        ),
        migrations.RemoveField(
            model_name="determination",
            name="review_on",
        ),
        migrations.RemoveField(
            model_name="referral",
            name="closing_note",
        ),
        migrations.RemoveField(
            model_name="request",
            name="statement",
        ),
        migrations.AlterField(
            model_name="determination",
            name="mark",
            field=models.BinaryField(),
        ),
        migrations.AlterField(
            model_name="determination",
            name="sealed",
            field=models.BinaryField(),
        ),
        migrations.AlterField(
            model_name="referral",
            name="sealed",
            field=models.BinaryField(),
        ),
        migrations.AlterField(
            model_name="request",
            name="sealed",
            field=models.BinaryField(),
        ),
        migrations.RunSQL(ANEW, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="determination",
            index=models.Index(
                fields=["worker", "-decided_at"], name="protection__worker__60638e_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="determination",
            constraint=models.UniqueConstraint(
                fields=("worker", "mark", "decided_at"), name="protection_determination_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="determination",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length("sealed"), models.Value(36)
                ),
                name="protection_determination_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length("sealed"), models.Value(36)
                ),
                name="protection_referral_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length("sealed"), models.Value(36)
                ),
                name="protection_request_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="setaside",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length("sealed"), models.Value(36)
                ),
                name="protection_setaside_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="shield",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThanOrEqual(
                    django.db.models.functions.text.Length("sealed"), models.Value(36)
                ),
                name="protection_shield_sealed",
            ),
        ),
    ]

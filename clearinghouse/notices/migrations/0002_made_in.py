"""Who writes a message to somebody else must see its row until the request has ended."""

from django.db import migrations, models

from clearinghouse.shared.postgres import session


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        # Rows that exist belong to no request.
        migrations.AddField(
            model_name="message",
            name="made_in",
            field=models.CharField(blank=True, default="", editable=False, max_length=32),
        ),
        migrations.AlterField(
            model_name="message",
            name="made_in",
            field=models.CharField(
                blank=True, default=session.request_id, editable=False, max_length=32
            ),
        ),
    ]

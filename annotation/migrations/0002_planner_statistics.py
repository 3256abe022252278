"""Who is in a collection is in its project: without this the planner takes the two for unlike and expects too few."""

from django.db import migrations

TABLES = {
    "prompt": "collection_id",
    "pair": "collection_id",
    "assignment": "collection_id",
    "response": "author_id",
    "judgment": "author_id",
    "judgecall": "author_id",
}


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"CREATE STATISTICS annotation_{table}_project (dependencies) ON project_id, {column} FROM annotation_{table}",
            f"DROP STATISTICS annotation_{table}_project",
        )
        for table, column in TABLES.items()
    ]

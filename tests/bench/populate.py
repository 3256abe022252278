"""A studio with many pairs, made by plain SQL in about a minute per 100,000.

Half as many prompts as pairs, three responses to each, two pairs of them, a judge on every pair and a person on
every third. Texts are drawn from a skewed vocabulary, so that a search finds common words often and rare ones rarely.
Run `python -m tests.bench.populate 100000` on any studio's database, or call `populate`.
"""

import sys

from django.db import connection, transaction

from studio.projects.scope import here

WORDS = (
    "the of and to a in is it you that for on are with as they be at one have this from or had by hot but some what "
    "there we can out other were all your when up use word how said an each she which do their time if will way "
    "about many then them would write like so these her long make thing see him two has look more day could go come "
    "did number sound no most people my over know water than call first who may down side been now find any new work "
    "part take get place made live where after back little only round man year came show every good me give our under"
)
RARE = 20_000

# Draws `n` words: three in four from the common list by a skewed rank, the others from a long tail.
SENTENCE = """
CREATE OR REPLACE FUNCTION pg_temp.sentence(n int, salt bigint) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(
        CASE WHEN random() < 0.75 THEN (string_to_array('%s', ' '))[1 + floor(power(random(), 2) * %s)::int]
             ELSE 'term' || floor(power(random(), 3) * %s)::int END, ' ')
    FROM generate_series(1, n + (salt * 0)::int)
$$
"""

AUTHORS = """
INSERT INTO annotation_author (project_id, kind, name, details, created_at)
SELECT %(project)s, * FROM (VALUES ('model', 'bench-base', '{}'::jsonb, now()), ('model', 'bench-tuned', '{}', now()),
       ('model', 'bench-best', '{}', now()), ('judge', 'bench-judge', '{}', now()),
       ('person', 'bench-ada', '{}', now()), ('person', 'bench-ben', '{}', now()),
       ('reward_model', 'bench-reward', '{}'::jsonb, now())) made
ON CONFLICT DO NOTHING
"""

COLLECTIONS = """
INSERT INTO annotation_collection
    (project_id, slug, name, description, source, licence, guidelines, overlap,
     created_at)
SELECT %(project)s, 'bench-' || n, 'Bench ' || n, 'Generated text.', 'generated', 'CC0', '', 1, now()
FROM generate_series(1, 10) n
ON CONFLICT DO NOTHING
"""

PROMPTS = """
INSERT INTO annotation_prompt (project_id, collection_id, messages, digest, text, category, metadata, created_at)
SELECT %(project)s, collection_id, jsonb_build_array(jsonb_build_object('role', 'user', 'content', text)),
       encode(sha256(convert_to(n || text, 'utf8')), 'hex'), text,
       (ARRAY['writing', 'coding', 'maths', 'reasoning', 'chat'])[1 + n %% 5], '{}', now() - n * interval '1 second'
FROM (SELECT n, (SELECT min(id) FROM annotation_collection
                 WHERE project_id = %(project)s AND slug LIKE 'bench-%%') + n %% 10 AS collection_id,
             pg_temp.sentence(14, n) AS text FROM generate_series(1, %(prompts)s) n) made
"""

RESPONSES = """
INSERT INTO annotation_response (project_id, prompt_id, author_id, text, digest, length, metadata, created_at)
SELECT %(project)s, prompt_id, author_id, text, encode(sha256(convert_to(text, 'utf8')), 'hex'), length(text), '{}',
       now()
FROM (SELECT prompt.id AS prompt_id, author.id AS author_id, pg_temp.sentence(60, prompt.id) AS text
      FROM annotation_prompt prompt
      JOIN annotation_collection made_here ON made_here.id = prompt.collection_id
       AND made_here.project_id = %(project)s AND made_here.slug LIKE 'bench-%%'
      JOIN annotation_author author
        ON author.project_id = %(project)s AND author.kind = 'model' AND author.name LIKE 'bench-%%'
      WHERE NOT EXISTS (SELECT 1 FROM annotation_response known WHERE known.prompt_id = prompt.id)) made
"""

PAIRS = """
INSERT INTO annotation_pair
    (project_id, collection_id, prompt_id, left_id, right_id, source, metadata, n_judgments, mean_grade, disputed,
     created_at)
SELECT %(project)s, prompt.collection_id, prompt.id, least(one.id, best.id), greatest(one.id, best.id),
       (ARRAY['sampled', 'published', 'written'])[1 + prompt.id %% 3], '{}', 0, NULL, false, now()
FROM annotation_prompt prompt
JOIN annotation_collection made_here ON made_here.id = prompt.collection_id AND made_here.project_id = %(project)s
      AND made_here.slug LIKE 'bench-%%'
JOIN annotation_response one ON one.prompt_id = prompt.id
JOIN annotation_response best ON best.prompt_id = prompt.id
JOIN annotation_author other ON other.id = one.author_id AND other.name IN ('bench-base', 'bench-tuned')
JOIN annotation_author winner ON winner.id = best.author_id AND winner.name = 'bench-best'
ON CONFLICT DO NOTHING
"""

JUDGMENTS = """
INSERT INTO annotation_judgment
    (project_id, pair_id, author_id, state, grade, both_bad, shown, consistent, rationale, seconds, error, details,
     created_at)
SELECT %(project)s, pair.id, author.id, 'valid', floor(random() * 7)::int - 3, false,
       CASE WHEN author.kind = 'judge' THEN 'both' WHEN random() < 0.5 THEN 'left_first' ELSE 'right_first' END,
       CASE WHEN author.kind = 'judge' THEN random() < 0.8 END, '', 5 + random() * 60, '', '{}', now()
FROM annotation_pair pair
JOIN annotation_author author ON author.project_id = %(project)s AND (
  author.name = 'bench-judge'
  OR (pair.id %% 3 = 0 AND author.name = CASE pair.id %% 2 WHEN 0 THEN 'bench-ada' ELSE 'bench-ben' END))
JOIN annotation_collection made_here ON made_here.id = pair.collection_id AND made_here.project_id = %(project)s
      AND made_here.slug LIKE 'bench-%%'
ON CONFLICT DO NOTHING
"""

DENORMALISED = """
UPDATE annotation_pair pair SET n_judgments = j.n, mean_grade = j.mean, disputed = j.low < 0 AND j.high > 0
FROM (SELECT pair_id, count(*) AS n, avg(grade) AS mean, min(grade) AS low, max(grade) AS high
      FROM annotation_judgment WHERE project_id = %(project)s AND superseded_at IS NULL AND state = 'valid'
      GROUP BY pair_id) j
WHERE j.pair_id = pair.id
"""

# People judge every pair once and every second pair twice, so that each two of them share some.
REVIEWED = """
INSERT INTO annotation_judgment
    (project_id, pair_id, author_id, state, grade, both_bad, shown, consistent, rationale, seconds, error, details,
     created_at)
SELECT %(project)s, pair.id, author.id, 'valid', floor(random() * 7)::int - 3, false,
       CASE WHEN random() < 0.5 THEN 'left_first' ELSE 'right_first' END, NULL, '', 5 + random() * 60, '', '{}',
       now() - random() * interval '180 days'
FROM (SELECT pair.id, row_number() OVER (ORDER BY pair.id) AS n
      FROM annotation_pair pair
      JOIN annotation_collection made_here
        ON made_here.id = pair.collection_id AND made_here.project_id = %(project)s
      AND made_here.slug LIKE 'bench-%%') pair
JOIN annotation_author author ON author.project_id = %(project)s AND (
  author.name = 'bench-person-' || pair.n %% %(people)s
  OR pair.n %% 2 = 0 AND author.name = 'bench-person-' || (pair.n / %(people)s + 7) %% %(people)s)
ON CONFLICT DO NOTHING
"""

SCORES = """
INSERT INTO annotation_score (project_id, response_id, author_id, value, created_at)
SELECT %(project)s, response.id, author.id, random() * 6 - 3, now()
FROM annotation_response response, annotation_author author
WHERE author.project_id = %(project)s AND author.name = 'bench-reward' AND response.project_id = %(project)s
  AND response.prompt_id %% 10 = 0
ON CONFLICT DO NOTHING
"""


def populate(pairs: int) -> None:
    """Add about `pairs` pairs to the project at work, with all that hangs on them; a second time adds to the first."""
    fill(pairs)
    tidy()


def fill(pairs: int) -> None:
    words, asked = WORDS.split(), {"prompts": max(pairs // 2, 1), "project": here()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SENTENCE % (" ".join(words), len(words), RARE))
        for statement in (AUTHORS, COLLECTIONS, PROMPTS, RESPONSES, PAIRS, JUDGMENTS, DENORMALISED, SCORES):
            cursor.execute(statement, asked)


def people(count: int = 20) -> None:
    """Accounts that judged the pairs, about three judgments for two pairs."""
    from annotation.models import Author
    from studio.accounts.models import User

    for number in range(count):
        Author.of(User.objects.get_or_create(username=f"bench-person-{number}")[0])
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (REVIEWED, DENORMALISED):
            cursor.execute(statement, {"people": count, "project": here()})
    tidy()


def tidy() -> None:
    """What PostgreSQL does by itself some time after much was written, and not while something is measured."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    import django

    django.setup()

    from studio.projects.models import Project
    from studio.projects.scope import inside

    with inside(Project.objects.order_by("pk").values_list("pk", flat=True)[0]):
        populate(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

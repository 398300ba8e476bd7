-- Search by words and by meaning at once. Supabase keeps extensions in a schema of their own; names from it are
-- written in full, so that nothing depends on a role's search path.

CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions;

-- The name weighs more than the description. The text configuration is named, because only then is the
-- expression immutable, as a generated column demands.
ALTER TABLE materials
  ADD COLUMN words tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', name), 'A')
    || setweight(to_tsvector('simple', article_number), 'B')
    || setweight(to_tsvector('english', description), 'C')
  ) STORED,
  ADD COLUMN embedding extensions.vector(384);

CREATE INDEX materials_words ON materials USING gin (words);
CREATE INDEX materials_embedding ON materials USING hnsw (embedding extensions.vector_cosine_ops);

-- Both rankings are joined by reciprocal rank: a material that is near the top of one list, or fair in both,
-- comes first, and the two scales need not be comparable.
CREATE FUNCTION search_materials(
  query_text text,
  query_embedding extensions.vector(384),
  match_count integer DEFAULT 20,
  smoothing integer DEFAULT 50
) RETURNS TABLE (material_id uuid, score double precision)
LANGUAGE sql
STABLE
SET search_path = ''
AS $$
  WITH by_words AS (
    SELECT m.id, row_number() OVER (ORDER BY ts_rank_cd(m.words, q.query) DESC, m.id) AS place
    FROM public.materials m, websearch_to_tsquery('english', query_text) AS q (query)
    WHERE m.words @@ q.query
    ORDER BY place
    LIMIT match_count * 2
  ),
  by_meaning AS (
    SELECT n.id, row_number() OVER (ORDER BY n.distance, n.id) AS place
    FROM (
      SELECT m.id, m.embedding OPERATOR(extensions.<=>) query_embedding AS distance
      FROM public.materials m
      WHERE m.embedding IS NOT NULL
      ORDER BY distance
      LIMIT match_count * 2
    ) n
  )
  SELECT coalesce(w.id, n.id), coalesce(1.0 / (smoothing + w.place), 0) + coalesce(1.0 / (smoothing + n.place), 0)
  FROM by_words w
  FULL JOIN by_meaning n ON n.id = w.id
  ORDER BY 2 DESC, 1
  LIMIT match_count
$$;

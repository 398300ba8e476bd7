-- The materials catalogue: who makes a material, which kind it is, and the material itself.

CREATE TABLE manufacturers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE CHECK (name <> ''),
  website text,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Categories form a tree: tiles, below them porcelain tiles.
CREATE TABLE categories (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  parent_id uuid REFERENCES categories (id) ON DELETE RESTRICT,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title text NOT NULL,
  CHECK (parent_id <> id)
);

CREATE INDEX categories_parent_id ON categories (parent_id);

CREATE TABLE materials (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  manufacturer_id uuid NOT NULL REFERENCES manufacturers (id) ON DELETE RESTRICT,
  category_id uuid NOT NULL REFERENCES categories (id) ON DELETE RESTRICT,
  article_number text NOT NULL,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  -- Colour, finish, format, slip resistance …: they differ from category to category.
  properties jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(properties) = 'object'),
  published boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (manufacturer_id, article_number)
);

CREATE INDEX materials_category_id ON materials (category_id);
CREATE INDEX materials_properties ON materials USING gin (properties jsonb_path_ops);

-- Lists of materials that a user keeps for a project.
CREATE TABLE collections (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
  title text NOT NULL CHECK (title <> ''),
  shared boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX collections_owner_id ON collections (owner_id);

CREATE TABLE collection_materials (
  collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  material_id uuid NOT NULL REFERENCES materials (id) ON DELETE CASCADE,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (collection_id, material_id)
);

CREATE INDEX collection_materials_material_id ON collection_materials (material_id);

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE TRIGGER materials_touch
BEFORE UPDATE ON materials
FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

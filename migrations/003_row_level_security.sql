-- Supabase publishes every table of this schema through its REST interface; these policies decide who sees what.
-- The service role passes by them, so that the server's own jobs need no policy.

ALTER TABLE manufacturers ENABLE ROW LEVEL SECURITY;
ALTER TABLE categories ENABLE ROW LEVEL SECURITY;
ALTER TABLE materials ENABLE ROW LEVEL SECURITY;
ALTER TABLE collections ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection_materials ENABLE ROW LEVEL SECURITY;

CREATE POLICY manufacturers_read ON manufacturers FOR SELECT TO anon, authenticated USING (true);
CREATE POLICY categories_read ON categories FOR SELECT TO anon, authenticated USING (true);
CREATE POLICY materials_read ON materials FOR SELECT TO anon, authenticated USING (published);

-- `(SELECT auth.uid())` is computed once a query, not once a row.
CREATE POLICY collections_own ON collections FOR ALL TO authenticated
  USING (owner_id = (SELECT auth.uid()))
  WITH CHECK (owner_id = (SELECT auth.uid()));

CREATE POLICY collections_shared ON collections FOR SELECT TO anon, authenticated USING (shared);

CREATE POLICY collection_materials_own ON collection_materials FOR ALL TO authenticated
  USING (EXISTS (SELECT FROM collections c WHERE c.id = collection_id AND c.owner_id = (SELECT auth.uid())))
  WITH CHECK (EXISTS (SELECT FROM collections c WHERE c.id = collection_id AND c.owner_id = (SELECT auth.uid())));

CREATE POLICY collection_materials_shared ON collection_materials FOR SELECT TO anon, authenticated
  USING (EXISTS (SELECT FROM collections c WHERE c.id = collection_id AND c.shared));

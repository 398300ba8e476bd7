/** Rewrites what the documents show of the model and the schema. Run: npm run docs */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderedDocuments } from "./rendering/documents.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const [path, text] of await renderedDocuments(root)) {
  await writeFile(join(root, path), text);
  console.log(`Wrote ${path}`);
}

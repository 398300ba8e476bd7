/** What somebody changed of the repository as a whole: people, keys, Actions, workflows. No I/O. */
import type { InventoryOf } from "../../github/inventory/inventory.ts";
import { compare, firstDifference } from "../../pipeline/workflows/compare.ts";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";
import type { Deployed } from "./deployed.ts";
import { member, type Spots } from "./spots.ts";

/** Nothing reaches an archived repository any more. */
export function compareRepository(spots: Spots, owned: Deployed, { repository }: InventoryOf<never>): void {
  if (!repository.archived) return;
  spots.add(owned, "archived", {
    wanted: false,
    found: true,
    remedy: "Unarchive it in Settings → General, at the bottom.",
  });
}

/**
 * Who may do more than the pipeline gives anybody: administrators and maintainers change rules, or push past classic ones
 * (docs.github.com, about-protected-branches), and people from outside the organization who may write.
 * @param owner the login that main belongs to
 */
export function comparePeople(
  spots: Spots,
  owned: Deployed,
  owner: string,
  inventory: InventoryOf<"collaborators" | "deployKeys">,
): void {
  const own = new Set([owner, inventory.repository.owner.login].map((login) => login.toLowerCase()));
  for (const { login, role_name, outside } of spots.see("collaborators", inventory.collaborators) ?? []) {
    const isStrong = role_name === "admin" || role_name === "maintain";
    if (own.has(login.toLowerCase()) || !(isStrong || (outside && role_name === "write"))) continue;
    spots.add(owned, member("collaborators", login), {
      found: outside ? `${role_name}, from outside the organization` : role_name,
      remedy: "Take the role away in Settings → Collaborators and teams.",
    });
  }
  for (const { title, read_only, created_at } of spots.see("deploy keys", inventory.deployKeys) ?? []) {
    // A key that only reads changes nothing.
    if (read_only) continue;
    spots.add(owned, member("deployKeys", title), {
      found: `may write, since ${created_at}`,
      remedy: "Delete it in Settings → Deploy keys, or make it read-only.",
    });
  }
}

/** Whether the workflows run, and are those of the model. A file that is not there yet was never proposed. */
export function compareActions(
  spots: Spots,
  owned: Deployed,
  files: readonly WorkflowFile[],
  inventory: InventoryOf<"actions" | "workflows" | "workflowFiles">,
): void {
  const actions = spots.see("whether Actions is on", inventory.actions);
  const wanted = { enabled: true, allowed_actions: "all" } as const;
  for (const property of actions ? (["enabled", "allowed_actions"] as const) : []) {
    const found = actions?.[property];
    // Which actions may run is somebody else's choice: an adoption keeps a selection, which may hold the pipeline's.
    if (found === undefined || found === wanted[property] || found === "selected") continue;
    spots.add(owned, `actions.${property}`, {
      wanted: wanted[property],
      found,
      remedy: "The workflows do not run as they are. Put it back in Settings → Actions → General.",
    });
  }
  const paths = new Map(files.map((file) => [file.path, file]));
  for (const { path, state } of spots.see("whether workflows are disabled", inventory.workflows) ?? []) {
    if (!paths.has(path) || state === "active") continue;
    spots.add(owned, `${member("workflows", path)}.state`, {
      wanted: "active",
      found: state,
      remedy: `Enable it: gh workflow enable ${path.split("/").at(-1)}`,
    });
  }
  for (const { path, content } of spots.see("workflow files", inventory.workflowFiles) ?? []) {
    const file = paths.get(path);
    if (!file || compare(file, content) === "same") continue;
    const line = firstDifference(file, content);
    const textOf = (text: string) => `line ${line}: ${text.split(/\r?\n/)[line - 1] ?? ""}`;
    spots.add(owned, member("workflowFiles", path), {
      wanted: textOf(file.content),
      found: textOf(content),
      remedy: "Propose the model's file: kai workflow propose",
    });
  }
}

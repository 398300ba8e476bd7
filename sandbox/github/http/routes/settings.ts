/** Switches of a repository that have requests of their own: what Actions may do, alerts, security fixes. */
import { refuse } from "../../client.ts";
import { setActionsPermissions, setWorkflowPermissions } from "../../repositories.ts";
import type { RepositoryRecord } from "../../store.ts";
import { type Answer, type Call, changes, guards, nothing, ok, R, type Routes } from "../route.ts";

/** Changes a repository as its administrator. */
function administered(
  call: Call,
  change: (record: RepositoryRecord) => void,
  answer: Answer = nothing,
): Answer {
  const { github, params } = call;
  const record = github.writable(
    params.repo ?? "",
    `PUT ${github.path(params.repo ?? "")}`,
    "administration",
  );
  change(record);
  github.changed(record);
  return answer;
}

const ACTIONS = `${R}/actions/permissions`;

const actions: Routes = {
  [`GET ${ACTIONS}/workflow`]: guards("administration", (call) => ok(call.record().workflow_permissions)),
  [`PUT ${ACTIONS}/workflow`]: changes("administration", ({ github, params, body }) => {
    setWorkflowPermissions(github, params.repo ?? "", body);
    return nothing;
  }),
  [`GET ${ACTIONS}`]: guards("administration", (call) => ok(call.record().actions_permissions)),
  [`PUT ${ACTIONS}`]: changes("administration", ({ github, params, body }) => {
    const { enabled, allowed_actions, sha_pinning_required } = body;
    setActionsPermissions(github, params.repo ?? "", {
      enabled,
      ...(allowed_actions && { allowed_actions }),
      ...(sha_pinning_required !== undefined && { sha_pinning_required }),
    });
    return nothing;
  }),
  [`GET ${ACTIONS}/selected-actions`]: guards("administration", (call) => {
    refuseUnselected(call, "GET");
    return ok(call.record().selected_actions);
  }),
  [`PUT ${ACTIONS}/selected-actions`]: changes("administration", (call) => {
    refuseUnselected(call, "PUT");
    return administered(call, (record) => {
      record.selected_actions = { ...record.selected_actions, ...call.body };
    });
  }),
  [`GET ${ACTIONS}/access`]: guards("administration", (call) =>
    ok({ access_level: call.record().actions_access }),
  ),
  [`PUT ${ACTIONS}/access`]: changes("administration", (call) =>
    administered(call, (record) => {
      // docs.github.com/rest/actions/permissions: of private and internal repositories alone.
      if (!record.repository.private)
        refuse(
          `PUT ${call.github.path(record.repository.name)}`,
          422,
          "Access policy only applies to internal and private repositories.",
        );
      record.actions_access = call.body.access_level;
    }),
  ),
  [`GET ${R}/actions/oidc/customization/sub`]: guards("actions", (call) => ok(call.record().oidc)),
  [`PUT ${R}/actions/oidc/customization/sub`]: changes("actions", (call) => {
    const { github, params, body } = call;
    const record = github.writable(params.repo ?? "", `PUT ${github.path(params.repo ?? "")}`, "actions");
    const { use_default, include_claim_keys } = body;
    record.oidc = { use_default, ...(include_claim_keys && { include_claim_keys }) };
    github.changed(record);
    return { status: 201, body: {} };
  }),
};

/** docs.github.com/rest/actions/permissions: only where `allowed_actions` is `selected`. */
function refuseUnselected(call: Call, method: string): void {
  if (call.record().actions_permissions.allowed_actions === "selected") return;
  const request = `${method} ${call.github.path(call.params.repo ?? "")}/actions/permissions/selected-actions`;
  refuse(request, 409, "Allowed actions is not set to selected.");
}

const alerts = (on: boolean) => (call: Call) =>
  administered(call, (record) => {
    record.vulnerability_alerts = on;
    // Fixes follow from alerts, and end with them (docs.github.com, configuring-dependabot-security-updates).
    if (!on) record.automated_security_fixes = false;
  });

const fixes = (on: boolean) => (call: Call) =>
  administered(call, (record) => {
    if (on && !record.vulnerability_alerts)
      refuse(
        `PUT ${call.github.path(record.repository.name)}`,
        422,
        "Vulnerability alerts must be enabled to configure automated security fixes.",
      );
    record.automated_security_fixes = on;
  });

export const settingsRoutes: Routes = {
  ...actions,
  [`GET ${R}/vulnerability-alerts`]: guards("administration", (call) =>
    call.record().vulnerability_alerts
      ? nothing
      : refuse(`GET ${call.github.path("")}`, 404, "Vulnerability alerts are disabled."),
  ),
  [`PUT ${R}/vulnerability-alerts`]: changes("administration", alerts(true)),
  [`DELETE ${R}/vulnerability-alerts`]: changes("administration", alerts(false)),
  [`GET ${R}/automated-security-fixes`]: guards("administration", (call) =>
    ok({ enabled: call.record().automated_security_fixes, paused: false }),
  ),
  [`PUT ${R}/automated-security-fixes`]: changes("administration", fixes(true)),
  [`DELETE ${R}/automated-security-fixes`]: changes("administration", fixes(false)),
};

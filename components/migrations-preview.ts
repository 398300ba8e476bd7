/** What a preview says about the database: it runs in the program, reads the history, and writes nothing. */
import {
  explainPlan,
  type FilePlan,
  type Migration,
  MigrationError,
  type Plan,
  type Problem,
  planOf,
} from "../database/index.ts";
import { databaseOf, type MigrationsState } from "./migrations-provider.ts";

/** A first preview of a long folder must not bury the rest of the preview. */
const FINDINGS_SHOWN = 10;

/** One message beside the resource. */
export interface PreviewMessage {
  severity: "info" | "warning";
  text: string;
}

/**
 * Which files are pending, which of them are no transaction, what lint finds in them, and where history and folder
 * disagree; nothing when the database holds the folder. What an `up` would stop at is a warning here, because
 * a preview is often asked where no database can be reached.
 */
export async function previewMigrations(
  args: Pick<MigrationsState, "target" | "schema" | "table"> & { files: readonly Migration[] },
): Promise<PreviewMessage[]> {
  try {
    const plan = await planOf(databaseOf(args), args.files);
    return [...plan.problems.map(aboutProblem), ...(await aboutPending(args.target, plan))];
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const about = error.kind === "connection" || error.kind === "settings";
    const before = about ? `This preview cannot say which migrations are pending on ${args.target}. ` : "";
    return [{ severity: "warning", text: before + error.message }];
  }
}

/** What the audit trail proves, an `up` puts right by itself. */
function aboutProblem({ message, repairable }: Problem): PreviewMessage {
  return { severity: "warning", text: repairable ? `${message} \`pulumi up\` puts it right.` : message };
}

async function aboutPending(target: string, plan: Plan): Promise<PreviewMessage[]> {
  if (plan.pending.length === 0) return [];
  const files = await explainPlan(plan);
  const names = files.map(({ name }) => name);
  const pending = `Pending on ${target}: ${names.join(", ")}.`;
  const steps = files.filter(({ mode }) => mode === "steps").map(({ name }) => name);
  const how =
    steps.length > 0 ? ` Not in one transaction, but statement by statement: ${steps.join(", ")}.` : "";
  const findings = files.flatMap(findingsOf);
  const more = findings.length - FINDINGS_SHOWN;
  const rest = {
    severity: "warning",
    text: `${more} more findings: \`kai migrate plan\` shows them all.`,
  } as const;
  return [
    { severity: "info", text: pending + how },
    ...findings.slice(0, FINDINGS_SHOWN),
    ...(more > 0 ? [rest] : []),
  ];
}

function findingsOf({ statements, findings }: FilePlan): PreviewMessage[] {
  return [...statements.flatMap((statement) => statement.findings), ...findings].map(
    ({ file, line, rule, message, hint }) => ({
      severity: "warning",
      text: `${file}:${line}: ${message} (${rule}). Better: ${hint}.`,
    }),
  );
}

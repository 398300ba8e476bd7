/** The checks that AWS makes of a policy document before it stores one. */

/** Where a policy is attached decides which elements it must have. */
export type PolicyKind = "identity" | "trust" | "bucket";

interface Statement {
  Sid?: unknown;
  Effect?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
}

const elements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const list = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The document's statements; undefined when the text is no policy. */
export function statements(text: string): Statement[] | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? (list(document.Statement) as Statement[]) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with a policy, or undefined.
 * Grammar: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function policyProblem(text: string, kind: PolicyKind): string | undefined {
  const parts = statements(text);
  if (!parts) return "This policy contains invalid Json";
  const { Version } = JSON.parse(text) as { Version?: unknown };
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17")
    return "The policy's Version must be 2012-10-17 or 2008-10-17";
  if (parts.length === 0) return "Missing required field Statement";
  const sids = parts.flatMap((part) => (part.Sid ? [part.Sid] : []));
  if (new Set(sids).size !== sids.length) return "Statement IDs (SID) in a single policy must be unique.";
  for (const part of parts) {
    const problem = isRecord(part) ? statementProblem(part, kind) : "Syntax errors in policy.";
    if (problem) return problem;
  }
  return undefined;
}

function statementProblem(part: Statement, kind: PolicyKind): string | undefined {
  const unknown = Object.keys(part).find((key) => !elements.has(key));
  if (unknown) return `Syntax errors in policy: unknown element ${unknown}.`;
  if (part.Effect !== "Allow" && part.Effect !== "Deny") return "Missing required field Effect";
  // Statement ids take letters and digits only (same page, sid_block).
  if (part.Sid !== undefined && !/^[A-Za-z0-9]*$/.test(String(part.Sid)))
    return "Statement IDs (SID) must be alpha-numeric.";
  const actions = list(part.Action ?? part.NotAction).map(String);
  if (actions.length === 0) return "Missing required field Action";
  const action = actions.find((name) => name !== "*" && !/^[a-z0-9-]+:[A-Za-z*?]+$/.test(name));
  if (action !== undefined) return `Actions/Conditions must be prefaced by a vendor, got ${action}`;
  const resources = list(part.Resource ?? part.NotResource).map(String);
  const hasPrincipal = part.Principal !== undefined || part.NotPrincipal !== undefined;
  if (kind === "trust") {
    if (!hasPrincipal) return "AssumeRole policy must contain a Principal";
    if (resources.length > 0) return "Has prohibited field Resource";
    if (actions.some((name) => !name.startsWith("sts:")))
      return "AssumeRole policy may only specify STS AssumeRole actions.";
    return undefined;
  }
  if (resources.length === 0) return "Missing required field Resource";
  if (resources.some((name) => name !== "*" && !name.startsWith("arn:")))
    return `Resource ${resources.join(", ")} must be in ARN format or "*".`;
  if (kind === "identity" && hasPrincipal) return "Policy document should not specify a principal.";
  if (kind === "bucket" && !hasPrincipal) return "Missing required field Principal";
  return undefined;
}

/**
 * Whether S3 counts a bucket policy as public: an Allow for everybody that no condition narrows to fixed values.
 * docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning of public"
 */
export function isPublicPolicy(text: string): boolean {
  return (statements(text) ?? []).some(
    (part) => part.Effect === "Allow" && isEverybody(part.Principal) && !isNarrowed(part.Condition),
  );
}

function isEverybody(principal: unknown): boolean {
  return principal === "*" || (isRecord(principal) && list(principal.AWS).includes("*"));
}

function isNarrowed(condition: unknown): boolean {
  if (!isRecord(condition)) return false;
  const keys = Object.values(condition).flatMap((test) => (isRecord(test) ? Object.entries(test) : []));
  return keys.some(
    ([key, values]) =>
      /^aws:(SourceArn|SourceAccount|SourceVpc|SourceVpce|PrincipalOrgID|userid)$/i.test(key) &&
      list(values).every((value) => !/[*?]/.test(String(value))),
  );
}

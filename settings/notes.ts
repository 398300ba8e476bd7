import type { Settings } from "../settings.ts";

/**
 * What is allowed but may surprise: the program says it in each run, never as an error. Each is a whole sentence. What
 * concerns branch rules is in `pipeline/contradictions.ts`.
 */
export function settingsNotes(settings: Settings): string[] {
  const { environment, services, sites, clouds } = settings;
  const notes: string[] = [];
  if (
    clouds.github &&
    environment.branch === settings.branches.production &&
    environment.reviewers.length === 0
  ) {
    notes.push(`Nobody has to approve deployments to ${environment.name}.`);
  }
  for (const { name, domain } of sites.filter(({ hosting }) => hosting === "both")) {
    if (domain === undefined) continue;
    notes.push(
      `${domain} is set up for site ${name} on Vercel; CloudFront serves the same site under its own name, because DNS can lead to one of the two.`,
    );
  }
  const variables = [
    ...(clouds.digitalocean
      ? services.flatMap(({ name, env }) => Object.keys(env).map((key) => ({ name, key })))
      : []),
    ...sites.flatMap(({ name, variables: own }) => Object.keys(own).map((key) => ({ name, key }))),
  ];
  for (const { name, key } of variables) {
    if (!/SECRET|PASSWORD|PRIVATE_KEY|_TOKEN$|DATABASE_URL/.test(key)) continue;
    notes.push(`${key} of ${name} looks like a secret, but variables are kept in clear text.`);
  }
  return notes;
}

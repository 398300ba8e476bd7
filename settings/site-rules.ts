import { repeated } from "./problems.ts";
import type { Draft, RuleProblem } from "./rules.ts";

type Site = NonNullable<Draft["sites"]>[number];

/** The front ends: their names, and whether the clouds that they name are on and can serve them. */
export function siteProblems({ stack, sites, clouds, aws }: Draft): RuleProblem[] {
  if (!sites) return [];
  return [
    ...identityProblems(aws, clouds),
    ...repeated(sites.map(({ name }) => name)).map(({ value, index, first }) => ({
      key: `kai:sites[${index}].name`,
      problem: `is \`${value}\`, the same as kai:sites[${first}].name`,
      remedy: "Give each site a name of its own.",
      reads: [`kai:sites[${first}].name`],
    })),
    ...repeated(sites.map(({ domain }, index) => domain ?? index)).map(({ value, index, first }) => ({
      key: `kai:sites[${index}].domain`,
      problem: `is \`${value}\`, the same as kai:sites[${first}].domain`,
      remedy: "Give each site a domain of its own.",
      reads: [`kai:sites[${first}].domain`],
    })),
    ...sites.flatMap((site, index) => [
      ...cloudProblems(site, `kai:sites[${index}]`, clouds, stack),
      ...outputProblems(site, `kai:sites[${index}]`),
    ]),
  ];
}

/** A role trusts a repository by its ids, which only GitHub knows. */
function identityProblems(aws: Draft["aws"], clouds: Draft["clouds"]): RuleProblem[] {
  if (aws?.credentials !== "oidc" || !clouds?.aws || clouds.github) return [];
  return [
    {
      key: "kai:aws.credentials",
      problem: "is `oidc`, but kai:clouds.github is false, so that the repository's ids cannot be looked up",
      remedy: "Write `credentials: keys`, or switch GitHub on.",
      reads: ["kai:clouds.github", "kai:clouds.aws"],
    },
  ];
}

function cloudProblems(
  { hosting }: Site,
  key: string,
  clouds: Draft["clouds"],
  stack: string,
): RuleProblem[] {
  if (!clouds) return [];
  const hosts = [
    { cloud: "vercel", other: "cloudfront", isNeeded: hosting !== "cloudfront" },
    { cloud: "aws", other: "vercel", isNeeded: hosting !== "vercel" },
  ] as const;
  return hosts
    .filter(({ cloud, isNeeded }) => isNeeded && !clouds[cloud])
    .map(({ cloud, other }) => ({
      key: `${key}.hosting`,
      problem: `is \`${hosting}\`, but kai:clouds.${cloud} is false`,
      remedy: `Write \`hosting: ${other}\`, remove the site, or switch it on: pulumi config set --path kai:clouds.${cloud} true --stack ${stack}`,
      reads: [`kai:clouds.${cloud}`],
    }));
}

/** S3 serves files. A server's build would be uploaded without complaint and answer nothing. */
function outputProblems({ hosting, framework, outputDirectory }: Site, key: string): RuleProblem[] {
  const isServer = framework === "nextjs" && /(^|\/)\.next(\/|$)/.test(outputDirectory);
  if (!isServer || hosting === "vercel") return [];
  return [
    {
      key: `${key}.outputDirectory`,
      problem: `is \`${outputDirectory}\`, the build of a Next.js server, which CloudFront cannot run`,
      remedy:
        'Use a static export (`output: "export"`) with `outputDirectory: out`, or write `hosting: vercel`.',
      reads: [`${key}.hosting`, `${key}.framework`],
    },
  ];
}

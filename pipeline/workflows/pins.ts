/**
 * Everything from outside that the workflows run, by exact version. An action is named by commit, the only form that
 * nobody can move; each commit was read from the action's repository at the tag beside it.
 */
export interface PinnedAction {
  /** `owner/name@<40 hexadecimal digits>` */
  uses: string;
  /** The release that the commit is. */
  version: string;
}

export const ACTIONS = {
  checkout: { uses: "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", version: "v7.0.1" },
  setupNode: { uses: "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020", version: "v7.0.0" },
  awsCredentials: {
    uses: "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c",
    version: "v6.2.3",
  },
  uploadArtifact: {
    uses: "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    version: "v7.0.0",
  },
  downloadArtifact: {
    uses: "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    version: "v8.0.1",
  },
} as const satisfies Record<string, PinnedAction>;

/** The runner image; `ubuntu-latest` would change under a workflow that nobody touched. */
export const RUNNER = "ubuntu-24.04";

/** Vercel's command line (npm). */
export const VERCEL_CLI = "vercel@64.0.2";

/** Brings yarn and pnpm where Node no longer does (npm). */
export const COREPACK = "corepack@0.36.0";

/** Node for this program itself, which runs TypeScript as it stands. */
export const PROGRAM_NODE = "24";

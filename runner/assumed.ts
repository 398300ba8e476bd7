/** Carries nothing out: every step ends as somebody assumes. Shows which jobs and steps would run. */
import { type Machine, type OpenMachine, type Outcome, plain } from "./machine.ts";

/** Ends of steps and jobs other than success: `job` or `job/step` to how it ends. */
export type Assumptions = ReadonlyMap<string, Outcome>;

/**
 * @param assumed a job that is assumed to fail fails in its first step, so that what follows shows: to see what
 * another step's failure leads to, assume that of `job/name of the step`.
 */
export function assumingMachines(assumed: Assumptions = new Map()): OpenMachine {
  return async ({ job }): Promise<Machine> => {
    const first = job.steps[0]?.id;
    return {
      contexts: { runner: { os: "Linux", temp: "$RUNNER_TEMP" }, github: { workspace: "$GITHUB_WORKSPACE" } },
      async carryOut({ step, name }) {
        const ofStep = assumed.get(`${job.id}/${name}`);
        return plain(ofStep ?? (step.id === first ? assumed.get(job.id) : undefined) ?? "success");
      },
      hides: () => false,
      close: async () => {},
    };
  };
}

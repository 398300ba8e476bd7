/**
 * What the last `up` made on GitHub, from the state of a stack. The state and not the model says what is wanted: changes
 * of the configuration that wait for an `up` are no drift. No I/O.
 */
import { nameOf } from "../../engine/urn.ts";
import type { Properties } from "../properties.ts";
import type { Exported, ExportedState } from "../state.ts";

/** One object of the state, as findings name it. */
export interface Deployed {
  urn: string;
  type: string;
  /** Logical name in the program. */
  name: string;
  /** Its id in the state. */
  id: string;
  inputs: Properties;
  outputs: Properties;
  /** When the engine last changed what the state says of it, in ISO 8601; undefined in states of old engines. */
  modified: string | undefined;
}

/** GitHub's objects of one stack. */
export interface DeployedGitHub {
  owner: string;
  /** Name of the repository. */
  repo: string;
  /** What the provider logs in with is its. */
  provider: Deployed;
  /** Of the stack that owns the repository alone. */
  repository: Deployed | undefined;
  branches: Deployed[];
  rulesets: Deployed[];
  classicRules: Deployed[];
  environments: Deployed[];
  policies: Deployed[];
  /** Of the repository itself. */
  secrets: Deployed[];
  environmentSecrets: Deployed[];
}

/** Type tokens by the names above. */
const TYPES = {
  branches: "github:index/branch:Branch",
  rulesets: "github:index/repositoryRuleset:RepositoryRuleset",
  classicRules: "github:index/branchProtection:BranchProtection",
  environments: "github:index/repositoryEnvironment:RepositoryEnvironment",
  policies: "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  secrets: "github:index/actionsSecret:ActionsSecret",
  environmentSecrets: "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret",
} as const;
const REPOSITORY = "github:index/repository:Repository";
const PROVIDER = "pulumi:providers:github";

/** @returns undefined where the stack has no environment and no repository on GitHub */
export function deployedOf(exported: ExportedState): DeployedGitHub | undefined {
  const resources = (exported.deployment?.resources ?? []).filter((one) => one.delete !== true).map(deployed);
  const of = (type: string) => resources.filter((one) => one.type === type);
  const [repository] = of(REPOSITORY);
  const repo = repository?.outputs.name ?? of(TYPES.environments)[0]?.outputs.repository;
  const [provider] = of(PROVIDER);
  if (typeof repo !== "string" || !provider) return undefined;
  return {
    owner: String(provider.inputs.owner),
    repo,
    provider,
    repository,
    branches: of(TYPES.branches),
    rulesets: of(TYPES.rulesets),
    classicRules: of(TYPES.classicRules),
    environments: of(TYPES.environments),
    policies: of(TYPES.policies),
    secrets: of(TYPES.secrets),
    environmentSecrets: of(TYPES.environmentSecrets),
  };
}

function deployed({ urn, type, id = "", inputs = {}, outputs = {}, modified }: Exported): Deployed {
  return { urn, type, name: nameOf(urn), id, inputs, outputs, modified };
}

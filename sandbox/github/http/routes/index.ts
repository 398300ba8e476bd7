/** Every request that the simulated GitHub answers. */
import type { Routes } from "../route.ts";
import { accountRoutes } from "./accounts.ts";
import { actionRoutes } from "./actions.ts";
import { checkRoutes } from "./checks.ts";
import { gitRoutes } from "./git.ts";
import { integrationRoutes } from "./integrations.ts";
import { issueRoutes } from "./issues.ts";
import { peopleRoutes } from "./people.ts";
import { pullRoutes } from "./pulls.ts";
import { releaseRoutes } from "./releases.ts";
import { repositoryRoutes } from "./repositories.ts";
import { ruleRoutes } from "./rules.ts";
import { secretRoutes } from "./secrets.ts";
import { settingsRoutes } from "./settings.ts";
import { teamRoutes } from "./teams.ts";

export const routes: Routes = {
  ...accountRoutes,
  ...teamRoutes,
  ...repositoryRoutes,
  ...settingsRoutes,
  ...peopleRoutes,
  ...gitRoutes,
  ...pullRoutes,
  ...checkRoutes,
  ...ruleRoutes,
  ...actionRoutes,
  ...secretRoutes,
  ...issueRoutes,
  ...integrationRoutes,
  ...releaseRoutes,
};

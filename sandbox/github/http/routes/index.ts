/** Every request that the simulated GitHub answers. */
import type { Routes } from "../route.ts";
import { accountRoutes } from "./accounts.ts";
import { actionRoutes } from "./actions.ts";
import { checkRoutes } from "./checks.ts";
import { gitRoutes } from "./git.ts";
import { peopleRoutes } from "./people.ts";
import { pullRoutes } from "./pulls.ts";
import { repositoryRoutes } from "./repositories.ts";
import { ruleRoutes } from "./rules.ts";

export const routes: Routes = {
  ...accountRoutes,
  ...repositoryRoutes,
  ...peopleRoutes,
  ...gitRoutes,
  ...pullRoutes,
  ...checkRoutes,
  ...ruleRoutes,
  ...actionRoutes,
};

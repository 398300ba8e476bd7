/** What the cases of the bench share. */
import type { Engine } from "../engine/engine.ts";
import type { Progress } from "../engine/progress.ts";

/** One figure. */
export interface Figure {
  name: string;
  ratio: number;
  /** The largest ratio that is good enough. */
  limit: number;
}

/** What every case gets. */
export interface Bench {
  /** The checkout. */
  root: string;
  /** A folder of its own, removed afterwards. */
  directory: string;
  engine: Engine;
  progress: Progress;
}

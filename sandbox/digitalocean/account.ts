/** The account behind a token, and what its API's areas share. */
import { CloudError } from "../provider/declaration.ts";
import type { DigitalOceanStore } from "./store.ts";

/** What happens to a cluster's API server when the cluster comes and goes. */
export interface ControlPlanes {
  /** @param serviceSubnet range of the Services' addresses */
  start(endpoint: string, version: string, serviceSubnet: string): void;
  stop(endpoint: string): void;
}

export interface Account {
  store: DigitalOceanStore;
  controlPlanes: ControlPlanes;
}

export function found<T>(document: T | undefined, what: string): T {
  if (!document) throw new CloudError(404, `The resource you were accessing could not be found. (${what})`);
  return document;
}

export function refuse(status: number, message: string): never {
  throw new CloudError(status, message);
}

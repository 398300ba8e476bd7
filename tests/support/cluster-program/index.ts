/** The cluster's components alone; settings by stack stand in the JSON file that KAI_TEST_SETTINGS names. */
import { readFileSync } from "node:fs";
import { getStack, secret } from "@pulumi/pulumi";
import { Application } from "../../../components/application.ts";
import type { Settings } from "../../../settings.ts";

const stack = getStack();
const all = JSON.parse(readFileSync(String(process.env.KAI_TEST_SETTINGS), "utf8")) as Record<
  string,
  Settings
>;

const application = new Application("application", {
  settings: all[stack] as Settings,
  registryPassword: secret(`plain-text-of-registry-${stack}`),
  secrets: { MONGODB_URI: secret(`plain-text-of-mongodb-${stack}`) },
  migrations: [],
});

export const kubeConfigData = application.kubeConfigData;

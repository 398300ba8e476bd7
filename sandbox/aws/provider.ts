/** The simulated AWS as the aws provider plugin shows it to the engine (pulumi-aws 7.48). */
import { type Cloud, CloudError } from "../provider/declaration.ts";
import { acmResources } from "./acm-resources.ts";
import { cloudFrontResources } from "./cloudfront-resources.ts";
import { awsFunctions } from "./functions.ts";
import { iamResources } from "./iam-resources.ts";
import { s3Resources } from "./s3-resources.ts";
import type { Aws } from "./store.ts";

/** Serves the account of `openAws`. */
export function awsCloud(account: Omit<Aws, "region">): Cloud<Aws> {
  return {
    name: "aws",
    connect({ region }) {
      if (typeof region !== "string" || region === "")
        throw new CloudError(400, "missing AWS region: set `region` of the provider or AWS_REGION");
      return { ...account, region };
    },
    resources: { ...s3Resources, ...cloudFrontResources, ...iamResources, ...acmResources },
    functions: awsFunctions,
  };
}

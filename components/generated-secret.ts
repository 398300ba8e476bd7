import * as pulumi from "@pulumi/pulumi";

/** A stub as `migrations.ts` has it: nothing is captured, and there is nothing to read or to update. */
const provider: pulumi.dynamic.ResourceProvider<Record<string, never>, { value: string }> = {
  async create() {
    const { randomBytes } = await import("node:crypto");
    return { id: "generated", outs: { value: randomBytes(48).toString("base64url") } };
  },
};

/**
 * 384 random bits as text of 64 characters, made once and kept in the state, encrypted. `kai secrets rotate` makes
 * another one.
 */
export class GeneratedSecret extends pulumi.dynamic.Resource {
  /** The value. A secret. */
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      { value: undefined },
      { ...opts, additionalSecretOutputs: ["value"], hideDiffs: ["__provider"] },
    );
  }
}

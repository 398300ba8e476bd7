/** Answers of the provider protocol that more than a setter makes. */
import * as grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { type CheckFailure, CloudError } from "./declaration.ts";
import { type DiffKind, isBelow } from "./diff.ts";
import { type Properties, wrap } from "./values.ts";

/** Checked inputs, and what is wrong with them. */
export function checked(
  inputs: Properties,
  secrets: Set<string>,
  failures: CheckFailure[],
): rpc.CheckResponse {
  const messages = failures.map(({ property, reason }) =>
    new rpc.CheckFailure().setProperty(property).setReason(reason),
  );
  return new rpc.CheckResponse().setInputs(wrap(inputs, secrets)).setFailuresList(messages);
}

/** Differences by property, with what each means for the resource. */
export function diffResponse(
  found: Map<string, DiffKind>,
  replaceOn: string[],
  deleteBeforeReplace: boolean,
): rpc.DiffResponse {
  const { Kind } = rpc.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  const response = new rpc.DiffResponse()
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(deleteBeforeReplace);
  for (const [path, kind] of found) {
    const replaces = isBelow(path, replaceOn);
    response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(kinds[kind][replaces ? 1 : 0]));
    if (replaces) response.addReplaces(path);
    response.addDiffs(path.replace(/[.[].*$/s, ""));
  }
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  return response.setChanges(found.size > 0 ? DIFF_SOME : DIFF_NONE);
}

/** The object exists, but is not ready: the engine keeps it in the state and reports the failure. */
class InitializationError extends Error {
  readonly metadata = new grpc.Metadata();

  constructor(reason: string, failed: rpc.ErrorResourceInitFailed) {
    super(reason);
    const detail = new any.Any();
    detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const answer = new status.Status()
      .setCode(grpc.status.UNKNOWN)
      .setMessage(reason)
      .setDetailsList([detail]);
    this.metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  }
}

/** @throws InitializationError when there is a reason */
export function refuseUnready(reason: string | undefined, id: string, live: Struct, inputs: Struct): void {
  if (!reason) return;
  const failed = new rpc.ErrorResourceInitFailed().setId(id).setReasonsList([reason]);
  throw new InitializationError(reason, failed.setProperties(live).setInputs(inputs));
}

/** An error as the engine shows it: a refusal by its text alone, a fault of the stand-in with its stack. */
export function serviceError(error: unknown): grpc.ServiceError {
  if (error instanceof InitializationError)
    return Object.assign(error, { code: grpc.status.UNKNOWN, details: error.message });
  const message = error instanceof Error ? error.message : String(error);
  const details =
    error instanceof CloudError || !(error instanceof Error) ? message : `stand-in: ${error.stack}`;
  return Object.assign(new Error(details), {
    code: grpc.status.UNKNOWN,
    details,
    metadata: new grpc.Metadata(),
  });
}

/** VPCs (docs.digitalocean.com/reference/api/digitalocean/#tag/VPCs). */
import { randomUUID } from "node:crypto";
import { CloudError } from "../provider/declaration.ts";
import { type Account, found, refuse } from "./account.ts";
import { isPrivate, overlaps, prefixOf } from "./ranges.ts";
import { saveDigitalOcean, type VpcDocument } from "./store.ts";

export interface VpcRequest {
  name: string;
  region: string;
  ip_range?: string | undefined;
  description?: string | undefined;
}

/** POST /v2/vpcs. Names are unique, ranges are private, /16 to /28, and do not overlap (VPC limits page). */
export function createVpc(account: Account, request: VpcRequest): VpcDocument {
  const { main } = account.store;
  const vpcs = Object.values(main.data.vpcs);
  refuseName(account, request.name);
  const range = request.ip_range ?? `10.${130 + vpcs.length}.0.0/20`;
  if (!isPrivate(range) || prefixOf(range) < 16 || prefixOf(range) > 28)
    refuse(422, `invalid_request: ip_range must be a private range between /16 and /28: ${range}`);
  const other = vpcs.find((vpc) => overlaps(vpc.ip_range, range));
  if (other)
    refuse(422, `This range/size overlaps with another VPC network in your account: ${other.ip_range}`);
  const id = randomUUID();
  const document: VpcDocument = {
    id,
    urn: `do:vpc:${id}`,
    name: request.name,
    description: request.description ?? "",
    region: request.region,
    ip_range: range,
    default: false,
    created_at: new Date().toISOString(),
  };
  main.data.vpcs[id] = document;
  saveDigitalOcean(account.store);
  return document;
}

export function getVpc({ store }: Account, id: string): VpcDocument {
  return found(store.main.data.vpcs[id], "VPC");
}

/** PUT /v2/vpcs/{id}: only name and description. */
export function updateVpc(account: Account, id: string, change: { name: string; description: string }): void {
  const vpc = getVpc(account, id);
  if (vpc.name !== change.name) refuseName(account, change.name);
  Object.assign(vpc, change);
  saveDigitalOcean(account.store);
}

/** DELETE /v2/vpcs/{id}: refused while anything lives in it. */
export function deleteVpc(account: Account, id: string): void {
  const { data } = account.store.main;
  getVpc(account, id);
  const isUsed =
    Object.values(data.clusters).some((cluster) => cluster.vpc_uuid === id) ||
    Object.values(data.associated).some((resources) => resources.some(({ vpc_uuid }) => vpc_uuid === id));
  if (isUsed) throw new CloudError(409, "Can not delete VPC with members");
  delete data.vpcs[id];
  saveDigitalOcean(account.store);
}

function refuseName({ store }: Account, name: string): void {
  if (Object.values(store.main.data.vpcs).some((vpc) => vpc.name === name))
    refuse(422, `name is already in use: ${name}`);
}

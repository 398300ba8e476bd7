/** The rules of ACM, as its API reference gives them (docs.aws.amazon.com/acm/latest/APIReference). */
import { createHash } from "node:crypto";
import { arn, newId, refusal, tagSet } from "./api.ts";
import { distributions } from "./cloudfront.ts";
import type { Aws, CertificateDocument } from "./store.ts";

/** API RequestCertificate: answers at once; the certificate stays PENDING_VALIDATION until the records exist. */
export function requestCertificate(
  aws: Aws,
  wanted: {
    domain: string;
    alternatives: string[];
    method: "DNS" | "EMAIL";
    algorithm: string;
    region: string;
    tags: Record<string, string> | undefined;
  },
): string {
  const names = [...new Set([wanted.domain, ...wanted.alternatives])];
  for (const name of names) {
    if (!/^(\*\.)?([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/i.test(name))
      throw refusal(
        400,
        "ACM: RequestCertificate",
        "ValidationException",
        `The domain name ${name} is not valid.`,
      );
  }
  const digest = createHash("sha256")
    .update(newId(aws.store.data, "", 32))
    .digest("hex");
  const uuid = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
  const id = arn(aws, "acm", `certificate/${uuid}`, wanted.region);
  aws.store.data.certificates[id] = {
    CertificateArn: id,
    DomainName: wanted.domain,
    SubjectAlternativeNames: names,
    Status: "PENDING_VALIDATION",
    Type: "AMAZON_ISSUED",
    KeyAlgorithm: wanted.algorithm,
    DomainValidationOptions: names.map((name) => validation(name, wanted.method)),
    Tags: tagSet(wanted.tags),
  };
  aws.store.save();
  return id;
}

function validation(
  name: string,
  method: "DNS" | "EMAIL",
): CertificateDocument["DomainValidationOptions"][number] {
  const token = createHash("sha256").update(name).digest("hex");
  return {
    DomainName: name,
    ValidationMethod: method,
    ResourceRecord: {
      Name: `_${token.slice(0, 32)}.${name.replace(/^\*\./, "")}.`,
      Type: "CNAME",
      Value: `_${token.slice(32)}.jkddzztszm.acm-validations.aws.`,
    },
  };
}

/** A certificate that a distribution uses is refused (ResourceInUseException). */
export function deleteCertificate(aws: Aws, id: string): void {
  if (!aws.store.data.certificates[id])
    throw refusal(
      404,
      "ACM: DeleteCertificate",
      "ResourceNotFoundException",
      `Could not find certificate ${id}.`,
    );
  const user = distributions(aws).find(
    ({ DistributionConfig }) => DistributionConfig.ViewerCertificate.ACMCertificateArn === id,
  );
  if (user)
    throw refusal(
      400,
      "ACM: DeleteCertificate",
      "ResourceInUseException",
      `Certificate ${id} is in use by ${user.ARN}.`,
    );
  delete aws.store.data.certificates[id];
  aws.store.save();
}

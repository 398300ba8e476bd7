/** ACM's resource type as the aws provider plugin shows it. */
import type { ResourceType } from "../provider/declaration.ts";
import { deleteCertificate, requestCertificate } from "./acm.ts";
import { tagSet } from "./api.ts";
import { oneOf, tagInputs, tagOutputs } from "./face.ts";
import type { Aws } from "./store.ts";

const certificate: ResourceType<Aws> = {
  replaceOn: ["domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm", "region"],
  optionalComputed: ["keyAlgorithm", "options", "region", "subjectAlternativeNames", "validationMethod"],
  sets: ["subjectAlternativeNames"],
  check: (inputs) => [
    ...oneOf(inputs, "validationMethod", ["DNS", "EMAIL"]),
    ...(inputs.domainName === undefined && inputs.privateKey === undefined
      ? [{ property: "domainName", reason: "one of `domain_name,private_key` must be specified" }]
      : []),
  ],
  create: (aws, inputs) =>
    requestCertificate(aws, {
      domain: String(inputs.domainName),
      alternatives: (inputs.subjectAlternativeNames as string[] | undefined) ?? [],
      method: inputs.validationMethod === "EMAIL" ? "EMAIL" : "DNS",
      algorithm: String(inputs.keyAlgorithm ?? "RSA_2048"),
      region: String(inputs.region ?? aws.region),
      tags: tagInputs(inputs),
    }),
  read(aws, id) {
    const found = aws.store.data.certificates[id];
    return (
      found && {
        arn: id,
        domainName: found.DomainName,
        subjectAlternativeNames: found.SubjectAlternativeNames,
        validationMethod: found.DomainValidationOptions[0]?.ValidationMethod,
        keyAlgorithm: found.KeyAlgorithm,
        region: id.split(":")[3],
        status: found.Status,
        type: found.Type,
        notAfter: "",
        notBefore: "",
        pendingRenewal: false,
        renewalEligibility: "INELIGIBLE",
        renewalSummaries: [],
        validationEmails: [],
        options: { certificateTransparencyLoggingPreference: "ENABLED", export: "DISABLED" },
        domainValidationOptions: found.DomainValidationOptions.map(({ DomainName, ResourceRecord }) => ({
          domainName: DomainName,
          resourceRecordName: ResourceRecord.Name,
          resourceRecordType: ResourceRecord.Type,
          resourceRecordValue: ResourceRecord.Value,
        })),
        ...tagOutputs(found.Tags),
      }
    );
  },
  update(aws, id, inputs) {
    Object.assign(aws.store.data.certificates[id] ?? {}, { Tags: tagSet(tagInputs(inputs)) });
    aws.store.save();
  },
  delete: (aws, id) => deleteCertificate(aws, id),
};

export const acmResources: Record<string, ResourceType<Aws>> = {
  "aws:acm/certificate:Certificate": certificate,
};

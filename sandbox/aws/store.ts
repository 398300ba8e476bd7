/** The simulated AWS account's documents, in the shape of the answers of S3, CloudFront, IAM and ACM. */
import { Store } from "../store.ts";

export interface Tag {
  Key: string;
  Value: string;
}

/** A list as CloudFront writes it; `Items` is absent when it is empty. */
export interface Quantity<T> {
  Quantity: number;
  Items?: T[];
}

export interface LifecycleRule {
  ID: string;
  Status: "Enabled" | "Disabled";
  [part: string]: unknown;
}

/** What S3 answers about one bucket, one member an API call: GetBucketVersioning, GetPublicAccessBlock, … */
export interface BucketDocument {
  Name: string;
  CreationDate: string;
  LocationConstraint: string;
  TagSet: Tag[];
  /** Key → size in bytes. */
  Objects: Record<string, number>;
  PublicAccessBlockConfiguration?: Record<PublicAccessSetting, boolean>;
  OwnershipControls?: { Rules: { ObjectOwnership: string }[] };
  VersioningConfiguration: { Status?: "Enabled" | "Suspended"; MFADelete?: string };
  ServerSideEncryptionConfiguration: { Rules: EncryptionRule[] };
  LifecycleConfiguration?: { Rules: LifecycleRule[]; TransitionDefaultMinimumObjectSize: string };
  Policy?: string;
}

export type PublicAccessSetting =
  | "BlockPublicAcls"
  | "BlockPublicPolicy"
  | "IgnorePublicAcls"
  | "RestrictPublicBuckets";

export interface EncryptionRule {
  ApplyServerSideEncryptionByDefault?: { SSEAlgorithm: string; KMSMasterKeyID?: string };
  BucketKeyEnabled?: boolean;
  BlockedEncryptionTypes?: { EncryptionType: string[] };
}

/** An object of CloudFront with its version mark. */
export interface Versioned<Config> {
  Id: string;
  ETag: string;
  Config: Config;
}

export type OriginAccessControlConfig = {
  Name: string;
  Description: string;
  SigningProtocol: string;
  SigningBehavior: string;
  OriginAccessControlOriginType: string;
};

export type NamedConfig = { Name: string; [part: string]: unknown };

export interface FunctionDocument {
  Name: string;
  FunctionConfig: { Comment: string; Runtime: string };
  FunctionMetadata: { FunctionARN: string; CreatedTime: string; LastModifiedTime: string };
  Tags: Tag[];
  /** Code and version mark of each stage. */
  Development: { Code: string; ETag: string };
  Live?: { Code: string; ETag: string };
}

export interface DistributionConfig {
  CallerReference: string;
  Enabled: boolean;
  Aliases: Quantity<string>;
  Origins: Quantity<{
    Id: string;
    DomainName: string;
    OriginAccessControlId: string;
    [part: string]: unknown;
  }>;
  DefaultCacheBehavior: CacheBehavior;
  CacheBehaviors: Quantity<CacheBehavior & { PathPattern: string }>;
  ViewerCertificate: {
    CloudFrontDefaultCertificate?: boolean;
    ACMCertificateArn?: string;
    SSLSupportMethod?: string;
    MinimumProtocolVersion?: string;
  };
  [part: string]: unknown;
}

export interface CacheBehavior {
  TargetOriginId: string;
  CachePolicyId?: string;
  ResponseHeadersPolicyId?: string;
  FunctionAssociations: Quantity<{ EventType: string; FunctionARN: string }>;
  [part: string]: unknown;
}

export interface DistributionDocument {
  Id: string;
  ARN: string;
  ETag: string;
  Status: "InProgress" | "Deployed";
  DomainName: string;
  LastModifiedTime: string;
  InProgressInvalidationBatches: number;
  DistributionConfig: DistributionConfig;
  Tags: Tag[];
}

export interface UserDocument {
  UserName: string;
  UserId: string;
  Arn: string;
  Path: string;
  CreateDate: string;
  Tags: Tag[];
  PermissionsBoundary?: { PermissionsBoundaryArn: string };
  /** Inline policies by name. */
  Policies: Record<string, string>;
  AttachedPolicies: string[];
}

export interface RoleDocument {
  RoleName: string;
  RoleId: string;
  Arn: string;
  Path: string;
  CreateDate: string;
  Description: string;
  MaxSessionDuration: number;
  AssumeRolePolicyDocument: string;
  Tags: Tag[];
  PermissionsBoundary?: { PermissionsBoundaryArn: string };
  /** Inline policies by name. */
  Policies: Record<string, string>;
  AttachedPolicies: string[];
}

export interface AccessKeyDocument {
  UserName: string;
  AccessKeyId: string;
  Status: "Active" | "Inactive";
  CreateDate: string;
}

export interface OpenIdConnectProviderDocument {
  Arn: string;
  /** Host and path without the scheme, as GetOpenIDConnectProvider answers. */
  Url: string;
  ClientIDList: string[];
  ThumbprintList: string[];
  CreateDate: string;
  Tags: Tag[];
}

export interface CertificateDocument {
  CertificateArn: string;
  DomainName: string;
  SubjectAlternativeNames: string[];
  Status: "PENDING_VALIDATION" | "ISSUED" | "FAILED";
  Type: "AMAZON_ISSUED";
  KeyAlgorithm: string;
  DomainValidationOptions: {
    DomainName: string;
    ValidationMethod: "DNS" | "EMAIL";
    ResourceRecord: { Name: string; Type: "CNAME"; Value: string };
  }[];
  Tags: Tag[];
}

export interface AwsData {
  accountId: string;
  /** Counts up; ids and version marks are made of it. */
  serial: number;
  buckets: Record<string, BucketDocument>;
  /** Names that other accounts hold: a bucket's name is unique in the world. */
  foreignBuckets: string[];
  originAccessControls: Record<string, Versioned<OriginAccessControlConfig>>;
  responseHeadersPolicies: Record<string, Versioned<NamedConfig>>;
  cachePolicies: Record<string, Versioned<NamedConfig>>;
  functions: Record<string, FunctionDocument>;
  distributions: Record<string, DistributionDocument>;
  users: Record<string, UserDocument>;
  accessKeys: Record<string, AccessKeyDocument>;
  roles: Record<string, RoleDocument>;
  openIdConnectProviders: Record<string, OpenIdConnectProviderDocument>;
  certificates: Record<string, CertificateDocument>;
}

/** What AWS shows once or never again: access key id → secret access key. */
export interface AwsVault {
  secretAccessKeys: Record<string, string>;
}

/** The account as one client in one region sees it. */
export interface Aws {
  region: string;
  store: Store<AwsData>;
  vault: Store<AwsVault>;
}

/** Opens the account's documents, and the file with its secret values beside them. */
export function openAws(file: string, vaultFile: string): Omit<Aws, "region"> {
  return {
    store: new Store<AwsData>(file, () => ({
      accountId: "123456789012",
      serial: 0,
      buckets: {},
      foreignBuckets: ["assets", "kai", "staging", "production"],
      originAccessControls: {},
      responseHeadersPolicies: {},
      cachePolicies: {},
      functions: {},
      distributions: {},
      users: {},
      accessKeys: {},
      roles: {},
      openIdConnectProviders: {},
      certificates: {},
    })),
    vault: new Store<AwsVault>(vaultFile, () => ({ secretAccessKeys: {} })),
  };
}

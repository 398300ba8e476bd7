import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOf } from "../../drift/reason.ts";
import { digestOf, type Recording } from "./recordings.ts";

function reasonOfRecording(name: Recording): string {
  return reasonOf({ stack: "staging", exitCode: 1, errors: digestOf(name).errors, lines: [] });
}

test("a database that does not answer is named, and what was found before it stays", () => {
  assert.equal(
    reasonOfRecording("database-unreachable"),
    "The database could not be reached when it was asked for migrations; try again once it answers: connect ECONNREFUSED 127.0.0.1:5432",
  );
  assert.ok(digestOf("database-unreachable").differences().length > 0);
});

test("refused credentials name the cloud", () => {
  assert.match(
    reasonOfRecording("credentials-refused"),
    /^GitHub refused the credentials when it was asked for github; check that they are valid .*401 Bad credentials/,
  );
});

test("a program that does not run says why, without a stack trace", () => {
  assert.equal(
    reasonOfRecording("program-refused"),
    "The program of staging did not run to its end: kai:cluster.region: nowhere is no region. Use fra1.\nkai:aws.region: is missing. Use eu-central-1.",
  );
});

test("what the command line says about itself has a remedy", () => {
  const cases: [exitCode: number, line: string, expected: RegExp][] = [
    [
      6,
      "error: no stack named 'staging' found",
      /^The stack staging does not exist .*`pulumi stack init staging`/,
    ],
    [
      3,
      "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
      /^Not logged in to the state backend; run `pulumi login`/,
    ],
    [
      1,
      "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
      /^The secrets of staging cannot be read; set PULUMI_CONFIG_PASSPHRASE/,
    ],
    [
      1,
      'error: unable to open state directory "file:///nonexistent/x": stat /nonexistent/x: no such file or directory',
      /^The engine failed for staging: unable to open state directory/,
    ],
    [255, "", /^The engine failed for staging: it ended with code 255 and said nothing$/],
  ];
  for (const [exitCode, line, expected] of cases) {
    const lines = line ? ["", line] : [];
    assert.match(reasonOf({ stack: "staging", exitCode, errors: [], lines }), expected);
  }
});

test("the clouds' own words are understood", () => {
  const refused = [
    "403 Resource not accessible by personal access token []",
    "operation error S3: HeadBucket, https response error StatusCode: 403, api error Forbidden",
    "ExpiredToken: The security token included in the request is expired",
    'password authentication failed for user "postgres"',
    "GET https://api.digitalocean.com/v2/account: 401 Unable to authenticate you",
  ];
  const unreachable = [
    "dial tcp: lookup api.github.com: no such host",
    "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
    "configured Kubernetes cluster is unreachable",
    "read tcp: connection reset by peer",
    "503 Service Unavailable",
  ];
  const urn = "urn:pulumi:staging::kai::aws:s3/bucket:Bucket::site";
  const reason = (message: string) =>
    reasonOf({ stack: "staging", exitCode: 1, errors: [{ urn, message }], lines: [] });
  for (const message of refused)
    assert.match(reason(message), /^AWS refused the credentials .* site/, message);
  for (const message of unreachable)
    assert.match(reason(message), /^AWS could not be reached .* site/, message);
  assert.match(reason("something else"), /^AWS did not answer for site: something else$/);
});

test("a password in an address is left out", () => {
  const message = "Preview failed: connect postgresql://kai:hunter2@db.example.com:5432/kai ECONNREFUSED";
  const urn = "urn:pulumi:staging::kai::pulumi-nodejs:dynamic:Resource::migrations";
  const reason = reasonOf({ stack: "staging", exitCode: 1, errors: [{ urn, message }], lines: [] });
  assert.ok(!reason.includes("hunter2"));
  assert.ok(reason.includes("db.example.com"));
});

test("no password is in it, however it stands there", () => {
  for (const message of [
    "connect postgres://kai:hunter2@db.internal/kai",
    "connect postgres://kai:hun/ter2@db.internal/kai",
    'connect "postgres://kai:hun@ter2@db.internal/kai"',
    "connect host=db.internal user=kai password=hunter2 dbname=kai",
    "connect host=db.internal password='hun ter2' dbname=kai",
    "GET /v9/projects, Authorization: Bearer hunter2.hunter2",
  ]) {
    const reason = reasonOf({ stack: "staging", exitCode: 1, errors: [{ message }], lines: [] });
    assert.doesNotMatch(reason, /ter2/, message);
    assert.match(reason, /\[secret\]/);
    if (message.startsWith("connect")) assert.match(reason, /db\.internal/);
  }
});

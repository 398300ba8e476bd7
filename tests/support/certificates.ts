/** Certificates for a test server, made by openssl. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { findProgram } from "./debian-package.ts";

const found = findProgram("openssl", ["openssl", "libssl3"]);

/** For the `skip` of tests: why there is no openssl on this system, or false. */
export const noOpenssl: string | false = typeof found === "string" ? found : false;

export interface Certificates {
  /** PEM of the server's certificate, for `localhost`. */
  certificate: string;
  /** PEM of its private key. */
  key: string;
  /** File of the authority that signed it. */
  authority: string;
  /** File of an authority that did not. */
  stranger: string;
}

/** Makes an authority, a certificate that it signed, and another authority. */
export function makeCertificates(): Certificates {
  if (typeof found === "string") throw new Error(found);
  const directory = mkdtempSync(join(tmpdir(), "kai-certificates-"));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const openssl = (...args: string[]) =>
    execFileSync(found.path, args, { cwd: directory, stdio: "pipe", env: found.env });
  const newKey = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  for (const name of ["authority", "stranger"]) {
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );
  }
  const signedBy = ["-CA", "authority.pem", "-CAkey", "authority.key"];
  const forHost = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  openssl("req", "-x509", ...newKey, ...forHost, ...signedBy, "-keyout", "server.key", "-out", "server.pem");
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  return {
    certificate: read("server.pem"),
    key: read("server.key"),
    authority: join(directory, "authority.pem"),
    stranger: join(directory, "stranger.pem"),
  };
}

/** Secrets on their way: sealed boxes of libsodium (docs.github.com/rest/guides/encrypting-secrets-for-the-rest-api). */
import { createHash } from "node:crypto";
import sodium from "libsodium-wrappers";

/** A key pair of one place for secrets. */
export interface SealedBox {
  /** What the interface answers: the key's id and the key in base64. */
  publicKey(place: string): { key_id: string; key: string };
  /** What was sealed; undefined where the key is another one or the box is damaged. */
  open(place: string, keyId: string, encrypted: string): string | undefined;
}

/** @param seed from which each place's pair follows, so that keys stay over restarts */
export async function sealedBox(seed: string): Promise<SealedBox> {
  await sodium.ready;
  const pairOf = (place: string) => {
    const bytes = createHash("sha256").update(`${seed}:${place}`).digest();
    return sodium.crypto_box_seed_keypair(new Uint8Array(bytes));
  };
  const idOf = (place: string) => {
    // GitHub's ids are numbers with 18 digits.
    const digest = createHash("sha256").update(`id:${place}`).digest();
    return String(10n ** 17n + (digest.readBigUInt64BE() % (9n * 10n ** 17n)));
  };
  return {
    publicKey(place) {
      return { key_id: idOf(place), key: Buffer.from(pairOf(place).publicKey).toString("base64") };
    },
    open(place, keyId, encrypted) {
      if (keyId !== idOf(place)) return undefined;
      const { publicKey, privateKey } = pairOf(place);
      try {
        const box = new Uint8Array(Buffer.from(encrypted, "base64"));
        return Buffer.from(sodium.crypto_box_seal_open(box, publicKey, privateKey)).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}

/** Signs what is to be believed later, with a key that the database does not hold (ed25519). */
export interface Signer {
  /** What people compare: the first 16 hex digits of the public key's SHA-256. */
  readonly key: string;
  /** SPKI, base64. */
  readonly publicKey: string;
  /** Base64. */
  sign(text: string): string;
}

/** Whether `publicKey` (SPKI, base64) signed exactly this text. False for anything malformed. */
export type VerifySignature = (text: string, signature: string, publicKey: string) => boolean;

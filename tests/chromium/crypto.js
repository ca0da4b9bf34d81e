// Links, keys, sealing and the join proof of docs/protocol.md. Knows no sockets.
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

const utf8 = new TextEncoder();

export function toBase64Url(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64Url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

export function parseLink(link) {
  const match = /^holdfast:\/\/join\/([^/]+)\/([a-z0-9-]{1,64})(\?tls=1)?#([A-Za-z0-9_-]{43})$/.exec(link);
  if (!match) throw new Error("not a link");
  const [, server, room, tls, secret] = match;
  return { url: `${tls ? "wss" : "ws"}://${server}/v1`, room, secret: fromBase64Url(secret) };
}

async function derive(secret, info) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt: utf8.encode("holdfast/1"), info: utf8.encode(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(params, key, 256));
}

// An Ed25519 private key in PKCS #8 (RFC 8410 section 7) is this prefix and the 32-byte seed.
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

export async function joinProof(secret, challenge, room, participant) {
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...(await derive(secret, "join"))]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const signed = utf8.encode(["holdfast/1 join", challenge, room, participant].join("\0"));
  const signature = await crypto.subtle.sign("Ed25519", key, signed);
  return { public_key: x, proof: toBase64Url(new Uint8Array(signature)) };
}

function bigEndian(value, bytes) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value));
  return new Uint8Array(view.buffer).slice(8 - bytes);
}

export class Sealer {
  #key;
  #room;
  #self;
  #counter = BigInt(Date.now()) * 1000n;
  #highest = new Map();

  static async create(secret, room, self) {
    const sealer = new Sealer();
    sealer.#key = await derive(secret, "seal");
    sealer.#room = room;
    sealer.#self = self;
    return sealer;
  }

  #associated(sender, receiver, generation, counter) {
    const text = utf8.encode(["holdfast/1", this.#room, sender, receiver, ""].join("\0"));
    return new Uint8Array([...text, ...bigEndian(generation, 4), ...bigEndian(counter, 8)]);
  }

  seal(receiver, generation, message) {
    const counter = this.#counter++;
    const nonce = crypto.getRandomValues(new Uint8Array(24));
    const aad = this.#associated(this.#self, receiver, generation, counter);
    const sealed = xchacha20poly1305(this.#key, nonce, aad).encrypt(utf8.encode(JSON.stringify(message)));
    return toBase64Url(new Uint8Array([...bigEndian(counter, 8), ...nonce, ...sealed]));
  }

  // `receiver` is "*" for a profile, whose counter is not checked.
  open(sender, receiver, generation, payload) {
    const bytes = fromBase64Url(payload);
    const counter = new DataView(bytes.buffer).getBigUint64(0);
    const nonce = bytes.slice(8, 32);
    const aad = this.#associated(sender, receiver, generation, counter);
    const text = xchacha20poly1305(this.#key, nonce, aad).decrypt(bytes.slice(32));
    if (receiver !== "*") {
      if (counter <= (this.#highest.get(sender) ?? -1n)) throw new Error("replayed");
      this.#highest.set(sender, counter);
    }
    return JSON.parse(new TextDecoder().decode(text));
  }
}

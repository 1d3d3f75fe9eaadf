import { createHash } from "node:crypto";
import type { Blobs } from "../../src/ports/blobs.js";
import { PortError } from "../../src/ports/port-error.js";

/** Files in memory. `maxBytes` is for all of them together; default 64 MiB. */
export function createMemoryBlobs(options: { maxBytes?: number } = {}): Blobs {
  const { maxBytes = 64 * 1024 * 1024 } = options;
  const blobs = new Map<string, Uint8Array>();
  let storedBytes = 0;
  return {
    async put(bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      if (blobs.has(sha256)) return sha256;
      if (storedBytes + bytes.length > maxBytes) {
        const message = `There is no room for a file of ${bytes.length} bytes: at most ${maxBytes} are kept. The files before it are there. Attach a smaller one.`;
        throw new PortError(message, { code: "full", retryable: false });
      }
      blobs.set(sha256, bytes.slice());
      storedBytes += bytes.length;
      return sha256;
    },
    get: async (sha256) => blobs.get(sha256)?.slice(),
  };
}

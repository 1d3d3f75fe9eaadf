import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { inflate } from "node:zlib";

/** Objects of a pack whose content matters here; others are passed over. */
const typeOf: Readonly<Record<number, "commit" | "other" | "offset-delta" | "ref-delta">> = {
  1: "commit",
  2: "other",
  3: "other",
  4: "other",
  6: "offset-delta",
  7: "ref-delta",
};
/** A commit that says more than this is not looked at. */
const maxCommitBytes = 256 * 1_024;
/** Of all objects of a pack once they are unpacked: far more than a pack that may be kept holds, unless it is made to burst. */
const maxUnpackedBytes = 1_024 * 1_024 * 1_024;

/** Parents of a commit, by the commit's id. */
export type CommitParents = ReadonlyMap<string, readonly string[]>;

/** What an object of a pack is, and where the next one begins. */
interface PackedObject {
  type: "commit" | "other" | "offset-delta" | "ref-delta";
  content: Buffer;
  /** Where it begins; objects refer to each other by that. */
  at: number;
  base?: number | string;
  next: number;
}

/**
 * The commits that a pack brings (gitformat-pack, version 2), with their parents. Whatever cannot be read is left out, so a commit that is missing proves nothing. Undefined: this is
 * no pack, or it is not worth looking through.
 */
export async function commitsOfPack(pack: Buffer, hash: "sha1" | "sha256"): Promise<CommitParents | undefined> {
  if (pack.length < 12 || pack.toString("latin1", 0, 4) !== "PACK" || pack.readUInt32BE(4) !== 2) return undefined;
  const parents = new Map<string, readonly string[]>();
  /** Contents of commits by place and by id: deltas build on them. */
  const contents = new Map<number | string, Buffer>();
  let [at, unpackedBytes] = [12, 0];
  for (let left = pack.readUInt32BE(8); left > 0; left--) {
    const object = await objectAt(pack, at, hash).catch(() => undefined);
    if (object === undefined) return undefined;
    unpackedBytes += object.content.length;
    if (unpackedBytes > maxUnpackedBytes) return undefined;
    at = object.next;
    const content = contentOf(object, contents);
    if (content === undefined || content.length > maxCommitBytes) continue;
    const id = createHash(hash).update(`commit ${content.length}\0`).update(content).digest("hex");
    parents.set(id, parentsIn(content));
    contents.set(object.at, content);
    contents.set(id, content);
  }
  return parents;
}

/** Whether `ancestor` is reached from `commit` over commits of the pack alone. */
export function isReached(parents: CommitParents, { commit, ancestor }: { commit: string; ancestor: string }): boolean {
  const seen = new Set<string>();
  const next = [commit];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (id === ancestor) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    next.push(...(parents.get(id) ?? []));
  }
  return false;
}

const unpack = promisify<Buffer, object, { buffer: Buffer; engine: { bytesWritten: number } }>(inflate as never);

async function objectAt(pack: Buffer, start: number, hash: "sha1" | "sha256"): Promise<PackedObject> {
  let at = start;
  let byte = pack.readUInt8(at++);
  const type = typeOf[(byte >> 4) & 7];
  if (type === undefined) throw new RangeError("no type of an object");
  let size = byte & 15;
  for (let factor = 16; byte & 0x80; factor *= 128) {
    byte = pack.readUInt8(at++);
    size += (byte & 0x7f) * factor;
  }
  let base: number | string | undefined;
  if (type === "offset-delta") [base, at] = offsetAt(pack, { at, start });
  if (type === "ref-delta") {
    const idBytes = hash === "sha1" ? 20 : 32;
    base = pack.toString("hex", at, at + idBytes);
    at += idBytes;
  }
  // A thread of zlib's own unpacks, so that nobody waits for it here.
  const { buffer, engine } = await unpack(pack.subarray(at), { info: true, maxOutputLength: Math.max(1, size) });
  return { type, content: buffer, at: start, next: at + engine.bytesWritten, ...(base !== undefined && { base }) };
}

function offsetAt(pack: Buffer, { at, start }: { at: number; start: number }): [base: number, next: number] {
  let next = at;
  let byte = pack.readUInt8(next++);
  let offset = byte & 0x7f;
  while (byte & 0x80) {
    byte = pack.readUInt8(next++);
    offset = (offset + 1) * 128 + (byte & 0x7f);
  }
  return [start - offset, next];
}

/** The content of a commit; undefined for anything else, and for a delta on what is not a commit of this pack. */
function contentOf(
  { type, content, base }: PackedObject,
  contents: ReadonlyMap<number | string, Buffer>,
): Buffer | undefined {
  if (type === "commit") return content;
  if (type === "other" || base === undefined) return undefined;
  const source = contents.get(base);
  return source && applied(source, content);
}

/** A delta says what to copy from its base and what to add (gitformat-pack, "Deltified representation"). */
function applied(source: Buffer, delta: Buffer): Buffer | undefined {
  let at = 0;
  const size = (): number => {
    let [value, factor, byte] = [0, 1, 0x80];
    while (byte & 0x80) {
      byte = delta.readUInt8(at++);
      value += (byte & 0x7f) * factor;
      factor *= 128;
    }
    return value;
  };
  try {
    if (size() !== source.length || size() > maxCommitBytes) return undefined;
    const parts: Buffer[] = [];
    while (at < delta.length) {
      const code = delta.readUInt8(at++);
      if (code & 0x80) {
        const [offset, length] = [numberOf(code, [1, 2, 4, 8]), numberOf(code, [16, 32, 64])];
        parts.push(source.subarray(offset, offset + (length || 0x10000)));
      } else {
        parts.push(delta.subarray(at, at + code));
        at += code;
      }
    }
    return Buffer.concat(parts);
  } catch {
    return undefined;
  }

  function numberOf(code: number, bits: readonly number[]): number {
    return bits.reduce((sum, bit, place) => (code & bit ? sum + delta.readUInt8(at++) * 256 ** place : sum), 0);
  }
}

function parentsIn(content: Buffer): string[] {
  const end = content.indexOf("\n\n");
  const head = content.toString("latin1", 0, end < 0 ? content.length : end);
  return [...head.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, id = ""]) => id);
}

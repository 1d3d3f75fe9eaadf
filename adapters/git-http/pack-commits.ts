import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { inflate } from "node:zlib";

type PackedType = "commit" | "tree" | "blob" | "tag" | "offset-delta" | "ref-delta";
const typeOf: Readonly<Record<number, PackedType>> = {
  1: "commit",
  2: "tree",
  3: "blob",
  4: "tag",
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
  type: PackedType;
  content: Buffer;
  /** Where it begins; objects refer to each other by that. */
  at: number;
  base?: number | string;
  next: number;
}

/** A commit of a pack. Author and subject as its maker wrote them, with the bytes that are no UTF-8 replaced. */
export interface PackedCommit {
  parents: readonly string[];
  author: string;
  subject: string;
}

/** What a pack holds, as far as Parley looks. */
export interface PackContent {
  /** By id. */
  commits: ReadonlyMap<string, PackedCommit>;
  /** Ids of objects that others build on by name and that the pack does not hold whole: those of a thin pack lie elsewhere. */
  bases: ReadonlySet<string>;
}

/**
 * The commits that a pack brings (gitformat-pack, version 2). Whatever cannot be read is left out, so a commit that is missing proves nothing. Undefined: this is
 * no pack, or it is not worth looking through.
 */
export async function readPack(pack: Buffer, hash: "sha1" | "sha256"): Promise<PackContent | undefined> {
  if (pack.length < 12 || pack.toString("latin1", 0, 4) !== "PACK" || pack.readUInt32BE(4) !== 2) return undefined;
  const commits = new Map<string, PackedCommit>();
  const bases = new Set<string>();
  const whole = new Set<string>();
  /** Contents of commits by place and by id: deltas build on them. */
  const contents = new Map<number | string, Buffer>();
  let [at, unpackedBytes] = [12, 0];
  for (let left = pack.readUInt32BE(8); left > 0; left--) {
    const object = await objectAt(pack, at, hash).catch(() => undefined);
    if (object === undefined) return undefined;
    unpackedBytes += object.content.length;
    if (unpackedBytes > maxUnpackedBytes) return undefined;
    at = object.next;
    if (typeof object.base === "string") bases.add(object.base);
    if (object.base === undefined && object.type !== "commit") whole.add(idOf(object.type, object.content, hash));
    const content = contentOf(object, contents);
    if (content === undefined || content.length > maxCommitBytes) continue;
    const id = idOf("commit", content, hash);
    commits.set(id, commitIn(content));
    contents.set(object.at, content);
    contents.set(id, content);
  }
  return { commits, bases: new Set([...bases].filter((id) => !whole.has(id) && !commits.has(id))) };
}

function idOf(type: PackedType, content: Buffer, hash: "sha1" | "sha256"): string {
  return createHash(hash).update(`${type} ${content.length}\0`).update(content).digest("hex");
}

/** The commits of a pack with their parents alone, see `readPack`. */
export async function commitsOfPack(pack: Buffer, hash: "sha1" | "sha256"): Promise<CommitParents | undefined> {
  const read = await readPack(pack, hash);
  return read && new Map([...read.commits].map(([id, { parents }]) => [id, parents]));
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
  if (base === undefined) return undefined;
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

/** Header lines, an empty line, the message (git-commit-tree(1)). */
function commitIn(content: Buffer): PackedCommit {
  const end = content.indexOf("\n\n");
  const head = content.toString("utf8", 0, end < 0 ? content.length : end);
  const message = end < 0 ? "" : content.toString("utf8", end + 2);
  return {
    parents: [...head.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, id = ""]) => id),
    author: /^author (.*?) <[^>\n]*> \d+ [+-]\d{4}$/m.exec(head)?.[1] ?? "",
    subject: message.trimStart().split("\n", 1)[0] ?? "",
  };
}

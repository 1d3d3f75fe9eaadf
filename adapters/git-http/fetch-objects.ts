import type { Repository } from "../../src/core/values/repository.js";
import type { Outside } from "./outside.js";
import { createPktReader, flushLine, pktLine } from "./pkt-line.js";

/** Objects a server is asked for by their ids. */
export interface ObjectsWanted {
  repository: Repository;
  ids: readonly string[];
  /** Of commits and trees not the files: these can be asked for later, by id. A server without filters refuses it. */
  withoutFiles?: boolean;
  /** Of the pack. */
  maxBytes: number;
  signal: AbortSignal;
}

/** The objects could not be had. `message`: why, in words for people. */
export class FetchObjectsError extends Error {}

const delimiter = Buffer.from("0001");
const packBand = 1;
const errorBand = 3;

/**
 * A pack of these objects, of a commit without its parents (gitprotocol-v2, command `fetch`). Git itself is not let near the network: Parley speaks to the server, with the same rules as
 * for agents. Rejects with a `FetchObjectsError`, or as `Outside.call` does.
 */
export async function fetchObjects(outside: Outside, wanted: ObjectsWanted): Promise<Buffer> {
  const { repository, signal, maxBytes } = wanted;
  const answer = await outside.call({
    route: { repository, service: "git-upload-pack", kind: "call" },
    headers: new Headers({
      accept: "application/x-git-upload-pack-result",
      "content-type": "application/x-git-upload-pack-request",
      "git-protocol": "version=2",
    }),
    access: "read",
    body: requestOf(wanted),
    signal,
  });
  if (answer instanceof Response) throw new FetchObjectsError((await answer.text()).trim());
  try {
    return await packIn(answer.body, maxBytes);
  } finally {
    answer.discard();
  }
}

function requestOf({ ids, withoutFiles }: ObjectsWanted): Buffer {
  const isLong = ids[0]?.length === 64;
  return Buffer.concat([
    pktLine("command=fetch\n"),
    ...(isLong ? [pktLine("object-format=sha256\n")] : []),
    delimiter,
    pktLine("ofs-delta\n"),
    pktLine("no-progress\n"),
    ...ids.map((id) => pktLine(`want ${id}\n`)),
    pktLine("deepen 1\n"),
    ...(withoutFiles ? [pktLine("filter blob:none\n")] : []),
    pktLine("done\n"),
    flushLine,
  ]);
}

/** The pack in the answer. Rejects where the server says an error. */
async function packIn(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of partsIn(body)) {
    bytes += part.length;
    if (bytes > maxBytes)
      throw new FetchObjectsError(`what it is compared with has more than ${inMebibytes(maxBytes)}`);
    parts.push(part);
  }
  if (parts.length === 0) throw new FetchObjectsError("the server gave nothing");
  return Buffer.concat(parts);
}

/** Of the sections of the answer only that with the pack has bands. */
async function* partsIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = createPktReader();
  let isPack = false;
  for await (const chunk of body) {
    for (const line of reader.read(chunk)) {
      if (line.kind === "flush") continue;
      const [band] = line.bytes;
      if (isPack ? band === errorBand : line.bytes.toString("latin1", 0, 4) === "ERR ")
        throw new FetchObjectsError("the server refused");
      if (isPack && band === packBand) yield line.bytes.subarray(1);
      isPack ||= line.bytes.toString("latin1").trim() === "packfile";
    }
  }
}

const inMebibytes = (bytes: number) => `${Math.floor(bytes / 1_048_576)} MiB`;

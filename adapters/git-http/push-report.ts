import type { RefUpdate } from "../../src/ports/repositories.js";
import { createPktReader, flushLine, type PktLine, PktLineError, pktLine } from "./pkt-line.js";

const dataBand = 1;
const progressBand = 2;

/** Reads a server's answer to a push as it passes: which refs were updated. */
export function createReportReader(capabilities: ReadonlySet<string>): {
  read(chunk: Uint8Array): void;
  taken(): ReadonlySet<string>;
} {
  const outer = createPktReader();
  const inner = createPktReader();
  const hasBands = capabilities.has("side-band-64k") || capabilities.has("side-band");
  const refs = new Set<string>();
  let isUnreadable = false;

  function readReport(line: PktLine): void {
    const ref = line.kind === "data" ? /^ok (.+?)\n?$/s.exec(line.bytes.toString("utf8"))?.[1] : undefined;
    if (ref !== undefined) refs.add(ref);
  }

  return {
    read(chunk) {
      if (isUnreadable) return;
      try {
        for (const line of outer.read(chunk)) {
          if (!hasBands) readReport(line);
          else if (line.kind === "data" && line.bytes[0] === dataBand)
            inner.read(line.bytes.subarray(1)).forEach(readReport);
        }
      } catch (error) {
        if (!(error instanceof PktLineError)) throw error;
        isUnreadable = true;
      }
    },
    taken: () => refs,
  };
}

const maxLineChars = 900;

/** A server's answer that takes nothing, in the words Git shows: one sentence, and a reason beside each ref. */
export function refusedPush(
  { updates, capabilities }: { updates: readonly RefUpdate[]; capabilities: ReadonlySet<string> },
  sentence: string,
): Response {
  const reason = sentence.slice(0, maxLineChars);
  const lines = ["unpack ok\n", ...updates.map(({ ref }) => `ng ${ref} ${reason}\n`)].map(pktLine);
  const report = Buffer.concat([...lines, flushLine]);
  const hasBands = capabilities.has("side-band-64k");
  const body = hasBands
    ? Buffer.concat([band(progressBand, Buffer.from(`Parley: ${reason}\n`)), band(dataBand, report), flushLine])
    : report;
  const headers = { "content-type": "application/x-git-receive-pack-result", "cache-control": "no-cache" };
  return new Response(body, { status: 200, headers });
}

function band(number: number, bytes: Buffer): Buffer {
  const maxBytes = 65_515;
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += maxBytes)
    parts.push(pktLine(Buffer.concat([Buffer.from([number]), bytes.subarray(at, at + maxBytes)])));
  return Buffer.concat(parts);
}

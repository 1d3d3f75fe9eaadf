import { isBranchName } from "../../src/core/values/repository.js";
import type { RefUpdate } from "../../src/ports/repositories.js";
import { firstPktLine, PktLineError } from "./pkt-line.js";

/** The start of a push: the refs it wants to change, before any object. */
export interface PushCommands {
  updates: RefUpdate[];
  capabilities: ReadonlySet<string>;
  /** The whole body, for the server: nothing was taken out. */
  body: ReadableStream<Uint8Array>;
  /** All of it was read. */
  isSent(): boolean;
}

/** `unreadable`: not a valid push, or too many commands. */
export type ReadPush = ({ kind: "push" } & PushCommands) | { kind: "unreadable" };

const maxCommandBytes = 64 * 1_024;
const branchPrefix = "refs/heads/";

/** Reads as far as the commands go. */
export async function readPush(source: ReadableStream<Uint8Array>): Promise<ReadPush> {
  const reader = source.getReader();
  let head: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const lines = commandLines(head);
      if (lines) return { kind: "push", ...commandsIn(lines), ...joined(head, reader) };
      const { done, value } = await reader.read();
      if (done || head.length + value.length > maxCommandBytes + value.length) break;
      head = Buffer.concat([head, value]);
    }
  } catch (error) {
    if (!(error instanceof PktLineError)) throw error;
  }
  // The caller drains the rest.
  reader.releaseLock();
  return { kind: "unreadable" };
}

/** The lines before the first flush; undefined: it has not come. */
function commandLines(head: Buffer): Buffer[] | undefined {
  const lines: Buffer[] = [];
  let at = 0;
  for (;;) {
    const next = firstPktLine(head.subarray(at));
    if (!next) return undefined;
    at += next.bytes;
    if (next.line.kind === "flush") return lines;
    lines.push(next.line.bytes);
  }
}

const commandPattern = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n]+)(?:\0([^\0]*))?\n?$/;

const shallowPattern = /^shallow [0-9a-f]{40,64}\n?$/;

/** Only plain commands: no signed push, whose lines would say the same in another way. */
function commandsIn(lines: readonly Buffer[]): Pick<PushCommands, "updates" | "capabilities"> {
  const updates: RefUpdate[] = [];
  let capabilities = "";
  for (const line of lines) {
    if (shallowPattern.test(line.toString("latin1"))) continue;
    const [, before = "", after = "", ref = "", more = ""] = commandPattern.exec(line.toString("utf8")) ?? [];
    if (ref === "") throw new PktLineError("no command");
    if (updates.length === 0) capabilities = more;
    updates.push({ ref, before: orNone(before), after: orNone(after) });
  }
  return { updates, capabilities: new Set(capabilities.trim().split(" ")) };
}

function orNone(objectId: string): string | undefined {
  return /^0+$/.test(objectId) ? undefined : objectId;
}

function joined(head: Buffer, reader: ReadableStreamDefaultReader<Uint8Array>): Pick<PushCommands, "body" | "isSent"> {
  let isSent = false;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(head),
      async pull(controller) {
        const { done, value } = await reader.read();
        isSent = done;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { body, isSent: () => isSent };
}

/** Whether this ref is a branch below `folder` (ends with `/`). Its name is shown to people, so it holds nothing that could look like something else. */
export function isBranchIn(folder: string, ref: string): boolean {
  const branch = ref.startsWith(branchPrefix) ? ref.slice(branchPrefix.length) : "";
  return branch.startsWith(folder) && /^[\w./+-]+$/.test(branch) && isBranchName(branch);
}

/** Why a push is not passed on, for the agent; undefined: all of it may be. Every ref counts, whether it is created, rewritten or deleted. */
export function whyNotPushed(updates: readonly RefUpdate[], folder: string): string | undefined {
  const other = updates.find(({ ref }) => !isBranchIn(folder, ref));
  if (!other) return undefined;
  const shown = other.ref.replace(/[^\w./+-]/g, "?").slice(0, 100);
  return `you push branches ${folder}… only (letters, digits and ._/+-), and ${shown} is not one of them. Nothing of this push was passed on. Push your work under a name of your own; a person merges it.`;
}

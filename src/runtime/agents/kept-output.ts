import { cutSecretForms } from "../../core/text/secret-forms.js";
import type { Output } from "../../ports/agents.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Logger } from "../../ports/logger.js";
import { cutText } from "./bounded-output.js";
import { detailKept, freshDetails, hasRoomForBlob, inTurn, nextDetailBytes } from "./detail-allowance.js";

/**
 * Cuts the secrets this installation knows out of a text. `isCut`: the text ends in the middle of something, so an end that may be the beginning of a secret goes
 * as well.
 */
export type CutSecrets = (text: string, options?: { isCut: boolean }) => string;

/** Cuts what is known by its form alone. */
export const cutKnownForms: CutSecrets = (text) => cutSecretForms(text);

/** Makes of an agent's output what may be stored and shown: without secrets, within the turn's allowance, and long results stored whole. */
export interface OutputKeeper {
  /** A promise for a long result that is stored; at once for everything else, so that what the agent says is not held up. */
  keep<T extends Output>(turnId: string, output: T): T | Promise<T>;
}

export interface OutputKeeperOptions {
  /** Absent: only the beginning of a long result is kept. */
  blobs?: Pick<Blobs, "put"> | undefined;
  /** Default: what is known by its form alone. */
  cutSecrets?: CutSecrets | undefined;
  logger: Logger;
}

type ToolOutput = Extract<Output, { kind: "tool" }>;
type ToolResult = Extract<Output, { kind: "toolResult" }>;

/** A keeper for one agent. */
export function createOutputKeeper({ blobs, cutSecrets = cutKnownForms, logger }: OutputKeeperOptions): OutputKeeper {
  let details = freshDetails;

  function kept(turnId: string, output: Output): Output | Promise<Output> {
    switch (output.kind) {
      case "tool":
        return keptTool(turnId, output);
      case "toolResult":
        return keptResult(turnId, output);
      case "block":
      case "thinking":
      case "notice":
        return { ...output, text: cutSecrets(output.text) };
      case "plan":
        return { ...output, entries: output.entries.map((entry) => ({ ...entry, text: cutSecrets(entry.text) })) };
      case "compaction":
        return { ...output, summary: cutSecrets(output.summary) };
      default:
        return output;
    }
  }

  function keptTool(turnId: string, { input, inputBytes, ...tool }: ToolOutput): ToolOutput {
    const isCut = tool.summary.endsWith("…");
    const summary = isCut ? `${cutSecrets(tool.summary.slice(0, -1), { isCut })}…` : cutSecrets(tool.summary);
    if (input === undefined) return { ...tool, summary };
    details = inTurn(details, turnId);
    const whole = cutSecrets(input);
    const text = cutText(whole, nextDetailBytes(details));
    details = detailKept(details, { bytes: Buffer.byteLength(text) });
    const all = inputBytes ?? Buffer.byteLength(whole);
    const allBytes = text.length < whole.length || inputBytes !== undefined ? { inputBytes: all } : {};
    return { ...tool, summary, input: text, ...allBytes };
  }

  async function keptResult(turnId: string, { rest = "", ...result }: ToolResult): Promise<ToolResult> {
    details = inTurn(details, turnId);
    const limit = nextDetailBytes(details);
    const isStored = result.bytes > limit && blobs !== undefined && hasRoomForBlob(details, sizeOf(result.text, rest));
    // Only the part that is stored is searched: a turn may give gigabytes back.
    const given = isStored ? `${result.text}${rest}` : `${result.text}${rest.slice(0, limit + maxSecretBytes)}`;
    const searched = isStored ? given : cutText(given, limit + maxSecretBytes);
    const isCut = Buffer.byteLength(searched) < result.bytes;
    const whole = cutSecrets(searched, { isCut });
    const text = cutText(whole, limit);
    const stored = isStored ? Buffer.from(whole) : undefined;
    details = detailKept(details, { bytes: Buffer.byteLength(text), stored: stored?.length ?? 0 });
    const blob = stored && (await put(stored));
    const isShorter = text.length < whole.length || isCut;
    return { ...result, text, ...(isShorter && { cut: true }), ...(blob !== undefined && { blob }) };
  }

  /** A result that cannot be stored is kept as its beginning: the agent does not wait for its record. */
  async function put(bytes: Uint8Array): Promise<string | undefined> {
    try {
      return await blobs?.put(bytes);
    } catch (error) {
      logger.debug({ error, bytes: bytes.length }, "a tool's result could not be stored whole");
      return undefined;
    }
  }

  return { keep: (turnId, output) => kept(turnId, output) as typeof output | Promise<typeof output> };
}

/** UTF-8 bytes of both. */
const sizeOf = (text: string, rest: string) => Buffer.byteLength(text) + (rest === "" ? 0 : Buffer.byteLength(rest));

/** The longest secret that is found at the end of a text that is cut, bytes. */
const maxSecretBytes = 4 * 1_024;

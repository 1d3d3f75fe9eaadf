import { appendFileSync, readFileSync, renameSync, statSync } from "node:fs";
import { z } from "zod";

export type OutputName = "stdout" | "stderr";

/** Output of a sandbox, with the time of each part, kept for a router that attaches later. */
export interface OutputLog {
  append(name: OutputName, bytes: Buffer): void;
  /** Output since `sinceMs`, cut at the start of a line. */
  since(name: OutputName, sinceMs: number): Buffer;
}

/** `at`: Unix ms; `bytes`: Base64. */
const logEntry = z.object({ at: z.number(), name: z.enum(["stdout", "stderr"]), bytes: z.string() });
type Entry = z.infer<typeof logEntry>;

/** Two files of this size are kept. */
const maxFileBytes = 8 * 1_024 * 1_024;
const newline = 0x0a;

export function createOutputLog(path: string, nowMs: () => number): OutputLog {
  let size = sizeOf(path);

  function entries(name: OutputName): Entry[] {
    const lines = [`${path}.old`, path].flatMap((file) => textOf(file).split("\n"));
    return lines.flatMap((line) => {
      const entry = parseEntry(line);
      return entry?.name === name ? [entry] : [];
    });
  }

  return {
    append(name, bytes) {
      const entry: Entry = { at: nowMs(), name, bytes: bytes.toString("base64") };
      const line = `${JSON.stringify(entry)}\n`;
      if (size + line.length > maxFileBytes) {
        renameSync(path, `${path}.old`);
        size = 0;
      }
      // Synchronous: output is in the log before it is passed on, even if this process dies a moment later.
      appendFileSync(path, line, { mode: 0o600 });
      size += line.length;
    },
    since(name, sinceMs) {
      const all = entries(name);
      const first = all.findIndex(({ at }) => at >= sinceMs);
      if (first === -1) return Buffer.alloc(0);
      const before = joined(all.slice(0, first));
      return Buffer.concat([before.subarray(before.lastIndexOf(newline) + 1), joined(all.slice(first))]);
    },
  };
}

const joined = (entries: readonly Entry[]): Buffer =>
  Buffer.concat(entries.map(({ bytes }) => Buffer.from(bytes, "base64")));

/** The last line may be cut, where this process died while it wrote. */
function parseEntry(line: string): Entry | undefined {
  try {
    return line === "" ? undefined : logEntry.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

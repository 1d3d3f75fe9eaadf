import { PortError } from "../../src/ports/port-error.js";

const noSpace = new Set<unknown>(["ENOSPC", "EDQUOT", "EFBIG"]);
/** The same as LMDB says them: errno, and MDB_MAP_FULL. */
const noSpaceNumbers = new Set<unknown>([28, 122, 27, -30792]);

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** lmdb-js rejects with a general error and hands the real one over as a promise. It must be awaited, or it ends the process. */
async function realError(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !("commitError" in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (commitError) {
    return commitError;
  }
}

/** Says in words of the port what stopped a write to `dir`. */
export async function toPortError(thrown: unknown, dir: string): Promise<PortError> {
  if (thrown instanceof PortError) return thrown;
  const error = await realError(thrown);
  const code = codeOf(error);
  if (noSpace.has(code) || noSpaceNumbers.has(code)) {
    return new PortError(
      `The disk of ${dir} is full. What was acknowledged is kept; this write was not made. Free some space; no restart is needed.`,
      { code: "full", retryable: true, cause: error },
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  return new PortError(
    `Writing to ${dir} failed: ${text}. What was acknowledged is kept; whether this write was made is not known. Try it again; if it keeps failing, look at the disk.`,
    { code: "unavailable", retryable: true, cause: error },
  );
}

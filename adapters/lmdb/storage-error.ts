import { PortError } from "../../src/ports/port-error.js";

const noSpace = new Set<unknown>(["ENOSPC", "EDQUOT", "EFBIG"]);
/** The same as LMDB says them: errno, and MDB_MAP_FULL. */
const noSpaceNumbers = new Set<unknown>([28, 122, 27, -30792]);
/** MDB_CORRUPTED, MDB_PANIC, MDB_VERSION_MISMATCH, MDB_INVALID. */
const corruptNumbers = new Set<unknown>([-30796, -30795, -30794, -30793]);

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
export async function toStorageError(thrown: unknown, dir: string): Promise<PortError> {
  if (thrown instanceof PortError) return thrown;
  const error = await realError(thrown);
  const code = codeOf(error);
  if (noSpace.has(code) || noSpaceNumbers.has(code)) {
    return new PortError(
      `The disk of ${dir} is full. What was acknowledged is kept; this write was not made. Free some space; no restart is needed.`,
      { code: "full", retryable: true, cause: error },
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new PortError(
      `This user may not read and write in ${dir}. Nothing was changed. Give it the right to, or choose another data folder.`,
      { code: "refused", retryable: false, cause: error },
    );
  }
  if (corruptNumbers.has(code)) {
    return new PortError(
      `The data in ${dir} cannot be read: it is damaged, or no data of Parley's. Nothing was changed. Restore the folder from a copy, or choose another one.`,
      { code: "corrupt", retryable: false, cause: error },
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  return new PortError(
    `Writing to ${dir} failed: ${text}. What was acknowledged is kept; whether this write was made is not known. Try it again; if it keeps failing, look at the disk.`,
    { code: "unavailable", retryable: true, cause: error },
  );
}

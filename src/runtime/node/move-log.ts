import type { Clock } from "../../ports/clock.js";
import type { Ids } from "../../ports/ids.js";
import { PortError } from "../../ports/port-error.js";
import { checkFormat, readFormat } from "../rooms/format.js";
import { markMove, refuseHalfMoved } from "../rooms/move-marker.js";
import { copyBlobs, type NamedBlobs } from "./copy-blobs.js";
import { compareStreams, copyStreams, movedHeads, type NamedLog, refuseOtherData } from "./copy-streams.js";

/** A log with the files its messages name, opened for this process alone. */
export interface MovePlace extends NamedLog, NamedBlobs {}

/** How far a move is. */
export interface MoveProgress {
  step: "files" | "commits" | "compare";
  /** Files, commits or streams until now. */
  done: number;
}

/** What to move. `signal` stops it between two pages; `onProgress` hears of every file and stream. */
export interface MoveLogOptions {
  from: MovePlace;
  to: MovePlace;
  clock: Pick<Clock, "nowMs">;
  ids: Ids;
  signal: AbortSignal;
  onProgress?: (progress: MoveProgress) => void;
}

/** Contents of both places after the move, and the part copied by this run. */
export interface MovedLog {
  /** The number of the log's format. */
  format: number;
  streams: number;
  commits: number;
  files: number;
  /** Of all files. */
  bytes: number;
  copiedCommits: number;
  copiedFiles: number;
  /** Over the hashes of all streams: the same for the same streams in any log. */
  sha256: string;
}

/**
 * Copies every stream and every file to a place that holds nothing, or the beginning of the same, and compares all of it. Until it has ended there, no process
 * starts on the target. The source is not changed. Run again after any end, it goes on where it stopped. Snapshots are not copied: they are made again.
 * Rejects with a `PortError` in words, or with the signal's reason.
 */
export async function moveLog(options: MoveLogOptions): Promise<MovedLog> {
  const { from, to, signal, onProgress } = options;
  await refuseHalfMoved(from.eventLog);
  await checkFormat(from.eventLog);
  const heads = await movedHeads(from.eventLog);
  if (heads.length === 0) throw empty(from.name);
  await refuseOtherData(heads, options);
  await markMove(to.eventLog, { ...options, type: "move.began" });
  const counter = (step: MoveProgress["step"]) => {
    let done = 0;
    return (more = 1) => {
      done += more;
      onProgress?.({ step, done });
    };
  };
  const files = await copyBlobs(from, to, { signal, onCopied: counter("files") });
  const copiedCommits = await copyStreams(heads, { ...options, onCopied: counter("commits") });
  const compared = await compareStreams(heads, { ...options, onCompared: counter("compare") });
  const format = await readFormat(to.eventLog);
  await markMove(to.eventLog, { ...options, type: "move.ended" });
  return {
    format,
    streams: heads.length,
    ...compared,
    files: files.files,
    bytes: files.bytes,
    copiedFiles: files.copied,
    copiedCommits,
  };
}

function empty(name: string): PortError {
  return new PortError(`There is nothing to move: ${name} holds no room. Nothing was changed.`, {
    code: "refused",
    retryable: false,
  });
}

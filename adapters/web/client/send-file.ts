import type { StoredUpload } from "../../../src/protocol/files.js";
import type { CallProblem, Result } from "./problem.js";

/** A file on its way to the server. */
export interface SendingFile {
  done: Promise<Result<StoredUpload>>;
  cancel(): void;
}

/** Sends a file; the browser adds the cookie. `onProgress`: bytes sent so far. `fetch` cannot tell that, so this is the older call. */
export function sendFile(
  roomId: string,
  file: File,
  { me, onProgress }: { me: string; onProgress: (sentBytes: number) => void },
): SendingFile {
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ name: file.name === "" ? "file" : file.name.slice(-1_000) });
  request.open("POST", `/api/rooms/${encodeURIComponent(roomId)}/files?${query}`);
  request.responseType = "json";
  request.setRequestHeader("content-type", "application/octet-stream");
  if (me !== "") request.setRequestHeader("parley-as", me);
  request.upload.onprogress = ({ loaded }) => onProgress(loaded);
  const done = new Promise<Result<StoredUpload>>((resolve) => {
    request.onloadend = () => resolve(resultOf(request));
  });
  request.send(file);
  return { done, cancel: () => request.abort() };
}

function resultOf(request: XMLHttpRequest): Result<StoredUpload> {
  const { status, response } = request;
  if (status === 201) return { ok: true, value: response as StoredUpload };
  const answer = (typeof response === "object" && response !== null ? response : {}) as Partial<CallProblem>;
  const { code = "no_answer", detail = "", you } = answer;
  const retryAfterS = status === 429 ? Number(request.getResponseHeader("retry-after")) : 0;
  const problem = { status, code: String(code), detail: String(detail), ...(you !== undefined && { you }) };
  return { ok: false, problem: { ...problem, ...(retryAfterS > 0 && { retryAfterS }) } };
}

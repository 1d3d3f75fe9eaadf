import type { RepositoryCaller } from "../../src/ports/repositories.js";
import type { Outside } from "./outside.js";
import { type PushCommands, readPush, whyNotPushed } from "./push-commands.js";
import { createReportReader, refusedPush } from "./push-report.js";
import { refuse, sentenceOf, texts } from "./refusals.js";
import { answerTypeOf, type GitRoute } from "./route.js";
import type { UpstreamAnswer } from "./upstream.js";

export interface PushOptions {
  outside: Outside;
  maxPushBytes: number;
}

/** Looks at what a push wants before a byte of it is passed on, and at what came of it. */
export async function push(
  { route, request, caller }: { route: GitRoute; request: Request; caller: RepositoryCaller },
  { outside, maxPushBytes }: PushOptions,
): Promise<Response> {
  const isPacked = (request.headers.get("content-encoding") ?? "identity") !== "identity";
  if (!request.body || isPacked) return refuse(403, texts.unreadable);
  const read = await readPush(request.body);
  if (read.kind === "unreadable") return refuse(403, texts.unreadable);
  const { updates, capabilities } = read;
  const reports = capabilities.has("report-status") || capabilities.has("report-status-v2");
  const whyNot = updates.length > 0 && !reports ? texts.noReport : whyNotPushed(updates);
  if (whyNot !== undefined) {
    await letPast(read.body, maxPushBytes);
    return refusedPush(read, whyNot);
  }
  // Once all is sent, the server decides: what came of it is heard to the end, whether or not the agent still listens.
  const signal = untilSent(request.signal, read);
  const answer = await outside.call({ route, headers: request.headers, access: "write", body: read.body, signal });
  if (!(answer instanceof Response)) return reported(answer, { route, read, caller });
  // Of an error's body Git shows nothing here.
  return updates.length === 0 ? answer : refusedPush(read, await sentenceOf(answer));
}

/** Git reads no answer before it has sent everything. */
async function letPast(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) return;
  }
}

function untilSent(gone: AbortSignal, read: PushCommands): AbortSignal {
  const stop = new AbortController();
  gone.addEventListener("abort", () => {
    if (!read.isSent()) stop.abort();
  });
  return stop.signal;
}

/** The server's answer as it comes, read along. */
function reported(
  answer: UpstreamAnswer,
  { route, read, caller }: { route: GitRoute; read: PushCommands; caller: RepositoryCaller },
): Response {
  const report = createReportReader(read.capabilities);
  const chunks = answer.body[Symbol.asyncIterator]();
  let isTold = false;

  function tell(): void {
    if (isTold) return;
    isTold = true;
    const taken = report.taken();
    const updates = read.updates.filter(({ ref }) => taken.has(ref));
    if (updates.length > 0) caller.onPushed(updates);
  }

  async function next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await chunks.next();
      if (done) {
        tell();
        return undefined;
      }
      report.read(value);
      return value;
    } catch (error) {
      // What it had said by then holds.
      tell();
      throw error;
    }
  }

  async function readToTheEnd(): Promise<void> {
    while ((await next().catch(() => undefined)) !== undefined);
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await next();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => void readToTheEnd(),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    status: 200,
    headers: { "content-type": answerTypeOf(route), "cache-control": "no-cache" },
  });
}

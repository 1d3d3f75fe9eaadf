import type { RefUpdate, RepositoryCaller } from "../../src/ports/repositories.js";
import { guardedUpdates, whyNotAdded } from "./approved-branches.js";
import type { LookIntoPush } from "./look-into-push.js";
import type { Outside } from "./outside.js";
import { type PushCommands, readPush, whyNotPushed } from "./push-commands.js";
import { createReportReader, refusedPush } from "./push-report.js";
import { gitRefusals, refuseGit, sentenceOf } from "./refusals.js";
import { answerTypeOf, type GitRoute } from "./route.js";
import type { Spool } from "./spool.js";
import type { UpstreamAnswer } from "./upstream.js";

export interface PushOptions {
  outside: Outside;
  maxPushBytes: number;
  /** Of one that a person has to allow. */
  maxHeldPushBytes: number;
  spool: Spool;
  look: LookIntoPush;
  /** Agents with a push that a person is asked about. */
  waiting: Set<string>;
}

/** Checks the refs of a push before a byte of it is passed on, and reports the result. */
export async function push(
  { route, request, caller }: { route: GitRoute; request: Request; caller: RepositoryCaller },
  options: PushOptions,
): Promise<Response> {
  const { outside, maxPushBytes } = options;
  const isPacked = (request.headers.get("content-encoding") ?? "identity") !== "identity";
  if (!request.body || isPacked) return refuseGit(403, gitRefusals.unreadable);
  const read = await readPush(request.body);
  if (read.kind === "unreadable") return refuseGit(403, gitRefusals.unreadable);
  const { updates, capabilities } = read;
  const reports = capabilities.has("report-status") || capabilities.has("report-status-v2");
  const whyNot = updates.length > 0 && !reports ? gitRefusals.noReport : whyNotPushed(updates, caller.branchFolder);
  if (whyNot !== undefined) {
    await letPast(read.body, maxPushBytes);
    return refusedPush(read, whyNot);
  }
  const guarded = await guardedUpdates(updates, caller);
  if (guarded.refused !== undefined) {
    await letPast(read.body, maxPushBytes);
    return refusedPush(read, guarded.refused);
  }
  const { mustAdd } = guarded;
  return (caller.allowPush && updates.length > 0) || mustAdd.length > 0
    ? pushIfAllowed({ route, request, caller, read, mustAdd }, options)
    : passOn({ route, request, caller, read }, outside);
}

const nothing = Buffer.alloc(0);

interface ReadPushOf {
  route: GitRoute;
  request: Request;
  caller: RepositoryCaller;
  read: PushCommands;
  /** Updates of branches with a commit that a person allowed: they may add to it only. */
  mustAdd?: readonly RefUpdate[];
}

/**
 * Spool the whole push before a person is asked, so that exactly the approved push goes out, however long that takes. One at a time: it is on the
 * disk meanwhile.
 */
async function pushIfAllowed(pushed: ReadPushOf, options: PushOptions): Promise<Response> {
  const { caller, read } = pushed;
  const { waiting, maxPushBytes } = options;
  const key = `${caller.roomId}/${caller.agent}`;
  if (waiting.has(key)) {
    await letPast(read.body, maxPushBytes);
    return refusedPush(read, gitRefusals.alreadyWaits);
  }
  waiting.add(key);
  return pushOnceAllowed(pushed, options).finally(() => waiting.delete(key));
}

async function pushOnceAllowed(
  pushed: ReadPushOf,
  { outside, spool, look, maxHeldPushBytes }: PushOptions,
): Promise<Response> {
  const { caller, read, request, mustAdd = [] } = pushed;
  const spooled = await spool.keep(read.body, maxHeldPushBytes);
  if (!spooled)
    return refusedPush(
      read,
      gitRefusals.tooLarge(
        caller.allowPush ? "a push that a person has to allow" : "a push to a branch that a person has allowed",
        maxHeldPushBytes,
      ),
    );
  try {
    const whyNot =
      (await whyNotAdded(mustAdd, { sent: mustAdd.length > 0 ? await spooled.whole() : nothing, caller })) ??
      (await caller.allowPush?.({
        updates: read.updates,
        signal: request.signal,
        look: async () =>
          look({ repository: pushed.route.repository, updates: read.updates, sent: await spooled.whole() }),
      }));
    if (whyNot !== undefined) return refusedPush(read, whyNot);
    const body = spooled.open();
    const response = await passOn({ ...pushed, read: { ...read, body, isSent: () => true } }, outside);
    // Release the body if the call never read it.
    await body.cancel().catch(() => {});
    return response;
  } finally {
    await spooled.remove();
  }
}

async function passOn({ route, request, caller, read }: ReadPushOf, outside: Outside): Promise<Response> {
  // Once all is sent, the server decides: its answer is read to the end, even if the agent no longer listens.
  const signal = untilSent(request.signal, read);
  const answer = await outside.call({ route, headers: request.headers, access: "write", body: read.body, signal });
  if (!(answer instanceof Response)) return reported(answer, { route, read, caller });
  // Of an error's body Git shows nothing here.
  return read.updates.length === 0 ? answer : refusedPush(read, await sentenceOf(answer));
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
      // The refs reported before the error count.
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

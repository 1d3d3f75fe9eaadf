import type { ReadonlySignal } from "@preact/signals";
import type { StoredUpload } from "../../../src/protocol/files.js";
import type { RoomApi } from "./api.js";
import { addPending, dropPending, pendingAgain, pendingFailed, pendingSent } from "./pending.js";
import type { CallProblem } from "./problem.js";
import type { KeptMessage, RoomState } from "./room-state.js";

/** Own unsent messages. They are sent one after another, in the order they were written in. */
export interface Outbox {
  send(typed: string, options: { steers: boolean; files?: readonly StoredUpload[] }): void;
  sendAgain(key: string): void;
  discard(key: string): void;
  /** The connection is up (again): send the waiting messages. */
  connected(): void;
  /** Sends again the messages that an earlier page of this browser could not confirm. */
  restore(): void;
  close(): void;
}

/** Unsent messages that outlive a reload, oldest first. */
export interface KeptMessages {
  messages(): KeptMessage[];
  keep(message: KeptMessage): void;
  drop(key: string): void;
}

const sendAgainMs = [1_000, 3_000, 8_000];
/** Older messages are sent only when the person asks for it: they may fit no longer, or stand above already. */
const sentUnaskedMs = 3_600_000;

export function createOutbox({
  state,
  update,
  api,
  kept,
  isLive,
  nowMs = Date.now,
  pause = (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
}: {
  state: ReadonlySignal<RoomState | undefined>;
  update: (change: (known: RoomState) => RoomState) => void;
  api: Pick<RoomApi, "post">;
  kept: KeptMessages;
  isLive: () => boolean;
  nowMs?: () => number;
  pause?: (delayMs: number) => Promise<void>;
}): Outbox {
  /** Keys of messages that wait for a connection, in order. */
  const waiting = new Set<string>();
  const keptKeys = new Set<string>();
  let queue = Promise.resolve();
  let isClosed = false;

  const pendingOf = (key: string) => state.value?.pending.find((message) => message.key === key);

  // Once the log shows it, or it was put away, nothing has to remember it.
  const stop = state.subscribe((known) => {
    if (!known || keptKeys.size === 0) return;
    const pending = new Set(known.pending.map(({ key }) => key));
    for (const key of [...keptKeys]) if (!pending.has(key)) forget(key);
  });

  function forget(key: string): void {
    keptKeys.delete(key);
    kept.drop(key);
  }

  function deliver(key: string): void {
    queue = queue.then(() => tryToDeliver(key));
  }

  async function tryToDeliver(key: string, delaysMs: readonly number[] = sendAgainMs): Promise<void> {
    const message = pendingOf(key);
    if (!message || isClosed) return;
    // Messages keep their order
    if (waiting.size > 0 && !isLive()) return void waiting.add(key);
    const attachments = message.files?.map(({ id }) => id);
    const sent = await api.post(message.typed, {
      key,
      ...(message.steers && { class: "interrupt" }),
      ...(attachments && { attachments }),
    });
    if (sent.ok) return update((known) => pendingSent(known, key, sent.value.messageId));
    const [delayMs, ...rest] = delaysMs;
    if (!helpsToWait(sent.problem)) return failed(key, sent.problem);
    if (!isLive()) return void waiting.add(key);
    if (delayMs === undefined) return failed(key, sent.problem);
    await pause(delayMs);
    return tryToDeliver(key, rest);
  }

  function failed(key: string, problem: CallProblem): void {
    update((known) => pendingFailed(known, key, problem));
  }

  return {
    send(typed, { steers, files = [] }) {
      const how = { ...(steers && { steers }), ...(files.length > 0 && { files }) };
      const message: KeptMessage = { key: newKey(), typed, at: nowMs(), ...how };
      kept.keep(message);
      update((known) => addPending(known, message));
      keptKeys.add(message.key);
      deliver(message.key);
    },
    sendAgain(key) {
      update((known) => pendingAgain(known, key));
      deliver(key);
    },
    discard: (key) => update((known) => dropPending(known, key)),
    connected() {
      const keys = [...waiting];
      waiting.clear();
      for (const key of keys) deliver(key);
    },
    restore() {
      for (const message of kept.messages()) {
        if (pendingOf(message.key)) continue;
        update((known) => addPending(known, message));
        keptKeys.add(message.key);
        if (nowMs() - message.at < sentUnaskedMs) deliver(message.key);
        else failed(message.key, { status: 0, code: "written_long_ago", detail: "" });
      }
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}

function helpsToWait({ status }: CallProblem): boolean {
  return status === 0 || status >= 500;
}

/** `crypto.randomUUID` exists on https and localhost only; a room may be read over plain http in a local network. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

import { frameNotice } from "../../src/core/grammar/frame.js";
import type { Agent, AgentInput, AgentSettings, SettingHolds } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import { createIdlePause } from "../kit/idle-pause.js";
import { type AcpSession, type AcpSessionOptions, startAcpSession } from "./acp-session.js";
import { applySettings } from "./acp-settings.js";
import { openSession } from "./handshake.js";
import { type AcpWork, isStartedWithModel } from "./options.js";
import type { SessionRecord } from "./session-record.js";

export interface AcpAgentOptions extends AcpSessionOptions {
  /** The conversation as it was kept. */
  known: SessionRecord | undefined;
  /** A turn in it came to its end before. */
  isExpected: boolean;
  settings: AgentSettings;
  startTimeoutMs: number;
  idlePauseMs: number | undefined;
  work: AcpWork | undefined;
  isOutdated: () => boolean;
  /** Keeps what has to be known to go on. */
  keep: (record: SessionRecord) => Promise<void>;
}

const stopGraceMs = 2_000;

/** Opens a session in a process of its own, or goes on with the one that runs. Rejects when the agent has no session in it. */
export async function openAcpAgent(options: AcpAgentOptions): Promise<Agent> {
  const session = startAcpSession(options);
  const { known, isTakenOver } = options;
  try {
    const opened =
      isTakenOver && known ? await goOnIn(session, known) : await inTime(session, options, openNew(session, options));
    return toAgent(session, options, opened);
  } catch (error) {
    session.expectEnd({ isGraceful: false });
    await session.process.stop(0);
    await session.gone;
    throw error;
  }
}

interface Opened {
  record: SessionRecord;
  isLost: boolean;
}

async function openNew(session: AcpSession, options: AcpAgentOptions): Promise<Opened> {
  const { program, known, isExpected, settings, clock } = options;
  const after = (delayMs: number) => new Promise<void>((resolve) => void clock.after(delayMs, resolve));
  const opened = await openSession(session, { program, known, isExpected, settings, after });
  await options.keep(opened.record);
  const problem = options.work?.problem();
  if (problem !== undefined) session.notify(problem);
  return opened;
}

/** The earlier router greeted it; its process has to be there. */
async function goOnIn(session: AcpSession, record: SessionRecord): Promise<Opened> {
  await session.process.started;
  if (session.process.hasEnded) throw (await session.process.ended).error;
  session.opened(record.sessionId);
  return { record, isLost: false };
}

/** A sandbox may take minutes, where its image has to be made first; the time runs from its start. */
async function inTime<T>(session: AcpSession, options: AcpAgentOptions, opening: Promise<T>): Promise<T> {
  const { spec, program, startTimeoutMs, clock } = options;
  let cancel = () => {};
  let isOver = false;
  const late = session.process.started.then(
    () =>
      new Promise<never>((_, reject) => {
        if (isOver) return;
        cancel = clock.after(startTimeoutMs, () => {
          const seconds = Math.round(startTimeoutMs / 1_000);
          const complaints = session.process.complaints();
          const said = complaints === "" ? "" : ` Its last words:\n${complaints}`;
          const text = `${program.title} did not answer in the sandbox of @${spec.name} within ${seconds} s. Its home is kept.${said}`;
          const outage = `${program.title} does not answer in the sandbox of ${spec.name}`;
          reject(new PortError(text, { code: "timeout", retryable: true, outage }));
        });
      }),
  );
  const ended = session.process.ended.then((end) => Promise.reject(end.error ?? new Error("its process ended")));
  try {
    return await Promise.race([opening, late, ended]);
  } finally {
    isOver = true;
    cancel();
    for (const rest of [opening, late, ended]) rest.catch(() => {});
  }
}

function toAgent(session: AcpSession, options: AcpAgentOptions, { record, isLost }: Opened): Agent {
  const { spec, program, clock, idlePauseMs, work } = options;
  const { turns, process, gone } = session;
  let closing: "no" | "gracefully" | "at once" = "no";
  const pause = createIdlePause({ process, turns, idlePauseMs, clock });
  void gone.then(pause.leave);

  async function closeGracefully(): Promise<void> {
    closing = "gracefully";
    await turns.idle();
    if (closing !== "gracefully") return;
    await pause.end();
    session.expectEnd({ isGraceful: true });
    await process.stop(stopGraceMs);
  }

  async function closeAtOnce(): Promise<void> {
    closing = "at once";
    session.expectEnd({ isGraceful: false });
    turns.abandon();
    await pause.end();
    await process.stop(0);
  }

  function refuseClosed(): void {
    if (closing !== "no" || process.hasEnded) throw closedError(spec.name);
  }

  /** The files a turn begins with. */
  async function withNews(input: AgentInput): Promise<AgentInput> {
    await pause.wake();
    const news = await work?.beforeTurn();
    refuseClosed();
    return news === undefined ? input : { ...input, text: `${frameNotice(news)}\n\n${input.text}` };
  }

  return {
    outputs: session.outputs,
    repeatsUnderNewIds: true,
    hasLostConversation: isLost,
    get isOutdated() {
      return options.isOutdated();
    },
    async send(input) {
      refuseClosed();
      turns.take(work?.hasNews() && !turns.isBusy ? await withNews(input) : input);
      await pause.wake();
    },
    answer: async (requestId, decision) => session.asks.answer(requestId, decision),
    async configure(change): Promise<SettingHolds> {
      if (closing !== "no" || process.hasEnded) return "restart";
      await pause.wake();
      const isBusy = turns.isBusy;
      const { sessionId, offer } = record;
      const { model, ...others } = change;
      const needsRestart = model !== undefined && isStartedWithModel(program);
      const settings = needsRestart ? others : change;
      await applySettings(session.connection.agent, { sessionId, offer, settings, title: program.title });
      if (needsRestart) return "restart";
      return isBusy ? "nextTurn" : "now";
    },
    interrupt: async () => turns.interrupt(),
    letGo() {
      closing = "at once";
      pause.leave();
      session.expectEnd({ isGraceful: false });
    },
    async close({ graceful }) {
      if (graceful && closing === "no") await closeGracefully();
      if (!graceful && closing !== "at once") await closeAtOnce();
      await gone;
    },
  };
}

function closedError(name: string): PortError {
  const text = `The session of @${name} is closed; nothing was handed over. Open the agent again.`;
  return new PortError(text, { code: "closed", retryable: false });
}

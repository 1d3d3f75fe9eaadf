import { PROTOCOL_VERSION } from "@agentclientprotocol/sdk";
import { z } from "zod";
import type { AgentSettings } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import type { AcpSession } from "./acp-session.js";
import { type AcpOffer, applySettings, noOffer, offerIn } from "./acp-settings.js";
import type { AcpProgram } from "./options.js";
import type { SessionRecord } from "./session-record.js";
import { errorText } from "./wire-message.js";

const initializedShape = z.looseObject({
  protocolVersion: z.number(),
  agentCapabilities: z
    .looseObject({
      loadSession: z.boolean().nullish(),
      sessionCapabilities: z.looseObject({ resume: z.unknown().optional() }).nullish(),
    })
    .nullish(),
});
const sessionShape = z.looseObject({ sessionId: z.string().min(1) });

type Initialized = z.infer<typeof initializedShape>;

/** An open session of the agent's own. */
export interface OpenedSession {
  record: SessionRecord;
  /** The conversation was to go on, and is not there any more. */
  isLost: boolean;
}

/** Code of ACP for "log in first" (`RequestError.authRequired`). */
const authRequiredCode = -32_000;
const probeTimeoutMs = 5_000;

/**
 * Greets the agent, and opens its session: the known one where it can go on with it, else a new one. Files and terminals are not offered: an agent has its own in its
 * sandbox. Rejects with a `PortError` (`refused`) where it speaks another protocol, wants a login, or does not take a setting.
 */
export async function openSession(
  session: AcpSession,
  how: {
    program: AcpProgram;
    known: SessionRecord | undefined;
    isExpected: boolean;
    settings: AgentSettings;
    after: (delayMs: number) => Promise<void>;
  },
): Promise<OpenedSession> {
  const { program, known, isExpected, settings, after } = how;
  const [cwd, greeted] = await Promise.all([session.started, greet(session, program)]);
  const continued = known && (await goOn(session, { known, cwd, greeted }));
  const opened = continued ?? (await begin(session, { cwd, program }));
  session.opened(opened.sessionId);
  const { agent } = session.connection;
  await applySettings(agent, { ...opened, settings, title: program.title });
  const answersUnknown = await Promise.race([
    session.wire.probe().then(() => true),
    after(probeTimeoutMs).then(() => false),
  ]);
  const record: SessionRecord = { v: 1, ...opened, offer: copyOf(opened.offer), cwd, answersUnknown };
  return { record, isLost: !continued && (known !== undefined || isExpected) };
}

async function greet({ connection }: AcpSession, program: AcpProgram): Promise<Initialized> {
  const answer: unknown = await connection.agent
    .request<unknown, unknown>("initialize", {
      protocolVersion: PROTOCOL_VERSION,
      clientCapabilities: {
        fs: { readTextFile: false, writeTextFile: false },
        terminal: false,
        elicitation: { form: {} },
      },
      clientInfo: { name: "parley", version: "1" },
    })
    .catch((cause: unknown) => Promise.reject(refusedBy(program, "the greeting", cause)));
  const read = initializedShape.safeParse(answer);
  if (!read.success || read.data.protocolVersion !== PROTOCOL_VERSION) {
    const version = read.success ? `version ${read.data.protocolVersion}` : "another version";
    const text = `${program.title} speaks ${version} of the Agent Client Protocol; Parley speaks version ${PROTOCOL_VERSION}.`;
    throw new PortError(text, { code: "refused", retryable: false });
  }
  if (program.authMethod === undefined) return read.data;
  await connection.agent
    .request<unknown, unknown>("authenticate", { methodId: program.authMethod })
    .catch((cause: unknown) => Promise.reject(refusedBy(program, "its login", cause)));
  return read.data;
}

/** Undefined: it cannot go on with it. What it tells of the past meanwhile belongs to no turn. */
async function goOn(
  { connection }: AcpSession,
  { known, cwd, greeted }: { known: SessionRecord; cwd: string; greeted: Initialized },
): Promise<{ sessionId: string; offer: AcpOffer } | undefined> {
  const { loadSession, sessionCapabilities } = greeted.agentCapabilities ?? {};
  const { sessionId } = known;
  const canResume = sessionCapabilities?.resume !== undefined && sessionCapabilities.resume !== null;
  const methods = [...(canResume ? ["session/resume"] : []), ...(loadSession ? ["session/load"] : [])];
  for (const method of methods) {
    const params = { sessionId, cwd, mcpServers: [] };
    const answer = await connection.agent.request<unknown, unknown>(method, params).catch(() => undefined);
    if (answer !== undefined) return { sessionId, offer: offerIn(answer) };
  }
  return undefined;
}

async function begin(
  { connection }: AcpSession,
  { cwd, program }: { cwd: string; program: AcpProgram },
): Promise<{ sessionId: string; offer: AcpOffer }> {
  const answer: unknown = await connection.agent
    .request<unknown, unknown>("session/new", { cwd, mcpServers: [] })
    .catch((cause: unknown) => Promise.reject(refusedBy(program, "a session", cause)));
  const read = sessionShape.safeParse(answer);
  if (!read.success) throw refusedBy(program, "a session", { message: "it gave no id of one" });
  return { sessionId: read.data.sessionId, offer: offerIn(answer) };
}

function refusedBy({ title }: AcpProgram, what: string, cause: unknown): PortError {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  const isLogin = code === authRequiredCode;
  const why = isLogin ? "it wants a login, and Parley gives agents none in their sandbox" : errorText(cause);
  const text = `${title} refused ${what}: ${why}. Nothing was handed over; check how its runtime authenticates.`;
  return new PortError(text, { code: "refused", retryable: false, cause });
}

function copyOf({ options, modes }: AcpOffer = noOffer): SessionRecord["offer"] {
  return { options: options.map((option) => ({ ...option, values: [...option.values] })), modes: [...modes] };
}

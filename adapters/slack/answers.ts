import type { ChatDoor, ChatForm, Inbound, Reply } from "../../src/ports/chat-inbound.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { type Settled, settle } from "../kit/settle.js";
import { readChannelChange } from "./channel-changes.js";
import type { SlackClients } from "./client.js";
import { limits } from "./limits.js";
import { answerView, formView } from "./modals.js";
import { parsePayload, type Received, type ReplyRoute, usersIn } from "./parse.js";
import { type Payload, sortPayload } from "./payloads.js";
import type { People } from "./people.js";
import type { UserNames } from "./read-text.js";
import type { Answer, TakePayload } from "./receivers.js";
import { escapeMrkdwn } from "./safe-text.js";
import type { Session } from "./session.js";

/** Slack waits 3 s for an acknowledgement; names took up to 0.7 s of it. */
const timeoutMs = 2_100;
const respondTimeoutMs = 10_000;

const words = {
  failed: "Parley could not store this, so nothing happened. Please do it again.",
  late: "This takes longer than Slack waits. The answer comes in a moment; if none comes, do it again.",
  lateForm: "Parley was too slow to open the form. Please press the button again.",
  noForm: "This needs a form, which Slack opens only for a button or for /room.",
} as const;

interface AnswersOptions {
  door: ChatDoor;
  clients: SlackClients;
  people: People;
  session: Session;
  clock: Clock;
  logger: Logger;
}

/** Passes the actions of people to the bridge, and the replies to the person who acted. */
export function createAnswers(options: AnswersOptions): TakePayload {
  const { door, people, session, clock, logger } = options;
  const privately = createPrivately(options);
  let lastTurn = Promise.resolve();
  /** Events of a known type in an unknown form, since the start. */
  let misfits = 0;

  /** Uses names that arrive in time; actions still keep their order. */
  async function namesInTurn(payload: Payload): Promise<UserNames> {
    const before = lastTurn;
    const asked = people.namesOf(usersIn(payload));
    lastTurn = Promise.all([before, asked]).then(() => undefined);
    await before;
    return asked;
  }

  return async (raw) => {
    const botUserId = session.self()?.botUserId;
    const change = readChannelChange(raw, botUserId ?? "");
    if (change !== undefined) {
      await inTime(clock, door.channelChanged?.(change));
      return {};
    }
    if (people.noteChange(raw)) return {};
    const payload = sortPayload(raw);
    if (payload.kind === "other") return {};
    if (payload.kind === "misfit") {
      misfits += 1;
      logger.warn({ type: payload.type, misfits }, "Slack: an event has a form that is not known; it is passed over");
      return {};
    }
    const isSpoken = payload.kind === "message" || payload.kind === "changed";
    if (isSpoken && botUserId === undefined) throw new Error("Parley does not know yet who it is in Slack.");
    const names = await namesInTurn(payload);
    const received = parsePayload(payload, { botUserId: botUserId ?? "", names, nowMs: clock.nowMs() });
    if (received === undefined) return {};
    const reply = door.deliver(received.inbound);
    const settled = await settle(clock, reply, timeoutMs);
    return answerOf({ received, settled, reply, privately });
  };
}

/** Rejects if the change is not stored in time: Slack gets no acknowledgement and tells it again. */
async function inTime(clock: Clock, work: Promise<void> | undefined): Promise<void> {
  const settled = work && (await settle(clock, work, timeoutMs));
  if (settled?.kind === "failed") throw settled.error;
  if (settled?.kind === "late") throw new Error("The change of a channel was not stored in time.");
}

interface Answering {
  received: Received;
  settled: Settled<Reply>;
  reply: Promise<Reply>;
  privately: Privately;
}

function answerOf({ received, settled, reply, privately }: Answering): Answer {
  const { inbound, route } = received;
  if (route.kind === "whisper") {
    // Only messages are delivered again by Slack; all else would be lost without a word.
    if (settled.kind === "failed") throw settled.error;
    if (settled.kind === "late") throw new Error("The message was not stored in time.");
    return after(settled.value, () => privately.show(inbound, route, settled.value));
  }
  const later = async (): Promise<void> => {
    const late = await reply.catch((): Reply => ({ kind: "text", text: words.failed }));
    const isForm = late.kind === "form";
    await privately.show(inbound, route, isForm ? { kind: "text", text: words.lateForm } : late);
  };
  if (settled.kind === "late")
    return { ...atOnce(route, { kind: "text", text: words.late }, inbound), afterwards: later };
  if (settled.kind === "failed") return refusal(received, privately);
  const direct = atOnce(route, settled.value, inbound);
  return direct ?? after(settled.value, () => privately.show(inbound, route, settled.value));
}

function after(reply: Reply, show: () => Promise<void>): Answer {
  return reply.kind === "none" ? {} : { afterwards: show };
}

/** The reply as part of the acknowledgement; undefined if the acknowledgement cannot carry it. */
function atOnce(route: ReplyRoute, reply: Reply, inbound: Inbound): Answer | undefined {
  if (reply.kind === "none") return {};
  if (route.kind === "slash" && reply.kind === "text")
    return { body: { response_type: "ephemeral", text: escapeMrkdwn(reply.text, limits.text) } };
  if (route.kind !== "submit") return undefined;
  const view =
    reply.kind === "form"
      ? formView(reply.form, placeOf(inbound))
      : answerView(route.title, { text: reply.text, written: writtenIn(inbound) });
  return { body: { response_action: "update", view } };
}

/** Nothing was stored. A form stays open with its text; other actions get a message. */
function refusal({ inbound, route }: Received, privately: Privately): Answer {
  if (route.kind === "submit") return { body: { response_action: "errors", errors: { [route.block]: words.failed } } };
  const reply: Reply = { kind: "text", text: words.failed };
  return atOnce(route, reply, inbound) ?? { afterwards: () => privately.show(inbound, route, reply) };
}

function writtenIn({ action }: Inbound): string {
  if (action.kind !== "submit") return "";
  return [action.text, ...(action.answers ?? []).map(({ text = "" }) => text)].filter((text) => text !== "").join("\n");
}

const placeOf = ({ channel, thread }: Inbound) => ({ channel, ...(thread === undefined ? {} : { thread }) });

interface Privately {
  /** Shows a reply to the person alone; a failure to show it is logged. */
  show(inbound: Inbound, route: ReplyRoute, reply: Reply): Promise<void>;
}

function createPrivately({ clients, logger }: AnswersOptions): Privately {
  const whisper = async (inbound: Inbound, text: string): Promise<void> => {
    const { channel, thread, user } = inbound;
    const place = thread === undefined ? { channel } : { channel, thread_ts: thread };
    await clients.write.chat.postEphemeral({ ...place, user: user.id, text: escapeMrkdwn(text, limits.text) });
  };
  const tell = async (inbound: Inbound, route: ReplyRoute, text: string): Promise<void> => {
    const url = "responseUrl" in route ? route.responseUrl : undefined;
    await (url === undefined ? whisper(inbound, text) : respond(url, inbound, text));
  };
  const openForm = async (inbound: Inbound, route: ReplyRoute, form: ChatForm): Promise<void> => {
    if (!("triggerId" in route)) return tell(inbound, route, words.noForm);
    try {
      await clients.write.views.open({ trigger_id: route.triggerId, view: formView(form, placeOf(inbound)) });
    } catch (error) {
      logger.warn({ error: String(error) }, "Slack: a form could not be opened");
      await tell(inbound, route, words.lateForm);
    }
  };
  return {
    async show(inbound, route, reply) {
      try {
        if (reply.kind === "text") await tell(inbound, route, reply.text);
        else if (reply.kind === "form") await openForm(inbound, route, reply.form);
      } catch (error) {
        logger.warn({ id: inbound.id, error: String(error) }, "Slack: a private answer could not be shown");
      }
    },
  };
}

/** The address that came with a command or click; it reaches people also where Parley is not a member. */
async function respond(url: string, { thread }: Inbound, text: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      response_type: "ephemeral",
      replace_original: false,
      text: escapeMrkdwn(text, limits.text),
      ...(thread === undefined ? {} : { thread_ts: thread }),
    }),
    signal: AbortSignal.timeout(respondTimeoutMs),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`Slack answered with HTTP ${response.status}`);
}

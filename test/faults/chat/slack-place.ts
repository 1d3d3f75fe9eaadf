import { createSlackEmulator, type SlackEmulator } from "../../emulators/slack/emulator.js";
import type { SeenMessage } from "../../emulators/slack/seen.js";
import { type HoldingProxy, openHoldingProxy, type WatchedCall } from "../holding-proxy.js";
import { askUntil, type ChatPlace, chatPeople, type SentPost, type ShownPost, saidIn } from "./chat-place.js";

const channel = "C00GENERAL";
const userIds = { tom: "U000TOM", ana: "U000ANA" };
/** Slack's 1 s, 1 min and 5 min, with the last two shorter. */
const redeliveryDelaysMs = [1_000, 5_000, 15_000, 30_000];
const patienceMs = 4_000;
/** Caused by a process that was killed or frozen (a form that opens too late is refused, and the person is told to press again), or counted from the thread itself. */
const notAsked: readonly string[] = ["missing_ack", "late_ack", "expired_trigger_id", "posted_twice"];

export async function openSlackPlace(): Promise<ChatPlace> {
  const slack = await createSlackEmulator({
    settings: { redeliveryDelaysMs, allowedMentions: Object.values(userIds) },
  });
  const ways = new Map<string, HoldingProxy>();
  const sent: SentPost[] = [];
  let thread = "";

  return {
    platform: "slack",
    ways,
    sent,
    async env(process) {
      const way = await openHoldingProxy(() => slack.url, {
        watches: ({ path }) => path.endsWith("/chat.postMessage"),
        onWatched: (call) => sent.push({ process, ...readPost(call), call }),
      });
      ways.set(process, way);
      const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN } = slack.env;
      const url = { SLACK_API_URL: `${way.url}/api/` };
      return { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, ...url, SLACK_APPROVERS: userIds.ana };
    },
    async attach(code) {
      await slack.until(() => slack.socketMode.connections() > 0, 30_000);
      thread = await askUntil(
        () => slack.people.command({ user: chatPeople.decider, channel, text: `/room attach ${code}` }),
        () => slack.people.channel(channel).find(({ metadata }) => metadata !== undefined)?.ts,
      );
    },
    say: (text) => void slack.people.say({ user: chatPeople.writer, channel, threadTs: thread, text }),
    decide: (card, edited) => decide(slack, card, edited),
    shown: () => slack.people.thread(channel, thread).map(shownPost),
    violations: () =>
      slack
        .violations()
        .filter(({ rule }) => !notAsked.includes(rule))
        .map(({ rule, detail }) => `${rule}: ${detail}`),
    async stop() {
      await slack.stop();
      for (const way of ways.values()) await way.close();
    },
  };
}

function shownPost({ ts, author, text, metadata, buttons }: SeenMessage): ShownPost {
  const key = metadata?.event_payload.key;
  return {
    id: ts,
    from: author.name,
    isPerson: !author.isApp,
    text,
    ...(typeof key === "string" && { key }),
    buttons: buttons.map((button) => ({ text: button.text, id: button.actionId })),
  };
}

/** Posts under a participant's name have text; Parley's own do not count. */
function readPost({ body }: WatchedCall): Pick<SentPost, "said" | "key"> {
  const fields = new URLSearchParams(body);
  const metadata = JSON.parse(fields.get("metadata") ?? "{}") as { event_payload?: { key?: string } };
  const key = metadata.event_payload?.key;
  return { said: fields.has("username") ? saidIn(fields.get("text") ?? "") : "", ...(key !== undefined && { key }) };
}

async function decide(slack: SlackEmulator, card: ShownPost, edited: string | undefined): Promise<boolean> {
  const user = chatPeople.decider;
  const button = card.buttons.find(({ text }) => text === (edited === undefined ? "Approve" : "Edit…"));
  if (!button) return false;
  const before = slack.people.modals(user).length;
  const clicked = await slack.people.click({ user, channel, ts: card.id, actionId: button.id });
  if (!clicked.ok || edited === undefined) return clicked.ok;
  const modal = await slack.until(() => slack.people.modals(user)[before], patienceMs).catch(() => undefined);
  if (!modal) return false;
  const { result } = await slack.people.submit({ user, viewId: modal.viewId, values: { text: edited } });
  if (result !== "closed") await slack.people.closeModal(user);
  return result === "closed";
}

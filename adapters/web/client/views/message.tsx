import { useSignal } from "@preact/signals";
import type { Recipients } from "../../../../src/core/room/event.js";
import type { DeliveryState } from "../../../../src/core/room/view.js";
import { hueOf } from "../identity.js";
import { isTakenBack } from "../message-standing.js";
import { problemText } from "../problem-text.js";
import type { MessageEntry } from "../room-state.js";
import { messagePath } from "../router.js";
import { texts } from "../texts.js";
import { clockTime } from "../time.js";
import { Avatar, fullTimeOnHover } from "./basics.js";
import { Markdown } from "./markdown-view.js";
import { MessageActions } from "./message-actions.js";
import { MessageFiles } from "./message-files.js";
import { useRoom } from "./room-context.js";

const words = texts.timeline;

/** The participants, as far as messages show them. */
export interface People {
  me: string;
  roomId: string;
  names: ReadonlySet<string>;
  agents: ReadonlySet<string>;
  maySpeak: boolean;
}

/** Consecutive messages of one sender. All it shows comes in as props, so that it renders again only when they change. */
export function MessageGroup({
  messages,
  people,
  hues,
  foundId,
}: {
  /** The message a link led to. */
  foundId?: string | undefined;
  messages: readonly MessageEntry[];
  people: People;
  hues: ReadonlyMap<string, number>;
}) {
  const first = messages[0];
  if (!first) return null;
  const { from, to } = first;
  const hue = hues.get(from) ?? hueOf(from);
  const isAgent = people.agents.has(from);
  const isForMe = from !== people.me && to !== "room" && to.includes(people.me);
  return (
    <article class={`group ${from === people.me ? "own" : ""} ${isForMe ? "for-me" : ""}`}>
      <Avatar name={from} kind={isAgent ? "agent" : "human"} hue={hue} />
      <header class="group-head">
        <strong class={isAgent ? `name hue-${hue}` : "name"}>{from}</strong> <RecipientList to={to} me={people.me} />{" "}
        <Permalink message={first} roomId={people.roomId} /> <Facts message={first} />
      </header>
      <div class="group-messages">
        {messages.map((message) => (
          <div class={messageClass(message, foundId)} data-anchor={message.id} key={message.id}>
            {/* The time comes before the message, in the margin, so that reading and copying keep the order. */}
            {message !== first && <Permalink message={message} roomId={people.roomId} />}{" "}
            <Body text={message.body} names={people.names} />
            <MessageFiles files={message.files ?? []} roomId={people.roomId} />{" "}
            {message !== first && <Facts message={message} />}
            {people.maySpeak && <MessageActions message={message} me={people.me} />}
          </div>
        ))}
      </div>
    </article>
  );
}

function messageClass(message: MessageEntry, foundId: string | undefined): string {
  return `message ${message.id === foundId ? "found" : ""} ${isTakenBack(message) ? "taken-back" : ""}`;
}

/** When it was said, and the address of it. */
function Permalink({ message, roomId }: { message: MessageEntry; roomId: string }) {
  const { at, from } = message;
  return (
    <a
      class="permalink"
      href={messagePath(roomId, message)}
      aria-label={words.linkTo(from, clockTime(at))}
      {...fullTimeOnHover(at)}
    >
      <time dateTime={new Date(at).toISOString()}>{clockTime(at)}</time>
    </a>
  );
}

export function RecipientList({ to, me }: { to: Recipients; me: string }) {
  const names = to === "room" ? [words.toRoom] : to.map((name) => (name === me ? words.you : name));
  return (
    <span class="recipients">
      <span class="visually-hidden">{words.to} </span>
      <span class="arrow" aria-hidden="true">
        →
      </span>{" "}
      {names.join(", ")}
    </span>
  );
}

/** The person who released it, its urgency, and how far it was delivered. */
function Facts({ message: { id, released, delivery, class: knock } }: { message: MessageEntry }) {
  const isSettled = !released && words.class[knock] === "" && isDone(delivery);
  return (
    <span class={`message-facts ${isSettled ? "settled" : ""}`}>
      {released && (
        <span class="tag">{released.edited ? words.editedBy(released.by) : words.approvedBy(released.by)}</span>
      )}
      {Object.values(delivery).includes("withdrawn") && <span class="tag">{words.takenBack}</span>}
      {words.class[knock] !== "" && <span class="tag">{words.class[knock]}</span>}
      <Delivery delivery={delivery} />
      {Object.values(delivery).includes("failed") && <Retry id={id} />}
    </span>
  );
}

/** Delivers the message once more to the agents it failed with; shown to people who may write. */
function Retry({ id }: { id: string }) {
  const { may, session, say } = useRoom();
  if (!may("speak")) return null;
  async function retry(): Promise<void> {
    const done = await session.api.retry(id);
    say(done.ok ? words.retried : problemText(done.problem));
  }
  return (
    <button class="button quiet small" type="button" title={words.retryHint} onClick={() => void retry()}>
      {words.retry}
    </button>
  );
}

const longChars = 3_000;
const longLines = 36;

/** A long text is cut until the reader expands it. */
export function Body({ text, names }: { text: string; names: ReadonlySet<string> }) {
  const isOpen = useSignal(false);
  const isLong = text.length > longChars || text.split("\n", longLines + 1).length > longLines;
  return (
    <>
      <div class={`body ${isLong && !isOpen.value ? "body-cut" : ""}`}>
        <Markdown text={isLong && !isOpen.value ? startOf(text) : text} names={names} />
      </div>
      {isLong && (
        <button
          class="button quiet small"
          type="button"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? words.showLess : words.showAll}
        </button>
      )}
    </>
  );
}

/** As much text as fits into the cut part, so that the rest costs nothing until it is expanded. */
function startOf(text: string): string {
  return text.slice(0, longChars).split("\n", longLines).join("\n");
}

function isDone(delivery: MessageEntry["delivery"]): boolean {
  return Object.values(delivery).every((state) => state === "acknowledged");
}

/** More than these are counted instead of named. */
const maxNamed = 4;

/** How far it came: one mark when every agent is done with it, else those it still waits for, by name or, where they are many, counted. */
function Delivery({ delivery }: { delivery: MessageEntry["delivery"] }) {
  const all = Object.entries(delivery);
  if (all.length === 0) return null;
  const label = all.map(([name, state]) => words.deliveryOf(name, words.delivery[state])).join(", ");
  const open = all.filter(([, state]) => state !== "acknowledged");
  return (
    <span class="delivery" role="img" aria-label={`${words.deliveryLabel}: ${label}`} title={label}>
      {open.length === 0 && <Mark state="acknowledged" />}
      {open.length <= maxNamed
        ? open.map(([name, state]) => <Mark key={name} {...{ name, state }} />)
        : countsOf(open).map(([state, count]) => (
            <Mark key={state} name={words.deliveryCount[state](count)} state={state} />
          ))}
    </span>
  );
}

function countsOf(states: readonly (readonly [string, DeliveryState])[]): [DeliveryState, number][] {
  const counts = new Map<DeliveryState, number>();
  for (const [, state] of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts];
}

function Mark({ name, state }: { name?: string; state: DeliveryState }) {
  return (
    <span class={`mark-${state}`}>
      <span class="delivery-mark" />
      {name}
    </span>
  );
}

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { problemText } from "../problem-text.js";
import { openJoinPage } from "../router.js";
import type { Connection } from "../stream.js";
import { texts } from "../texts.js";
import { money } from "../time.js";
import { Plain, Since, useMedia } from "./basics.js";
import { InviteDialog } from "./invite-dialog.js";
import { useRoom } from "./room-context.js";

const words = texts.room;

export function Header() {
  const { state, session } = useRoom();
  return (
    <header class="bar">
      <a
        class="home"
        href="/"
        title={words.allRooms}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          openJoinPage();
        }}
      >
        <span class="mark" aria-hidden="true" />
        <span class="visually-hidden">{words.allRooms}</span>
      </a>
      <div class="bar-title">
        <h1>
          <Plain text={state.name} />
        </h1>
        <p class="bar-facts">
          <ConnectionState connection={session.connection.value} />
          {state.usd > 0 && <span>{words.cost(money(state.usd))}</span>}
        </p>
      </div>
      {state.status !== "active" && (
        <span
          class={`chip state-${state.status}`}
          title={state.status === "paused" ? words.pausedHint : words.closedHint}
        >
          {words.state[state.status]}
        </span>
      )}
      <CalmChip />
      <Controls />
    </header>
  );
}

function ConnectionState({ connection }: { connection: Connection }) {
  const { state } = connection;
  return (
    <span class={`connection connection-${state}`} role="status" aria-label={words.connectionLabel}>
      <span class="dot" aria-hidden="true" />
      {"sinceMs" in connection ? (
        // The seconds are for eyes; a reader hears the change once.
        <span aria-live="off">
          <Since at={connection.sinceMs} words={words.connection[connection.state]} />
        </span>
      ) : (
        words.connection[connection.state]
      )}
    </span>
  );
}

/** What waits has a place of its own on the page; that nothing does is said here. */
function CalmChip() {
  const { state, may } = useRoom();
  if (state.gates.length > 0 || !may("decide")) return null;
  return <span class="chip calm">{words.nothingWaits}</span>;
}

function Controls() {
  const { state, may } = useRoom();
  const isInviting = useSignal(false);
  const isRoomy = useMedia("(min-width: 62rem)");
  if (state.status === "closed" || !(may("invite") || may("steer"))) return null;
  const invite = may("invite") && (
    <button class="button" type="button" onClick={() => (isInviting.value = true)}>
      {words.invite}
    </button>
  );
  return (
    <div class="controls">
      {isRoomy ? (
        <>
          {invite}
          <SteeringButtons />
        </>
      ) : (
        <Menu>
          {invite}
          <SteeringButtons />
        </Menu>
      )}
      {isInviting.value && <InviteDialog onClose={() => (isInviting.value = false)} />}
    </div>
  );
}

function SteeringButtons() {
  const { state, session, say, may } = useRoom();
  if (!may("steer")) return null;
  const pausing = state.status === "paused" ? "resume" : "pause";
  async function command(name: "pause" | "resume" | "stop"): Promise<void> {
    const done = await session.api.command(name);
    say(done.ok ? words.done[name] : problemText(done.problem));
  }
  return (
    <>
      <button class="button" type="button" onClick={() => void command(pausing)}>
        {words[pausing]}
      </button>
      <ArmedButton label={words.stop} sure={words.stopSure} onClick={() => void command("stop")} />
    </>
  );
}

const armedForMs = 4_000;

/** Asks once more, in its own place, before it does what cannot be taken back. */
function ArmedButton({ label, sure, onClick }: { label: string; sure: string; onClick: () => void }) {
  const isArmed = useSignal(false);
  useEffect(() => {
    if (!isArmed.value) return undefined;
    const timer = setTimeout(() => {
      isArmed.value = false;
    }, armedForMs);
    return () => clearTimeout(timer);
  }, [isArmed.value]);
  const press = () => {
    if (isArmed.value) onClick();
    isArmed.value = !isArmed.value;
  };
  return (
    <button class={`button ${isArmed.value ? "danger-solid" : "danger-quiet"}`} type="button" onClick={press}>
      {isArmed.value ? sure : label}
    </button>
  );
}

/** Closes on Escape and when the focus or a click goes elsewhere. */
function Menu({ children }: { children: preact.ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeFor = (event: Event) => {
      const menu = details.current;
      if (!menu?.open) return;
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      const isOutside = !(event instanceof KeyboardEvent) && !menu.contains(event.target as Node);
      if (isEscape || isOutside) menu.open = false;
    };
    for (const type of ["keydown", "pointerdown", "focusin"]) addEventListener(type, closeFor);
    return () => {
      for (const type of ["keydown", "pointerdown", "focusin"]) removeEventListener(type, closeFor);
    };
  }, []);
  return (
    <details class="menu" ref={details}>
      <summary class="button icon" aria-label={words.more} title={words.more}>
        <span aria-hidden="true">⋯</span>
      </summary>
      <div class="menu-items">{children}</div>
    </details>
  );
}

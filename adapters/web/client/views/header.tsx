import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SpentView } from "../../../../src/protocol/spending.js";
import { problemText } from "../problem-text.js";
import { shownStateOf } from "../room-state.js";
import { openJoinPage, openNewRoomPage } from "../router.js";
import type { Connection } from "../stream.js";
import { texts } from "../texts.js";
import { money } from "../time.js";
import { ArmedButton, Plain, Since, useMedia } from "./basics.js";
import { useDismissable } from "./dismissable.js";
import { Icon } from "./icon.js";
import { InviteDialog } from "./invite-dialog.js";
import { later } from "./later.js";
import { onPageKey } from "./page-keys.js";
import { useRoom } from "./room-context.js";
import { ThemeChoice } from "./theme-choice.js";

const words = texts.room;

export function Header() {
  const { state, session } = useRoom();
  const shown = shownStateOf(state);
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
          {state.usd > 0 && <Cost />}
        </p>
      </div>
      {shown !== "active" && (
        <span class={`chip state-${shown}`} title={hints[shown]}>
          {words.state[shown]}
        </span>
      )}
      <CalmChip />
      <Controls />
    </header>
  );
}

const hints = { halted: words.haltedHint, paused: words.pausedHint, closed: words.closedHint } as const;

/** What the room cost in all; asked, it says what it cost today and this month, against the limits. */
function Cost() {
  const { state, session, say } = useRoom();
  async function tell(): Promise<void> {
    const answer = await session.api.usage();
    say(answer.ok ? spentWords(answer.value.room) : problemText(answer.problem));
  }
  return (
    <button class="cost" type="button" title={words.costHint} onClick={() => void tell()}>
      {words.cost(money(state.usd))}
    </button>
  );
}

function spentWords({ today, month, total, limits }: SpentView): string {
  const sum = ({ usd }: { usd: number }, most: number | undefined) =>
    words.spent(money(usd), most === undefined ? undefined : money(most));
  return words.costNow({
    today: sum(today, limits.usdPerDay),
    month: sum(month, limits.usdPerMonth),
    total: sum(total, limits.usd),
  });
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

/** Says that nothing waits. Open gates are shown elsewhere on the page. */
function CalmChip() {
  const { state, may } = useRoom();
  if (state.gates.length > 0 || !may("decide")) return null;
  return <span class="chip calm">{words.nothingWaits}</span>;
}

const SearchDialog = later(async () => (await import("./dialogs.js")).SearchDialog);
const PicturesDialog = later(async () => (await import("./dialogs.js")).PicturesDialog);
const ManageDialog = later(async () => (await import("./dialogs.js")).ManageDialog);
const HelpDialog = later(async () => (await import("./dialogs.js")).HelpDialog);

const dialogs = {
  search: SearchDialog,
  pictures: PicturesDialog,
  manage: ManageDialog,
  help: HelpDialog,
  invite: InviteDialog,
} as const;
type DialogName = keyof typeof dialogs;

function Controls() {
  const { state, may } = useRoom();
  const open = useSignal<DialogName | undefined>(undefined);
  const isRoomy = useMedia("(min-width: 75rem)");
  const show = (name: DialogName) => {
    open.value = name;
  };
  useEffect(
    () =>
      onPageKey({
        "/": () => show("search"),
        p: () => show("pictures"),
        "?": () => show("help"),
        m: () => document.getElementById("compose")?.focus(),
      }),
    [],
  );
  const isOpen = state.status !== "closed";
  const button = (name: DialogName, label: string) => (
    <button class="button" type="button" aria-haspopup="dialog" onClick={() => show(name)}>
      <Icon name={name} />
      {label}
    </button>
  );
  const invite = isOpen && may("invite") && button("invite", words.invite);
  const others = (
    <>
      {button("pictures", words.pictures)}
      {may("manageAgents") && button("manage", texts.manage.open)}
      {button("help", words.help)}
      {may("manageAgents") && (
        <button class="button" type="button" onClick={openNewRoomPage}>
          <Icon name="plus" />
          {texts.newRoom.open}
        </button>
      )}
      <ThemeChoice />
    </>
  );
  const Dialog = open.value && dialogs[open.value];
  return (
    <div class="controls">
      {isRoomy ? (
        <>
          {button("search", words.search)}
          {invite}
          {isOpen && <SteeringButtons />}
          <Menu>{others}</Menu>
        </>
      ) : (
        <Menu>
          {button("search", words.search)}
          {invite}
          {isOpen && <SteeringButtons />}
          {others}
        </Menu>
      )}
      {Dialog && <Dialog onClose={() => (open.value = undefined)} />}
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
        <Icon name={pausing} />
        {words[pausing]}
      </button>
      <span class="apart" aria-hidden="true" />
      <ArmedButton icon="stop" label={words.stop} sure={words.stopSure} onClick={() => void command("stop")} />
    </>
  );
}

/** An item that opens a dialog closes the menu, and gets the focus back when the dialog is closed. */
function Menu({ children }: { children: preact.ComponentChildren }) {
  const details = useDismissable();
  const chosen = ({ target }: { target: EventTarget | null }) => {
    if (!details.current || !(target as Element).closest("[aria-haspopup=dialog]")) return;
    details.current.open = false;
    details.current.querySelector("summary")?.focus();
  };
  return (
    <details class="menu" ref={details}>
      <summary class="button icon" aria-label={words.more} title={words.more}>
        <Icon name="more" />
      </summary>
      <div class="menu-items" onClickCapture={chosen}>
        {children}
      </div>
    </details>
  );
}

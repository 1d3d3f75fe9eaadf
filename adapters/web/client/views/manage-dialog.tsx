import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SetupView } from "../../../../src/protocol/setups.js";
import { readConfig } from "../api.js";
import { texts } from "../texts.js";
import { DialogBar } from "./basics.js";
import { ManageAgents } from "./manage-agents.js";
import { ManageChats } from "./manage-chats.js";
import type { ManageContext } from "./manage-part.js";
import { ManagePeople } from "./manage-people.js";
import { ManageRoom } from "./manage-room.js";
import { ManageRules } from "./manage-rules.js";
import { ManageSetup } from "./manage-setup.js";
import { useRoom } from "./room-context.js";

const words = texts.manage;
type PageName = keyof typeof words.pages;

/** All settings that change the room itself, as pages. What is typed on a page stays while another one is shown. */
export function ManageDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const done = useSignal("");
  const unsaved = useSignal<ReadonlySet<string>>(new Set());
  const isWarned = useRef(false);
  const page = useSignal<PageName>("agents");
  const context: ManageContext = {
    unsaved,
    tell: (sentence) => {
      isWarned.current = false;
      done.value = sentence;
    },
  };
  useEffect(() => dialog.current?.showModal(), []);
  /** Whether the dialog may close now: what is not saved is warned of once. */
  const mayClose = () => {
    if (unsaved.value.size === 0 || isWarned.current) return true;
    isWarned.current = true;
    done.value = words.unsaved;
    return false;
  };
  return (
    <dialog
      class="dialog dialog-wide manage"
      ref={dialog}
      aria-labelledby="manage-heading"
      onClose={onClose}
      onCancel={(event) => {
        if (event.target === dialog.current && !mayClose()) event.preventDefault();
      }}
    >
      <DialogBar
        id="manage-heading"
        heading={words.heading}
        close={words.close}
        onClose={() => mayClose() && dialog.current?.close()}
      />
      <ManagePages page={page} context={context} />
      <p class="manage-done" role="status">
        {done.value}
      </p>
    </dialog>
  );
}

function ManagePages({ page, context }: { page: Signal<PageName>; context: ManageContext }) {
  const { may } = useRoom();
  const chats = useChats();
  const setup = useSetup();
  const views: [PageName, ComponentChildren][] = [
    ["agents", <ManageAgents key="agents" context={context} />],
    ["people", <ManagePeople key="people" context={context} />],
    ["rules", <ManageRules key="rules" context={context} />],
    ...(chats.value.length > 0 && may("invite")
      ? [
          ["chats", <ManageChats key="chats" context={context} platforms={chats.value} />] as [
            PageName,
            ComponentChildren,
          ],
        ]
      : []),
    ...(setup.value ? [["setup", <ManageSetup key="setup" context={context} />] as [PageName, ComponentChildren]] : []),
    ["room", <ManageRoom key="room" context={context} />],
  ];
  return (
    <div class="manage-body">
      <Tabs names={views.map(([name]) => name)} page={page} />
      {views.map(([name, view]) => (
        <div
          key={name}
          id={`manage-page-${name}`}
          role="tabpanel"
          aria-labelledby={`manage-tab-${name}`}
          class="manage-page"
          hidden={page.value !== name}
        >
          {view}
        </div>
      ))}
    </div>
  );
}

/** One stop of the Tab key; arrow keys, Home and End go from page to page. */
function Tabs({ names, page }: { names: readonly PageName[]; page: Signal<PageName> }) {
  const list = useRef<HTMLDivElement>(null);
  function go(event: KeyboardEvent): void {
    const at = names.indexOf(page.value);
    const steps: Record<string, number> = {
      ...{ ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1 },
      ...{ Home: 0, End: names.length - 1 },
    };
    const to = steps[event.key];
    const name = to === undefined ? undefined : names[(to + names.length) % names.length];
    if (name === undefined) return;
    event.preventDefault();
    page.value = name;
    list.current?.querySelector<HTMLElement>(`#manage-tab-${name}`)?.focus();
  }
  return (
    <div class="manage-tabs" role="tablist" aria-label={words.heading} ref={list} onKeyDown={go}>
      {names.map((name) => (
        <button
          key={name}
          id={`manage-tab-${name}`}
          class="manage-tab"
          type="button"
          role="tab"
          aria-selected={page.value === name}
          aria-controls={`manage-page-${name}`}
          tabIndex={page.value === name ? 0 : -1}
          onClick={() => {
            page.value = name;
          }}
        >
          {words.pages[name]}
        </button>
      ))}
    </div>
  );
}

/** Chat platforms that are connected; none until the server said so. */
function useChats(): Signal<readonly string[]> {
  const chats = useSignal<readonly string[]>([]);
  useEffect(() => {
    void readConfig().then((answer) => {
      if (answer.ok) chats.value = answer.value.chats ?? [];
    });
  }, [chats]);
  return chats;
}

/** Whether the repository offers something to set up: most rooms have none, and it is for owners. */
function useSetup(): Signal<boolean> {
  const { session, may } = useRoom();
  const hasSetup = useSignal(false);
  const isOwner = may("configure");
  useEffect(() => {
    if (!isOwner) return;
    void session.api.setup().then((answer) => {
      hasSetup.value = answer.ok && (answer.value as SetupView).offered !== undefined;
    });
  }, [session, isOwner, hasSetup]);
  return hasSetup;
}

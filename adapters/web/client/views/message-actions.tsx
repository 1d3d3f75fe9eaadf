import { isStillMine } from "../message-standing.js";
import type { MessageEntry } from "../room-state.js";
import { texts } from "../texts.js";
import { Icon, type IconName } from "./icon.js";

const words = texts.timeline;

/** Actions on a message. The timeline hears the clicks, so that no message renders again for it. */
export type MessageAction = "quote" | "edit" | "takeBack";

/** The buttons of one message, seen while the pointer or the focus is on it. */
export function MessageActions({ message, me }: { message: MessageEntry; me: string }) {
  const isMine = isStillMine(message, me);
  return (
    <span class="message-actions">
      <Action id={message.id} what="quote" icon="quote" />
      {isMine && <Action id={message.id} what="edit" icon="edit" />}
      {isMine && <Action id={message.id} what="takeBack" icon="undo" />}
    </span>
  );
}

function Action({ id, what, icon }: { id: string; what: MessageAction; icon: IconName }) {
  return (
    <button
      class="button quiet icon"
      type="button"
      data-action={what}
      data-message={id}
      aria-label={words[what]}
      title={words[what]}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The action a click was for, and the id of its message. */
export function clickedAction(target: EventTarget | null): { action: MessageAction; id: string } | undefined {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-action][data-message]") : null;
  const { action, message: id } = button?.dataset ?? {};
  const isKnown = action === "quote" || action === "edit" || action === "takeBack";
  return isKnown && id !== undefined ? { action, id } : undefined;
}

/** A gate has to be on the page this long before a key decides it, so that nobody decides a gate that has just moved up. */
const settleMs = 400;

interface Actions {
  simple: (action: "approve" | "allow" | "continue" | "stop") => void;
  edit: (next: "text" | "reason") => void;
  isBusy: () => boolean;
}

type KeyAction = (actions: Actions) => void;

const keys: Readonly<Record<string, Readonly<Record<string, KeyAction>>>> = {
  message: {
    a: ({ simple }) => simple("approve"),
    e: ({ edit }) => edit("text"),
    d: ({ edit }) => edit("reason"),
  },
  question: {
    a: () => document.getElementById("gate-answer")?.focus(),
    d: ({ edit }) => edit("reason"),
  },
  tool: {
    a: ({ simple }) => simple("allow"),
    e: ({ edit }) => edit("text"),
    d: ({ edit }) => edit("reason"),
  },
  continue: {
    a: ({ simple }) => simple("continue"),
    d: ({ simple }) => simple("stop"),
  },
};

/** The option with that number, of the shown gate. */
function chooseOption(digit: string): KeyAction | undefined {
  const option = document.querySelector<HTMLElement>(`.gate [data-option="${digit}"]`);
  return option ? () => option.click() : undefined;
}

/** Listens for the keys of the shown gate. Returns a function that stops it. */
export function onGateKey(kind: string, options: Actions & { shownAtMs: number }): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isWriting(event.target) || options.isBusy() || performance.now() - options.shownAtMs < settleMs) return;
    if (document.querySelector("dialog[open]")) return;
    const action = /^[1-9]$/.test(event.key) ? chooseOption(event.key) : keys[kind]?.[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action(options);
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

export function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, dialog, [contenteditable]") !== null;
}

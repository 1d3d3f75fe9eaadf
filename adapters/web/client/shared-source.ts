import {
  heardData,
  heardOpen,
  isBehind,
  type SharedSourceOptions,
  type TabMessage,
  type TabPart,
} from "./tab-messages.js";

const pollForMs = 1_500;
const pollEveryMs = 6_000;

/**
 * One stream for all tabs of a room in a browser. The tab that leads reads it and sends every event on; a tab that follows
 * needs a stream of its own only until it has caught up. When the leading tab ends, the next one leads from its own position,
 * and the others compare theirs with it, so no event is missed.
 */
export function openSharedSource(options: SharedSourceOptions): { close(): void } {
  const { listener, post, after } = options;
  let tab: TabPart = { part: "new" };
  let own: { close(): void } | undefined;
  let cancelPoll = () => {};

  function lead(): void {
    own?.close();
    tab = { part: "leading", position: after(), isOpen: false };
    own = options.connect(after(), {
      opened() {
        if (tab.part !== "leading") return;
        tab = { ...tab, isOpen: true };
        post({ kind: "open", position: tab.position });
        listener.opened();
      },
      message(data, position) {
        if (tab.part === "leading" && position !== "") tab = { ...tab, position };
        post({ kind: "data", data, position });
        listener.message(data);
      },
      failed(gaveUp) {
        if (tab.part === "leading") tab = { ...tab, isOpen: false };
        post({ kind: "broken" });
        listener.failed(gaveUp);
      },
    });
  }

  function catchUp(target: string): void {
    own?.close();
    own = options.connect(after(), {
      opened: () => {},
      message(data, position) {
        listener.message(data);
        if (!isBehind(position, target)) follow();
      },
      failed: (gaveUp) => listener.failed(gaveUp),
    });
  }

  function follow(): void {
    const held = tab.part === "catching" ? tab.held : [];
    own?.close();
    own = undefined;
    tab = { part: "following", isBroken: false };
    listener.opened();
    for (const data of held) listener.message(data);
  }

  function hear(message: TabMessage): void {
    if (tab.part !== "leading") hearLeader(message);
    else if (message.kind === "hello" && tab.isOpen) post({ kind: "open", position: tab.position });
  }

  function hearLeader(message: TabMessage): void {
    if (message.kind === "open") hearOpen(message.position);
    else if (message.kind === "data") {
      if (tab.part === "following") listener.message(message.data);
      tab = heardData(tab, message.data);
    } else if (message.kind === "broken" && tab.part === "following") {
      tab = { part: "following", isBroken: true };
      listener.failed(false);
    }
  }

  function hearOpen(position: string): void {
    const wasFollowing = tab.part === "following" && !tab.isBroken;
    tab = heardOpen(tab, { position, own: after() });
    if (tab.part === "catching") catchUp(tab.target);
    else if (!wasFollowing) follow();
  }

  /** All of the browser's streams are taken by rooms that are seen: this one is looked at now and then. */
  function poll(): void {
    lead();
    cancelPoll = options.later(pollForMs, () => {
      own?.close();
      cancelPoll = options.later(pollEveryMs, poll);
    });
  }

  const unhear = options.hear(hear);
  const release = options.contend(() => {
    cancelPoll();
    lead();
  }, poll);
  post({ kind: "hello" });
  return {
    close() {
      unhear();
      cancelPoll();
      own?.close();
      release();
    },
  };
}

import { createPictures, type Pictures } from "../pictures.js";
import type {
  Call,
  Channel,
  FileRecord,
  Installation,
  Message,
  PendingEvent,
  Person,
  ResponseUrl,
  Trigger,
  ViewRecord,
  Violation,
  Whisper,
} from "./model.js";
import type { Settings } from "./settings.js";
import type { Collection, Store } from "./store.js";

/** Something happened in the workspace; `events.ts` tells the app, the page tells people. */
export type Happening =
  | { readonly type: "posted"; readonly message: Message }
  | { readonly type: "edited"; readonly before: Message; readonly after: Message; readonly by: string }
  | { readonly type: "deleted"; readonly message: Message }
  | { readonly type: "joined"; readonly channel: Channel; readonly user: string }
  | { readonly type: "left"; readonly channel: Channel; readonly user: string }
  | { readonly type: "archived"; readonly channel: Channel; readonly user: string }
  | { readonly type: "unarchived"; readonly channel: Channel; readonly user: string }
  | { readonly type: "renamed"; readonly channel: Channel; readonly user: string }
  | { readonly type: "moved"; readonly channel: Channel; readonly from: string; readonly user: string }
  | { readonly type: "madePrivate"; readonly channel: Channel; readonly user: string }
  | { readonly type: "channelDeleted"; readonly channel: Channel; readonly user: string }
  | { readonly type: "reacted"; readonly message: Message; readonly user: string; readonly name: string }
  | { readonly type: "personChanged"; readonly person: Person }
  | { readonly type: "homeOpened"; readonly user: string };

export interface Workspace {
  readonly settings: Settings;
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly people: Collection<Person>;
  readonly channels: Collection<Channel>;
  /** By `channel:ts`. */
  readonly messages: Collection<Message>;
  readonly whispers: Collection<Whisper>;
  readonly files: Collection<FileRecord>;
  readonly views: Collection<ViewRecord>;
  readonly triggers: Collection<Trigger>;
  readonly responseUrls: Collection<ResponseUrl>;
  readonly pendingEvents: Collection<PendingEvent>;
  readonly violations: Collection<Violation>;
  readonly calls: Call[];
  /** Copies of the pictures that posts name. */
  readonly pictures: Pictures;
  nowMs(): number;
  /** `http://127.0.0.1:<port>`, known once the server listens. */
  baseUrl(): string;
  app(): Installation;
  changeApp(change: Partial<Installation>): void;
  /** A new id such as `V0000000A`. */
  nextId(prefix: string): string;
  /** A new message time stamp, later than every other. */
  nextTs(): string;
  violate(rule: string, detail: string): void;
  announce(happening: Happening): void;
  onHappening(listener: (happening: Happening) => void): void;
}

export interface WorkspaceOptions {
  readonly store: Store;
  readonly settings: Settings;
  readonly nowMs: () => number;
  readonly baseUrl: () => string;
  /** How pictures are fetched from outside. Default: not at all. */
  readonly fetchPicture?: ((url: string) => Promise<Response>) | undefined;
}

/** The workspace's records and identifiers; knows no protocol. */
export function createWorkspace({ store, settings, nowMs, baseUrl, fetchPicture }: WorkspaceOptions): Workspace {
  const installations = store.collection<Installation>("installation");
  const counters = store.collection<number>("counters");
  const violations = store.collection<Violation>("violations");
  const listeners: ((happening: Happening) => void)[] = [];
  let lastMicros = nowMs() * 1000;

  const nextId = (prefix: string): string => {
    const next = (counters.get("id") ?? 0) + 1;
    counters.put("id", next);
    return `${prefix}${next.toString(36).toUpperCase().padStart(9, "0")}`;
  };
  const app = (): Installation => {
    const found = installations.get("app");
    if (found === undefined) throw new Error("The workspace has no app installed; seed it first.");
    return found;
  };

  const violate = (rule: string, detail: string) => {
    const id = nextId("X");
    violations.put(id, { id, rule, detail, atMs: nowMs() });
  };

  return {
    settings,
    team: { id: "T0000000001", name: "Harbor Lab", domain: "harbor-lab" },
    people: store.collection("people"),
    channels: store.collection("channels"),
    messages: store.collection("messages"),
    whispers: store.collection("whispers"),
    files: store.collection("files"),
    views: store.collection("views"),
    triggers: store.collection("triggers"),
    responseUrls: store.collection("responseUrls"),
    pendingEvents: store.collection("pendingEvents"),
    violations,
    calls: [],
    nowMs,
    baseUrl,
    app,
    changeApp: (change) => installations.put("app", { ...(installations.get("app") as Installation), ...change }),
    nextId,
    nextTs: () => {
      lastMicros = Math.max(nowMs() * 1000, lastMicros + 1);
      const micros = String(lastMicros);
      return `${micros.slice(0, -6)}.${micros.slice(-6)}`;
    },
    pictures: createPictures({ fetch: fetchPicture, violate }),
    violate,
    announce: (happening) => {
      for (const listener of listeners) listener(happening);
    },
    onHappening: (listener) => void listeners.push(listener),
  };
}

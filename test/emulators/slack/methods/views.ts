import { checkView } from "../block-check.js";
import { asObjects, isObject } from "../json.js";
import { judgeReach } from "../messages.js";
import type { Json, ViewRecord } from "../model.js";
import { SlackError } from "../slack-error.js";
import { wireView } from "../wire.js";
import type { Workspace } from "../workspace.js";
import { invalid, withIds } from "./content.js";
import type { Method, MethodCall } from "./method.js";

/** A stack of modals holds at most this many. */
const maxStack = 3;

/** A person's open modals, bottom first. */
export const modalsOf = (workspace: Workspace, user: string): ViewRecord[] =>
  workspace.views.values().filter((record) => record.open && record.type === "modal" && record.user === user);

/** The view of a call or of an answer, checked and with ids on everything. */
export function checkedView(workspace: Workspace, raw: unknown, type: ViewRecord["type"]): Json {
  if (!isObject(raw))
    throw new SlackError("invalid_arguments", {
      response_metadata: { messages: ["[ERROR] missing required field: view"] },
    });
  const problems = checkView(raw);
  if (raw.type !== type) problems.push(`[ERROR] must be a ${type} [json-pointer:/view/type]`);
  if (problems.length > 0) throw invalid("invalid_arguments", problems);
  judgeReach(workspace, { text: "", blocks: asObjects(raw.blocks) }, `${type} view`);
  return { ...raw, blocks: withIds(workspace, asObjects(raw.blocks)) };
}

/** Takes a trigger once and within its life. */
function useTrigger({ workspace, args }: MethodCall) {
  const id = args.text("trigger_id") ?? "";
  const trigger = workspace.triggers.get(id);
  if (trigger === undefined) throw new SlackError("invalid_trigger_id");
  if (trigger.used) throw new SlackError("exchanged_trigger_id");
  if (workspace.nowMs() - trigger.createdAtMs > workspace.settings.triggerLifeMs)
    throw new SlackError("expired_trigger_id");
  return trigger;
}

export interface NewView {
  readonly user: string;
  readonly view: Json;
  readonly below?: ViewRecord;
}

export function openView(workspace: Workspace, { user, view, below }: NewView): ViewRecord {
  const id = workspace.nextId("V");
  const record: ViewRecord = {
    id,
    user,
    type: "modal",
    view,
    hash: hashFor(workspace),
    rootViewId: below?.rootViewId ?? id,
    ...(below === undefined ? {} : { previousViewId: below.id }),
    open: true,
    errors: {},
  };
  workspace.views.put(id, record);
  return record;
}

export function replaceView(workspace: Workspace, record: ViewRecord, view: Json): ViewRecord {
  const next: ViewRecord = { ...record, view, hash: hashFor(workspace), errors: {} };
  workspace.views.put(record.id, next);
  return next;
}

const hashFor = (workspace: Workspace): string => `${Math.floor(workspace.nowMs() / 1000)}.${workspace.nextId("h")}`;

const open: Method = {
  token: "bot",
  scopes: [],
  tier: 4,
  required: ["trigger_id", "view"],
  args: { trigger_id: "string", view: "json" },
  run: (call) => {
    const { workspace, args } = call;
    const trigger = useTrigger(call);
    const view = checkedView(workspace, args.json("view"), "modal");
    workspace.triggers.put(trigger.id, { ...trigger, used: true });
    for (const other of modalsOf(workspace, trigger.user)) workspace.views.put(other.id, { ...other, open: false });
    return { view: wireView(workspace, openView(workspace, { user: trigger.user, view })) };
  },
};

const push: Method = {
  token: "bot",
  scopes: [],
  tier: 4,
  required: ["trigger_id", "view"],
  args: { trigger_id: "string", view: "json" },
  run: (call) => {
    const { workspace, args } = call;
    const trigger = useTrigger(call);
    const view = checkedView(workspace, args.json("view"), "modal");
    const stack = modalsOf(workspace, trigger.user);
    const below = stack.at(-1);
    if (below === undefined) throw new SlackError("not_found");
    if (stack.length >= maxStack) throw new SlackError("push_limit_reached");
    workspace.triggers.put(trigger.id, { ...trigger, used: true });
    return { view: wireView(workspace, openView(workspace, { user: trigger.user, view, below })) };
  },
};

const update: Method = {
  token: "bot",
  scopes: [],
  tier: 4,
  required: ["view"],
  args: { view: "json", view_id: "string", external_id: "string", hash: "string" },
  run: ({ workspace, args }) => {
    const record = workspace.views
      .values()
      .find((known) => known.id === args.text("view_id") || sameExternalId(known, args.text("external_id")));
    if (record === undefined || !record.open) throw new SlackError("not_found");
    const hash = args.text("hash");
    if (hash !== undefined && hash !== record.hash) throw new SlackError("hash_conflict");
    const view = checkedView(workspace, args.json("view"), record.type);
    return { view: wireView(workspace, replaceView(workspace, record, view)) };
  },
};

const sameExternalId = (record: ViewRecord, id: string | undefined): boolean =>
  id !== undefined && record.view.external_id === id;

const publish: Method = {
  token: "bot",
  scopes: [],
  tier: 4,
  required: ["user_id", "view"],
  args: { user_id: "string", view: "json", hash: "string" },
  run: ({ workspace, args }) => {
    const user = args.text("user_id") ?? "";
    if (workspace.people.get(user) === undefined) throw new SlackError("user_not_found");
    const home = workspace.views.values().find((record) => record.type === "home" && record.user === user);
    const hash = args.text("hash");
    if (hash !== undefined && home !== undefined && hash !== home.hash) throw new SlackError("hash_conflict");
    const view = checkedView(workspace, args.json("view"), "home");
    const fresh = home ?? { ...openView(workspace, { user, view }), type: "home" as const };
    return { view: wireView(workspace, replaceView(workspace, fresh, view)) };
  },
};

export const viewMethods: Readonly<Record<string, Method>> = {
  "views.open": open,
  "views.push": push,
  "views.update": update,
  "views.publish": publish,
};

import { createRoom, nameFor } from "./api.js";
import type { Result } from "./problem.js";
import { roomTemplates, type TemplateName } from "./room-templates.js";

export interface NewRoom {
  name: string;
  /** Display name of the creator; the server derives the owner's name from it. */
  shown: string;
  template: TemplateName;
  repo: string;
  adminToken: string;
}

/** Makes a room. The answer brings the cookie that lets this browser in as its owner. */
export async function startRoom(room: NewRoom): Promise<Result<{ roomId: string; owner: string }>> {
  const { name, shown, template, repo, adminToken } = room;
  const derived = await nameFor(shown);
  if (!derived.ok) return derived;
  const owner = derived.value.name;
  const agents = roomTemplates[template].map((agent) => ({ ...agent }));
  const made = await createRoom({ name, owner, agents, ...(repo !== "" && { repo }) }, adminToken);
  return made.ok ? { ok: true, value: { roomId: made.value.roomId, owner } } : made;
}

import { createRoom } from "./api.js";
import type { Result } from "./problem.js";
import { roomTemplates, type TemplateName } from "./room-templates.js";

export interface NewRoom {
  name: string;
  owner: string;
  template: TemplateName;
  repo: string;
  adminToken: string;
}

/** Makes a room. The answer brings the cookie that lets this browser in as its owner. */
export function startRoom({ name, owner, template, repo, adminToken }: NewRoom): Promise<Result<{ roomId: string }>> {
  const agents = roomTemplates[template].map((agent) => ({ ...agent }));
  return createRoom({ name, owner, agents, ...(repo !== "" && { repo }) }, adminToken);
}

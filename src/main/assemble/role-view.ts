import type { Role } from "../../runtime/roles/roles.js";

/** A role as `GET /api/roles` shows it: without its text, which may be the operator's own. */
export function roleViewOf({ skill, demo, outdatedBy }: Role) {
  const { name, aliases, description, tools, gate, model } = skill;
  const { allow, autoAllow, deny } = tools;
  return {
    name,
    aliases,
    description,
    tools: { allow, autoAllow, deny },
    gate,
    ...(model !== undefined && { model }),
    hasDemo: demo !== undefined,
    ...(outdatedBy && { outdated: true as const }),
  };
}

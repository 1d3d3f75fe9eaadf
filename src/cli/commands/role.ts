import { resolve } from "node:path";
import { createApi } from "../../client/http.js";
import type { CliCommand } from "../command.js";
import { exitCodes, RefusedError } from "../errors.js";
import { dim, strong, styled } from "../screen.js";
import { findServer } from "../server.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";

const roleListCommand: CliCommand = {
  path: ["role", "list"],
  summary: "the roles that agents can have",
  arguments: [],
  options: {},
  examples: ["parley role list", "parley role list --json | jq -r '.roles[].name'"],
  async run(context) {
    const { screen, json, signal } = context;
    const { url } = await findServer(context);
    const answer = await createApi({ url, signal }).call("listRoles", {});
    if (json) screen.json(safeJson(answer));
    else
      for (const { name, aliases, description, outdated } of answer.roles) {
        const also = aliases.length > 0 ? dim(` (${aliases.join(", ")})`) : "";
        const old = outdated ? [styled("warn", " its file cannot be used any more: parley role check")] : [];
        screen.line([strong(name), also, `  ${description}`, ...old], { hang: 2 });
      }
    return undefined;
  },
};

const roleShowCommand: CliCommand = {
  path: ["role", "show"],
  summary: "a role with its tools, gate and model",
  arguments: [{ name: "role", help: "name or alias of the role" }],
  options: {},
  examples: ["parley role show coder"],
  async run(context, typed) {
    const { screen, json } = context;
    const { url } = await findServer(context);
    const { roles } = await createApi({ url, signal: context.signal }).call("listRoles", {});
    const wanted = typed.argument("role");
    const role = roles.find(({ name, aliases }) => name === wanted || aliases.includes(wanted));
    if (!role)
      throw new RefusedError(`There is no role “${wanted}”; there are ${roles.map(({ name }) => name).join(", ")}.`);
    if (json) {
      screen.json(safeJson(role));
      return undefined;
    }
    const { name, description, tools, gate, model, hasDemo } = role;
    screen.line([strong(name), `  ${description}`], { hang: 2 });
    const lines: [string, string][] = [
      ["tools", tools.allow.join(", ") || "none"],
      ["without asking", tools.autoAllow.join(", ") || "none"],
      ["refused", tools.deny.join(", ") || "none"],
      ["gate", typeof gate === "string" ? gate : JSON.stringify(gate)],
      ["model", model ?? "the runtime's own"],
      ["demo script", hasDemo ? "yes" : "no"],
    ];
    for (const [title, text] of lines) screen.line([dim(title.padEnd(15)), text], { indent: 2, hang: 15 });
    return undefined;
  },
};

const roleCheckCommand: CliCommand = {
  path: ["role", "check"],
  summary: "whether your own roles and skills can be used, with file and line",
  details: "It reads the files itself, so no server has to run. Without a folder it is that of PARLEY_SKILLS_DIR.",
  arguments: [{ name: "folder", help: "a folder with roles/<role>/SKILL.md", optional: true }],
  options: {},
  examples: ["parley role check", "parley role check my-roles"],
  async run(context, typed) {
    const { screen, json, cwd, env } = context;
    const given = typed.optionalArgument("folder") ?? env.PARLEY_SKILLS_DIR;
    if (!given) throw new RefusedError("There is nothing to check: name a folder, or set PARLEY_SKILLS_DIR.");
    const problems = await context.roleProblems(resolve(cwd, given));
    if (json) screen.json(safeJson({ problems }));
    else if (problems.length === 0) screen.line(styled("good", "Everything in it can be used."));
    else screen.line(`${counted(problems.length, "problem")}:`);
    if (!json) for (const problem of problems) screen.line(problem, { indent: 2, hang: 2 });
    return problems.length === 0 ? undefined : exitCodes.refused;
  },
};

/** `parley role list`, `show` and `check`. */
export const roleCommands: readonly CliCommand[] = [roleListCommand, roleShowCommand, roleCheckCommand];

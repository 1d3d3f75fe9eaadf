import { resolve } from "node:path";
import { createApi } from "../../client/http.js";
import type { CliCommand } from "../command.js";
import { exitCodes, RefusedError } from "../errors.js";
import { dim, strong, styled } from "../screen.js";
import { findServer } from "../server.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";

const runtimeListCommand: CliCommand = {
  path: ["runtime", "list"],
  summary: "the runtimes that agents can run with",
  arguments: [],
  options: {},
  examples: ["parley runtime list", "parley runtime list --json | jq -r '.runtimes[].name'"],
  async run(context) {
    const { screen, json, signal } = context;
    const { url } = await findServer(context);
    const answer = await createApi({ url, signal }).call("listRuntimes", {});
    if (json) {
      screen.json(safeJson(answer));
      return undefined;
    }
    for (const { name, title, description, defaultModel, limits, usable, whyNot } of answer.runtimes) {
      const what = description === undefined ? title : `${title}: ${description}`;
      const model = defaultModel === undefined ? [] : [dim(` (${defaultModel})`)];
      const state = usable ? [] : [styled("warn", ` cannot be used here: ${whyNot ?? "nobody knows why"}`)];
      screen.line([strong(name), `  ${what}`, ...model, ...state], { hang: 2 });
      if (limits !== undefined) screen.line(dim(limits), { indent: 2, hang: 2 });
    }
    return undefined;
  },
};

const runtimeCheckCommand: CliCommand = {
  path: ["runtime", "check"],
  summary: "whether your own runtimes can be used, with file and line",
  details: "It reads the files itself, so no server has to run. Without a folder it is that of PARLEY_RUNTIMES_DIR.",
  arguments: [{ name: "folder", help: "a folder with <runtime>.yaml", optional: true }],
  options: {},
  examples: ["parley runtime check", "parley runtime check my-runtimes"],
  async run(context, typed) {
    const { screen, json, cwd, env } = context;
    const given = typed.optionalArgument("folder") ?? env.PARLEY_RUNTIMES_DIR;
    if (!given) throw new RefusedError("There is nothing to check: name a folder, or set PARLEY_RUNTIMES_DIR.");
    const problems = await context.runtimeProblems(resolve(cwd, given));
    if (json) screen.json(safeJson({ problems }));
    else if (problems.length === 0) screen.line(styled("good", "Everything in it can be used."));
    else screen.line(`${counted(problems.length, "problem")}:`);
    if (!json) for (const problem of problems) screen.line(problem, { indent: 2, hang: 2 });
    return problems.length === 0 ? undefined : exitCodes.refused;
  },
};

/** `parley runtime list` and `check`. */
export const runtimeCommands: readonly CliCommand[] = [runtimeListCommand, runtimeCheckCommand];

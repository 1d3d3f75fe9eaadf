import type { SettingsRequest } from "../../core/room/agent-request.js";
import type { Issue } from "../../core/room/rejection.js";
import type { Agents } from "../../ports/agents.js";

/** Words a runtime takes for effort and mode; undefined where it takes none or does not run here. */
export type ChoicesOf = (runtime: string) => Agents["choices"];

/** Problems with words of a runtime. A runtime that does not run here is not judged: the process that runs it does. */
export function issuesOfWords(
  { effort, mode }: SettingsRequest,
  { runtime, choicesOf, usable }: { runtime: string; choicesOf: ChoicesOf; usable: readonly string[] },
): Issue[] {
  if (!usable.includes(runtime)) return [];
  const { efforts = [], modes = [] } = choicesOf(runtime) ?? {};
  return [
    ...issueOfWord("effort", effort, { runtime, known: efforts }),
    ...issueOfWord("mode", mode, { runtime, known: modes }),
  ];
}

function issueOfWord(
  name: string,
  word: string | undefined,
  { runtime, known }: { runtime: string; known: readonly string[] },
): Issue[] {
  if (word === undefined || known.includes(word)) return [];
  const message =
    known.length === 0 ? `${runtime} agents have no ${name}` : `${name} can be ${known.join(", ")}, not “${word}”`;
  return [{ path: [name], message }];
}

import type { CliCommand, OptionSpec } from "./command.js";
import { hasDynamicWords, isDynamicValue } from "./complete-words.js";
import { globalOptions } from "./parse-args.js";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** Words that can follow those typed so far; the key is the typed words, joined by spaces. */
interface Node {
  words: { word: string; help: string }[];
  /** Some of its words only the server knows. */
  isDynamic?: true;
  options: [name: string, spec: OptionSpec][];
}

function tree(commands: readonly CliCommand[]): Map<string, Node> {
  const nodes = new Map<string, Node>();
  const node = (key: string): Node => {
    const known = nodes.get(key) ?? { words: [], options: [] };
    nodes.set(key, known);
    return known;
  };
  const add = (key: string, word: string, help: string) => {
    const { words } = node(key);
    if (!words.some((known) => known.word === word)) words.push({ word, help });
  };
  for (const command of commands) {
    const { path, summary, options } = command;
    if (hasDynamicWords(command)) node(path.join(" ")).isDynamic = true;
    for (const [at, word] of path.entries()) {
      add(path.slice(0, at).join(" "), word, at === path.length - 1 ? summary : `${word} commands`);
    }
    node(path.join(" ")).options.push(...Object.entries(options), ...Object.entries(globalOptions));
  }
  return nodes;
}

/** A script that completes commands, options and the values that are fixed, for the shell to load. */
export function completionScript(shell: Shell, commands: readonly CliCommand[]): string {
  const nodes = tree(commands);
  if (shell === "bash") return bashScript(nodes);
  return shell === "zsh" ? zshScript(nodes) : fishScript(nodes);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const optionWords = ({ options }: Node): string[] => options.map(([name]) => `--${name}`);

/** Options with fixed values, once each. */
function choicesOf(nodes: ReadonlyMap<string, Node>): Map<string, readonly string[]> {
  const all = [...nodes.values()].flatMap(({ options }) => options);
  return new Map(all.flatMap(([name, { choices }]) => (choices ? [[`--${name}`, choices] as const] : [])));
}

const isFile = ([name]: [string, OptionSpec]): boolean => /file|script|agents|policy|out|dir/.test(name);

function fileOptions(nodes: ReadonlyMap<string, Node>): string[] {
  const withFile = [...nodes.values()]
    .flatMap(({ options }) => options)
    .filter((option) => option[1].value && isFile(option));
  return [...new Set(withFile.map(([name]) => `--${name}`))];
}

function bashScript(nodes: ReadonlyMap<string, Node>): string {
  const cases = [...nodes].map(([key, node]) => {
    const words = [...node.words.map(({ word }) => word), ...optionWords(node)].join(" ");
    return `    ${quoted(key)}) words=${quoted(words)} ;;`;
  });
  const dynamic = [...nodes].flatMap(([key, { isDynamic }]) => (isDynamic ? [quoted(key)] : []));
  const values = [...choicesOf(nodes)].map(
    ([option, choices]) => `    ${option}) words=${quoted(choices.join(" "))} ;;`,
  );
  return `# bash completion of parley: source <(parley completion bash)
_parley() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" key="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${key:+$key }$word" in
      ${[...nodes.keys()]
        .filter((key) => key !== "")
        .map(quoted)
        .join("|")}) key="\${key:+$key }$word" ;;
    esac
  done
  case "$previous" in
    ${fileOptions(nodes).join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;
${values.join("\n")}
  esac
  case "$key $previous" in 'agent add --role'|'agent set --role') words=" " ;; esac
  [ -n "$words" ] || case "$key" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$key" in
    ${dynamic.join("|")}) case "$current" in -*) return ;; esac ;;
    *) return ;;
  esac
  while IFS= read -r word; do
    [ -n "$word" ] && COMPREPLY+=("$(printf '%q' "$word")")
  done < <(parley completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _parley parley
`;
}

function zshScript(nodes: ReadonlyMap<string, Node>): string {
  const body = bashScript(nodes).split("\n").slice(1).join("\n");
  return `#compdef parley
# zsh completion of parley: source <(parley completion zsh)
autoload -U +X bashcompinit && bashcompinit
${body}`;
}

function fishScript(nodes: ReadonlyMap<string, Node>): string {
  const lines = [...nodes].flatMap(([key, node]) => {
    const seen =
      key === ""
        ? "__fish_use_subcommand"
        : key
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    const unfinished =
      node.words.length > 0 && key !== ""
        ? `; and not __fish_seen_subcommand_from ${node.words.map(({ word }) => word).join(" ")}`
        : "";
    return [
      ...node.words.map(
        ({ word, help }) => `complete -c parley -n ${quoted(seen + unfinished)} -a ${word} -d ${quoted(help)}`,
      ),
      ...(node.isDynamic ? [`complete -c parley -n ${quoted(seen)} -a ${quoted(fishWords)}`] : []),
      ...node.options.map((option) => fishOption(seen, option, isDynamicValue(key.split(" "), option))),
    ];
  });
  return [
    "# fish completion of parley: parley completion fish | source",
    fishFunction,
    "complete -c parley -f",
    ...lines,
    "",
  ].join("\n");
}

const fishWords = "(__parley_words)";

/** Asks parley for words that only a server knows: of the line up to the cursor, the last word of which is being typed. */
const fishFunction = `function __parley_words
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  parley completion words -- $before[2..-1] "$current" 2>/dev/null
end`;

function fishOption(seen: string, option: [string, OptionSpec], isDynamic: boolean): string {
  const [name, { help, short }] = option;
  const takes = isDynamic ? ` -x -a ${quoted(fishWords)}` : fishValue(option);
  return `complete -c parley -n ${quoted(seen)} -l ${name}${short ? ` -s ${short}` : ""}${takes} -d ${quoted(help)}`;
}

function fishValue(option: [string, OptionSpec]): string {
  const [, { value, choices }] = option;
  if (value === undefined) return "";
  return choices ? ` -x -a ${quoted(choices.join(" "))}` : isFile(option) ? " -r -F" : " -x";
}

import { startedMethod } from "./wire.js";

/**
 * `$1`: how many files follow, as pairs of a path in the home folder and its content. Each replaces an earlier one, so that what an agent changed of its own settings does
 * not outlive its process. Then it says where it runs, and becomes the agent.
 */
const script = `
count=$1; shift
[ -z "$TMPDIR" ] || mkdir -p "$TMPDIR"
while [ "$count" -gt 0 ]; do
  path="$HOME/$1"
  mkdir -p "$(dirname "$path")" && rm -rf "$path" && printf %s "$2" > "$path" || exit 1
  count=$((count - 1)); shift 2
done
ready=$1; shift
tries=0
while [ -n "$ready" ] && [ ! -e "$ready" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 6000 ]; then echo "nobody made this sandbox ready within 5 min; the agent was not started" >&2; exit 1; fi
  sleep 0.05
done
printf '{"jsonrpc":"2.0","method":"${startedMethod}","params":{"cwd":"%s"}}\\n' "$PWD"
exec "$@"`;

/** The sandbox's main process. The script is fixed; everything that varies is an argument. `waitsFor`: it starts when this file is there. */
export function launchCommand(options: {
  command: readonly string[];
  homeFiles: Readonly<Record<string, string>>;
  waitsFor?: string | undefined;
}): string[] {
  const { command, homeFiles, waitsFor = "" } = options;
  const files = Object.entries(homeFiles);
  return ["sh", "-c", script, "agent", String(files.length), ...files.flat(), waitsFor, ...command];
}

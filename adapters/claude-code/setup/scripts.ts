import { SETUP_LIMITS } from "../../../src/core/room/setup.js";
import { quietGit } from "../work-scripts.js";

/** Most bytes read from the lists of a tree; a longer list is truncated. */
export const maxListBytes = 256 * 1_024;

/**
 * Fetches the head of a branch into a bare repository of its own: the trees, and of the files only those asked for later, where the server can
 * do that. `$1` address, `$2` branch or nothing, `$3` the folder. Prints the commit's id, a list of what lies at the places of a set-up, and a
 * list of what lies below them, both NUL-separated in base64. The folder is new, and neither the settings of a home nor a work folder counts.
 */
export const fetchSetupScript = `
url=$1; branch=$2; dir=$3
export HOME=/nonexistent
g() { ${quietGit} "$@"; }
rm -rf "$dir" && g init --quiet --bare --template= "$dir" >/dev/null && cd "$dir" || exit 1
g remote add origin "$url" || exit 1
ref=HEAD
[ -z "$branch" ] || ref="refs/heads/$branch"
g fetch --quiet --depth 1 --no-tags --no-recurse-submodules --filter=blob:none origin "+$ref:refs/parley/head" || exit 1
commit=$(g rev-parse --verify --quiet 'refs/parley/head^{commit}') || exit 1
echo "$commit"
g ls-tree -z --full-tree "$commit" -- CLAUDE.md AGENTS.md .mcp.json .claude | head -c ${maxListBytes} | base64 -w0
echo
g ls-tree -z -r --full-tree "$commit" -- .claude/CLAUDE.md .claude/settings.json .claude/skills | head -c ${maxListBytes} | base64 -w0
echo
exit 0`;

/** Most bytes read from all files of one set-up. */
const maxReadBytes = 2 * SETUP_LIMITS.maxBytes;

/**
 * Prints files of that repository: \`<id> <bytes> <content in base64>\`, without the content where it is too large, and \`<id> missing\` where the
 * server does not give it. \`$1\` the folder, then ids.
 */
export const readSetupScript = `
cd "$1" || exit 1
shift
export HOME=/nonexistent
g() { ${quietGit} "$@"; }
g -c fetch.negotiationAlgorithm=noop fetch --quiet --no-tags --no-write-fetch-head --no-recurse-submodules --filter=blob:none origin "$@" >/dev/null 2>&1
left=${maxReadBytes}
for id in "$@"; do
  size=$(g cat-file -s "$id" 2>/dev/null) || { echo "$id missing"; continue; }
  if [ "$size" -gt ${SETUP_LIMITS.maxFileBytes} ] || [ "$size" -gt "$left" ]; then echo "$id $size"; continue; fi
  left=$((left - size))
  echo "$id $size $(g cat-file blob "$id" 2>/dev/null | base64 -w0)"
done
exit 0`;

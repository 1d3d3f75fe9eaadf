/** Files of Parley in the work folder; Git passes them over. */
export const parleyFolder = ".parley";

/** Git without hooks, and without the settings of the agent's home; those of the environment hold. */
export const quietGit =
  "env GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c protocol.ext.allow=never";

/** The work folder holds something else. */
export const notEmptyCode = 20;

/**
 * `$1` address, `$2` branch or nothing, `$3` seconds. Clones into a folder beside, then moves it in, `.git` last: an interrupted move is found and
 * continued, and existing files are not overwritten.
 */
export const cloneScript = `
url=$1; branch=$2; seconds=$3
cd "\${4:-/work}" || exit 1
new=.parley-clone
[ -e "$new/.git/parley-whole" ] || rm -rf "$new"
if [ ! -e "$new" ]; then
  [ ! -e .git ] || exit 0
  [ -z "$(ls -A)" ] || exit ${notEmptyCode}
  set --
  [ -z "$branch" ] || set -- --branch "$branch"
  timeout -k 5 "$seconds" ${quietGit} clone --quiet --no-recurse-submodules --template= "$@" -- "$url" "$new"
  code=$?
  if [ "$code" -ne 0 ]; then rm -rf "$new"; exit "$code"; fi
  mkdir -p "$new/.git/info"
  echo "/${parleyFolder}/" >> "$new/.git/info/exclude"
  : > "$new/.git/parley-whole"
fi
for entry in "$new"/* "$new"/.[!.]* "$new"/..?*; do
  if [ ! -e "$entry" ] && [ ! -L "$entry" ]; then continue; fi
  [ "$entry" = "$new/.git" ] || mv -n "$entry" .
done
mv "$new/.git" .git && rm -f .git/parley-whole && rmdir "$new"
exit 0`;

/** Branches that are shown, the newest; and of a branch's changes at most so much. */
const maxBranches = 10;
const maxChangesBytes = 1_000_000;

/**
 * For an agent that cannot run Git: its files follow their branch, each branch of an agent is in `.parley/branches/<branch>`, and its changes are in
 * `.parley/changes/<branch>.diff`. Rewritten only when a branch moved. `$1` folder, `$2` the address of the clone: if given, the settings of the
 * clone are replaced before Git reads them, because Git would run settings that an agent planted there (filters, another upload-pack, rewritten
 * addresses, includes).
 */
export const branchesScript = `
cd "\${1:-/work}" && [ -d .git ] && [ ! -L .git ] || exit 0
g() { ${quietGit} "$@"; }
if [ -n "\${2:-}" ]; then
  rm -rf .git/config .git/config.worktree .git/commondir
  printf '[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n' > .git/config || exit 1
  g config remote.origin.url "$2" && g config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' || exit 1
  if head=$(g symbolic-ref -q --short HEAD); then
    g config "branch.$head.remote" origin && g config "branch.$head.merge" "refs/heads/$head"
  fi
fi
if [ -L ${parleyFolder} ] || [ -n "$(g ls-files ${parleyFolder} | head -n 1)" ]; then
  echo "fatal: the repository has a ${parleyFolder} of its own" >&2
  exit 1
fi
g fetch --quiet --prune --no-tags --no-recurse-submodules origin '+refs/heads/*:refs/remotes/origin/*' || exit 1
g merge --quiet --ff-only '@{upstream}' >/dev/null 2>&1
base=$(g rev-parse --abbrev-ref '@{upstream}' 2>/dev/null) || base=origin/HEAD
list=$(g for-each-ref --sort=-committerdate --count=${maxBranches} --format='%(objectname) %(refname)' refs/remotes/origin/parley)
mkdir -p ${parleyFolder}/ids && cd ${parleyFolder} || exit 1
find ids -type f | while read -r file; do
  branch=\${file#ids/}
  case "$list
" in *" refs/remotes/origin/$branch
"*) ;; *) rm -rf "ids/$branch" "branches/$branch" "changes/$branch.diff" ;; esac
done
printf '%s\\n' "$list" | while read -r id ref; do
  [ -n "$ref" ] || continue
  branch=\${ref#refs/remotes/origin/}
  [ "$(cat "ids/$branch" 2>/dev/null)" != "$id" ] || continue
  rm -rf "branches/$branch"
  mkdir -p "branches/$branch" "$(dirname "changes/$branch")" "$(dirname "ids/$branch")" || continue
  (
    export GIT_INDEX_FILE="$PWD/index"
    cd .. && g read-tree "$id" && g checkout-index --all --force --quiet --prefix="${parleyFolder}/branches/$branch/"
  )
  rm -f index
  g diff --no-ext-diff --no-textconv --no-color "$base...$id" 2>/dev/null | head -c ${maxChangesBytes} > "changes/$branch.diff"
  echo "$id" > "ids/$branch"
done
exit 0`;

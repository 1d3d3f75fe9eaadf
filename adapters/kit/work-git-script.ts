/** The folder is no repository, or one whose objects are links or lie elsewhere. */
export const borrowedCode = 21;
/** Git could not read it. */
export const unreadableCode = 22;

/**
 * Lets Git compare a work folder with a commit without reading a setting, hook, attribute driver or index that an agent could have planted. `$1` the work folder,
 * `$2` an empty folder of Parley's own, `$3` the format of its hashes, `$4` the commit that is checked out or nothing, `$5` the commit of the base or nothing,
 * `$6` `status` or `diff`, `$7` one path or nothing, `$8` most bytes printed. Prints porcelain version 1 with NULs (git-status(1)), or a unified diff.
 *
 * Git gets a repository of its own in `$2`, whose settings are written here and which borrows the objects of the work folder alone. Its index is made from the commit, so what
 * the agent's index hides or points at does not count. No setting names a program, so attributes name drivers that are not there, and the content of submodules is not asked for.
 */
export const workGitScript = `
work=$1 scratch=$2 format=$3 head=$4 base=$5 what=$6 path=$7 max=$8
ulimit -c 0; ulimit -v 4194304 2>/dev/null; ulimit -t 60
objects=$work/.git/objects
check() {
  [ -d "$work/.git" ] && [ ! -L "$work/.git" ] && [ -d "$objects" ] && [ ! -L "$objects" ] || return 1
  [ ! -e "$objects/info/alternates" ] && [ -z "$(find "$objects" ! -type f ! -type d -print -quit)" ]
}
check || exit ${borrowedCode}
umask 077
own=$scratch/git
mkdir -p "$own/objects/info" "$own/refs" "$own/info" || exit 1
printf '%s\\n' "$objects" > "$own/objects/info/alternates"
printf '%s\\n' '/.parley/' > "$own/info/exclude"
[ ! -f "$scratch/shallow" ] || cp "$scratch/shallow" "$own/shallow"
version=0; [ "$format" = sha1 ] || version=1
cat > "$own/config" <<END
[core]
	repositoryformatversion = $version
	bare = false
	hooksPath = /dev/null
	fsmonitor = false
	untrackedCache = false
	attributesFile = /dev/null
	excludesFile = /dev/null
	quotePath = false
	bigFileThreshold = 4m
	packedGitLimit = 256m
	packedGitWindowSize = 16m
	deltaBaseCacheLimit = 32m
	sshCommand = /bin/false
	askPass = /bin/false
	pager = cat
[diff]
	ignoreSubmodules = all
[submodule]
	recurse = false
[protocol]
	allow = never
[gc]
	auto = 0
[maintenance]
	auto = false
END
[ "$version" = 0 ] || printf '[extensions]\\n\\tobjectformat = %s\\n' "$format" >> "$own/config"
printf '%s\\n' "\${head:-ref: refs/heads/none}" > "$own/HEAD"
export GIT_DIR="$own" GIT_WORK_TREE="$work" GIT_INDEX_FILE="$own/index" GIT_OBJECT_DIRECTORY="$own/objects"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_ATTR_NOSYSTEM=1 HOME="$scratch" XDG_CONFIG_HOME="$scratch"
export GIT_OPTIONAL_LOCKS=0 GIT_NO_REPLACE_OBJECTS=1 GIT_NO_LAZY_FETCH=1 GIT_TERMINAL_PROMPT=0 GIT_LITERAL_PATHSPECS=1 GIT_PAGER=cat LC_ALL=C
export GIT_EXTERNAL_DIFF= GIT_SSH_COMMAND=/bin/false
unset GIT_EXTERNAL_DIFF
cd "$work" || exit 1
if [ -n "$head" ]; then git read-tree "$head" 2>/dev/null || exit ${unreadableCode}; fi
if [ "$what" = status ]; then
  { git status --porcelain=v1 -z --untracked-files=all --no-renames --ignore-submodules=all 2>/dev/null; echo $? > "$scratch/code"; } | head -c "$max" > "$scratch/out"
else
  [ -n "$head" ] && [ -n "$base" ] && base=$(git merge-base "$base" "$head" 2>/dev/null) && [ -n "$base" ] || base=$head
  [ -n "$base" ] || base=$(git hash-object -t tree /dev/null)
  # To add a path asks each submodule there for its state, which runs what its own settings name.
  git ls-files --stage -z | grep -z '^160000' | cut -z -f 2- | git update-index -z --force-remove --stdin 2>/dev/null
  git -c advice.addEmbeddedRepo=false add --intent-to-add --ignore-errors -- "\${path:-.}" >/dev/null 2>&1
  { git diff --no-ext-diff --no-textconv --no-color --ignore-submodules=all --find-renames -l400 --src-prefix=a/ --dst-prefix=b/ "$base" -- "\${path:-.}" 2>/dev/null; echo $? > "$scratch/code"; } | head -c "$max" > "$scratch/out"
fi
# 141: there was more than is wanted.
case $(cat "$scratch/code") in 0|141) ;; *) exit ${unreadableCode} ;; esac
check || exit ${borrowedCode}
cat "$scratch/out"`;
